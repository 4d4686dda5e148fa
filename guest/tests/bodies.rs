//! Requests as Converse's JSON, member for member.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bedrock_converse::bindings::types as wit;
use bedrock_converse::bindings::types::{ContentBlock, ErrorKind, Request};
use bedrock_converse::converse::body::{Operation, body};
use common::requests::{request, some, user};
use serde_json::{Value, json};

fn sent(request: &Request) -> Value {
    let body = body(Operation::ConverseStream, request);
    let body = body.unwrap_or_else(|error| panic!("{}", error.message));
    serde_json::from_slice(&body).unwrap()
}

/// The JSON of one block.
fn block(block: ContentBlock) -> Value {
    let request = Request { messages: vec![user(vec![block])], ..request() };
    sent(&request)["messages"][0]["content"][0].clone()
}

fn refused(request: &Request) -> (ErrorKind, String) {
    let error = body(Operation::ConverseStream, request).expect_err("should be refused");
    (error.kind, error.message)
}

#[test]
fn least_there_can_be() {
    let expected = json!({"messages": [{"role": "user", "content": [{"text": "Hello"}]}]});
    assert_eq!(sent(&request()), expected);
}

#[test]
fn every_member_at_the_top() {
    let request = Request {
        system: vec![
            wit::SystemBlock::Text("Be brief.".to_owned()),
            wit::SystemBlock::GuardContent(wit::GuardContent::Text(wit::GuardText {
                text: "g".to_owned(),
                qualifiers: vec!["query".to_owned()],
            })),
            wit::SystemBlock::CachePoint(wit::CachePoint { ttl: some("1h") }),
        ],
        inference: wit::Inference {
            max_tokens: Some(100),
            temperature: Some(0.7),
            top_p: Some(1.0),
            stop_sequences: vec!["END".to_owned()],
        },
        guardrail: Some(wit::Guardrail {
            identifier: "g1".to_owned(),
            version: "DRAFT".to_owned(),
            trace: some("enabled"),
            stream_processing_mode: some("async"),
        }),
        output_schema: Some(wit::OutputSchema {
            name: some("n"),
            description: None,
            schema: r#"{"type":"object"}"#.to_owned(),
        }),
        output_effort: some("low"),
        service_tier: some("flex"),
        performance_latency: some("optimized"),
        request_metadata: vec![wit::KeyValue { key: "k".to_owned(), value: "v".to_owned() }],
        prompt_variables: vec![wit::KeyValue { key: "p".to_owned(), value: "q".to_owned() }],
        additional_fields: some(r#"{"top_k": 12345678901234567890}"#),
        response_field_paths: vec!["/a".to_owned()],
        extra_json: some(r#"{"inferenceConfig":{"new":1},"newer":[2]}"#),
        ..request()
    };
    assert_eq!(
        sent(&request),
        json!({
            "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
            "system": [
                {"text": "Be brief."},
                {"guardContent": {"text": {"text": "g", "qualifiers": ["query"]}}},
                {"cachePoint": {"type": "default", "ttl": "1h"}},
            ],
            "inferenceConfig": {"maxTokens": 100, "temperature": 0.7, "topP": 1.0,
                "stopSequences": ["END"], "new": 1},
            "guardrailConfig": {"guardrailIdentifier": "g1", "guardrailVersion": "DRAFT",
                "trace": "enabled", "streamProcessingMode": "async"},
            "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema":
                {"schema": "{\"type\":\"object\"}", "name": "n"}}}, "effort": "low"},
            "serviceTier": {"type": "flex"},
            "performanceConfig": {"latency": "optimized"},
            "requestMetadata": {"k": "v"},
            "promptVariables": {"p": {"text": "q"}},
            "additionalModelRequestFields": {"top_k": 12345678901234567890_u64},
            "additionalModelResponseFieldPaths": ["/a"],
            "newer": [2],
        })
    );
}

#[test]
fn media_as_bytes_and_by_place() {
    let bytes = || wit::MediaSource::Bytes(vec![0, 1, 2]);
    let media = |format: &str| wit::Media { format: format.to_owned(), source: bytes() };
    let expected = json!({"image": {"format": "jpeg", "source": {"bytes": "AAEC"}}});
    for format in ["jpeg", "jpg", "JPG", "image/jpeg"] {
        assert_eq!(block(ContentBlock::Image(media(format))), expected);
    }
    let place = wit::ObjectLocation { uri: "s3://b/k".to_owned(), owner: some("123456789012") };
    let video = wit::Media { format: "mp4".to_owned(), source: wit::MediaSource::Object(place) };
    assert_eq!(
        block(ContentBlock::Video(video)),
        json!({"video": {"format": "mp4", "source":
            {"s3Location": {"uri": "s3://b/k", "bucketOwner": "123456789012"}}}})
    );
    assert_eq!(
        block(ContentBlock::Audio(media("mp3"))),
        json!({"audio": {"format": "mp3", "source": {"bytes": "AAEC"}}})
    );
}

#[test]
fn documents() {
    let document = |source, citations| {
        block(ContentBlock::Document(wit::Document {
            name: "d".to_owned(),
            format: some("pdf"),
            source,
            context: None,
            citations,
        }))
    };
    assert_eq!(
        document(wit::DocumentSource::Bytes(vec![1]), true),
        json!({"document": {"format": "pdf", "name": "d", "source": {"bytes": "AQ=="},
            "citations": {"enabled": true}}})
    );
    assert_eq!(
        document(wit::DocumentSource::Chunks(vec!["a".to_owned(), "b".to_owned()]), false),
        json!({"document": {"format": "pdf", "name": "d",
            "source": {"content": [{"text": "a"}, {"text": "b"}]}}})
    );
}

#[test]
fn reasoning_goes_back_as_it_came() {
    let reasoning = wit::ReasoningText { text: "t".to_owned(), signature: some("c2ln+/=") };
    assert_eq!(
        block(ContentBlock::Reasoning(reasoning)),
        json!({"reasoningContent": {"reasoningText": {"text": "t", "signature": "c2ln+/="}}})
    );
    assert_eq!(
        block(ContentBlock::RedactedReasoning(vec![255, 254])),
        json!({"reasoningContent": {"redactedContent": "//4="}})
    );
}

#[test]
fn tools_and_their_results() {
    let spec = wit::Tool::Function(wit::ToolSpec {
        name: "f".to_owned(),
        description: some("does f"),
        input_schema: r#"{"type":"object","properties":{}}"#.to_owned(),
        strict: Some(true),
    });
    let call = |input: &str| {
        ContentBlock::ToolCall(wit::ToolCall {
            id: "t1".to_owned(),
            name: "f".to_owned(),
            input: input.to_owned(),
            server_kind: None,
        })
    };
    let result = ContentBlock::ToolResult(wit::ToolResult {
        id: "t1".to_owned(),
        content: vec![
            wit::ToolResultContent::Text("r".to_owned()),
            wit::ToolResultContent::Json(r#"{"n":1.50}"#.to_owned()),
        ],
        status: Some(wit::ToolStatus::Error),
        server_kind: None,
    });
    let request = Request {
        messages: vec![
            user(vec![ContentBlock::Text("go".to_owned())]),
            wit::Message {
                role: wit::Role::Assistant,
                content: vec![call(r#"{"a":1}"#), call("{}")],
            },
            user(vec![result]),
        ],
        tools: vec![spec, wit::Tool::System("nova_grounding".to_owned())],
        tool_choice: Some(wit::ToolChoice::Tool("f".to_owned())),
        ..request()
    };
    let sent = sent(&request);
    assert_eq!(
        sent["toolConfig"],
        json!({
            "tools": [
                {"toolSpec": {"name": "f", "description": "does f", "strict": true,
                    "inputSchema": {"json": {"type": "object", "properties": {}}}}},
                {"systemTool": {"name": "nova_grounding"}},
            ],
            "toolChoice": {"tool": {"name": "f"}},
        })
    );
    assert_eq!(
        sent["messages"][1]["content"],
        json!([
            {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"a": 1}}},
            {"toolUse": {"toolUseId": "t1", "name": "f", "input": {}}},
        ])
    );
    assert_eq!(
        sent["messages"][2]["content"][0],
        json!({"toolResult": {"toolUseId": "t1", "status": "error",
            "content": [{"text": "r"}, {"json": {"n": 1.50}}]}})
    );
}

#[test]
fn tool_choices() {
    for (choice, expected) in [
        (wit::ToolChoice::Auto, json!({"auto": {}})),
        (wit::ToolChoice::Any, json!({"any": {}})),
        (wit::ToolChoice::Tool("f".to_owned()), json!({"tool": {"name": "f"}})),
    ] {
        let tools = vec![wit::Tool::System("nova_grounding".to_owned())];
        let request = Request { tools, tool_choice: Some(choice), ..request() };
        assert_eq!(sent(&request)["toolConfig"]["toolChoice"], expected);
    }
}

#[test]
fn other_blocks_by_their_own_names() {
    let other = |kind: &str, json: &str| {
        ContentBlock::Other(wit::Raw { kind: kind.to_owned(), json: json.to_owned() })
    };
    assert_eq!(block(other("brandNew", r#"{"a":[1]}"#)), json!({"brandNew": {"a": [1]}}));
    let change =
        wit::ToolChange { kind: some("mcp"), name: "n".to_owned(), server_name: some("s") };
    assert_eq!(
        block(ContentBlock::ToolAddition(change)),
        json!({"toolAddition": {"tool": {"type": "mcp", "name": "n", "serverName": "s"}}})
    );
    let cited = wit::CitedText {
        content: vec!["c".to_owned()],
        citations: vec![wit::Citation {
            title: some("T"),
            source: None,
            source_content: vec!["s".to_owned()],
            location: Some(wit::CitationLocation::SearchResult(wit::SearchResultRange {
                search_result_index: Some(0),
                start: Some(1),
                end: Some(2),
            })),
        }],
    };
    assert_eq!(
        block(ContentBlock::CitedText(cited)),
        json!({"citationsContent": {"content": [{"text": "c"}], "citations": [{"title": "T",
            "sourceContent": [{"text": "s"}],
            "location": {"searchResultLocation": {"searchResultIndex": 0, "start": 1, "end": 2}}}]}})
    );
    let found = wit::SearchResult {
        source: "u".to_owned(),
        title: "T".to_owned(),
        content: vec!["p".to_owned()],
        citations: true,
    };
    assert_eq!(
        block(ContentBlock::SearchResult(found)),
        json!({"searchResult": {"source": "u", "title": "T", "content": [{"text": "p"}],
            "citations": {"enabled": true}}})
    );
}

#[test]
fn what_is_wrong_is_named() {
    let with = |block: ContentBlock| Request {
        messages: vec![user(vec![ContentBlock::Text("x".to_owned()), block])],
        ..request()
    };
    let call = with(ContentBlock::ToolCall(wit::ToolCall {
        id: "t".to_owned(),
        name: "f".to_owned(),
        input: "[1]".to_owned(),
        server_kind: None,
    }));
    let inference = |max_tokens, temperature| Request {
        inference: wit::Inference { max_tokens, temperature, top_p: None, stop_sequences: vec![] },
        ..request()
    };
    for (request, member) in [
        (call, "messages[0].content[1].tool-call.input: "),
        (inference(Some(0), None), "inference.max-tokens: "),
        (inference(None, Some(1.5)), "inference.temperature: "),
        (inference(None, Some(f64::NAN)), "inference.temperature: "),
        (Request { additional_fields: some("[]"), ..request() }, "additional-fields: "),
        (Request { extra_json: some("{"), ..request() }, "extra-json: "),
        (Request { extra_json: some(r#"{"messages":[]}"#), ..request() }, "extra-json.messages: "),
    ] {
        let (kind, message) = refused(&request);
        assert_eq!(kind, ErrorKind::InvalidRequest, "{message}");
        assert!(message.starts_with(member), "{message} should begin with {member}");
    }
}

#[test]
fn what_counts_is_all_that_is_counted() {
    let request = Request {
        system: vec![wit::SystemBlock::Text("s".to_owned())],
        tools: vec![wit::Tool::System("nova_grounding".to_owned())],
        additional_fields: some(r#"{"a":1}"#),
        inference: wit::Inference { max_tokens: Some(5), ..request().inference },
        service_tier: some("flex"),
        ..request()
    };
    let body = body(Operation::CountTokens, &request).unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&body).unwrap(),
        json!({"input": {"converse": {
            "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
            "system": [{"text": "s"}],
            "toolConfig": {"tools": [{"systemTool": {"name": "nova_grounding"}}]},
            "additionalModelRequestFields": {"a": 1},
        }}})
    );
}
