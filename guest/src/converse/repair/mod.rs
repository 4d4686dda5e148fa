//! What is changed in a request so that the service takes it.
//!
//! Conversations come from other providers, from older versions of an application, from streams that
//! broke off. Bedrock refuses many of them for their form alone, often with an error that names
//! neither the place nor the remedy. What can be put right without a change of meaning is put right
//! here and reported; what cannot is an error that says what is wrong. `docs/repairs.md` lists every
//! row, with the reason.

mod cache;
mod calls;
mod documents;
mod images;
mod names;
mod sampling;
mod text;
mod thoughts;
mod tools;
mod turns;

pub use cache::{MAX_POINTS, count as count_cache_points, repair_cache_points};
pub use names::Names;
pub use sampling::{drop_temperature, drop_top_p};

use super::invalid::Mapped;
use super::prepare::Target;
use crate::bindings::types as wit;
use std::fmt;

/// Rows of the table, as the log names them.
pub const ROWS: [&str; 39] = [
    "automatic-caching",
    "blank-text",
    "cache-limit",
    "cache-ttl",
    "cache-unsupported",
    "document-name",
    "document-text",
    "duplicate-result",
    "duplicate-tool",
    "empty-key",
    "empty-message",
    "empty-result",
    "error-images",
    "first-turn",
    "image-input",
    "max-tokens",
    "merged-turns",
    "missing-result",
    "orphan-result",
    "reasoning-blank",
    "reasoning-display",
    "reasoning-foreign",
    "reasoning-level",
    "reasoning-room",
    "reasoning-turn",
    "result-json",
    "result-order",
    "stop-sequence",
    "stream-processing-mode",
    "surrogate",
    "temperature",
    "tool-choice-none",
    "tool-history",
    "tool-id",
    "tool-input",
    "tool-name",
    "tool-schema",
    "top-p",
    "trailing-space",
];

/// What stands where the service wants a text and there is none.
const EMPTY: &str = "<empty>";

/// What was changed in a request.
#[derive(Debug, Default)]
pub struct Repairs(Vec<Repair>);

/// One row of the table that was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repair {
    /// Its name.
    pub row: &'static str,
    /// The first member it was applied to.
    pub place: Place,
    /// How often it was applied.
    pub count: u32,
}

/// Where in a request a repair was made; `Display` writes the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A member of the request.
    Member(&'static str),
    /// One of its tools.
    Tool(usize),
    /// One of its messages.
    Message(usize),
    /// A message's content.
    Content(usize),
    /// A block of a message's content.
    Block(usize, usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) => f.write_str(name),
            Self::Tool(t) => write!(f, "tools[{t}]"),
            Self::Message(m) => write!(f, "messages[{m}]"),
            Self::Content(m) => write!(f, "messages[{m}].content"),
            Self::Block(m, b) => write!(f, "messages[{m}].content[{b}]"),
        }
    }
}

impl Repairs {
    /// Notes that a row was applied at a place. Texts of the conversation do not belong here.
    pub fn note(&mut self, row: &'static str, place: Place) {
        debug_assert!(ROWS.contains(&row), "{row} is not in the table");
        match self.0.iter_mut().find(|repair| repair.row == row) {
            Some(repair) => repair.count += 1,
            None => self.0.push(Repair { row, place, count: 1 }),
        }
    }

    /// What was changed, in the order in which it first was.
    pub fn list(&self) -> &[Repair] {
        &self.0
    }
}

/// Puts a request right for a model, except its cache points: others may still be placed.
///
/// # Errors
///
/// What cannot be put right without a change of meaning.
pub fn repair(
    request: &mut wit::Request,
    target: &Target<'_>,
    repairs: &mut Repairs,
) -> Mapped<Names> {
    tools::repair_choice_of_none(request, repairs);
    text::repair_texts(request, repairs);
    thoughts::repair_thoughts(&mut request.messages, target, repairs);
    tools::repair_history_without_tools(request, repairs);
    let mut names = tools::repair_tools(request, repairs)?;
    turns::repair_turns(&mut request.messages, repairs);
    calls::repair_calls(&mut request.messages, &mut names, target.claude, repairs);
    images::repair_images(&mut request.messages, target, repairs);
    documents::repair_documents(&mut request.messages, repairs);
    turns::repair_end(&mut request.messages, target, repairs)?;
    sampling::repair_sampling(&mut request.inference, target, repairs);
    Ok(names)
}
