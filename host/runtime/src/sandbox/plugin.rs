//! A plugin, linked, and its instances.

use super::link::Engines;
use super::room::Permit;
use super::state::{Shared, State};
use crate::cache::Digest;
use crate::conversation::error::Error;
use crate::wit::v0_1::{CONTRACT, non_streaming, provider, token_counter};
use std::sync::Arc;
use wasmtime::Store;
use wasmtime::component::{self, InstancePre};

/// A plugin, compiled and linked. What it exports was looked up once; all but `provider` may be
/// missing.
pub(crate) struct Plugin {
    engines: Arc<Engines>,
    linked: InstancePre<State>,
    digest: Digest,
    pub(crate) provider: provider::GuestIndices,
    pub(crate) non_streaming: Option<non_streaming::GuestIndices>,
    pub(crate) token_counter: Option<token_counter::GuestIndices>,
}

/// Names of what a plugin need not export.
pub(crate) const NON_STREAMING: &str = "converse:provider/non-streaming@0.1.0";
pub(crate) const TOKEN_COUNTER: &str = "converse:provider/token-counter@0.1.0";

impl Plugin {
    pub(super) fn new(
        engines: Arc<Engines>,
        linked: InstancePre<State>,
        digest: Digest,
    ) -> wasmtime::Result<Self> {
        let exports = |name| linked.component().get_export_index(None, name).is_some();
        let provider = provider::GuestIndices::new(&linked)?;
        let non_streaming = exports(NON_STREAMING)
            .then(|| non_streaming::GuestIndices::new(&linked))
            .transpose()?;
        let token_counter = exports(TOKEN_COUNTER)
            .then(|| token_counter::GuestIndices::new(&linked))
            .transpose()?;
        Ok(Self { engines, linked, digest, provider, non_streaming, token_counter })
    }

    /// Makes an instance, in a store of its own.
    ///
    /// # Errors
    ///
    /// Kind `plugin` when it does not start.
    pub(crate) async fn instantiate(
        &self,
        shared: &Arc<Shared>,
        permit: Permit,
    ) -> Result<Instance, Error> {
        let mut store = State::store(&self.engines.engine, Arc::clone(shared), self.digest, permit);
        let meter = store.data().meter();
        let instance = meter.run(self.linked.instantiate_async(&mut store)).await;
        let instance = instance.map_err(|problem| {
            let what = "the plugin does not start, perhaps it is built for another contract";
            Error::plugin(what, &problem)
        })?;
        Ok(Instance { store, instance })
    }
}

/// An instance of a plugin.
pub(crate) struct Instance {
    pub(crate) store: Store<State>,
    instance: component::Instance,
}

impl Instance {
    /// An interface the plugin exports, ready to be called.
    ///
    /// # Errors
    ///
    /// Kind `plugin` when it is not as the contract says.
    pub(crate) fn export<Guest>(
        &mut self,
        load: impl FnOnce(&mut Store<State>, &component::Instance) -> wasmtime::Result<Guest>,
    ) -> Result<Guest, Error> {
        load(&mut self.store, &self.instance).map_err(|problem| misfit(&problem))
    }
}

/// The plugin exports something else than the contract says.
pub(super) fn misfit(problem: &wasmtime::Error) -> Error {
    Error::plugin(&format!("the plugin does not fit the contract {CONTRACT}"), problem)
}
