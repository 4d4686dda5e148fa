//! What a plugin may use up.

use std::time::Duration;
use wasmtime::{StoreLimits, StoreLimitsBuilder};

/// Bounds on one completion's instance. A plugin that goes over one is ended, with an error of kind
/// [`Plugin`](crate::ErrorKind::Plugin); others beside it go on.
///
/// The defaults leave room above what the Bedrock plugin was seen to need, so that a bound is hit by
/// a fault and not by a large request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of linear memory. A request is held as the plugin's own values and as the body made of
    /// them: some four times its size, and Bedrock takes 25 MB. Default 256 MiB.
    pub memory: usize,
    /// Elements of each table. Default 20,000.
    pub table_elements: usize,
    /// Resources of the host a plugin may hold: requests, streams, headers. Default 256.
    pub resources: usize,
    /// Handles, of the host's and the plugin's own resources. Default 1,000.
    pub handles: usize,
    /// Bytes a plugin may hand to the host in one call, among them the events of one step.
    /// Default 64 MiB.
    pub host_call_bytes: usize,
    /// Bytes of HTTP headers in one request or response. Default 64 KiB.
    pub header_bytes: usize,
    /// Time a plugin may compute between two waits for the caller, in steps of some ten
    /// milliseconds. Waiting, for the service or between two attempts, is not counted. Default 2 s.
    pub cpu: Duration,
    /// Bytes of a component, checked before it is compiled. Default 16 MiB.
    pub component_bytes: usize,
    /// Completions at once. One more is refused with an error of kind
    /// [`Throttled`](crate::ErrorKind::Throttled). Each takes four gigabytes of address space,
    /// though no memory before it is used. Default 2,048.
    pub completions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            table_elements: 20_000,
            resources: 256,
            handles: 1_000,
            host_call_bytes: 64 << 20,
            header_bytes: 64 << 10,
            cpu: Duration::from_secs(2),
            component_bytes: 16 << 20,
            completions: 2_048,
        }
    }
}

/// Core instances, memories and tables of one component. One that `wit-component` made of a Rust
/// module has three, one and two; other languages' runtimes come as modules of their own.
pub(super) const INSTANCES: u32 = 16;
pub(super) const MEMORIES: u32 = 1;
pub(super) const TABLES: u32 = 8;

/// Instances beside those of completions, for plugins that are asked what they are.
pub(super) const DESCRIPTIONS: u32 = 4;

impl Limits {
    pub(crate) fn for_store(&self) -> StoreLimits {
        StoreLimitsBuilder::new()
            .memory_size(self.memory)
            .table_elements(self.table_elements)
            .instances(INSTANCES as usize)
            .memories(MEMORIES as usize)
            .tables(TABLES as usize)
            .trap_on_grow_failure(true)
            .build()
    }
}
