//! What is asked of a model.

use super::content::{CachePoint, GuardContent, Message};
use super::form::{pairs, system};
use super::json::{Json, Raw};
use serde::{Deserialize, Serialize};

/// A request for a completion.
///
/// ```
/// # use converse_host::{Request, Inference};
/// let mut request = Request::new("us.amazon.nova-lite-v1:0").system("Be brief.").user("Hello");
/// request.inference.max_tokens = Some(200);
/// ```
///
/// # As JSON
///
/// `serde_json` reads and writes requests. Members have the names of the fields here and of the types
/// in them, and what is unset is left out. A member that is not known is an error.
///
/// - A case of an enum is an object with one member, or its name where it holds nothing:
///   `{"text": "Hello"}`, `{"cache_point": {}}`, `"auto"`; what this version has no case for is
///   `{"other": {"kind": "...", "json": ...}}`, and in a role or an effort `{"other": "..."}`.
/// - A text may stand for the blocks of a message, and of the system prompt.
/// - Bytes are base64, with padding.
/// - [`Json`] is any value and is kept as it is written.
/// - `request_metadata` and `prompt_variables` are objects.
/// - `model` may be left out where the program sets it afterwards.
///
/// ```
/// # use converse_host::{Request, ToolChoice};
/// let request: Request = serde_json::from_str(r#"{
///     "model": "us.amazon.nova-lite-v1:0",
///     "system": "Be brief.",
///     "messages": [
///         {"role": "user", "content": "What is the weather in Rome, and what does this show?"},
///         {"role": "assistant", "content": [
///             {"text": "I will look."},
///             {"tool_call": {"id": "t1", "name": "get_weather", "input": {"city": "Rome"}}}
///         ]},
///         {"role": "user", "content": [
///             {"tool_result": {"id": "t1", "content": [{"json": {"degrees": 21.50}}]}},
///             {"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}},
///             {"cache_point": {"ttl": "1h"}}
///         ]}
///     ],
///     "inference": {"max_tokens": 200, "temperature": 0.5},
///     "tools": [{"function": {
///         "name": "get_weather",
///         "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}
///     }}],
///     "tool_choice": "auto",
///     "reasoning": {"effort": "low"},
///     "caching": {"retention": "short"},
///     "guardrail": {"identifier": "gr1", "version": "DRAFT"},
///     "request_metadata": {"team": "maps"},
///     "additional_fields": {"topK": 20}
/// }"#)?;
/// assert_eq!(request.messages.len(), 3);
/// assert_eq!(request.tool_choice, Some(ToolChoice::Auto));
///
/// let text = serde_json::to_string(&request)?;
/// assert!(text.contains(r#"{"degrees": 21.50}"#));
/// assert_eq!(serde_json::from_str::<Request>(&text)?, request);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Request {
    /// Model: for Bedrock a model id, an inference profile id, or an ARN.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// The conversation so far, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    /// The system prompt.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "system")]
    pub system: Vec<SystemBlock>,
    /// Limits and sampling.
    #[serde(skip_serializing_if = "Inference::is_unset")]
    pub inference: Inference,
    /// Tools offered to the model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Which of them it may or must call. Unset leaves it to the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Thinking. Unset leaves it to the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<ReasoningOptions>,
    /// Automatic cache points. Unset places none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caching: Option<Caching>,
    /// A guardrail to apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guardrail: Option<Guardrail>,
    /// A form the answer must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<OutputSchema>,
    /// Care taken with the whole answer: for Bedrock `low`, `medium`, `high`, `xhigh`, `max`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_effort: Option<String>,
    /// For Bedrock `priority`, `default`, `flex`, `reserved`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<String>,
    /// For Bedrock `standard` or `optimized`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performance_latency: Option<String>,
    /// Names and texts the service logs with the request.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "pairs")]
    pub request_metadata: Vec<(String, String)>,
    /// Values for the variables of a stored prompt that `model` names.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "pairs")]
    pub prompt_variables: Vec<(String, String)>,
    /// Parameters of the model itself, passed through: a JSON object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_fields: Option<Json>,
    /// Fields of the model's own response to return in [`Summary::response_fields`]: JSON Pointers
    /// (RFC 6901).
    ///
    /// [`Summary::response_fields`]: crate::Summary::response_fields
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_field_paths: Vec<String>,
    /// Members for the service's request, merged into what the provider writes: a JSON object. What
    /// clashes is an error of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_json: Option<Json>,
}

impl Request {
    /// A request to a model, with nothing said yet.
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }

    /// Adds a text of the caller's.
    #[must_use]
    pub fn user(self, text: impl Into<String>) -> Self {
        self.message(Message::user(text.into()))
    }

    /// Adds a turn.
    #[must_use]
    pub fn message(mut self, message: Message) -> Self {
        self.messages.push(message);
        self
    }

    /// Adds a text to the system prompt.
    #[must_use]
    pub fn system(mut self, text: impl Into<String>) -> Self {
        self.system.push(SystemBlock::Text(text.into()));
        self
    }

    /// Offers a tool.
    #[must_use]
    pub fn tool(mut self, tool: ToolSpec) -> Self {
        self.tools.push(Tool::Function(tool));
        self
    }
}

/// One block of the system prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SystemBlock {
    /// Text.
    Text(String),
    /// Content for a guardrail.
    GuardContent(GuardContent),
    /// What stands before may be cached.
    CachePoint(CachePoint),
    /// Anything else, by the service's name.
    Other(Raw),
}

/// Limits and sampling.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Inference {
    /// Most tokens of the answer, at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Texts that end the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop_sequences: Vec<String>,
}

impl Inference {
    fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

/// A tool offered to the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Tool {
    /// One the caller runs.
    Function(ToolSpec),
    /// One the service runs, by its name.
    System(String),
    /// What stands before may be cached.
    CachePoint(CachePoint),
    /// Anything else, by the service's name.
    Other(Raw),
}

/// A tool the caller runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolSpec {
    /// Name: for Bedrock 1 to 64 characters of `a-z A-Z 0-9 _ -`.
    pub name: String,
    /// What it does, for the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema of its input: a JSON object.
    pub input_schema: Json,
    /// Whether the input must follow the schema to the letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
}

/// Which tools the model may or must call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolChoice {
    /// It decides.
    Auto,
    /// It must call one.
    Any,
    /// It must call none.
    None,
    /// It must call this one.
    Tool(String),
    /// Anything else, by the service's name.
    Other(Raw),
}

/// Thinking.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReasoningOptions {
    /// How much. Unset leaves it to the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<ReasoningEffort>,
    /// Most tokens spent on it, where the model takes such a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_tokens: Option<u32>,
    /// Whether the model may think between tool calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interleaved: Option<bool>,
    /// How thoughts are shown. Bedrock knows `summarized` and `omitted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// How much the model should think before it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReasoningEffort {
    /// Not at all.
    Off,
    /// The least it can.
    Minimal,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// A lot.
    High,
    /// More than a lot.
    Xhigh,
    /// As much as it can.
    Max,
    /// Another level, by the service's name.
    Other(String),
}

/// Automatic placement of cache points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caching {
    /// How long the service is asked to keep them.
    pub retention: CacheRetention,
    /// Place them also for a model the provider does not know to support them.
    #[serde(default)]
    pub force: bool,
}

/// How long the service is asked to keep what is cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheRetention {
    /// No cache points are placed.
    None,
    /// The service's short time: five minutes.
    Short,
    /// The service's long time: an hour.
    Long,
}

/// A guardrail to apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guardrail {
    /// Its id or ARN.
    pub identifier: String,
    /// Its version, a number or `DRAFT`.
    pub version: String,
    /// Whether to report what it did: for Bedrock `enabled`, `disabled`, `enabled_full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// Whether text waits for it: for Bedrock `sync` or `async`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_processing_mode: Option<String>,
}

/// The form a structured answer must have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputSchema {
    /// Name of the form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is, for the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema: a JSON object.
    pub schema: Json,
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
