//! How many tokens an answer may have, where the caller does not say.
//!
//! Claude on Bedrock stops at a few thousand tokens unless it is told how many it may write, though
//! the documentation says that it goes to the model's own limit. That limit is what it is told, as
//! far as the conversation leaves room for it: several versions of Claude refuse a request for more
//! tokens than fit behind it.

use super::prepare::Target;
use super::repair::{Place, Repairs};
use crate::bindings::types as wit;
use wit::{ContentBlock as B, ToolResultContent as C};

/// What is left for the answer at least, however long the conversation seems to be.
const LEAST: u64 = 4096;

/// Tokens of an image, at most (Anthropic's documentation, "Vision").
const IMAGE: u64 = 1600;

/// Tells Claude how many tokens it may write.
pub fn apply_room(request: &mut wit::Request, target: &Target<'_>, repairs: &mut Repairs) {
    if !target.claude || request.inference.max_tokens.is_some() {
        return;
    }
    let Some(model) = target.model else { return };
    let Some(output) = model.output else { return };
    let taken = estimated_tokens(request);
    let room = model.context.map_or(u64::MAX, u64::from).saturating_sub(taken).max(LEAST);
    let tokens = u32::try_from(room).map_or(output, |room| room.min(output));
    request.inference.max_tokens = Some(tokens);
    repairs.note("max-tokens", Place::Member("inference.max-tokens"));
}

/// More tokens than the request has, in all likelihood: a token is rarely shorter than three bytes.
fn estimated_tokens(request: &wit::Request) -> u64 {
    let system = request.system.iter().map(|block| match block {
        wit::SystemBlock::Text(text) => text.len(),
        _ => 0,
    });
    let tools = request.tools.iter().map(|tool| match tool {
        wit::Tool::Function(spec) => {
            spec.input_schema.len() + spec.description.as_ref().map_or(0, String::len)
        }
        _ => 0,
    });
    let bytes: usize = system.chain(tools).sum();
    let content = request.messages.iter().flat_map(|message| &message.content);
    let content: u64 = content
        .map(|block| match block {
            B::Text(text) => tokens(text.len()),
            B::Reasoning(reasoning) => tokens(reasoning.text.len()),
            B::RedactedReasoning(bytes) => tokens(bytes.len()),
            B::ToolCall(call) => tokens(call.input.len()),
            B::ToolResult(result) => result
                .content
                .iter()
                .map(|content| match content {
                    C::Text(text) | C::Json(text) => tokens(text.len()),
                    C::Document(document) => document_tokens(document),
                    _ => IMAGE,
                })
                .sum(),
            B::Document(document) => document_tokens(document),
            B::CachePoint(_) => 0,
            _ => IMAGE,
        })
        .sum();
    tokens(bytes) + content
}

/// A file of text is its text; in others pictures and markup are the most of it.
fn document_tokens(document: &wit::Document) -> u64 {
    match &document.source {
        wit::DocumentSource::Bytes(bytes) => match document.format.as_deref() {
            Some("txt" | "md" | "csv" | "html") => tokens(bytes.len()),
            _ => tokens(bytes.len() / 16),
        },
        wit::DocumentSource::Text(text) => tokens(text.len()),
        wit::DocumentSource::Chunks(chunks) => tokens(chunks.iter().map(String::len).sum()),
        wit::DocumentSource::Object(_) => IMAGE,
    }
}

fn tokens(bytes: usize) -> u64 {
    bytes as u64 / 3 + 1
}
