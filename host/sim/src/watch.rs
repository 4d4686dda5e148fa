//! Telling the test how each request was answered, at the time it is.

use std::fmt;
use std::sync::Arc;

use http::response::Parts;

use crate::Request;
use crate::reply::Reply;

type Callback = dyn Fn(&Request, Option<&Parts>) + Send + Sync;

/// What [`Builder::on_response`](crate::Builder::on_response) was given.
#[derive(Clone)]
pub(crate) struct Watcher(Arc<Callback>);

impl Watcher {
    pub(crate) fn new(callback: impl Fn(&Request, Option<&Parts>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(callback))
    }

    pub(crate) fn watch(&self, request: Request) -> Watch {
        Watch { watcher: self.clone(), request: Some(request) }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

/// A request that waits for its answer. Dropped without one, it tells that too.
pub(crate) struct Watch {
    watcher: Watcher,
    request: Option<Request>,
}

impl Watch {
    pub(crate) fn answered(mut self, reply: Reply) -> Reply {
        let (head, body) = reply.into_parts();
        self.tell(Some(&head));
        Reply::from_parts(head, body)
    }

    fn tell(&mut self, head: Option<&Parts>) {
        if let Some(request) = self.request.take() {
            (self.watcher.0)(&request, head);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tell(None);
    }
}
