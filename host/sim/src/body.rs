//! The body of a stream: carries out the steps of its delivery.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Frame;
use tokio::sync::watch;

use crate::delivery::Step;
use crate::stats::{Counters, Open};

/// Sends step after step. Nothing is spawned for it: when the client goes away the connection
/// drops it, and with it the open stream's count.
pub(crate) struct StreamBody {
    steps: Arc<[Step]>,
    next: usize,
    /// A piece was handed over and is to be flushed before the next one.
    unflushed: bool,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    gate: Gate,
    counters: Arc<Counters>,
    _open: Open,
}

/// Opened by the test for all streams whose request came before.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    releases: watch::Receiver<u64>,
    closed_at: u64,
}

/// The body was broken off on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the stream is broken off as asked for")]
pub(crate) struct Aborted;

impl Gate {
    pub(crate) fn new(mut releases: watch::Receiver<u64>) -> Self {
        let closed_at = *releases.borrow_and_update();
        Self { releases, closed_at }
    }

    async fn opened(mut self) {
        // The other end lives as long as the server; without it nobody can open the gate.
        if self.releases.wait_for(|&releases| releases > self.closed_at).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl StreamBody {
    pub(crate) fn new(steps: Arc<[Step]>, gate: Gate, counters: Arc<Counters>, open: Open) -> Self {
        Self { steps, next: 0, unflushed: false, waiting: None, gate, counters, _open: open }
    }
}

impl http_body::Body for StreamBody {
    type Data = Bytes;
    type Error = Aborted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        if std::mem::take(&mut self.unflushed) {
            // The connection writes out what it has when the body has no more for the moment.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(context));
                self.waiting = None;
            }
            let Some(step) = self.steps.get(self.next).cloned() else {
                return Poll::Ready(None);
            };
            self.next += 1;
            match step {
                Step::Send { data, frames } => {
                    self.unflushed = true;
                    self.counters.frames(frames);
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                // A timer's shortest sleep is a millisecond.
                Step::Wait(duration) if duration.is_zero() => {}
                Step::Wait(duration) => {
                    self.waiting = Some(Box::pin(tokio::time::sleep(duration)));
                }
                Step::Gate => self.waiting = Some(Box::pin(self.gate.clone().opened())),
                Step::Silence => self.waiting = Some(Box::pin(std::future::pending())),
                Step::Abort => return Poll::Ready(Some(Err(Aborted))),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.next == self.steps.len() && self.waiting.is_none()
    }
}
