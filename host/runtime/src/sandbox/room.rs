//! How many instances there may be at once.

use super::limits::{DESCRIPTIONS, Limits};
use crate::conversation::error::{Error, ErrorKind};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room for instances.
#[derive(Debug)]
pub(crate) struct Room {
    completions: Arc<Semaphore>,
    /// Apart from the others, so that a plugin can be loaded, and so replaced, at full load.
    descriptions: Arc<Semaphore>,
    most: usize,
}

/// Held for as long as an instance is there.
pub(crate) type Permit = OwnedSemaphorePermit;

impl Room {
    pub(crate) fn new(limits: &Limits) -> Self {
        let most = limits.completions.min(Semaphore::MAX_PERMITS);
        Self {
            completions: Arc::new(Semaphore::new(most)),
            descriptions: Arc::new(Semaphore::new(DESCRIPTIONS as usize)),
            most,
        }
    }

    /// Room for a completion.
    ///
    /// # Errors
    ///
    /// Kind `throttled` when there are as many as there may be.
    pub(crate) fn completion(&self) -> Result<Permit, Error> {
        Arc::clone(&self.completions).try_acquire_owned().map_err(|_| {
            let message = format!(
                "this host already runs {} completions, as many as it may; try again later",
                self.most
            );
            Error::new(ErrorKind::Throttled, message)
        })
    }

    /// Waits for room to ask a plugin what it is.
    pub(crate) async fn description(&self) -> Result<Permit, Error> {
        Arc::clone(&self.descriptions).acquire_owned().await.map_err(|closed| {
            Error::new(ErrorKind::Internal, format!("no room to describe a plugin: {closed}"))
        })
    }
}
