//! Conversations, answers and errors as Rust types, the same for every version of the contract.

pub(crate) mod content;
pub(crate) mod error;
pub(crate) mod event;
#[cfg(test)]
pub(crate) mod examples;
mod form;
pub(crate) mod json;
pub(crate) mod request;
pub(crate) mod response;
