//! A loaded plugin.

use crate::completion::Completion;
use crate::conversation::error::{Error, ErrorKind};
use crate::conversation::request::Request;
use crate::sandbox::call::within;
use crate::sandbox::state::{Shared, State};
use crate::wit::v0_1::{
    CONTRACT, Plugin, PluginPre, credentials, discovery_cache, endpoints, log, provider,
    request as to_contract, types,
};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Cache, Engine, Store};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};

/// What a plugin says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// Provider id, such as `amazon-bedrock`.
    pub id: String,
    /// Other names the provider goes by.
    pub aliases: Vec<String>,
    /// Name of the API it speaks, such as `bedrock-converse-stream`.
    pub api: String,
    /// Name for people.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// What it can do beyond plain text.
    pub abilities: Vec<String>,
}

/// How a plugin was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadReport {
    /// Bytes of the component.
    pub bytes: usize,
    /// Time to compile it, or to read it compiled.
    pub compile: Duration,
    /// Whether it was read compiled from the [`CompileCache`](crate::CompileCache).
    pub cache_hit: bool,
}

/// What compiles and links plugins.
pub(crate) struct Engines {
    engine: Engine,
    cache: Option<Cache>,
    linker: Linker<State>,
}

impl Engines {
    pub(crate) fn new(engine: Engine, cache: Option<Cache>) -> Result<Self, Error> {
        let linker = linker(&engine)
            .map_err(|problem| Error::plugin("the contract cannot be linked", &problem))?;
        Ok(Self { engine, cache, linker })
    }

    fn hits(&self) -> usize {
        self.cache.as_ref().map_or(0, Cache::cache_hits)
    }
}

impl fmt::Debug for Engines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engines").finish_non_exhaustive()
    }
}

/// Links what the contract names and nothing else: no files, no sockets, no environment, no standard
/// streams. `wasmtime-wasi`'s own "add all" would add them.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    let l = &mut linker;
    wasmtime_wasi_io::add_to_linker_async(l)?;
    wasmtime_wasi::p2::bindings::clocks::wall_clock::add_to_linker::<_, WasiClocks>(
        l,
        State::clocks,
    )?;
    wasmtime_wasi::p2::bindings::clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(
        l,
        State::clocks,
    )?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(l)?;
    types::add_to_linker::<_, HasSelf<State>>(l, |state| state)?;
    credentials::add_to_linker::<_, HasSelf<State>>(l, |state| state)?;
    endpoints::add_to_linker::<_, HasSelf<State>>(l, |state| state)?;
    discovery_cache::add_to_linker::<_, HasSelf<State>>(l, |state| state)?;
    log::add_to_linker::<_, HasSelf<State>>(l, |state| state)?;
    Ok(linker)
}

/// A plugin, compiled and ready. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Provider {
    shared: Arc<Shared>,
    loaded: Arc<Loaded>,
}

struct Loaded {
    engines: Arc<Engines>,
    plugin: PluginPre<State>,
    description: Description,
    report: LoadReport,
}

impl Provider {
    pub(crate) async fn load(
        engines: Arc<Engines>,
        shared: Arc<Shared>,
        component: &[u8],
    ) -> Result<Self, Error> {
        let limit = shared.limits.component_bytes;
        if component.len() > limit {
            let message = format!("the plugin has {} bytes, more than {limit}", component.len());
            return Err(Error::new(ErrorKind::Plugin, message));
        }
        let (plugin, report) = compile(Arc::clone(&engines), component.to_vec()).await?;
        let description = describe(&engines.engine, &shared, &plugin).await?;
        tracing::debug!(?description, ?report, "plugin loaded");
        let loaded = Loaded { engines, plugin, description, report };
        Ok(Self { shared, loaded: Arc::new(loaded) })
    }

    /// What the plugin said it is when it was loaded.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.loaded.description
    }

    /// Asks the plugin anew what it is, in an instance of its own.
    ///
    /// # Errors
    ///
    /// Kind [`Plugin`](ErrorKind::Plugin) when it breaks.
    pub async fn describe(&self) -> Result<Description, Error> {
        describe(&self.loaded.engines.engine, &self.shared, &self.loaded.plugin).await
    }

    /// The version of the contract the plugin is built for.
    #[must_use]
    pub fn contract(&self) -> &str {
        CONTRACT
    }

    /// How the plugin was loaded.
    #[must_use]
    pub fn load_report(&self) -> LoadReport {
        self.loaded.report
    }

    /// Sends a request and waits until the service accepts or refuses it.
    ///
    /// Must be called within a tokio runtime with I/O and time.
    ///
    /// # Errors
    ///
    /// What the service, the plugin or the host has against the request, or what is in its way.
    pub async fn start(&self, request: Request) -> Result<Completion, Error> {
        let (mut store, plugin) =
            instantiate(&self.loaded.engines.engine, &self.shared, &self.loaded.plugin).await?;
        let request = to_contract(request);
        let timeouts = self.shared.timeouts;
        let provider = plugin.converse_provider_provider();
        let call = provider.call_start(&mut store, &request);
        let late = "the service did not answer within";
        let completion = within(timeouts.response, late, call).await?;
        Ok(Completion::new(store, plugin, completion, timeouts.idle))
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("description", self.description()).finish_non_exhaustive()
    }
}

/// Compiling takes a third of a second and may take longer, so it is done aside.
async fn compile(
    engines: Arc<Engines>,
    component: Vec<u8>,
) -> Result<(PluginPre<State>, LoadReport), Error> {
    let compile = move || {
        let hits = engines.hits();
        let start = Instant::now();
        // Text is no component, though the engine would take it for one.
        let compiled = Component::from_binary(&engines.engine, &component)
            .map_err(|problem| Error::plugin("this is no component that can run here", &problem))?;
        let report = LoadReport {
            bytes: component.len(),
            compile: start.elapsed(),
            cache_hit: engines.hits() > hits,
        };
        let linked = engines.linker.instantiate_pre(&compiled).and_then(PluginPre::new);
        let plugin = linked.map_err(|problem| {
            let what = format!("the plugin does not fit the contract {CONTRACT}");
            Error::plugin(&what, &problem)
        })?;
        Ok((plugin, report))
    };
    match tokio::task::spawn_blocking(compile).await {
        Ok(compiled) => compiled,
        Err(problem) => {
            Err(Error::new(ErrorKind::Internal, format!("compiling was ended: {problem}")))
        }
    }
}

async fn instantiate(
    engine: &Engine,
    shared: &Arc<Shared>,
    plugin: &PluginPre<State>,
) -> Result<(Store<State>, Plugin), Error> {
    let mut store = State::store(engine, Arc::clone(shared))?;
    let plugin = plugin.instantiate_async(&mut store).await.map_err(|problem| {
        Error::plugin(
            "the plugin does not start, perhaps it is built for another contract",
            &problem,
        )
    })?;
    Ok((store, plugin))
}

async fn describe(
    engine: &Engine,
    shared: &Arc<Shared>,
    plugin: &PluginPre<State>,
) -> Result<Description, Error> {
    let (mut store, plugin) = instantiate(engine, shared, plugin).await?;
    let described = plugin.converse_provider_provider().call_describe(&mut store);
    let described =
        tokio::time::timeout(shared.timeouts.response, described).await.map_err(|_| {
            Error::new(ErrorKind::Plugin, "the plugin takes too long to say what it is")
        })?;
    let provider::Description { id, aliases, api, name, version, abilities } =
        described.map_err(|trap| Error::plugin("the plugin does not say what it is", &trap))?;
    Ok(Description { id, aliases, api, name, version, abilities })
}
