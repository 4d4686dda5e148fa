#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod answer;
mod auth;
mod body;
mod builder;
mod catalog;
mod delivery;
mod discovery;
mod error;
mod faults;
mod frame;
mod prompt;
mod record;
mod reply;
mod schema;
mod script;
mod server;
mod service;
mod sigv4;
mod sim;
mod state;
mod stats;
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
