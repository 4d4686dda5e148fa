//! An answer in one piece: what Converse and CountTokens return.

use super::metadata::Metadata;
use super::parts::{
    bytes, citation, media_source, role, server_kind, stop_reason, texts, tool_result, tool_status,
};
use super::prepare::Origin;
use crate::bindings::non_streaming::Response;
use crate::bindings::types as wit;
use crate::bindings::types::{ContentBlock, Error};
use crate::json::{Members, raw, without_lone_surrogates};
use serde_json::value::RawValue;

/// Reads the answer of Converse.
///
/// # Errors
///
/// Kind `protocol` when it makes no sense.
pub fn read_answer(
    json: &str,
    request_id: Option<String>,
    origin: &Origin,
) -> Result<Response, Error> {
    // A model may write half of a surrogate pair, which no text can hold.
    let json = without_lone_surrogates(json);
    let answer = Members::parse("answer", json.as_bytes())?;
    let message = answer.required_object("output")?.required_object("message")?;
    let content = message.objects("content")?;
    let content = content.iter().map(|member| block(member, origin)).collect::<Result<_, _>>()?;
    let stop_reason = stop_reason(answer.required_text("stopReason")?);
    let fields = answer.json("additionalModelResponseFields");
    let summary = Metadata::read(&answer)?.summary(
        stop_reason,
        fields,
        origin.own_response_fields,
        request_id,
    );
    Ok(Response { role: role(message.required_text("role")?), content, summary })
}

/// Reads the answer of CountTokens.
///
/// # Errors
///
/// Kind `protocol` when it makes no sense.
pub fn read_count(json: &str) -> Result<u64, Error> {
    Members::parse("answer", json.as_bytes())?.required_number("inputTokens")
}

fn block(member: &Members<'_>, origin: &Origin) -> Result<ContentBlock, Error> {
    let (kind, value) = member.union()?;
    if kind == "text" {
        return Ok(ContentBlock::Text(member.required_text("text")?));
    }
    // What is not known stays as it is.
    let other = || Ok(ContentBlock::Other(raw(kind, value)));
    let known = ["toolUse", "toolResult", "reasoningContent", "citationsContent", "image"];
    if !known.contains(&kind) {
        return other();
    }
    let inner = member.within(kind, value)?;
    // A call whose input is no object must not look like one that can be run.
    if kind == "toolUse" && inner.raw("input").is_some_and(|input| !input.get().starts_with('{')) {
        return other();
    }
    match kind {
        "toolUse" => Ok(ContentBlock::ToolCall(wit::ToolCall {
            id: inner.required_text("toolUseId")?,
            name: origin.names.restore(inner.required_text("name")?),
            input: inner.json("input").unwrap_or_else(|| "{}".to_owned()),
            server_kind: server_kind(&inner)?,
        })),
        "toolResult" => Ok(ContentBlock::ToolResult(wit::ToolResult {
            id: inner.required_text("toolUseId")?,
            content: match inner.raw("content") {
                Some(parts) => tool_result(parts)?,
                None => Vec::new(),
            },
            status: tool_status(&inner)?,
            server_kind: inner.text("type")?,
        })),
        "reasoningContent" => reasoning(&inner, value),
        "citationsContent" => Ok(ContentBlock::CitedText(wit::CitedText {
            content: texts(&inner, "content")?,
            citations: inner
                .objects("citations")?
                .iter()
                .map(citation)
                .collect::<Result<_, _>>()?,
        })),
        _ => match inner.object("source")?.map(|source| media_source(&source)).transpose()? {
            Some(Some(source)) => Ok(ContentBlock::Image(wit::Media {
                format: inner.required_text("format")?,
                source,
            })),
            _ => other(),
        },
    }
}

fn reasoning(content: &Members<'_>, value: &RawValue) -> Result<ContentBlock, Error> {
    let (kind, inner) = content.union()?;
    Ok(match kind {
        "reasoningText" => {
            let inner = content.within(kind, inner)?;
            ContentBlock::Reasoning(wit::ReasoningText {
                text: inner.text("text")?.unwrap_or_default(),
                signature: inner.text("signature")?,
            })
        }
        "redactedContent" => ContentBlock::RedactedReasoning(bytes(&content.required_text(kind)?)?),
        _ => ContentBlock::Other(raw("reasoningContent", value)),
    })
}
