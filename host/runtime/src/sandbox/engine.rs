//! The engine that compiles and runs plugins, its clock, and the folder for compiled code.

use super::limits::{self, Limits};
use crate::conversation::error::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io, thread};
use wasmtime::{
    Cache, CacheConfig, Config, Engine, EngineWeak, InstanceAllocationStrategy,
    PoolingAllocationConfig,
};

/// Length of an epoch: how finely a plugin's computing is measured, and how long it may keep a thread
/// before others get their turn.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Where compiled plugins are kept between runs.
///
/// It is native code that later runs are made to execute, so the folder must be the user's own; it is
/// made with mode 0700.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompileCache {
    /// `converse/compiled` in the user's cache folder. Without such a folder plugins are compiled in
    /// each run.
    #[default]
    Default,
    /// This folder, made if it is missing. Must be absolute.
    Dir(PathBuf),
    /// Nowhere: plugins are compiled in each run.
    Off,
}

impl CompileCache {
    fn folder(&self) -> Option<PathBuf> {
        match self {
            Self::Default => directories::ProjectDirs::from("", "", "converse")
                .map(|folders| folders.cache_dir().join("compiled")),
            Self::Dir(folder) => Some(folder.clone()),
            Self::Off => None,
        }
    }

    /// Opens the cache. A folder the caller named must work; the default one may fail.
    fn open(&self) -> Result<Option<Cache>, Error> {
        let Some(folder) = self.folder() else { return Ok(None) };
        let opened = make_private(&folder)
            .map_err(wasmtime::Error::from)
            .and_then(|()| Cache::new(CacheConfig::new().with_directory(&folder).clone()));
        match opened {
            Ok(cache) => Ok(Some(cache)),
            Err(problem) if *self == Self::Default => {
                tracing::warn!(folder = %folder.display(), "compiled plugins are not kept: {problem:#}");
                Ok(None)
            }
            Err(problem) => Err(Error::plugin(
                &format!("the folder {} cannot keep compiled plugins", folder.display()),
                &problem,
            )),
        }
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes an engine, and the thread that counts its epochs for as long as it lives.
pub(crate) fn engine(
    cache: &CompileCache,
    limits: &Limits,
) -> Result<(Engine, Option<Cache>), Error> {
    let cache = cache.open()?;
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // What only newer contracts need: calls are a third as dear without it.
        .concurrency_support(false)
        .epoch_interruption(true)
        .cache(cache.clone())
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    let engine = Engine::new(&config).or_else(|problem| {
        tracing::warn!("no room to keep instances ready, each is made anew: {problem:#}");
        Engine::new(config.allocation_strategy(InstanceAllocationStrategy::OnDemand))
    });
    let engine = engine
        .map_err(|problem| Error::plugin("the engine for plugins does not start", &problem))?;
    count_epochs(engine.weak())?;
    Ok((engine, cache))
}

/// Room for all instances at once, reserved when the engine is made and used again and again.
///
/// An instance whose memory is mapped and unmapped each time costs the more the more threads there
/// are, since each of them has to forget the mapping: measured, a third of a completion's time. The
/// price is address space, four gigabytes for each instance, though no memory. Where that is not to
/// be had, as with a limit on it, instances are made anew.
fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let completions = u32::try_from(limits.completions).unwrap_or(u32::MAX);
    let instances = completions.saturating_add(limits::DESCRIPTIONS);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(limits::INSTANCES))
        .total_memories(instances.saturating_mul(limits::MEMORIES))
        .total_tables(instances.saturating_mul(limits::TABLES))
        .total_stacks(instances)
        .max_core_instances_per_component(limits::INSTANCES)
        .max_memories_per_component(limits::MEMORIES)
        .max_tables_per_component(limits::TABLES)
        .table_elements(limits.table_elements)
        .max_memory_size(limits.memory)
        // What a completion touches is written over rather than given back, for a few of them.
        .linear_memory_keep_resident(RESIDENT_MEMORY)
        .async_stack_keep_resident(RESIDENT_STACK)
        .max_unused_warm_slots(WARM);
    pool
}

/// Bytes of memory and stack, and the number of instances, that stay in use when nothing runs:
/// 16 MiB at most. The Bedrock plugin touches some 100 KiB for an ordinary answer.
const RESIDENT_MEMORY: usize = 224 << 10;
const RESIDENT_STACK: usize = 32 << 10;
const WARM: u32 = 64;

/// A thread of the system's own: a plugin that computes without end may hold every thread of an
/// executor, and a task there would never count.
fn count_epochs(engine: EngineWeak) -> Result<(), Error> {
    let count = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    let started = thread::Builder::new().name("converse-epochs".to_owned()).spawn(count);
    started.map(drop).map_err(|problem| {
        Error::new(ErrorKind::Internal, format!("no thread for the plugins' clock: {problem}"))
    })
}
