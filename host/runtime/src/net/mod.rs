//! The way out: which requests may leave, and the client that sends them.

pub(crate) mod body;
pub(crate) mod client;
pub(crate) mod egress;
pub(crate) mod hooks;
mod tls;
