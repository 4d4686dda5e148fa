//! Requests, and what becomes of them on their way.

use bedrock_converse::bindings::types as wit;
use bedrock_converse::bindings::types::{ContentBlock, Request};
use bedrock_converse::converse::body::{Operation, body};
use bedrock_converse::converse::prepare::{Origin, Target, prepare};
use bedrock_converse::converse::repair::Repair;
use serde_json::Value;

/// Models of several families.
pub const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
pub const OPUS: &str = "anthropic.claude-opus-4-7";
pub const NOVA: &str = "us.amazon.nova-lite-v1:0";
pub const NOVA_2: &str = "us.amazon.nova-2-lite-v1:0";
pub const TEXT_ONLY: &str = "us.amazon.nova-micro-v1:0";
pub const UNKNOWN: &str = "vendor.unheard-of-v1";

pub fn request() -> Request {
    Request {
        model: "m".to_owned(),
        messages: vec![user(vec![text("Hello")])],
        system: vec![],
        inference: wit::Inference {
            max_tokens: None,
            temperature: None,
            top_p: None,
            stop_sequences: vec![],
        },
        tools: vec![],
        tool_choice: None,
        reasoning: None,
        caching: None,
        guardrail: None,
        output_schema: None,
        output_effort: None,
        service_tier: None,
        performance_latency: None,
        request_metadata: vec![],
        prompt_variables: vec![],
        additional_fields: None,
        response_field_paths: vec![],
        extra_json: None,
    }
}

/// A conversation with a model that stops after 8,000 tokens, which keeps defaults out of the way.
pub fn conversation(model: &str, messages: Vec<wit::Message>) -> Request {
    let inference = wit::Inference { max_tokens: Some(8000), ..request().inference };
    Request { model: model.to_owned(), messages, inference, ..request() }
}

pub fn user(content: Vec<ContentBlock>) -> wit::Message {
    wit::Message { role: wit::Role::User, content }
}

pub fn assistant(content: Vec<ContentBlock>) -> wit::Message {
    wit::Message { role: wit::Role::Assistant, content }
}

pub fn text(text: &str) -> ContentBlock {
    ContentBlock::Text(text.to_owned())
}

pub fn call(id: &str, name: &str, input: &str) -> ContentBlock {
    ContentBlock::ToolCall(wit::ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        input: input.to_owned(),
        server_kind: None,
    })
}

pub fn result(id: &str, content: &str) -> ContentBlock {
    result_of(id, vec![wit::ToolResultContent::Text(content.to_owned())], None)
}

pub fn result_of(
    id: &str,
    content: Vec<wit::ToolResultContent>,
    status: Option<wit::ToolStatus>,
) -> ContentBlock {
    let id = id.to_owned();
    ContentBlock::ToolResult(wit::ToolResult { id, content, status, server_kind: None })
}

pub fn tool(name: &str) -> wit::Tool {
    wit::Tool::Function(wit::ToolSpec {
        name: name.to_owned(),
        description: None,
        input_schema: r#"{"type":"object"}"#.to_owned(),
        strict: None,
    })
}

pub fn image() -> wit::Media {
    wit::Media { format: "png".to_owned(), source: wit::MediaSource::Bytes(vec![1]) }
}

pub fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// What is sent in the end, and what was repaired on the way there.
pub struct Sent {
    pub json: Value,
    pub repairs: Vec<Repair>,
    pub origin: Origin,
}

impl Sent {
    /// The rows of the table that were applied.
    pub fn rows(&self) -> Vec<&'static str> {
        self.repairs.iter().map(|repair| repair.row).collect()
    }
}

pub fn send(request: Request) -> Sent {
    try_send(request).unwrap_or_else(|error| panic!("{}", error.message))
}

pub fn try_send(request: Request) -> Result<Sent, wit::Error> {
    send_from(request, "us-east-1", Operation::ConverseStream)
}

pub fn send_from(request: Request, region: &str, operation: Operation) -> Result<Sent, wit::Error> {
    let model = request.model.clone();
    let prepared = prepare(request, &Target::new(&model, region), operation)?;
    let body = body(operation, &prepared.request)?;
    Ok(Sent {
        json: serde_json::from_slice(&body).unwrap(),
        repairs: prepared.repairs.list().to_vec(),
        origin: prepared.origin,
    })
}

/// The error a request is refused with: its kind and message.
pub fn refused(request: Request) -> (wit::ErrorKind, String) {
    match try_send(request) {
        Ok(sent) => panic!("should be refused: {}", sent.json),
        Err(error) => (error.kind, error.message),
    }
}
