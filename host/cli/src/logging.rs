//! Log lines on standard error.

use crate::terminal;
use std::io;
use tracing_subscriber::EnvFilter;

/// Starts logging. `RUST_LOG` decides what is shown, else how often `-v` was given.
pub(crate) fn start(verbose: u8) {
    let asked = std::env::var("RUST_LOG").ok().filter(|asked| !asked.trim().is_empty());
    let filter = match asked.map(EnvFilter::try_new) {
        Some(Ok(filter)) => filter,
        Some(Err(error)) => {
            terminal::note(&format!("warning: RUST_LOG is ignored: {error}"));
            default_filter(verbose)
        }
        None => default_filter(verbose),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(terminal::colours_on_stderr())
        .without_time()
        .log_internal_errors(false)
        .init();
}

/// Only our own targets: what libraries below say at `trace` may hold headers, and so secrets.
fn default_filter(verbose: u8) -> EnvFilter {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    EnvFilter::new(format!(
        "error,converse={level},converse_host={level},plugin={level},bedrock_sim={level}"
    ))
}
