//! The sandbox: the engine, what a plugin may use up, and the state of one instance.

pub(crate) mod call;
pub(crate) mod engine;
mod imports;
pub(crate) mod limits;
pub(crate) mod link;
pub(crate) mod meter;
pub(crate) mod plugin;
pub(crate) mod room;
pub(crate) mod state;
