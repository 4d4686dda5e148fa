//! Setting a sim up.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::response::Parts;

use crate::auth::Authenticator;
use crate::delivery::Replay;
use crate::state::{Changeable, Settings, State};
use crate::watch::Watcher;
use crate::{Catalog, Credentials, Error, Faults, Request, Sim, server};

/// Requests kept for [`Sim::requests`] unless told otherwise.
const RECORD_LIMIT: usize = 1_000;

/// Settings of a [`Sim`]. Without any it listens on a free loopback port, takes the example
/// credentials, knows the built-in catalogue and generates its answers.
#[derive(Clone)]
#[must_use = "nothing runs until `start`"]
pub struct Builder {
    listen: SocketAddr,
    tls: Option<Arc<rustls::ServerConfig>>,
    base_path: String,
    credentials: Vec<Credentials>,
    bearer_tokens: Vec<String>,
    any_credentials: bool,
    unauthenticated: bool,
    region: Option<String>,
    clock_skew: Duration,
    fixed_time: Option<SystemTime>,
    catalog: Option<Catalog>,
    any_model: bool,
    strict: bool,
    faults: Faults,
    replay: Option<Vec<u8>>,
    replay_queue: Vec<Vec<u8>>,
    record_limit: usize,
    on_response: Option<Watcher>,
}

impl Builder {
    /// The key id that is known unless others are given.
    pub const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
    /// The secret of [`ACCESS_KEY_ID`](Self::ACCESS_KEY_ID).
    pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    /// The bearer token that is known unless others are given.
    pub const BEARER_TOKEN: &str = "bedrock-sim-token";

    pub(crate) fn new() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            tls: None,
            base_path: String::new(),
            credentials: Vec::new(),
            bearer_tokens: Vec::new(),
            any_credentials: false,
            unauthenticated: false,
            region: None,
            clock_skew: Duration::from_secs(5 * 60),
            fixed_time: None,
            catalog: None,
            any_model: false,
            strict: false,
            faults: Faults::default(),
            replay: None,
            replay_queue: Vec::new(),
            record_limit: RECORD_LIMIT,
            on_response: None,
        }
    }

    /// The address to listen on; port 0 takes a free one.
    pub fn listen(mut self, addr: SocketAddr) -> Self {
        self.listen = addr;
        self
    }

    /// Speaks TLS. HTTP/2 is spoken when the configuration's ALPN protocols have `h2`.
    pub fn tls(mut self, config: Arc<rustls::ServerConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Serves everything below a path such as `/base/v1`, as behind a gateway.
    pub fn base_path(mut self, path: &str) -> Self {
        let path = path.trim_matches('/');
        self.base_path = if path.is_empty() { String::new() } else { format!("/{path}") };
        self
    }

    /// Adds known credentials. The first ones take the place of the example credentials.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials.push(credentials);
        self
    }

    /// Adds a known bearer token. The first one takes the place of
    /// [`BEARER_TOKEN`](Self::BEARER_TOKEN).
    pub fn bearer_token(mut self, token: impl Into<String>) -> Self {
        self.bearer_tokens.push(token.into());
        self
    }

    /// Lets in well-formed signatures whose key is unknown, and every bearer token. Signatures
    /// of known keys are still checked.
    pub fn any_credentials(mut self) -> Self {
        self.any_credentials = true;
        self
    }

    /// Checks no authentication at all.
    pub fn unauthenticated(mut self) -> Self {
        self.unauthenticated = true;
        self
    }

    /// Takes only signatures for this region, and uses it in the built-in catalogue's ARNs.
    /// Without it every region is right and the ARNs say `us-east-1`.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// How far a request's time may be off; 5 minutes if not set.
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.clock_skew = skew;
        self
    }

    /// Stops the sim's clock, for requests that were signed in another time.
    pub fn fixed_time(mut self, time: SystemTime) -> Self {
        self.fixed_time = Some(time);
        self
    }

    /// Takes the place of the built-in catalogue.
    pub fn catalog(mut self, catalog: Catalog) -> Self {
        self.catalog = Some(catalog);
        self
    }

    /// Answers for every model id, also those the catalogue does not know or would reject.
    pub fn any_model(mut self) -> Self {
        self.any_model = true;
        self
    }

    /// Rejects what the service rejects but most tests of a client can do without; the crate's
    /// page has the list. Models that do not sign their thoughts do not sign them then, either.
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Answers every `converse-stream` with these bytes, whatever the request says: neither the
    /// model nor the body is checked then.
    pub fn replay(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.replay = Some(body.into());
        self
    }

    /// Answers the next `converse-stream` requests with one of these each, before
    /// [`replay`](Self::replay) or the generated answers come to turn.
    pub fn replay_queue(mut self, bodies: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        self.replay_queue.extend(bodies.into_iter().map(Into::into));
        self
    }

    /// Faults of every request.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// How many requests are kept for [`Sim::requests`]: the last 1,000 if not set, 0 for none.
    pub fn record_limit(mut self, limit: usize) -> Self {
        self.record_limit = limit;
        self
    }

    /// Calls this once for each request, before the first byte of its answer leaves, with the
    /// answer's head, or with `None` when the client or the sim went away while it waited. A body
    /// that could not be taken is empty in the request.
    ///
    /// It runs where the answer is made: what takes long in it holds the answers up.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), bedrock_sim::Error> {
    /// let log = |request: &bedrock_sim::Request, head: Option<&http::response::Parts>| {
    ///     println!("{} {:?}", request.path, head.map(|head| head.status));
    /// };
    /// let sim = bedrock_sim::Sim::builder().on_response(log).start().await?;
    /// # Ok(()) }
    /// ```
    pub fn on_response(
        mut self,
        callback: impl Fn(&Request, Option<&Parts>) + Send + Sync + 'static,
    ) -> Self {
        self.on_response = Some(Watcher::new(callback));
        self
    }

    /// Starts listening. The server runs on the current Tokio runtime until the [`Sim`] is shut
    /// down or dropped.
    pub async fn start(self) -> Result<Sim, Error> {
        let state = Arc::new(State::new(
            Settings {
                auth: Authenticator {
                    credentials: Authenticator::key_by_id(or_example(
                        self.credentials,
                        Credentials::new(Self::ACCESS_KEY_ID, Self::SECRET_ACCESS_KEY),
                    )),
                    bearer_tokens: or_example(self.bearer_tokens, Self::BEARER_TOKEN.to_owned()),
                    any: self.any_credentials,
                    off: self.unauthenticated,
                    region: self.region.clone(),
                    clock_skew: self.clock_skew,
                },
                catalog: self.catalog.unwrap_or_else(|| {
                    Catalog::built_in(self.region.as_deref().unwrap_or("us-east-1"))
                }),
                any_model: self.any_model,
                strict: self.strict,
                base_path: self.base_path,
                fixed_time: self.fixed_time,
                record_limit: self.record_limit,
                on_response: self.on_response,
            },
            Changeable {
                faults: self.faults,
                replay: self.replay.map(Replay::new).map(Arc::new),
                next_replays: self
                    .replay_queue
                    .into_iter()
                    .map(Replay::new)
                    .map(Arc::new)
                    .collect(),
                ..Changeable::default()
            },
        ));
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let server = server::start(self.listen, self.tls, state.clone()).await?;
        Ok(Sim::new(scheme, server, state))
    }
}

fn or_example<T>(given: Vec<T>, example: T) -> Vec<T> {
    if given.is_empty() { vec![example] } else { given }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("listen", &self.listen)
            .field("tls", &self.tls.is_some())
            .field("base_path", &self.base_path)
            .field("credentials", &self.credentials)
            .field("any_credentials", &self.any_credentials)
            .field("unauthenticated", &self.unauthenticated)
            .field("region", &self.region)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
