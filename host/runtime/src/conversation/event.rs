//! What happens in an answer.
//!
//! All types here are written as JSON by `serde`: an event is an object with a `type`, a union an
//! object with one member or, where a case has no value, its name.

use super::content::{Citation, MediaSource, Role, ToolResultContent, ToolStatus};
use super::form::base64;
use super::json::{Json, Raw};
use crate::catalog::Cost;
use serde::Serialize;

/// Something that happened in an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a box in `Done` would be in every caller's way")]
#[non_exhaustive]
pub enum Event {
    /// The answer begins.
    MessageStart {
        /// Who speaks.
        role: Role,
    },
    /// A block begins. Every block has a start.
    BlockStart {
        /// Number of the block. Blocks may be interleaved and numbers left out.
        index: u32,
        /// What it holds.
        kind: BlockKind,
    },
    /// A piece of a block.
    BlockDelta {
        /// Number of the block.
        index: u32,
        /// The piece.
        delta: Delta,
    },
    /// A block is complete.
    BlockStop {
        /// Number of the block.
        index: u32,
        /// Set when the block is a tool call whose input is not JSON: such a call must not be run.
        #[serde(skip_serializing_if = "Option::is_none")]
        invalid_input: Option<InvalidInput>,
    },
    /// The answer is complete. Nothing follows.
    Done(Summary),
    /// Anything else, by the service's name.
    Other(Raw),
}

/// What a block of the answer holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BlockKind {
    /// Text, perhaps with citations.
    Text,
    /// Thoughts, perhaps redacted.
    Reasoning,
    /// A call of a tool; the input follows in deltas.
    ToolCall {
        /// Id that the result must carry.
        id: String,
        /// The tool's name.
        name: String,
        /// Set when the service runs the tool itself: the caller must not answer such a call.
        #[serde(skip_serializing_if = "Option::is_none")]
        server_kind: Option<String>,
    },
    /// The result of a tool the service ran.
    ToolResult {
        /// The id of the call it answers.
        id: String,
        /// The service's name for the kind of result.
        #[serde(skip_serializing_if = "Option::is_none")]
        server_kind: Option<String>,
        /// Whether it worked.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<ToolStatus>,
    },
    /// An image.
    Image {
        /// Format by its short name.
        format: String,
    },
    /// Anything else, by the service's name.
    Other(Raw),
}

/// A piece of a block.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Delta {
    /// Text to append.
    Text(String),
    /// Text to append to the tool's input; only the whole is JSON.
    ToolInput(String),
    /// Thoughts to append.
    ReasoningText(String),
    /// The signature over the block's thoughts.
    ReasoningSignature(String),
    /// Thoughts only the service can read, to append.
    RedactedReasoning(#[serde(with = "base64")] Vec<u8>),
    /// A source of the text just given.
    Citation(Citation),
    /// Content of the result of a tool the service ran.
    ToolResult(Vec<ToolResultContent>),
    /// Bytes of an image, or where they lie.
    Image(MediaSource),
    /// Anything else, by the service's name.
    Other(Raw),
}

/// A tool's input that is not JSON, though the block is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvalidInput {
    /// The input as it came.
    pub text: String,
    /// What is wrong with it.
    pub message: String,
}

/// The end of an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Why it ended.
    pub stop_reason: StopReason,
    /// Tokens. Unset when the service did not say: never estimated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Milliseconds the service took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// The service's id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What a guardrail did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guardrail_trace: Option<Json>,
    /// The model a router chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_model: Option<String>,
    /// The latency mode that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performance_latency: Option<String>,
    /// The service tier that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<String>,
    /// What [`Request::response_field_paths`](crate::Request::response_field_paths) asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_fields: Option<Json>,
    /// What else the service said at the end, by its own names: a JSON object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_json: Option<Json>,
    /// What the answer costs at list prices: see [`Prices`](crate::Prices). Unset when that is not
    /// known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The model had said all.
    EndTurn,
    /// It waits for the results of tools.
    ToolUse,
    /// [`Inference::max_tokens`](crate::Inference::max_tokens) was reached.
    MaxTokens,
    /// One of [`Inference::stop_sequences`](crate::Inference::stop_sequences) came up.
    StopSequence,
    /// A guardrail stepped in.
    GuardrailIntervened,
    /// The service withheld content.
    ContentFiltered,
    /// The model's output could not be read.
    MalformedModelOutput,
    /// The model's call of a tool could not be read.
    MalformedToolUse,
    /// The context window was full.
    ContextWindowExceeded,
    /// Another, by the service's name.
    Other(String),
}

/// Tokens, as the service counts them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the request, those of caches not among them.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// The service's own sum.
    pub total_tokens: u64,
    /// Tokens read from a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read_tokens: Option<u64>,
    /// Tokens written to a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_tokens: Option<u64>,
    /// The same, by how long they are kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cache_write_details: Vec<CacheWrite>,
    /// Tokens of the answer that were thoughts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
}

/// Tokens written to a cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheWrite {
    /// How long they are kept: for Bedrock `5m` or `1h`.
    pub ttl: String,
    /// Tokens.
    pub tokens: u64,
}
