//! How long a plugin has computed.

use super::engine::TICK;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counts the time a plugin computes, and not the time it waits: for the network, for a pause
/// between two attempts, or for its turn among the tasks of an executor.
///
/// It is shared by the plugin's state, in which epochs end, and by who polls the call, since the store
/// is lent out during a call.
#[derive(Debug)]
pub(crate) struct Meter {
    origin: Instant,
    /// When the plugin went on computing, in nanoseconds since `origin`.
    resumed: AtomicU64,
    /// Nanoseconds it has computed.
    spent: AtomicU64,
}

/// Most that is counted for one epoch. More has passed only where the machine gave the thread no time.
const MOST: Duration = TICK.saturating_mul(2);

impl Meter {
    pub(crate) fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self { origin: Instant::now(), resumed: zero(), spent: zero() }
    }

    /// Runs a call into the plugin.
    pub(crate) async fn run<T>(&self, call: impl Future<Output = T>) -> T {
        let mut call = pin!(call);
        poll_fn(|cx| {
            self.resume(Instant::now());
            call.as_mut().poll(cx)
        })
        .await
    }

    /// Gives the plugin its whole time again.
    pub(crate) fn reset(&self) {
        self.spent.store(0, Ordering::Relaxed);
    }

    /// An epoch ended while the plugin was computing. How long it has computed in all.
    pub(crate) fn epoch(&self, now: Instant) -> Duration {
        let now = self.since_origin(now);
        let resumed = self.resumed.swap(now, Ordering::Relaxed);
        let computed = now.saturating_sub(resumed).min(nanoseconds(MOST));
        let before = self.spent.fetch_add(computed, Ordering::Relaxed);
        Duration::from_nanos(before.saturating_add(computed))
    }

    fn resume(&self, now: Instant) {
        self.resumed.store(self.since_origin(now), Ordering::Relaxed);
    }

    fn since_origin(&self, now: Instant) -> u64 {
        nanoseconds(now.saturating_duration_since(self.origin))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computing_counts_and_waiting_does_not() {
        let meter = Meter::new();
        let mut now = meter.origin;
        let mut spent = Duration::ZERO;
        for _ in 0..1_000 {
            // Waits for a minute, then computes to the end of an epoch and beyond.
            now += Duration::from_secs(60);
            meter.resume(now);
            now += TICK / 2;
            spent = meter.epoch(now);
        }
        assert_eq!(spent, TICK / 2 * 1_000);
        meter.reset();
        assert_eq!(meter.epoch(now + TICK), TICK);
    }

    #[test]
    fn time_the_machine_gave_to_others_does_not_end_a_plugin() {
        let meter = Meter::new();
        meter.resume(meter.origin);
        assert_eq!(meter.epoch(meter.origin + Duration::from_secs(60)), MOST);
    }
}
