//! Through the real component: host, sandbox, plugin, HTTP, and the local Bedrock at the other end.
//!
//! One binary, since each would link the whole of wasmtime.
#![allow(missing_docs, clippy::unwrap_used)]

mod component;
mod connections;
mod contract;
mod differential;
mod errors;
mod interfaces;
mod limits;
mod oracle;
mod pain_points;
mod profiles;
mod readme;
mod requests;
mod retries;
mod streaming;
mod stub;
mod support;
mod vectors;
mod whole;
