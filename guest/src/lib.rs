//! Amazon Bedrock's Converse API as a plugin: the component's exports.
//!
//! Built for `wasm32-unknown-unknown` this is a component of the world `converse:provider/plugin`.
//! Built for anything else it is a plain library, so that all but the calls into the host is tested
//! natively.

// What other crates see of this one is its component; its modules are public for tests and fuzzing.
#![allow(missing_docs)]

pub mod aws;
pub mod bindings;
mod completion;
pub mod converse;
mod error;
mod json;
pub mod wire;

use bindings::provider::{Completion, Description, Guest};
use bindings::types::{Error, Request};

/// What the component exports; `bindings` joins it to the component's ABI.
struct Plugin;

impl Guest for Plugin {
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
        completion::Completion::start(&request).map(Completion::new)
    }
}

const ABILITIES: [&str; 6] = ["text", "images", "documents", "tools", "reasoning", "guardrails"];
