//! The conversation and the Converse API: one to the other, and the answer's events back.

mod blocks;
pub mod body;
mod caching;
mod check;
mod citations;
pub mod events;
mod invalid;
mod merge;
mod metadata;
mod parts;
mod payload;
pub mod prepare;
mod reasoning;
pub mod repair;
mod room;
pub mod stream;
pub mod whole;
