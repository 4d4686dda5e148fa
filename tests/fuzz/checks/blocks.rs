//! Turns of a conversation, made of bytes.

use super::talk::{cited, found, guarded, result};
use super::tools::{name, point, raw};
use super::{json, list, maybe, pick, text};
use arbitrary::{Result, Unstructured};
use bedrock_converse::bindings::types as wit;
use wit::ContentBlock as B;

/// A turn.
pub fn message(u: &mut Unstructured<'_>) -> Result<wit::Message> {
    let role = match u.int_in_range(0..=15)? {
        0 => wit::Role::System,
        1 => wit::Role::Other("developer".to_owned()),
        2..=8 => wit::Role::User,
        _ => wit::Role::Assistant,
    };
    Ok(wit::Message { role, content: list(u, 4, block)? })
}

/// A block of the system prompt.
pub fn system(u: &mut Unstructured<'_>) -> Result<wit::SystemBlock> {
    Ok(match u.int_in_range(0..=7)? {
        0 => wit::SystemBlock::GuardContent(guarded(u)?),
        1 => wit::SystemBlock::Other(raw(u)?),
        2 | 3 => wit::SystemBlock::CachePoint(point(u)?),
        _ => wit::SystemBlock::Text(text(u)?),
    })
}

fn block(u: &mut Unstructured<'_>) -> Result<B> {
    Ok(match u.int_in_range(0..=31)? {
        0 => B::Video(media(u)?),
        1 => B::Audio(media(u)?),
        2 => B::SearchResult(found(u)?),
        3 => B::GuardContent(guarded(u)?),
        4 => B::ToolAddition(change(u)?),
        5 => B::ToolRemoval(change(u)?),
        6 => B::Other(raw(u)?),
        7 => B::RedactedReasoning(u.arbitrary()?),
        8 | 9 => B::CitedText(cited(u)?),
        10 | 11 => B::Image(media(u)?),
        12 | 13 => B::Document(document(u)?),
        14..=16 => B::Reasoning(wit::ReasoningText {
            text: text(u)?,
            signature: maybe(u, |u| Ok(pick(u, &["c2ln", "reasoning_content", ""])?.to_owned()))?,
        }),
        17 | 18 => B::CachePoint(point(u)?),
        19..=22 => B::ToolCall(wit::ToolCall {
            id: id(u)?,
            name: name(u)?,
            input: json::mostly_object(u)?,
            server_kind: server_kind(u, "server_tool_use")?,
        }),
        23..=26 => B::ToolResult(result(u)?),
        _ => B::Text(text(u)?),
    })
}

/// An id of a call: mostly one of a few, so that calls meet their results.
pub fn id(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=7)? {
        0 => text(u)?,
        1 => pick(u, &["a.b", "a:b", "a b", "a_b", "a_2"])?.to_owned(),
        2 => format!("{}{}", "i".repeat(63), pick(u, &["", "j", "jk"])?),
        _ => pick(u, &["a", "b", "c"])?.to_owned(),
    })
}

/// That the service runs a tool, now and then.
pub fn server_kind(u: &mut Unstructured<'_>, kind: &str) -> Result<Option<String>> {
    Ok(u.ratio(1, 8)?.then(|| kind.to_owned()))
}

/// An image, a video or a sound.
pub fn media(u: &mut Unstructured<'_>) -> Result<wit::Media> {
    let format =
        pick(u, &["png", "image/png", "jpg", "image/JPG", "image/svg+xml", ""])?.to_owned();
    let source = match u.int_in_range(0..=5)? {
        0 => wit::MediaSource::Object(location(u)?),
        1 => wit::MediaSource::Bytes(vec![]),
        _ => wit::MediaSource::Bytes(vec![1, 2]),
    };
    Ok(wit::Media { format, source })
}

/// A document.
pub fn document(u: &mut Unstructured<'_>) -> Result<wit::Document> {
    let source = match u.int_in_range(0..=4)? {
        0 => wit::DocumentSource::Object(location(u)?),
        1 => wit::DocumentSource::Text(text(u)?),
        2 => wit::DocumentSource::Chunks(list(u, 2, text)?),
        _ => wit::DocumentSource::Bytes(vec![1]),
    };
    let name = match u.int_in_range(0..=3)? {
        0 => text(u)?,
        1 => pick(u, &["a  b", "a (2)", "a.pdf", " a ", "-", "é"])?.to_owned(),
        2 => format!("{}{}", "d".repeat(199), pick(u, &["", "e", "ef", " g"])?),
        _ => "a".to_owned(),
    };
    Ok(wit::Document {
        name,
        format: maybe(u, |u| Ok(pick(u, &["pdf", "md", ""])?.to_owned()))?,
        source,
        context: maybe(u, text)?,
        citations: u.arbitrary()?,
    })
}

fn location(u: &mut Unstructured<'_>) -> Result<wit::ObjectLocation> {
    let uri = pick(u, &["s3://bucket/key", "s3://", "https://x"])?.to_owned();
    let owner = maybe(u, |u| Ok(pick(u, &["123456789012", "1", "12345678901é"])?.to_owned()))?;
    Ok(wit::ObjectLocation { uri, owner })
}

fn change(u: &mut Unstructured<'_>) -> Result<wit::ToolChange> {
    Ok(wit::ToolChange { kind: maybe(u, text)?, name: name(u)?, server_name: maybe(u, text)? })
}
