//! JSON: objects read member by member, bodies written in one go, and what others wrote mended.

mod mend;
mod read;
mod write;

pub use mend::{without_empty_keys, without_lone_surrogates};
pub(crate) use read::Key;
pub use read::{Member, Members, elements, member, parse, raw};
pub use write::Writer;
