//! What tools, searches and guardrails have to say, made of bytes.

use super::blocks::{document, id, media, server_kind};
use super::tools::raw;
use super::{json, list, maybe, pick, text};
use arbitrary::{Result, Unstructured};
use bedrock_converse::bindings::types as wit;

/// What a tool returned.
pub fn result(u: &mut Unstructured<'_>) -> Result<wit::ToolResult> {
    use wit::ToolResultContent as C;
    let content = |u: &mut Unstructured<'_>| {
        Ok(match u.int_in_range(0..=9)? {
            0 => C::Document(document(u)?),
            1 => C::Video(media(u)?),
            2 => C::SearchResult(found(u)?),
            3 => C::Other(raw(u)?),
            4 | 5 => C::Image(media(u)?),
            6 => C::Json(json::value(u)?),
            _ => C::Text(text(u)?),
        })
    };
    Ok(wit::ToolResult {
        id: id(u)?,
        content: list(u, 3, content)?,
        status: *u.choose(&[None, Some(wit::ToolStatus::Success), Some(wit::ToolStatus::Error)])?,
        server_kind: server_kind(u, "nova_result")?,
    })
}

/// Text with its sources.
pub fn cited(u: &mut Unstructured<'_>) -> Result<wit::CitedText> {
    let citation = |u: &mut Unstructured<'_>| {
        Ok(wit::Citation {
            title: maybe(u, text)?,
            source: maybe(u, text)?,
            source_content: list(u, 2, text)?,
            location: maybe(u, location)?,
        })
    };
    Ok(wit::CitedText { content: list(u, 2, text)?, citations: list(u, 2, citation)? })
}

fn location(u: &mut Unstructured<'_>) -> Result<wit::CitationLocation> {
    use wit::CitationLocation as L;
    Ok(match u.int_in_range(0..=3)? {
        0 => L::Web(wit::WebLocation { url: maybe(u, text)?, domain: None }),
        1 => L::Other(raw(u)?),
        2 => {
            let search_result_index = u.arbitrary()?;
            L::SearchResult(wit::SearchResultRange { search_result_index, start: None, end: None })
        }
        _ => {
            let (start, end) = (u.arbitrary()?, Some(u32::MAX));
            L::DocumentPage(wit::DocumentRange { document_index: None, start, end })
        }
    })
}

/// A passage found by a search.
pub fn found(u: &mut Unstructured<'_>) -> Result<wit::SearchResult> {
    Ok(wit::SearchResult {
        source: text(u)?,
        title: text(u)?,
        content: list(u, 2, text)?,
        citations: u.arbitrary()?,
    })
}

/// Content set before a guardrail.
pub fn guarded(u: &mut Unstructured<'_>) -> Result<wit::GuardContent> {
    Ok(match u.int_in_range(0..=3)? {
        0 => wit::GuardContent::Image(media(u)?),
        1 => wit::GuardContent::Other(raw(u)?),
        _ => {
            let qualifiers = list(u, 2, |u| Ok(pick(u, &["query", "guard_content"])?.to_owned()))?;
            wit::GuardContent::Text(wit::GuardText { text: text(u)?, qualifiers })
        }
    })
}
