//! What `wit/` says, as Rust: generated, and the one place where the guest is not safe Rust.
#![allow(unsafe_code, missing_docs, missing_debug_implementations, unreachable_pub, clippy::all)]

wit_bindgen::generate!({
    path: ["../wit/deps/io.wit", "../wit/deps/clocks.wit", "../wit/deps/http.wit", "../wit/0.1"],
    inline: "
        package converse:bedrock;

        /// Model discovery is still missing from it for a `full-plugin`.
        world bedrock {
            include converse:provider/plugin@0.1.0;
            export converse:provider/non-streaming@0.1.0;
            export converse:provider/token-counter@0.1.0;
        }
    ",
    world: "converse:bedrock/bedrock",
    generate_all,
});

pub use self::converse::provider::types;
pub use self::exports::converse::provider::{non_streaming, provider, token_counter};

use crate::Plugin;
export!(Plugin with_types_in self);
