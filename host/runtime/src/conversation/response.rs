//! An answer in one piece.

use super::content::{ContentBlock, Role};
use super::event::Summary;
use serde::Serialize;

/// A whole answer.
///
/// For the next turn of the conversation put `role` and `content` into a [`Message`](crate::Message).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Response {
    /// Who speaks.
    pub role: Role,
    /// The answer's blocks, in order.
    pub content: Vec<ContentBlock>,
    /// Its end.
    pub summary: Summary,
}
