//! What a plugin says, as this crate's own types.

use super::content::{block, citation, media_source, raw, role, tool_result_content, tool_status};
use super::{non_streaming, types as wit};
use crate::conversation::error::{Error, ErrorKind, Inner};
use crate::conversation::event as e;
use crate::conversation::json::Json;
use crate::conversation::response::Response;

/// An event of an answer.
pub(crate) fn event(event: wit::Event) -> e::Event {
    match event {
        wit::Event::BlockDelta(wit::BlockDelta { index, delta }) => {
            e::Event::BlockDelta { index, delta: self::delta(delta) }
        }
        wit::Event::MessageStart(start) => e::Event::MessageStart { role: role(start.role) },
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

/// A whole answer.
pub(crate) fn response(response: non_streaming::Response) -> Response {
    Response {
        role: role(response.role),
        content: response.content.into_iter().map(block).collect(),
        summary: response.summary.into(),
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
            cost: None,
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
