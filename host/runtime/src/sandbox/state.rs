//! The state of one instance.

use super::limits::Limits;
use super::meter::Meter;
use super::room::{Permit, Room};
use crate::cache::{Digest, DiscoveryCache, Identity};
use crate::catalog::Prices;
use crate::credentials::CredentialsProvider;
use crate::host::Timeouts;
use crate::net::client::Client;
use crate::net::hooks::Hooks;
use crate::settings::Settings;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;
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
    pub(crate) discovered: DiscoveryCache,
    pub(crate) room: Room,
}

/// The state of one instance.
pub(crate) struct State {
    pub(super) shared: Arc<Shared>,
    pub(super) plugin: Digest,
    /// Whose credentials the plugin was last given.
    pub(super) identity: Option<Identity>,
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
    pub(super) fn store(
        engine: &Engine,
        shared: Arc<Shared>,
        plugin: Digest,
        permit: Permit,
    ) -> Store<Self> {
        let limits = &shared.limits;
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.resources);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(limits.header_bytes);
        let (cpu, handles, host_call_bytes) = (limits.cpu, limits.handles, limits.host_call_bytes);
        let state = Self {
            plugin,
            identity: None,
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
