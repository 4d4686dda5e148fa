//! An answer in progress.

use crate::conversation::error::Error;
use crate::conversation::event::Event;
use crate::sandbox::call::within;
use crate::sandbox::state::State;
use crate::wit::v0_1::{Plugin, event, provider::Step, types};
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

struct Running {
    store: Store<State>,
    plugin: Plugin,
    completion: ResourceAny,
    idle: Duration,
}

impl Completion {
    pub(crate) fn new(
        store: Store<State>,
        plugin: Plugin,
        completion: ResourceAny,
        idle: Duration,
    ) -> Self {
        let running = Box::new(Running { store, plugin, completion, idle });
        Self { ready: Vec::new().into_iter(), phase: Phase::Idle(running) }
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
                    running.store.data().hooks.completed.set();
                    return Poll::Ready(Some(Ok(Event::Done(summary.into()))));
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

impl Running {
    async fn step(mut self: Box<Self>) -> (Box<Self>, Result<Step, Error>) {
        self.store.data_mut().reset_cpu();
        let completion = self.plugin.converse_provider_provider().completion();
        let next = completion.call_next(&mut self.store, self.completion);
        let step = within(self.idle, "the service sent no event for", next).await;
        (self, step)
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
