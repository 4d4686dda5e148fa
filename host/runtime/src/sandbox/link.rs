//! Compiles plugins and links them to the contract.

use super::plugin::{Plugin, misfit};
use super::state::State;
use crate::cache::Digest;
use crate::conversation::error::{Error, ErrorKind};
use crate::wit::v0_1::{credentials, discovery_cache, endpoints, log, types};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Cache, Engine};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};

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
    pub(super) engine: Engine,
    cache: Option<Cache>,
    linker: Linker<State>,
}

impl Engines {
    pub(crate) fn new(engine: Engine, cache: Option<Cache>) -> Result<Self, Error> {
        let linker = linker(&engine)
            .map_err(|problem| Error::plugin("the contract cannot be linked", &problem))?;
        Ok(Self { engine, cache, linker })
    }

    /// Compiles a component and links it. That takes a third of a second and may take longer, so it
    /// is done aside.
    pub(crate) async fn compile(
        self: Arc<Self>,
        component: Vec<u8>,
    ) -> Result<(Plugin, LoadReport), Error> {
        match tokio::task::spawn_blocking(move || self.compile_here(&component)).await {
            Ok(compiled) => compiled,
            Err(problem) => {
                Err(Error::new(ErrorKind::Internal, format!("compiling was ended: {problem}")))
            }
        }
    }

    fn compile_here(self: Arc<Self>, component: &[u8]) -> Result<(Plugin, LoadReport), Error> {
        let hits = self.hits();
        let start = Instant::now();
        // Text is no component, though the engine would take it for one.
        let compiled = Component::from_binary(&self.engine, component)
            .map_err(|problem| Error::plugin("this is no component that can run here", &problem))?;
        let report = LoadReport {
            bytes: component.len(),
            compile: start.elapsed(),
            cache_hit: self.hits() > hits,
        };
        let linked = self.linker.instantiate_pre(&compiled);
        let digest = Digest::of(component);
        let plugin = linked.and_then(|linked| Plugin::new(Arc::clone(&self), linked, digest));
        Ok((plugin.map_err(|problem| misfit(&problem))?, report))
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
