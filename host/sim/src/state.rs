//! What the server and the test share.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::watch;

use crate::auth::Authenticator;
use crate::catalog::Catalog;
use crate::delivery::Replay;
use crate::stats::Counters;
use crate::watch::Watcher;
use crate::{Faults, Request};

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

    pub(crate) fn now(&self) -> SystemTime {
        self.settings.fixed_time.unwrap_or_else(SystemTime::now)
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
        match changeable.next_faults.pop_front() {
            Some(next) => next.over(&changeable.faults),
            None => changeable.faults.clone(),
        }
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
