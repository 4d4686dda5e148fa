//! Parts of an answer that stand alike in its events and in an answer as a whole.

use crate::bindings::types as wit;
use crate::bindings::types::Error;
use crate::error::protocol;
use crate::json::{Members, elements, raw};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

pub fn role(name: String) -> wit::Role {
    match name.as_str() {
        "user" => wit::Role::User,
        "assistant" => wit::Role::Assistant,
        "system" => wit::Role::System,
        _ => wit::Role::Other(name),
    }
}

pub fn stop_reason(name: String) -> wit::StopReason {
    use wit::StopReason as S;
    match name.as_str() {
        "end_turn" => S::EndTurn,
        "tool_use" => S::ToolUse,
        "max_tokens" => S::MaxTokens,
        "stop_sequence" => S::StopSequence,
        "guardrail_intervened" => S::GuardrailIntervened,
        "content_filtered" => S::ContentFiltered,
        "malformed_model_output" => S::MalformedModelOutput,
        "malformed_tool_use" => S::MalformedToolUse,
        "model_context_window_exceeded" => S::ContextWindowExceeded,
        _ => S::Other(name),
    }
}

/// Calls for the client carry `tool_use`, though the service's model knows no such value.
pub fn server_kind(tool: &Members<'_>) -> Result<Option<String>, Error> {
    Ok(tool.text("type")?.filter(|kind| kind != "tool_use"))
}

pub fn tool_status(result: &Members<'_>) -> Result<Option<wit::ToolStatus>, Error> {
    Ok(match result.text("status")?.as_deref() {
        Some("success") => Some(wit::ToolStatus::Success),
        Some("error") => Some(wit::ToolStatus::Error),
        _ => None,
    })
}

/// How many tokens of an answer were thoughts, where Claude was asked to say so in its own fields.
pub fn thought_tokens(response_fields: Option<&str>) -> Option<u64> {
    let fields = Members::parse("", response_fields?.as_bytes()).ok()?;
    let usage = fields.object("usage").ok()??;
    usage.object("output_tokens_details").ok()??.number("thinking_tokens").ok()?
}

pub fn tool_result(parts: &RawValue) -> Result<Vec<wit::ToolResultContent>, Error> {
    elements("delta", "toolResult", parts)?
        .into_iter()
        .map(|part| {
            let part = Members::parse("delta.toolResult", part.get().as_bytes())?;
            let (kind, value) = part.union()?;
            Ok(match kind {
                "text" => wit::ToolResultContent::Text(part.required_text("text")?),
                "json" => wit::ToolResultContent::Json(value.get().to_owned()),
                other => wit::ToolResultContent::Other(raw(other, value)),
            })
        })
        .collect()
}

/// The source of an image, a video or a sound; `None` for a kind that is not known.
pub fn media_source(source: &Members<'_>) -> Result<Option<wit::MediaSource>, Error> {
    Ok(match source.union()? {
        ("bytes", _) => Some(wit::MediaSource::Bytes(bytes(&source.required_text("bytes")?)?)),
        ("s3Location", location) => {
            let location = source.within("s3Location", location)?;
            Some(wit::MediaSource::Object(wit::ObjectLocation {
                uri: location.required_text("uri")?,
                owner: location.text("bucketOwner")?,
            }))
        }
        _ => None,
    })
}

pub fn bytes(base64: &str) -> Result<Vec<u8>, Error> {
    STANDARD.decode(base64).map_err(|_| protocol("bytes in a delta are not base64"))
}

pub fn citation(citation: &Members<'_>) -> Result<wit::Citation, Error> {
    let location = citation.object("location")?;
    Ok(wit::Citation {
        title: citation.text("title")?,
        source: citation.text("source")?,
        source_content: texts(citation, "sourceContent")?,
        location: location.as_ref().map(citation_location).transpose()?,
    })
}

/// A member that is a list of objects with a text in each.
pub fn texts(object: &Members<'_>, name: &str) -> Result<Vec<String>, Error> {
    let parts = object.objects(name)?;
    parts.iter().map(|part| Ok(part.text("text")?.unwrap_or_default())).collect()
}

fn citation_location(location: &Members<'_>) -> Result<wit::CitationLocation, Error> {
    use wit::CitationLocation as L;
    let (kind, value) = location.union()?;
    let known = ["web", "documentChar", "documentPage", "documentChunk", "searchResultLocation"];
    if !known.contains(&kind) {
        return Ok(L::Other(raw(kind, value)));
    }
    let at = location.within(kind, value)?;
    let range = || {
        Ok::<_, Error>(wit::DocumentRange {
            document_index: at.index("documentIndex")?,
            start: at.index("start")?,
            end: at.index("end")?,
        })
    };
    Ok(match kind {
        "web" => L::Web(wit::WebLocation { url: at.text("url")?, domain: at.text("domain")? }),
        "documentChar" => L::DocumentChar(range()?),
        "documentPage" => L::DocumentPage(range()?),
        "documentChunk" => L::DocumentChunk(range()?),
        _ => L::SearchResult(wit::SearchResultRange {
            search_result_index: at.index("searchResultIndex")?,
            start: at.index("start")?,
            end: at.index("end")?,
        }),
    })
}
