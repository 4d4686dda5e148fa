//! What is said in a conversation, as this crate's own types: the way back of `question`.

use super::types as wit;
use crate::conversation::content as c;
use crate::conversation::json::{Json, Raw};

/// A block of an answer.
pub(super) fn block(block: wit::ContentBlock) -> c::ContentBlock {
    use c::ContentBlock as B;
    use wit::ContentBlock as W;
    match block {
        W::Text(text) => B::Text(text),
        W::Image(image) => B::Image(media(image)),
        W::Document(it) => B::Document(document(it)),
        W::Video(video) => B::Video(media(video)),
        W::Audio(audio) => B::Audio(media(audio)),
        W::ToolCall(call) => B::ToolCall(c::ToolCall {
            id: call.id,
            name: call.name,
            input: Json::from_plugin(call.input),
            server_kind: call.server_kind,
        }),
        W::ToolResult(result) => B::ToolResult(c::ToolResult {
            id: result.id,
            content: result.content.into_iter().map(tool_result_content).collect(),
            status: result.status.map(tool_status),
            server_kind: result.server_kind,
        }),
        W::Reasoning(reasoning) => {
            B::Reasoning(c::Reasoning { text: reasoning.text, signature: reasoning.signature })
        }
        W::RedactedReasoning(bytes) => B::RedactedReasoning(bytes),
        W::CitedText(cited) => B::CitedText(c::CitedText {
            content: cited.content,
            citations: cited.citations.into_iter().map(citation).collect(),
        }),
        W::SearchResult(found) => B::SearchResult(search_result(found)),
        W::GuardContent(content) => B::GuardContent(guard_content(content)),
        W::CachePoint(point) => B::CachePoint(c::CachePoint { ttl: point.ttl }),
        W::ToolAddition(change) => B::ToolAddition(tool_change(change)),
        W::ToolRemoval(change) => B::ToolRemoval(tool_change(change)),
        W::Other(other) => B::Other(raw(other)),
    }
}

pub(super) fn role(role: wit::Role) -> c::Role {
    match role {
        wit::Role::User => c::Role::User,
        wit::Role::Assistant => c::Role::Assistant,
        wit::Role::System => c::Role::System,
        wit::Role::Other(name) => c::Role::Other(name),
    }
}

pub(super) fn raw(raw: wit::Raw) -> Raw {
    Raw { kind: raw.kind, json: Json::from_plugin(raw.json) }
}

pub(super) fn tool_status(status: wit::ToolStatus) -> c::ToolStatus {
    match status {
        wit::ToolStatus::Success => c::ToolStatus::Success,
        wit::ToolStatus::Error => c::ToolStatus::Error,
    }
}

pub(super) fn tool_result_content(content: wit::ToolResultContent) -> c::ToolResultContent {
    use c::ToolResultContent as C;
    use wit::ToolResultContent as W;
    match content {
        W::Text(text) => C::Text(text),
        W::Json(json) => C::Json(Json::from_plugin(json)),
        W::Image(image) => C::Image(media(image)),
        W::Document(it) => C::Document(document(it)),
        W::Video(video) => C::Video(media(video)),
        W::SearchResult(found) => C::SearchResult(search_result(found)),
        W::Other(other) => C::Other(raw(other)),
    }
}

fn media(media: wit::Media) -> c::Media {
    c::Media { format: media.format, source: media_source(media.source) }
}

pub(super) fn media_source(source: wit::MediaSource) -> c::MediaSource {
    match source {
        wit::MediaSource::Bytes(bytes) => c::MediaSource::Bytes(bytes),
        wit::MediaSource::Object(location) => c::MediaSource::Object(object(location)),
    }
}

fn object(location: wit::ObjectLocation) -> c::ObjectLocation {
    c::ObjectLocation { uri: location.uri, owner: location.owner }
}

fn document(document: wit::Document) -> c::Document {
    c::Document {
        name: document.name,
        format: document.format,
        source: match document.source {
            wit::DocumentSource::Bytes(bytes) => c::DocumentSource::Bytes(bytes),
            wit::DocumentSource::Object(location) => c::DocumentSource::Object(object(location)),
            wit::DocumentSource::Text(text) => c::DocumentSource::Text(text),
            wit::DocumentSource::Chunks(chunks) => c::DocumentSource::Chunks(chunks),
        },
        context: document.context,
        citations: document.citations,
    }
}

pub(super) fn citation(citation: wit::Citation) -> c::Citation {
    use c::CitationLocation as L;
    use wit::CitationLocation as W;
    let range = |range: wit::DocumentRange| c::SourceRange {
        index: range.document_index,
        start: range.start,
        end: range.end,
    };
    c::Citation {
        title: citation.title,
        source: citation.source,
        source_content: citation.source_content,
        location: citation.location.map(|location| match location {
            W::Web(web) => L::Web { url: web.url, domain: web.domain },
            W::DocumentChar(at) => L::DocumentChar(range(at)),
            W::DocumentPage(at) => L::DocumentPage(range(at)),
            W::DocumentChunk(at) => L::DocumentChunk(range(at)),
            W::SearchResult(at) => L::SearchResult(c::SourceRange {
                index: at.search_result_index,
                start: at.start,
                end: at.end,
            }),
            W::Other(other) => L::Other(raw(other)),
        }),
    }
}

fn search_result(found: wit::SearchResult) -> c::SearchResult {
    c::SearchResult {
        source: found.source,
        title: found.title,
        content: found.content,
        citations: found.citations,
    }
}

fn guard_content(content: wit::GuardContent) -> c::GuardContent {
    match content {
        wit::GuardContent::Text(wit::GuardText { text, qualifiers }) => {
            c::GuardContent::Text { text, qualifiers }
        }
        wit::GuardContent::Image(image) => c::GuardContent::Image(media(image)),
        wit::GuardContent::Other(other) => c::GuardContent::Other(raw(other)),
    }
}

fn tool_change(change: wit::ToolChange) -> c::ToolChange {
    c::ToolChange { kind: change.kind, name: change.name, server_name: change.server_name }
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
