//! The plugin beside the AWS SDK for Rust: same server, same bytes, one run.
//!
//! The server is another process, so that what is measured is the client's alone. What counts is the
//! ratio: digits belong to the machine.
#![allow(missing_docs)]

mod clients;
mod measure;
mod server;

use clients::{Plugin, Sdk};
use measure::{instantiate, load, memory_per_stream, shown, streams_cost, time_to_first_event};
use server::{Server, long_stream, short_stream};
use std::time::Duration;

/// Events in the short stream, the size of a recorded one, and in the long one.
const SHORT: usize = 33;
const LONG: usize = 2_904;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|argument| argument == "--server") {
        return server::run();
    }
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(compare(&server));
}

async fn compare(server: &Server) {
    assert_eq!(short_stream().frames().len(), SHORT);
    assert_eq!(long_stream().frames().len(), LONG);
    println!("{:<46} {:>12} {:>12} {:>7}", "", "SDK", "plugin", "ratio");

    let short = u32::try_from(SHORT).expect("a small number");
    let long = u32::try_from(LONG).expect("a small number");
    let (sdk, plugin) = clients(&server.paced()).await;
    for (at_once, streams) in [(1, 150), (32, 1_600)] {
        compare_streams("frame by frame", &sdk, &plugin, at_once, streams, short).await;
    }
    let (sdk, plugin) = clients(&server.whole()).await;
    for (at_once, streams) in [(1, 3_000), (32, 6_400)] {
        compare_streams("whole body in a chunk", &sdk, &plugin, at_once, streams, short).await;
    }
    println!("time to first event, 1 at once");
    let (theirs, ours) =
        (time_to_first_event(&sdk, 1_000).await, time_to_first_event(&plugin, 1_000).await);
    row("p50", theirs, ours);
    let (sdk, plugin) = clients(&server.long()).await;
    for (at_once, streams) in [(1, 60), (32, 320)] {
        let what = format!("{LONG} events, one a chunk");
        compare_streams(&what, &sdk, &plugin, at_once, streams, long).await;
    }

    let (sdk, plugin) = clients(&server.open()).await;
    let open = measure::most_connections().min(1_000);
    let (theirs, ours) =
        (memory_per_stream(&sdk, open).await, memory_per_stream(&plugin, open).await);
    println!("memory, {open} streams open");
    println!(
        "{:<46} {:>8} KiB {:>8} KiB {:>7.2}",
        "  a stream",
        theirs / 1024,
        ours / 1024,
        ours as f64 / theirs as f64,
    );

    let (cold, compiled) = load().await;
    println!("plugin only");
    line("store, instance and one call", instantiate(&plugin, 2_000).await);
    line("load, not compiled yet", cold);
    line("load, compiled before", compiled);
}

async fn clients(url: &str) -> (Sdk, Plugin) {
    (Sdk::new(url), Plugin::new(url).await)
}

/// Prints what a stream and an event cost each client.
async fn compare_streams(
    what: &str,
    sdk: &Sdk,
    plugin: &Plugin,
    at_once: u32,
    streams: u32,
    events: u32,
) {
    println!("{what}, {at_once} at once");
    let theirs = streams_cost(sdk, at_once, streams).await;
    let ours = streams_cost(plugin, at_once, streams).await;
    row("CPU a stream", theirs.cpu, ours.cpu);
    row("time a stream", theirs.time, ours.time);
    row("CPU an event", theirs.cpu / events, ours.cpu / events);
    row("time an event", theirs.time / events, ours.time / events);
}

fn row(what: &str, sdk: Duration, plugin: Duration) {
    let ratio = plugin.as_secs_f64() / sdk.as_secs_f64();
    println!("  {what:<44} {:>12} {:>12} {ratio:>7.2}", shown(sdk), shown(plugin));
}

fn line(what: &str, took: Duration) {
    println!("  {what:<44} {:>25}", shown(took));
}
