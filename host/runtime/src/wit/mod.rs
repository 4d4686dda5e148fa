//! The contract's versions as Rust, each with its translation into this crate's own types.

pub(crate) mod v0_1;
