//! An answer in progress.

use crate::catalog::Bill;
use crate::conversation::error::Error;
use crate::conversation::event::{Event, Summary};
use crate::sandbox::call::within;
use crate::sandbox::state::State;
use crate::wit::v0_1::{event, provider, provider::Step, types};
use futures::Stream;
use futures::future::BoxFuture;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use wasmtime::Store;
use wasmtime::component::ResourceAny;

/// The events of an answer, ending in [`Event::Done`] or in an error.
///
/// The plugin runs in the task that polls this, and only while it does. Dropping it at any time frees
/// the plugin's instance and closes its connection, or gives the connection back when the answer is
/// complete.
pub struct Completion {
    /// Events the plugin gave at once, yet to be handed on.
    ready: std::vec::IntoIter<types::Event>,
    phase: Phase,
}

enum Phase {
    Idle(Box<Running>),
    Stepping(BoxFuture<'static, (Box<Running>, Result<Step, Error>)>),
    Ended,
}

/// What an answer in progress needs.
pub(crate) struct Running {
    pub(crate) store: Store<State>,
    pub(crate) guest: provider::Guest,
    pub(crate) completion: ResourceAny,
    pub(crate) idle: Duration,
    pub(crate) bill: Bill,
}

impl Completion {
    pub(crate) fn new(running: Running) -> Self {
        Self { ready: Vec::new().into_iter(), phase: Phase::Idle(Box::new(running)) }
    }
}

impl Stream for Completion {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(next) = self.ready.next() {
                return Poll::Ready(Some(Ok(event(next))));
            }
            let (running, step) = match std::mem::replace(&mut self.phase, Phase::Ended) {
                Phase::Ended => return Poll::Ready(None),
                Phase::Idle(running) => {
                    self.phase = Phase::Stepping(Box::pin(running.step()));
                    continue;
                }
                Phase::Stepping(mut step) => match step.as_mut().poll(cx) {
                    Poll::Ready(done) => done,
                    Poll::Pending => {
                        self.phase = Phase::Stepping(step);
                        return Poll::Pending;
                    }
                },
            };
            match step {
                Ok(Step::Events(events)) => {
                    self.ready = events.into_iter();
                    self.phase = Phase::Idle(running);
                }
                Ok(Step::Done(summary)) => {
                    return Poll::Ready(Some(Ok(Event::Done(running.done(summary)))));
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

impl Running {
    async fn step(mut self: Box<Self>) -> (Box<Self>, Result<Step, Error>) {
        let meter = self.store.data().meter();
        meter.reset();
        let completion = self.guest.completion();
        let next = completion.call_next(&mut self.store, self.completion);
        let step = within(self.idle, "the service sent no event for", &meter, next).await;
        (self, step)
    }

    fn done(&self, summary: types::Summary) -> Summary {
        self.store.data().hooks.completed.set();
        let mut summary = Summary::from(summary);
        summary.cost = self.bill.cost(&summary);
        summary
    }
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match self.phase {
            Phase::Idle(_) => "idle",
            Phase::Stepping(_) => "waiting",
            Phase::Ended => "ended",
        };
        f.debug_struct("Completion").field("phase", &phase).finish_non_exhaustive()
    }
}
