//! The state of one instance, and what its imports do.

use super::limits::Limits;
use super::meter::Meter;
use super::room::{Permit, Room};
use crate::catalog::Prices;
use crate::credentials::{Credential, CredentialsProvider, Identity};
use crate::host::Timeouts;
use crate::net::client::Client;
use crate::net::hooks::Hooks;
use crate::settings::Settings;
use crate::wit::v0_1::{credentials, discovery_cache, endpoints, log, types};
use std::fmt;
use std::sync::Arc;
use std::time::{Instant, UNIX_EPOCH};
use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, StoreLimits, Trap, UpdateDeadline};
use wasmtime_wasi::clocks::{WasiClocksCtx, WasiClocksCtxView, WasiClocksView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// What all instances of a host share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) credentials: Box<dyn CredentialsProvider>,
    pub(crate) client: Client,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) prices: Prices,
    pub(crate) room: Room,
}

impl Shared {
    pub(crate) fn new(
        settings: Settings,
        credentials: Box<dyn CredentialsProvider>,
        client: Client,
        limits: Limits,
        timeouts: Timeouts,
        prices: Prices,
    ) -> Self {
        let room = Room::new(&limits);
        Self { settings, credentials, client, limits, timeouts, prices, room }
    }
}

/// The state of one instance.
pub(crate) struct State {
    shared: Arc<Shared>,
    pub(crate) hooks: Hooks,
    table: ResourceTable,
    http: WasiHttpCtx,
    clocks: WasiClocksCtx,
    limits: StoreLimits,
    meter: Arc<Meter>,
    _permit: Permit,
}

impl State {
    /// A store for one instance, bounded in all that it may use up.
    pub(super) fn store(engine: &Engine, shared: Arc<Shared>, permit: Permit) -> Store<Self> {
        let limits = &shared.limits;
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.resources);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(limits.header_bytes);
        let (cpu, handles, host_call_bytes) = (limits.cpu, limits.handles, limits.host_call_bytes);
        let state = Self {
            hooks: Hooks::new(shared.client.clone()),
            table,
            http,
            clocks: WasiClocksCtx::default(),
            limits: limits.for_store(),
            meter: Arc::new(Meter::new()),
            _permit: permit,
            shared,
        };

        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_hostcall_fuel(host_call_bytes);
        store.set_max_component_handles(handles);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |store| {
            if store.data().meter.epoch(Instant::now()) > cpu {
                return Err(Trap::Interrupt.into());
            }
            // A plain yield is polled again at once by tokio, before tasks that wait.
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
        });
        store
    }

    /// What counts the plugin's computing.
    pub(crate) fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("hooks", &self.hooks).finish_non_exhaustive()
    }
}

impl wasmtime_wasi_io::IoView for State {
    fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

impl WasiClocksView for State {
    fn clocks(&mut self) -> WasiClocksCtxView<'_> {
        WasiClocksCtxView { ctx: &mut self.clocks, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }
}

impl types::Host for State {}

impl endpoints::Host for State {
    /// What is answered here is what is let out.
    fn resolve(
        &mut self,
        service: String,
        region: Option<String>,
    ) -> wasmtime::Result<Result<endpoints::Endpoint, types::Error>> {
        let resolved = self.shared.settings.resolve(&service, region.as_deref());
        Ok(match resolved {
            Ok((endpoint, origin)) => {
                self.hooks.egress.grant(origin);
                Ok(endpoints::Endpoint { url: endpoint.url, region: endpoint.region })
            }
            Err(error) => Err(error.into()),
        })
    }
}

impl credentials::Host for State {
    async fn get(&mut self) -> wasmtime::Result<Result<credentials::Credential, types::Error>> {
        let credential = self.shared.credentials.credential().await;
        Ok(credential.map(Into::into).map_err(Into::into))
    }

    async fn refresh(&mut self) -> wasmtime::Result<Result<credentials::Credential, types::Error>> {
        let credential = self.shared.credentials.refresh().await;
        Ok(credential.map(Into::into).map_err(Into::into))
    }
}

impl From<Credential> for credentials::Credential {
    fn from(credential: Credential) -> Self {
        let source = credential.source().to_owned();
        let expires_at = credential
            .expires_at
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map(|since| since.as_secs());
        let identity = match credential.identity {
            Identity::BearerToken(token) => {
                credentials::Identity::BearerToken(token.as_str().to_owned())
            }
            Identity::AccessKey { id, secret, session_token } => {
                credentials::Identity::AccessKey(credentials::AccessKey {
                    access_key_id: id,
                    secret_access_key: secret.as_str().to_owned(),
                    session_token: session_token.map(|token| token.as_str().to_owned()),
                })
            }
        };
        Self { identity, expires_at, source }
    }
}

/// This version of the host keeps nothing: every entry is missed.
impl discovery_cache::Host for State {
    async fn get(&mut self, _key: String) -> wasmtime::Result<Option<discovery_cache::Entry>> {
        Ok(None)
    }

    async fn put(&mut self, _key: String, _value: String) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl log::Host for State {
    fn write(
        &mut self,
        level: log::Level,
        message: String,
        fields: Vec<types::KeyValue>,
    ) -> wasmtime::Result<()> {
        let fields: Vec<String> =
            fields.iter().map(|field| format!("{}={:?}", field.key, field.value)).collect();
        let fields = fields.join(" ");
        // Escaped, so that a plugin cannot write lines of its own into a log.
        let message = message.escape_debug();
        match level {
            log::Level::Trace => tracing::trace!(target: "plugin", "{message} {fields}"),
            log::Level::Debug => tracing::debug!(target: "plugin", "{message} {fields}"),
            log::Level::Info => tracing::info!(target: "plugin", "{message} {fields}"),
            log::Level::Warn => tracing::warn!(target: "plugin", "{message} {fields}"),
            log::Level::Error => tracing::error!(target: "plugin", "{message} {fields}"),
        }
        Ok(())
    }
}
