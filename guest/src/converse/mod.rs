//! The conversation and the Converse API: one to the other, and the answer's events back.

mod blocks;
pub mod body;
mod citations;
pub mod events;
mod invalid;
mod merge;
mod metadata;
mod payload;
pub mod stream;
