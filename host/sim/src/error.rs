//! What can go wrong on the test's side of the sim.

use std::net::SocketAddr;
use std::time::Duration;

use crate::Stats;

/// Why the sim could not do what the test asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address could not be listened on.
    #[error("cannot listen on {addr}")]
    Listen {
        /// The address as configured.
        addr: SocketAddr,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// [`Sim::wait_until`](crate::Sim::wait_until) ran out of time.
    #[error("condition not met within {after:?}; last seen: {last:?}")]
    Timeout {
        /// How long was waited.
        after: Duration,
        /// The counters at the end.
        last: Stats,
    },
}
