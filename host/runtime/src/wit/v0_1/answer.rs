//! What a plugin says, as this crate's own types.

use super::types as wit;
use crate::conversation::content as c;
use crate::conversation::error::{Error, ErrorKind, Inner};
use crate::conversation::event as e;
use crate::conversation::json::{Json, Raw};

/// An event of an answer.
pub(crate) fn event(event: wit::Event) -> e::Event {
    match event {
        wit::Event::BlockDelta(wit::BlockDelta { index, delta }) => {
            e::Event::BlockDelta { index, delta: self::delta(delta) }
        }
        wit::Event::MessageStart(start) => e::Event::MessageStart {
            role: match start.role {
                wit::Role::User => c::Role::User,
                wit::Role::Assistant => c::Role::Assistant,
                wit::Role::System => c::Role::System,
                wit::Role::Other(name) => c::Role::Other(name),
            },
        },
        wit::Event::BlockStart(wit::BlockStart { index, kind }) => {
            e::Event::BlockStart { index, kind: block_kind(kind) }
        }
        wit::Event::BlockStop(wit::BlockStop { index, invalid_input }) => e::Event::BlockStop {
            index,
            invalid_input: invalid_input
                .map(|input| e::InvalidInput { text: input.text, message: input.message }),
        },
        wit::Event::Other(other) => e::Event::Other(raw(other)),
    }
}

impl From<wit::Summary> for e::Summary {
    fn from(summary: wit::Summary) -> Self {
        Self {
            stop_reason: stop_reason(summary.stop_reason),
            usage: summary.usage.map(usage),
            latency_ms: summary.latency_ms,
            request_id: summary.request_id,
            guardrail_trace: summary.guardrail_trace.map(Json::from_plugin),
            invoked_model: summary.invoked_model,
            performance_latency: summary.performance_latency,
            service_tier: summary.service_tier,
            response_fields: summary.response_fields.map(Json::from_plugin),
            extra_json: summary.extra_json.map(Json::from_plugin),
        }
    }
}

impl From<wit::Error> for Error {
    fn from(error: wit::Error) -> Self {
        Self::from_inner(Inner {
            kind: error.kind.into(),
            message: error.message,
            status: error.status,
            code: error.code,
            retry_after_ms: error.retry_after_ms,
            request_id: error.request_id,
            raw: error.raw_json.map(Json::from_plugin),
        })
    }
}

/// The other way: what the host says to a plugin that asked it for something.
impl From<Error> for wit::Error {
    fn from(error: Error) -> Self {
        Self {
            kind: error.kind().into(),
            message: error.message().to_owned(),
            status: error.status(),
            code: error.code().map(str::to_owned),
            retry_after_ms: None,
            request_id: error.request_id().map(str::to_owned),
            raw_json: None,
        }
    }
}

/// Kinds have the same names on both sides.
macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        impl From<wit::ErrorKind> for ErrorKind {
            fn from(kind: wit::ErrorKind) -> Self {
                match kind {
                    $(wit::ErrorKind::$kind => Self::$kind,)+
                }
            }
        }

        impl From<ErrorKind> for wit::ErrorKind {
            fn from(kind: ErrorKind) -> Self {
                match kind {
                    $(ErrorKind::$kind => Self::$kind,)+
                    // No plugin is told of another plugin's faults.
                    ErrorKind::Plugin => Self::Internal,
                }
            }
        }
    };
}

kinds!(
    Throttled,
    QuotaExceeded,
    Auth,
    ExpiredCredentials,
    AccessDenied,
    InvalidRequest,
    ContextLength,
    ModelNotReady,
    NotFound,
    ContentFiltered,
    Timeout,
    Transport,
    Truncated,
    Protocol,
    Cancelled,
    Unsupported,
    Internal,
    Other,
);

fn raw(raw: wit::Raw) -> Raw {
    Raw { kind: raw.kind, json: Json::from_plugin(raw.json) }
}

fn block_kind(kind: wit::BlockKind) -> e::BlockKind {
    match kind {
        wit::BlockKind::Text => e::BlockKind::Text,
        wit::BlockKind::Reasoning => e::BlockKind::Reasoning,
        wit::BlockKind::ToolCall(call) => {
            e::BlockKind::ToolCall { id: call.id, name: call.name, server_kind: call.server_kind }
        }
        wit::BlockKind::ToolResult(result) => e::BlockKind::ToolResult {
            id: result.id,
            server_kind: result.server_kind,
            status: result.status.map(tool_status),
        },
        wit::BlockKind::Image(format) => e::BlockKind::Image { format },
        wit::BlockKind::Other(other) => e::BlockKind::Other(raw(other)),
    }
}

fn delta(delta: wit::Delta) -> e::Delta {
    match delta {
        wit::Delta::Text(text) => e::Delta::Text(text),
        wit::Delta::ToolInput(text) => e::Delta::ToolInput(text),
        wit::Delta::ReasoningText(text) => e::Delta::ReasoningText(text),
        wit::Delta::ReasoningSignature(signature) => e::Delta::ReasoningSignature(signature),
        wit::Delta::RedactedReasoning(bytes) => e::Delta::RedactedReasoning(bytes),
        wit::Delta::Citation(it) => e::Delta::Citation(citation(it)),
        wit::Delta::ToolResult(parts) => {
            e::Delta::ToolResult(parts.into_iter().map(tool_result_content).collect())
        }
        wit::Delta::Image(source) => e::Delta::Image(media_source(source)),
        wit::Delta::Other(other) => e::Delta::Other(raw(other)),
    }
}

fn tool_status(status: wit::ToolStatus) -> c::ToolStatus {
    match status {
        wit::ToolStatus::Success => c::ToolStatus::Success,
        wit::ToolStatus::Error => c::ToolStatus::Error,
    }
}

fn tool_result_content(content: wit::ToolResultContent) -> c::ToolResultContent {
    use c::ToolResultContent as C;
    use wit::ToolResultContent as W;
    match content {
        W::Text(text) => C::Text(text),
        W::Json(json) => C::Json(Json::from_plugin(json)),
        W::Image(image) => C::Image(media(image)),
        W::Document(it) => C::Document(document(it)),
        W::Video(video) => C::Video(media(video)),
        W::SearchResult(found) => C::SearchResult(c::SearchResult {
            source: found.source,
            title: found.title,
            content: found.content,
            citations: found.citations,
        }),
        W::Other(other) => C::Other(raw(other)),
    }
}

fn media(media: wit::Media) -> c::Media {
    c::Media { format: media.format, source: media_source(media.source) }
}

fn media_source(source: wit::MediaSource) -> c::MediaSource {
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

fn citation(citation: wit::Citation) -> c::Citation {
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

fn stop_reason(reason: wit::StopReason) -> e::StopReason {
    use e::StopReason as S;
    use wit::StopReason as W;
    match reason {
        W::EndTurn => S::EndTurn,
        W::ToolUse => S::ToolUse,
        W::MaxTokens => S::MaxTokens,
        W::StopSequence => S::StopSequence,
        W::GuardrailIntervened => S::GuardrailIntervened,
        W::ContentFiltered => S::ContentFiltered,
        W::MalformedModelOutput => S::MalformedModelOutput,
        W::MalformedToolUse => S::MalformedToolUse,
        W::ContextWindowExceeded => S::ContextWindowExceeded,
        W::Other(name) => S::Other(name),
    }
}

fn usage(usage: wit::Usage) -> e::Usage {
    e::Usage {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        total_tokens: usage.total_tokens,
        cache_read_tokens: usage.cache_read_tokens,
        cache_write_tokens: usage.cache_write_tokens,
        cache_write_details: usage
            .cache_write_details
            .into_iter()
            .map(|write| e::CacheWrite { ttl: write.ttl, tokens: write.tokens })
            .collect(),
        reasoning_tokens: usage.reasoning_tokens,
    }
}
