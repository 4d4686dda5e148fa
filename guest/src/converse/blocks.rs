//! Blocks of a conversation as Converse's JSON.
//!
//! Most are one of Bedrock's unions, an object with exactly one member: the functions here write that
//! member, and who calls them the object around it.

use super::citations::write_cited_text;
use super::invalid::{Invalid, Mapped, json, json_object, write_each};
use crate::bindings::types as wit;
use crate::json::Writer;

/// A block of a message.
pub fn write_block(w: &mut Writer, block: &wit::ContentBlock) -> Mapped<()> {
    use wit::ContentBlock as B;
    w.open();
    match block {
        B::Text(text) => {
            w.member("text", text);
        }
        B::Image(media) => write_media(w, "image", media),
        B::Document(document) => write_document(w, document),
        B::Video(media) => write_media(w, "video", media),
        B::Audio(media) => write_media(w, "audio", media),
        B::ToolCall(call) => write_tool_call(w, call)?,
        B::ToolResult(result) => write_tool_result(w, result)?,
        B::Reasoning(reasoning) => {
            w.key("reasoningContent").open().key("reasoningText").open();
            w.member("text", &reasoning.text);
            w.optional("signature", reasoning.signature.as_deref());
            w.close().close();
        }
        B::RedactedReasoning(bytes) => {
            w.key("reasoningContent").open().key("redactedContent").bytes(bytes).close();
        }
        B::CitedText(cited) => write_cited_text(w, cited)?,
        B::SearchResult(found) => write_search_result(w, found),
        B::GuardContent(content) => write_guard_content(w, content)?,
        B::CachePoint(point) => write_cache_point(w, point),
        B::ToolAddition(change) => write_tool_change(w, "toolAddition", change),
        B::ToolRemoval(change) => write_tool_change(w, "toolRemoval", change),
        B::Other(raw) => other(w, raw)?,
    }
    w.close();
    Ok(())
}

/// A block of the system prompt.
pub fn write_system_block(w: &mut Writer, block: &wit::SystemBlock) -> Mapped<()> {
    use wit::SystemBlock as B;
    w.open();
    match block {
        B::Text(text) => {
            w.member("text", text);
        }
        B::GuardContent(content) => write_guard_content(w, content)?,
        B::CachePoint(point) => write_cache_point(w, point),
        B::Other(raw) => other(w, raw)?,
    }
    w.close();
    Ok(())
}

/// The member `cachePoint`.
pub fn write_cache_point(w: &mut Writer, point: &wit::CachePoint) {
    w.key("cachePoint").open().member("type", "default");
    w.optional("ttl", point.ttl.as_deref()).close();
}

/// A member by its own name: what an `other` case stands for.
pub fn other(w: &mut Writer, raw: &wit::Raw) -> Mapped<()> {
    if raw.kind.is_empty() {
        return Err(Invalid::new("other.kind", "is empty"));
    }
    w.key(&raw.kind).raw(json(&raw.json, "other.json")?);
    Ok(())
}

/// A member that is a list of objects with a text in each.
pub fn texts(w: &mut Writer, name: &str, texts: &[String]) {
    w.key(name).open_list();
    for text in texts {
        w.open().member("text", text).close();
    }
    w.close_list();
}

fn write_media(w: &mut Writer, kind: &str, media: &wit::Media) {
    w.key(kind).open().member("format", media_format(&media.format)).key("source").open();
    match &media.source {
        wit::MediaSource::Bytes(bytes) => {
            w.key("bytes").bytes(bytes);
        }
        wit::MediaSource::Object(object) => write_location(w, object),
    }
    w.close().close();
}

/// Callers also write a format as a media type, and JPEG by its three letters.
pub fn media_format(format: &str) -> &str {
    let format = format.rsplit('/').next().unwrap_or(format);
    if format.eq_ignore_ascii_case("jpg") { "jpeg" } else { format }
}

fn write_location(w: &mut Writer, object: &wit::ObjectLocation) {
    w.key("s3Location").open().member("uri", &object.uri);
    w.optional("bucketOwner", object.owner.as_deref()).close();
}

fn write_document(w: &mut Writer, document: &wit::Document) {
    w.key("document").open();
    w.optional("format", document.format.as_deref()).member("name", &document.name);
    w.key("source").open();
    match &document.source {
        wit::DocumentSource::Bytes(bytes) => {
            w.key("bytes").bytes(bytes);
        }
        wit::DocumentSource::Object(object) => write_location(w, object),
        wit::DocumentSource::Text(text) => {
            w.member("text", text);
        }
        wit::DocumentSource::Chunks(chunks) => texts(w, "content", chunks),
    }
    w.close().optional("context", document.context.as_deref());
    write_citations(w, document.citations);
    w.close();
}

fn write_citations(w: &mut Writer, enabled: bool) {
    if enabled {
        w.key("citations").open().key("enabled").truth(true).close();
    }
}

fn write_tool_call(w: &mut Writer, call: &wit::ToolCall) -> Mapped<()> {
    w.key("toolUse").open().member("toolUseId", &call.id).member("name", &call.name);
    w.key("input").raw(json_object(&call.input, "tool-call.input")?);
    w.optional("type", call.server_kind.as_deref()).close();
    Ok(())
}

fn write_tool_result(w: &mut Writer, result: &wit::ToolResult) -> Mapped<()> {
    w.key("toolResult").open().member("toolUseId", &result.id).key("content");
    write_each(w, &result.content, write_tool_result_content)
        .map_err(|invalid| invalid.within("tool-result.content"))?;
    let status = result.status.map(|status| match status {
        wit::ToolStatus::Success => "success",
        wit::ToolStatus::Error => "error",
    });
    w.optional("status", status).optional("type", result.server_kind.as_deref()).close();
    Ok(())
}

fn write_tool_result_content(w: &mut Writer, content: &wit::ToolResultContent) -> Mapped<()> {
    use wit::ToolResultContent as C;
    w.open();
    match content {
        C::Text(text) => {
            w.member("text", text);
        }
        C::Json(value) => {
            w.key("json").raw(json(value, "json")?);
        }
        C::Image(media) => write_media(w, "image", media),
        C::Document(document) => write_document(w, document),
        C::Video(media) => write_media(w, "video", media),
        C::SearchResult(found) => write_search_result(w, found),
        C::Other(raw) => other(w, raw)?,
    }
    w.close();
    Ok(())
}

fn write_search_result(w: &mut Writer, found: &wit::SearchResult) {
    w.key("searchResult").open();
    w.member("source", &found.source).member("title", &found.title);
    texts(w, "content", &found.content);
    write_citations(w, found.citations);
    w.close();
}

fn write_guard_content(w: &mut Writer, content: &wit::GuardContent) -> Mapped<()> {
    w.key("guardContent").open();
    match content {
        wit::GuardContent::Text(text) => {
            w.key("text").open().member("text", &text.text);
            w.texts("qualifiers", &text.qualifiers).close();
        }
        wit::GuardContent::Image(media) => write_media(w, "image", media),
        wit::GuardContent::Other(raw) => other(w, raw)?,
    }
    w.close();
    Ok(())
}

fn write_tool_change(w: &mut Writer, name: &str, change: &wit::ToolChange) {
    w.key(name).open().key("tool").open();
    w.optional("type", change.kind.as_deref()).member("name", &change.name);
    w.optional("serverName", change.server_name.as_deref()).close().close();
}
