//! Answers in one piece.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bedrock_converse::bindings::types::ErrorKind;
use bedrock_converse::converse::prepare::Origin;
use bedrock_converse::converse::whole::{read_answer, read_count};
use common::requests::*;

fn read(json: &str, origin: &Origin) -> String {
    let answer = read_answer(json, Some("id-1".to_owned()), origin);
    let answer = answer.unwrap_or_else(|error| panic!("{}", error.message));
    format!("{:?} {:?} {:?}", answer.role, answer.content, answer.summary)
}

#[test]
fn every_kind_of_block_and_all_that_is_said_at_the_end() {
    let shown = read(
        r#"{"metrics":{"latencyMs":7},"output":{"message":{"role":"assistant","content":[
            {"reasoningContent":{"reasoningText":{"text":"Hm","signature":"c2ln"}}},
            {"reasoningContent":{"redactedContent":"AP8="}},
            {"text":"Hello"},
            {"citationsContent":{"content":[{"text":"c"}],"citations":[{"title":"T",
                "location":{"documentPage":{"documentIndex":0,"start":1,"end":2}}}]}},
            {"toolUse":{"toolUseId":"t1","name":"f","input":{"n":1.50},"type":"tool_use"}},
            {"toolUse":{"toolUseId":"t2","name":"g","input":{},"type":"server_tool_use"}},
            {"toolResult":{"toolUseId":"t2","content":[{"json":{"a":1}}],"status":"success",
                "type":"g_result"}},
            {"image":{"format":"png","source":{"bytes":"AAEC"}}},
            {"brandNew":{"x":[1]}}
        ]}},"stopReason":"tool_use","usage":{"inputTokens":3,"outputTokens":5,"totalTokens":8,
            "cacheDetails":[{"ttl":"1h","inputTokens":2}]},
        "additionalModelResponseFields":{"usage":{"output_tokens_details":{"thinking_tokens":4}}},
        "serviceTier":{"type":"flex"},"trace":{"guardrail":{"g":1}},"newer":{"y":2}}"#,
        &Origin { own_response_fields: true, ..Origin::default() },
    );
    for part in [
        "Role::Assistant",
        r#"ContentBlock::Reasoning(ReasoningText { text: "Hm", signature: Some("c2ln") })"#,
        "ContentBlock::RedactedReasoning([0, 255])",
        r#"ContentBlock::Text("Hello")"#,
        r#"content: ["c"]"#,
        "CitationLocation::DocumentPage",
        r#"ToolCall { id: "t1", name: "f", input: "{\"n\":1.50}", server-kind: None }"#,
        r#"server-kind: Some("server_tool_use")"#,
        r#"content: [ToolResultContent::Json("{\"a\":1}")], status: Some(ToolStatus::Success), server-kind: Some("g_result")"#,
        r#"Media { format: "png", source: MediaSource::Bytes([0, 1, 2]) }"#,
        r#"ContentBlock::Other(Raw { kind: "brandNew", json: "{\"x\":[1]}" })"#,
        "StopReason::ToolUse",
        r#"CacheWrite { ttl: "1h", tokens: 2 }"#,
        "reasoning-tokens: Some(4)",
        r#"latency-ms: Some(7)"#,
        r#"request-id: Some("id-1")"#,
        r#"guardrail-trace: Some("{\"g\":1}")"#,
        r#"service-tier: Some("flex")"#,
        "response-fields: None",
        r#"extra-json: Some("{\"newer\":{\"y\":2}}")"#,
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
}

/// A call that cannot be run must not look like one.
#[test]
fn call_with_an_input_that_is_no_object_is_no_call() {
    let shown = read(
        r#"{"output":{"message":{"role":"assistant","content":[
            {"toolUse":{"toolUseId":"t1","name":"f","input":"{\"a\":"}}]}},"stopReason":"tool_use",
            "usage":{"inputTokens":1}}"#,
        &Origin::default(),
    );
    assert!(shown.contains(r#"ContentBlock::Other(Raw { kind: "toolUse""#), "{shown}");
    // Nor are counts that are not all there made whole.
    assert!(shown.contains("usage: None"), "{shown}");
    assert!(shown.contains(r#"extra-json: Some("{\"usage\":{\"inputTokens\":1}}")"#), "{shown}");
}

#[test]
fn names_of_tools_are_the_callers() {
    let request = bedrock_converse::bindings::types::Request {
        tools: vec![tool("a.b")],
        ..conversation(NOVA, vec![user(vec![text("x")])])
    };
    let origin = send(request).origin;
    let shown = read(
        r#"{"output":{"message":{"role":"assistant","content":[
            {"toolUse":{"toolUseId":"t1","name":"a_b","input":{}}}]}},"stopReason":"tool_use"}"#,
        &origin,
    );
    assert!(shown.contains(r#"name: "a.b""#), "{shown}");
    assert!(shown.contains("usage: None"), "{shown}");
}

#[test]
fn half_of_a_surrogate_pair_is_replaced() {
    let shown = read(
        r#"{"output":{"message":{"role":"assistant","content":[{"text":"a\ud83d"}]}},
            "stopReason":"end_turn"}"#,
        &Origin::default(),
    );
    assert!(shown.contains("ContentBlock::Text(\"a\u{fffd}\")"), "{shown}");
}

#[test]
fn what_is_no_answer_is_said() {
    for json in [
        "",
        "<html>",
        "{}",
        r#"{"output":{}}"#,
        r#"{"output":{"message":{"role":"assistant","content":[]}}}"#,
        r#"{"output":{"message":{"role":"assistant","content":[{}]}},"stopReason":"x"}"#,
        r#"{"output":{"message":{"role":"assistant","content":[{"text":1}]}},"stopReason":"x"}"#,
    ] {
        let error = read_answer(json, None, &Origin::default()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Protocol, "{json}");
    }
    assert_eq!(read_count(r#"{"inputTokens":12}"#).unwrap(), 12);
    assert_eq!(read_count("{}").unwrap_err().kind, ErrorKind::Protocol);
}
