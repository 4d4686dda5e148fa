#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod answer;
mod auth;
mod block;
mod body;
mod builder;
mod builtin;
mod cache;
mod catalog;
mod converse;
mod delivery;
mod discovery;
mod error;
mod faults;
mod frame;
mod guardrail;
mod prompt;
mod record;
mod reply;
mod response;
mod route;
mod schema;
mod script;
mod server;
mod service;
mod sigv4;
mod sim;
mod state;
mod stats;
mod thoughts;
mod tokens;
mod traits;
mod validate;
mod watch;

pub use auth::Credentials;
pub use builder::Builder;
pub use catalog::{Catalog, InferenceProfile, Lifecycle, Model, ProfileModel};
pub use error::Error;
pub use faults::{FaultError, Faults, StreamException};
pub use frame::{Frame, HeaderValue, split_frames};
pub use record::{AuthKind, Request};
pub use script::Script;
pub use sim::Sim;
pub use stats::Stats;
