//! The host: what all plugins and completions of a program share.

use crate::cache::DiscoveryCache;
use crate::catalog::Prices;
use crate::conversation::error::{Error, ErrorKind};
use crate::credentials::{Credential, CredentialsProvider, EnvCredentials};
use crate::net::client::client;
use crate::provider::Provider;
use crate::sandbox::engine::{CompileCache, engine};
use crate::sandbox::limits::Limits;
use crate::sandbox::link::Engines;
use crate::sandbox::room::Room;
use crate::sandbox::state::Shared;
use crate::settings::{Endpoint, Settings, Vars};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long things may take. What takes longer ends with an error of kind
/// [`Timeout`](ErrorKind::Timeout).
///
/// There is no limit on a whole answer: long answers are healthy as long as events come.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Timeouts {
    /// Until a connection is there: name, TCP and TLS. Default 10 s.
    pub connect: Duration,
    /// From the request until the service accepts or refuses it: all attempts a plugin makes and the
    /// pauses between them together, and for [`Provider::complete`] the whole answer. Default 120 s: a
    /// long prompt is read before that.
    pub response: Duration,
    /// Between two events, and before the first. Default 120 s: some models think that long without a
    /// word.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            response: Duration::from_secs(120),
            idle: Duration::from_secs(120),
        }
    }
}

/// Runs plugins. Cheap to clone; clones share everything.
///
/// A program needs one: it holds the connection pool and the compiler.
#[derive(Debug, Clone)]
pub struct Host {
    shared: Arc<Shared>,
    engines: Arc<Engines>,
}

impl Host {
    /// A host to be set up. What is left unset comes from the environment.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// Loads a plugin from the bytes of a component.
    ///
    /// # Errors
    ///
    /// Kind [`Plugin`](ErrorKind::Plugin) for what is no component, is too large, wants more than the
    /// contract gives, or breaks when it is asked what it is.
    pub async fn load(&self, component: &[u8]) -> Result<Provider, Error> {
        Provider::load(Arc::clone(&self.engines), Arc::clone(&self.shared), component).await
    }

    /// Loads a plugin from a file.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), and when the file cannot be read.
    pub async fn load_file(&self, path: impl AsRef<Path>) -> Result<Provider, Error> {
        let path = path.as_ref();
        let component = tokio::fs::read(path).await.map_err(|problem| {
            let message = format!("cannot read the plugin {}: {problem}", path.display());
            Error::new(ErrorKind::Plugin, message)
        })?;
        self.load(&component).await
    }

    /// The region requests go to, unless they name another.
    #[must_use]
    pub fn region(&self) -> &str {
        self.shared.settings.region()
    }

    /// The endpoint of a service, by its prefix: `bedrock-runtime` or `bedrock`.
    ///
    /// # Errors
    ///
    /// Kind [`InvalidRequest`](ErrorKind::InvalidRequest) for another service, or an endpoint that is
    /// set but cannot be one.
    pub fn endpoint(&self, service: &str) -> Result<Endpoint, Error> {
        self.shared.settings.endpoint(service, None)
    }

    /// The credentials the next request is made with.
    ///
    /// # Errors
    ///
    /// Kind [`Auth`](ErrorKind::Auth) when there are none.
    pub async fn credential(&self) -> Result<Credential, Error> {
        self.shared.credentials.credential().await
    }
}

const DISCOVERY_TTL: Duration = Duration::from_secs(3600);

/// Sets up a [`Host`].
#[derive(Debug, Default)]
#[must_use]
pub struct HostBuilder {
    region: Option<String>,
    endpoint_url: Option<String>,
    credentials: Option<Box<dyn CredentialsProvider>>,
    limits: Limits,
    timeouts: Timeouts,
    prices: Prices,
    discovery_ttl: Option<Duration>,
    compile_cache: CompileCache,
    vars: Vars,
}

impl HostBuilder {
    /// The region, before `AWS_REGION` and `AWS_DEFAULT_REGION`.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The endpoint of every service, before `AWS_ENDPOINT_URL_BEDROCK_RUNTIME` and the like: a base
    /// URL, by plain HTTP only to this machine.
    pub fn endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.endpoint_url = Some(url.into());
        self
    }

    /// Where credentials come from, in place of [`EnvCredentials`].
    pub fn credentials(mut self, credentials: impl CredentialsProvider + 'static) -> Self {
        self.credentials = Some(Box::new(credentials));
        self
    }

    /// What a plugin may use up.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long things may take.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// What models cost, in place of the list prices built in.
    pub fn prices(mut self, prices: Prices) -> Self {
        self.prices = prices;
        self
    }

    /// How long what a plugin keeps for itself, such as a list of models, counts as fresh. Default an
    /// hour. With [`Duration::ZERO`] nothing is fresh, but may still serve while the service cannot
    /// be asked.
    ///
    /// It is kept in memory, apart for each plugin and each access key or token.
    pub fn discovery_ttl(mut self, ttl: Duration) -> Self {
        self.discovery_ttl = Some(ttl);
        self
    }

    /// Where compiled plugins are kept.
    pub fn compile_cache(mut self, cache: CompileCache) -> Self {
        self.compile_cache = cache;
        self
    }

    /// Variables to read in place of the environment's.
    pub fn vars(mut self, get: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.vars = Vars::new(get);
        self
    }

    /// Makes the host.
    ///
    /// # Errors
    ///
    /// Kind [`InvalidRequest`](ErrorKind::InvalidRequest) for a region or an endpoint that cannot be
    /// one, kind [`Transport`](ErrorKind::Transport) when the machine's certificates cannot be used,
    /// kind [`Plugin`](ErrorKind::Plugin) when the engine or its cache does not start,
    /// kind [`Internal`](ErrorKind::Internal) when the system gives no random bytes.
    pub fn build(self) -> Result<Host, Error> {
        let settings = Settings::new(self.region, self.endpoint_url, self.vars.clone())?;
        let client = client(self.timeouts.connect, &self.vars)?;
        let credentials =
            self.credentials.unwrap_or_else(|| Box::new(EnvCredentials::new(self.vars)));
        let discovered = DiscoveryCache::new(self.discovery_ttl.unwrap_or(DISCOVERY_TTL))?;
        let (engine, cache) = engine(&self.compile_cache, &self.limits)?;
        Ok(Host {
            shared: Arc::new(Shared {
                settings,
                credentials,
                client,
                room: Room::new(&self.limits),
                limits: self.limits,
                timeouts: self.timeouts,
                prices: self.prices,
                discovered,
            }),
            engines: Arc::new(Engines::new(engine, cache)?),
        })
    }
}
