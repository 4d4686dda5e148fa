//! `converse:provider@0.1.0`.

mod answer;
mod content;
mod question;

pub(crate) use answer::{event, response};
pub(crate) use question::request;

/// The contract's package id.
pub(crate) const CONTRACT: &str = "converse:provider@0.1.0";

/// Generated from `wit/0.1`, of the world with every interface a plugin may export.
#[allow(missing_docs, missing_debug_implementations)]
mod generated {
    wasmtime::component::bindgen!({
        path: [
            "../../wit/deps/io.wit",
            "../../wit/deps/clocks.wit",
            "../../wit/deps/http.wit",
            "../../wit/0.1",
        ],
        world: "converse:provider/full-plugin@0.1.0",
        imports: {
            "converse:provider/credentials": async | trappable,
            "converse:provider/discovery-cache": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: {
            "wasi:io": wasmtime_wasi::p2::bindings::io,
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
            "wasi:http": wasmtime_wasi_http::p2::bindings::http,
        },
        require_store_data_send: true,
    });
}

pub(crate) use generated::converse::provider::{
    credentials, discovery_cache, endpoints, log, types,
};
pub(crate) use generated::exports::converse::provider::{non_streaming, provider, token_counter};
