//! A response's body on its way into the sandbox.

use bytes::Bytes;
use futures::FutureExt as _;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use wasmtime_wasi_http::Error;

/// How long the rest of a body is waited for once the answer is known to be complete.
const DRAIN: Duration = Duration::from_secs(1);

/// Tells a body whether its connection is worth keeping.
#[derive(Debug, Clone, Default)]
pub(crate) struct Completed(Arc<AtomicBool>);

impl Completed {
    /// The answer is complete: what is left of the body is only its end.
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Reads on to the body's end when a completed answer drops it, so that the connection goes back to
/// the pool. Dropped at any other time it closes the connection.
///
/// Bedrock ends an answer some time after its last event, and a plugin has no reason to wait.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    incoming: Option<Incoming>,
    completed: Completed,
}

impl ResponseBody {
    pub(crate) fn new(incoming: Incoming, completed: Completed) -> Self {
        Self { incoming: Some(incoming), completed }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        let frame = std::task::ready!(Pin::new(incoming).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.incoming = None;
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Error::Hyper)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        let Some(mut incoming) = self.incoming.take() else { return };
        if !self.completed.get() || incoming.is_end_stream() {
            return;
        }
        // Mostly the end has come with the last event.
        if let Some(None | Some(Err(_))) = incoming.frame().now_or_never() {
            return;
        }
        // Outside a runtime there is no connection left to keep.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout(DRAIN, async move {
                while let Some(Ok(_)) = incoming.frame().await {}
            }));
        }
    }
}
