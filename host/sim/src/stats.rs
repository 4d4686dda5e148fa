//! Counters, and waiting for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::Error;

/// What the sim has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Connections accepted.
    pub connections: u64,
    /// Connections open now.
    pub connections_open: u64,
    /// Requests whose body has arrived.
    pub requests: u64,
    /// Requests whose answer is not finished: from the head's arrival until the last byte is
    /// handed to the connection or the client has gone.
    pub streams_open: u64,
    /// Whole event-stream messages handed to connections.
    pub frames_sent: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    connections: AtomicU64,
    connections_open: AtomicU64,
    requests: AtomicU64,
    streams_open: AtomicU64,
    frames_sent: AtomicU64,
    changed: Notify,
}

impl Counters {
    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            connections: self.connections.load(Ordering::Acquire),
            connections_open: self.connections_open.load(Ordering::Acquire),
            requests: self.requests.load(Ordering::Acquire),
            streams_open: self.streams_open.load(Ordering::Acquire),
            frames_sent: self.frames_sent.load(Ordering::Acquire),
        }
    }

    /// Counts a connection and gives its number, from 1.
    pub(crate) fn connection(self: &Arc<Self>) -> (u64, Open) {
        let number = self.connections.fetch_add(1, Ordering::AcqRel) + 1;
        (number, Open::new(self, |counters| &counters.connections_open))
    }

    pub(crate) fn stream(self: &Arc<Self>) -> Open {
        Open::new(self, |counters| &counters.streams_open)
    }

    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_waiters();
    }

    pub(crate) fn frames(&self, sent: usize) {
        if sent > 0 {
            self.frames_sent.fetch_add(sent as u64, Ordering::AcqRel);
            self.changed.notify_waiters();
        }
    }

    pub(crate) async fn wait_until(
        &self,
        mut condition: impl FnMut(&Stats) -> bool,
        timeout: Duration,
    ) -> Result<Stats, Error> {
        let met = async {
            loop {
                // Listening before looking: a change in between is not lost.
                let mut changed = std::pin::pin!(self.changed.notified());
                changed.as_mut().enable();
                let stats = self.snapshot();
                if condition(&stats) {
                    return stats;
                }
                changed.await;
            }
        };
        tokio::time::timeout(timeout, met)
            .await
            .map_err(|_| Error::Timeout { after: timeout, last: self.snapshot() })
    }
}

/// Counted as long as it lives.
#[derive(Debug)]
pub(crate) struct Open {
    counters: Arc<Counters>,
    count: fn(&Counters) -> &AtomicU64,
}

impl Open {
    fn new(counters: &Arc<Counters>, count: fn(&Counters) -> &AtomicU64) -> Self {
        count(counters).fetch_add(1, Ordering::AcqRel);
        counters.changed.notify_waiters();
        Self { counters: counters.clone(), count }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        (self.count)(&self.counters).fetch_sub(1, Ordering::AcqRel);
        self.counters.changed.notify_waiters();
    }
}
