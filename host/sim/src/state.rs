//! What the server and the test share.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use crate::auth::Authenticator;
use crate::cache::{CachedInput, InputUsage, PromptCache};
use crate::catalog::Catalog;
use crate::delivery::Replay;
use crate::stats::Counters;
use crate::watch::Watcher;
use crate::{Faults, Request};

/// Directives with `times` that are counted at the same time.
const MOST_ASKED: usize = 1_000;
/// From 1970 on for so long times can be told, and a little can be added to them.
const MOST_TIME: Duration = Duration::from_secs(253_370_764_800);

pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) counters: Arc<Counters>,
    pub(crate) releases: watch::Sender<u64>,
    changeable: Mutex<Changeable>,
    answered: AtomicU64,
}

/// Fixed when the sim starts.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) auth: Authenticator,
    pub(crate) catalog: Catalog,
    pub(crate) any_model: bool,
    pub(crate) strict: bool,
    pub(crate) base_path: String,
    pub(crate) fixed_time: Option<SystemTime>,
    pub(crate) record_limit: usize,
    pub(crate) on_response: Option<Watcher>,
}

/// Changed by the test, or by requests.
#[derive(Debug, Default)]
pub(crate) struct Changeable {
    pub(crate) faults: Faults,
    pub(crate) next_faults: VecDeque<Faults>,
    pub(crate) replay: Option<Arc<Replay>>,
    pub(crate) next_replays: VecDeque<Arc<Replay>>,
    pub(crate) requests: VecDeque<Request>,
    pub(crate) cache: PromptCache,
    /// How often faults with `times` were asked for by requests.
    pub(crate) asked: HashMap<String, usize>,
}

impl State {
    pub(crate) fn new(settings: Settings, changeable: Changeable) -> Self {
        Self {
            settings,
            counters: Arc::default(),
            releases: watch::Sender::new(0),
            changeable: Mutex::new(changeable),
            answered: AtomicU64::new(0),
        }
    }

    /// Never held across an await, nor while anything else is called that could panic.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Changeable> {
        self.changeable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sim's clock, some seconds ahead.
    pub(crate) fn now(&self, skew: i64) -> SystemTime {
        let now = self.settings.fixed_time.unwrap_or_else(SystemTime::now);
        let by = Duration::from_secs(skew.unsigned_abs());
        let skewed = if skew < 0 { now.checked_sub(by) } else { now.checked_add(by) };
        let can_be_told = |time: &SystemTime| {
            time.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since < MOST_TIME)
        };
        skewed.filter(can_be_told).unwrap_or(now)
    }

    pub(crate) fn record(&self, request: impl FnOnce() -> Request) {
        let limit = self.settings.record_limit;
        if limit > 0 {
            let request = request();
            let requests = &mut self.lock().requests;
            if requests.len() == limit {
                requests.pop_front();
            }
            requests.push_back(request);
        }
        self.counters.request();
    }

    /// The faults of the next request: those queued for it over those of the whole sim.
    pub(crate) fn take_faults(&self) -> Faults {
        let mut changeable = self.lock();
        let mut faults = changeable.faults.clone();
        match faults.count_down() {
            None => {}
            Some(0) => changeable.faults = Faults::default(),
            Some(left) => changeable.faults.times = NonZeroUsize::new(left),
        }
        let Some(mut next) = changeable.next_faults.pop_front() else {
            return faults;
        };
        if let Some(left @ 1..) = next.count_down() {
            let times = NonZeroUsize::new(left);
            changeable.next_faults.push_front(Faults { times, ..next.clone() });
        }
        next.over(&faults)
    }

    /// The faults a request asks for itself: with `times`, none after it was sent that often.
    pub(crate) fn asked_faults(&self, mut asked: Faults) -> Faults {
        let Some(times) = asked.times else { return asked };
        let key = asked.to_string();
        asked.times = None;
        let sent = &mut self.lock().asked;
        if sent.len() > MOST_ASKED {
            sent.clear();
        }
        let so_far = sent.entry(key.clone()).or_default();
        *so_far += 1;
        if *so_far <= times.get() {
            return asked;
        }
        sent.remove(&key);
        Faults::default()
    }

    /// By how much the clock is off for the next request, before its faults are taken.
    pub(crate) fn next_skew(&self) -> Option<i64> {
        let changeable = self.lock();
        let next = changeable.next_faults.front().and_then(|faults| faults.skew);
        next.or(changeable.faults.skew)
    }

    /// What of a request's input was in the cache, and puts the rest there.
    pub(crate) fn use_cache(&self, input: &CachedInput) -> InputUsage {
        InputUsage::of(input, &mut self.lock().cache)
    }

    pub(crate) fn take_replay(&self) -> Option<Arc<Replay>> {
        let mut changeable = self.lock();
        changeable.next_replays.pop_front().or_else(|| changeable.replay.clone())
    }

    /// Shaped as the service's, and the same in every run.
    pub(crate) fn request_id(&self) -> String {
        let number = self.answered.fetch_add(1, Ordering::Relaxed) + 1;
        format!("00000000-0000-4000-8000-{number:012x}")
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("settings", &self.settings)
            .field("stats", &self.counters.snapshot())
            .finish_non_exhaustive()
    }
}
