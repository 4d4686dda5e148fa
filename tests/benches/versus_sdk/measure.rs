//! What is measured, and how it is shown.

use crate::clients::{Client, Plugin};
use converse_host::CompileCache;
use cpu_time::ProcessTime;
use futures::StreamExt as _;
use std::time::{Duration, Instant};

pub fn shown(took: Duration) -> String {
    let micros = took.as_secs_f64() * 1e6;
    if micros < 1_000.0 { format!("{micros:.1} us") } else { format!("{:.2} ms", micros / 1e3) }
}

/// What a stream costs.
pub struct Cost {
    /// CPU time of this process.
    pub cpu: Duration,
    /// Time from its start to its end, on average.
    pub time: Duration,
}

/// Reads many streams, some at once.
pub async fn streams_cost(client: &impl Client, at_once: u32, streams: u32) -> Cost {
    read(client, at_once as usize, streams / 10).await;
    let (cpu, time) = (ProcessTime::now(), Instant::now());
    read(client, at_once as usize, streams).await;
    Cost { cpu: cpu.elapsed() / streams, time: time.elapsed() * at_once / streams }
}

async fn read(client: &impl Client, at_once: usize, streams: u32) {
    futures::stream::iter(0..streams)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.read().await })
        })
        .buffer_unordered(at_once)
        .for_each(|events| async move { assert!(events.expect("a task") >= 33) })
        .await;
}

/// The time in which half of the first events were there. In a task of its own, as in a server: the
/// thread that waits for the runtime hears of each step from another.
pub async fn time_to_first_event(client: &impl Client, streams: usize) -> Duration {
    let client = client.clone();
    let measured = tokio::spawn(async move {
        let mut times = Vec::with_capacity(streams);
        for _ in 0..streams {
            times.push(client.first_event().await);
        }
        times.sort_unstable();
        times[times.len() / 2]
    });
    measured.await.expect("a task")
}

/// Bytes of this process's memory for each open stream.
pub async fn memory_per_stream(client: &impl Client, open: usize) -> usize {
    // What the first ones need once and for all.
    drop(futures::future::join_all((0..8).map(|_| client.open())).await);
    let before = resident();
    let streams: Vec<_> =
        futures::stream::iter(0..open).map(|_| client.open()).buffered(32).collect().await;
    let bytes = resident().saturating_sub(before) / streams.len();
    drop(streams);
    tokio::time::sleep(Duration::from_millis(500)).await;
    bytes
}

/// Bytes of memory this process has in use, a page that it maps many times counted once; 0 where the
/// system does not say.
fn resident() -> usize {
    let sizes = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let line = sizes.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok());
    kib.unwrap_or(0) * 1024
}

/// Connections this process may hold, with some room left.
pub fn most_connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    soft.unwrap_or(256).saturating_sub(100)
}

/// A store, an instance, and the least of calls.
pub async fn instantiate(plugin: &Plugin, times: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        plugin.provider().describe().await.expect("a description");
    }
    start.elapsed() / times
}

/// Time to load the plugin the first time, and when it was compiled before.
pub async fn load() -> (Duration, Duration) {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = || CompileCache::Dir(folder.path().join("compiled"));
    let compile = async || {
        let plugin = Plugin::with_cache("http://127.0.0.1:1", cache()).await;
        plugin.provider().load_report().compile
    };
    let cold = compile().await;
    // The first is read before its code is in the system's cache.
    compile().await;
    (cold, compile().await)
}
