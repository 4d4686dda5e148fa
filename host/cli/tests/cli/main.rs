//! The runner as its users meet it: the real program, in an environment of its own, against a local
//! Bedrock in this process.
#![forbid(unsafe_code)]
// In a test a panic is a failure, which is what is wanted.
#![allow(clippy::unwrap_used)]

mod attached;
mod chat;
mod demo;
mod environment;
mod failures;
mod help;
#[cfg(target_os = "linux")]
mod interactive;
mod json;
mod options;
mod recorded;
mod request;
#[cfg(unix)]
mod signals;
mod sim;
mod support;
mod tools;
mod version;
mod whole;
