//! Amazon Bedrock's Converse API as a plugin: the component's exports.
//!
//! Built for `wasm32-unknown-unknown` this is a component of the world `converse:provider/plugin`,
//! with the optional interfaces `non-streaming` and `token-counter`.
//! Built for anything else it is a plain library, so that all but the calls into the host is tested
//! natively.

// What other crates see of this one is its component; its modules are public for tests and fuzzing.
#![allow(missing_docs)]

pub mod aws;
pub mod bindings;
mod call;
mod completion;
pub mod converse;
mod error;
mod json;
pub mod models;
mod profile;
mod service;
pub mod wire;

use bindings::provider::{Completion, Description};
use bindings::types::{Error, Request};
use bindings::{non_streaming, provider, token_counter};

/// What the component exports; `bindings` joins it to the component's ABI.
struct Plugin;

impl provider::Guest for Plugin {
    type Completion = completion::Completion;

    fn describe() -> Description {
        Description {
            id: "amazon-bedrock".to_owned(),
            aliases: vec!["bedrock".to_owned(), "aws-bedrock".to_owned()],
            api: "bedrock-converse-stream".to_owned(),
            name: "Amazon Bedrock".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            abilities: ABILITIES.iter().map(|&ability| ability.to_owned()).collect(),
        }
    }

    fn start(request: Request) -> Result<Completion, Error> {
        completion::Completion::start(request).map(Completion::new)
    }
}

impl non_streaming::Guest for Plugin {
    fn complete(request: Request) -> Result<non_streaming::Response, Error> {
        call::complete(request)
    }
}

impl token_counter::Guest for Plugin {
    fn count_tokens(request: Request) -> Result<u64, Error> {
        call::count_tokens(request)
    }
}

const ABILITIES: [&str; 14] = [
    "text",
    "images",
    "documents",
    "video",
    "audio",
    "tools",
    "server-tools",
    "reasoning",
    "caching",
    "citations",
    "guardrails",
    "structured-output",
    "non-streaming",
    "token-counting",
];
