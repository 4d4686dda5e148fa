//! The sandbox: the engine, what a plugin may use up, and the state of one instance.

pub(crate) mod call;
pub(crate) mod engine;
pub(crate) mod limits;
pub(crate) mod state;
