//! The running sim, in the test's hand.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::delivery::Replay;
use crate::server::Server;
use crate::state::State;
use crate::{Builder, Error, Faults, Request, Stats};

/// A running local Bedrock. It stops when it is dropped; [`shutdown`](Self::shutdown) also waits
/// until it has stopped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), bedrock_sim::Error> {
/// let sim = bedrock_sim::Sim::builder().faults("latency=20".parse().unwrap()).start().await?;
/// println!("AWS_ENDPOINT_URL_BEDROCK_RUNTIME={}", sim.url());
/// sim.shutdown().await;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Sim {
    scheme: &'static str,
    server: Server,
    state: Arc<State>,
}

impl Sim {
    /// Settings to start from.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Starts with the default settings.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    pub(crate) fn new(scheme: &'static str, server: Server, state: Arc<State>) -> Self {
        Self { scheme, server, state }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr
    }

    /// The endpoint to give to a client, base path included, without a slash at the end.
    pub fn url(&self) -> String {
        let mut addr = self.addr();
        if addr.ip().is_unspecified() {
            addr.set_ip(match addr.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        format!("{}://{addr}{}", self.scheme, self.state.settings.base_path)
    }

    /// The requests so far, oldest first, rejected ones included; the last 1,000 of them unless
    /// [`Builder::record_limit`] says otherwise.
    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().requests.iter().cloned().collect()
    }

    /// The last request.
    pub fn last_request(&self) -> Option<Request> {
        self.state.lock().requests.back().cloned()
    }

    /// Forgets the requests so far; the counters go on.
    pub fn clear_requests(&self) {
        self.state.lock().requests.clear();
    }

    /// The counters.
    pub fn stats(&self) -> Stats {
        self.state.counters.snapshot()
    }

    /// Waits until the counters meet a condition, for at most `timeout`.
    pub async fn wait_until(
        &self,
        condition: impl FnMut(&Stats) -> bool,
        timeout: Duration,
    ) -> Result<Stats, Error> {
        self.state.counters.wait_until(condition, timeout).await
    }

    /// From now on every request has these faults.
    pub fn set_faults(&self, faults: Faults) {
        self.state.lock().faults = faults;
    }

    /// The next authenticated request has these faults too, and no other; called again, the one
    /// after it, and so on.
    pub fn push_fault(&self, faults: Faults) {
        self.state.lock().next_faults.push_back(faults);
    }

    /// From now on every `converse-stream` is answered with these bytes; `None` goes back to
    /// generated answers.
    pub fn set_replay(&self, body: Option<Vec<u8>>) {
        self.state.lock().replay = body.map(Replay::new).map(Arc::new);
    }

    /// The next `converse-stream` is answered with these bytes, whole bodies of a
    /// [`Script`](crate::Script) for example.
    pub fn push_replay(&self, body: impl Into<Vec<u8>>) {
        self.state.lock().next_replays.push_back(Arc::new(Replay::new(body.into())));
    }

    /// Opens the gates (`gate=N`) of all streams whose request has arrived by now.
    pub fn release(&self) {
        self.state.releases.send_modify(|releases| *releases += 1);
    }

    /// Closes every connection and waits until all is gone.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}
