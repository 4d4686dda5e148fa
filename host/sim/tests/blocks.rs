//! What an answer is made of, the same in a stream and in one piece.

mod support;

use bedrock_sim::{Builder, Sim};
use serde_json::{Value, json};
use support::{Event, asking, bearer, names, post, send, text};

const NOVA: &str = "us.amazon.nova-2-lite-v1%3A0";
const CLAUDE: &str = "us.anthropic.claude-haiku-4-5-20251001-v1%3A0";
const ROUTER: &str =
    "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Adefault-prompt-router%2Fx%3A1";

/// The same request to both operations: events and body. Each has a sim of its own, so that
/// neither finds the other's cache.
async fn both(builder: Builder, model: &str, request: &Value) -> (Vec<Event>, Value) {
    let (one, other) = (builder.clone().start().await, builder.start().await);
    let (one, other) = (one.expect("a sim"), other.expect("a sim"));
    let path = format!("/model/{model}/converse-stream");
    let events = send(&one, bearer(post(&one, &path, request))).await.events();
    let path = format!("/model/{model}/converse");
    let answer = send(&other, bearer(post(&other, &path, request))).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let whole = answer.json();
    let stop = &named(&events, "messageStop")[0];
    for member in ["stopReason", "additionalModelResponseFields"] {
        assert_eq!(stop[member], whole[member], "{member}");
    }
    let metadata = &named(&events, "metadata")[0];
    for member in ["usage", "metrics", "trace", "performanceConfig", "serviceTier"] {
        assert_eq!(metadata[member], whole[member], "{member}");
    }
    (events, whole)
}

async fn answers(model: &str, request: &Value) -> (Vec<Event>, Value) {
    both(Sim::builder(), model, request).await
}

/// Payloads of the events of one name.
fn named(events: &[Event], name: &str) -> Vec<Value> {
    let events = events.iter().filter(|(event, _)| event == name);
    events.map(|(_, payload)| payload.clone()).collect()
}

/// One member of all deltas that have it.
fn deltas(events: &[Event], member: &str) -> Vec<Value> {
    let deltas = named(events, "contentBlockDelta").into_iter();
    deltas.filter_map(|payload| payload["delta"].get(member).cloned()).collect()
}

fn content(whole: &Value) -> &[Value] {
    whole["output"]["message"]["content"].as_array().map_or(&[], Vec::as_slice)
}

fn with_tool(text: &str) -> Value {
    let mut request = asking(text);
    let schema =
        json!({"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}});
    let tool = json!({"toolSpec": {"name": "weather", "inputSchema": {"json": schema}}});
    request["toolConfig"] = json!({"tools": [tool]});
    request
}

#[tokio::test]
async fn citations_follow_the_text_they_belong_to() {
    let mut request = asking("cite, please");
    let document = json!({"name": "Report", "format": "txt", "source": {"text": "x"}});
    let blocks = request["messages"][0]["content"].as_array_mut().unwrap();
    blocks.push(json!({ "document": document }));
    let (events, whole) = answers(CLAUDE, &request).await;
    let citations = deltas(&events, "citation");
    assert_eq!(citations[0]["location"]["documentChar"]["documentIndex"], 0);
    assert_eq!(citations[0]["title"], "Report");
    assert!(citations[0]["sourceContent"][0]["text"].is_string());
    let cited = &content(&whole)[0]["citationsContent"];
    assert_eq!(cited["content"], json!([{"text": text(&events)}]));
    assert_eq!(cited["citations"], Value::Array(citations));
}

#[tokio::test]
async fn the_services_own_search_is_seen_from_call_to_citation() {
    let mut request = asking("search for rust");
    request["toolConfig"] = json!({"tools": [{"systemTool": {"name": "nova_grounding"}}]});
    let (events, whole) = answers(NOVA, &request).await;
    let starts = named(&events, "contentBlockStart");
    let (call, result) = (&starts[0]["start"]["toolUse"], &starts[1]["start"]["toolResult"]);
    assert_eq!(call["type"], "server_tool_use");
    assert_eq!(call["name"], "nova_grounding");
    assert_eq!(result["toolUseId"], call["toolUseId"]);
    assert_eq!(
        (&result["type"], &result["status"]),
        (&json!("nova_grounding_result"), &json!("success"))
    );
    let found = &deltas(&events, "toolResult")[0];
    assert!(found[0]["json"].is_object() && found[1]["text"].is_string(), "{found}");
    assert!(deltas(&events, "citation")[0]["location"]["web"]["url"].is_string());
    let blocks = content(&whole);
    assert_eq!(blocks[0]["toolUse"]["input"], json!({"query": "search for rust"}));
    assert_eq!(&blocks[1]["toolResult"]["content"], found);
    assert_eq!(whole["stopReason"], "end_turn");
    // And it can go back as it is.
    let messages = request["messages"].as_array_mut().unwrap();
    messages.push(whole["output"]["message"].clone());
    messages.push(json!({"role": "user", "content": [{"text": "thanks"}]}));
    assert_eq!(answers(NOVA, &request).await.1["stopReason"], "end_turn");
}

#[tokio::test]
async fn pictures_are_blocks_of_their_own() {
    let (events, whole) = answers(NOVA, &asking("draw a picture")).await;
    assert_eq!(
        named(&events, "contentBlockStart")[0]["start"],
        json!({"image": {"format": "png"}})
    );
    let source = &deltas(&events, "image")[0]["source"];
    assert_eq!(content(&whole)[1], json!({"image": {"format": "png", "source": source}}));
}

#[tokio::test]
async fn calls_have_a_type_for_claude_and_can_be_broken() {
    let (events, whole) = answers(CLAUDE, &with_tool("malformed")).await;
    let call = &named(&events, "contentBlockStart")[0]["start"]["toolUse"];
    assert_eq!(call["type"], "tool_use");
    let input = deltas(&events, "toolUse");
    let input: String = input.iter().filter_map(|delta| delta["input"].as_str()).collect();
    assert!(serde_json::from_str::<Value>(&input).is_err(), "{input}");
    assert_eq!(content(&whole)[0]["toolUse"]["input"], json!(input));
    assert_eq!(whole["stopReason"], "tool_use");
    let (events, whole) = answers(NOVA, &with_tool("tool")).await;
    assert_eq!(named(&events, "contentBlockStart")[0]["start"]["toolUse"].get("type"), None);
    assert_eq!(content(&whole)[0]["toolUse"]["input"], json!({"city": "example"}));
}

#[tokio::test]
async fn an_answer_can_end_in_other_ways() {
    for (prompt, reason) in [
        ("refuse", "refusal"),
        ("overflow", "model_context_window_exceeded"),
        ("guard: blocked", "guardrail_intervened"),
    ] {
        assert_eq!(answers(CLAUDE, &asking(prompt)).await.1["stopReason"], reason);
    }
}

#[tokio::test]
async fn guardrails_tell_what_they_found() {
    let mut request = asking("this is blocked");
    request["guardrailConfig"] = json!({"guardrailIdentifier": "abc", "guardrailVersion": "1"});
    let (_, whole) = answers(NOVA, &request).await;
    assert_eq!((&whole["stopReason"], whole.get("trace")), (&json!("guardrail_intervened"), None));
    request["guardrailConfig"]["trace"] = json!("enabled");
    let (events, whole) = answers(NOVA, &request).await;
    assert!(whole["trace"]["guardrail"]["inputAssessment"]["abc"]["wordPolicy"].is_object());
    assert!(!names(&events).contains(&"contentBlockStart"));
    request["messages"][0]["content"][0]["text"] = json!("hi");
    let (_, whole) = answers(NOVA, &request).await;
    assert_eq!(whole["stopReason"], "end_turn");
    assert!(whole["trace"]["guardrail"]["outputAssessments"]["abc"].is_array());
}

#[tokio::test]
async fn what_was_asked_for_is_told_at_the_end() {
    let mut request = asking("think");
    request["serviceTier"] = json!({"type": "priority"});
    request["performanceConfig"] = json!({"latency": "optimized"});
    request["additionalModelResponseFieldPaths"] =
        json!(["/usage/output_tokens_details", "/stop_reason", "/nowhere"]);
    let (_, whole) = answers(ROUTER, &request).await;
    assert_eq!(whole["serviceTier"], json!({"type": "priority"}));
    assert_eq!(whole["performanceConfig"], json!({"latency": "optimized"}));
    let invoked = whole["trace"]["promptRouter"]["invokedModelId"].as_str().unwrap();
    assert!(invoked.starts_with("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us."));
    let fields = &whole["additionalModelResponseFields"];
    assert!(fields["usage"]["output_tokens_details"]["thinking_tokens"].as_u64() > Some(0));
    assert_eq!(fields["stop_reason"], "end_turn");
}

#[tokio::test]
async fn what_was_cached_is_read_the_next_time() {
    let sim = Sim::start().await.unwrap();
    let mut request = asking("hi there");
    let point = |ttl: &str| json!({"cachePoint": {"type": "default", "ttl": ttl}});
    request["system"] =
        json!([{"text": "A long text."}, point("1h"), {"text": "More"}, point("5m")]);
    let usage = async |model: &str| {
        let path = format!("/model/{model}/converse");
        send(&sim, bearer(post(&sim, &path, &request))).await.json()["usage"].clone()
    };
    let first = usage(CLAUDE).await;
    let details = json!([{"ttl": "1h", "inputTokens": 3}, {"ttl": "5m", "inputTokens": 1}]);
    assert_eq!((&first["cacheWriteInputTokens"], &first["cacheDetails"]), (&json!(4), &details));
    assert_eq!((&first["inputTokens"], &first["cacheReadInputTokens"]), (&json!(2), &json!(0)));
    let second = usage(CLAUDE).await;
    assert_eq!((&second["cacheReadInputTokens"], &second["inputTokens"]), (&json!(4), &json!(2)));
    assert_eq!((&second["cacheWriteInputTokens"], second.get("cacheDetails")), (&json!(0), None));
    assert_eq!(first["totalTokens"], second["totalTokens"]);
    assert_eq!(usage(NOVA).await["cacheWriteInputTokens"], 4);
}

#[tokio::test]
async fn thoughts_go_back_to_whoever_had_them() {
    let exchange = async |builder: Builder, model: &str, change: fn(&mut Value)| {
        let sim = builder.start().await.expect("a sim");
        let path = format!("/model/{model}/converse");
        let mut request = asking("think, redacted");
        let mut turn =
            send(&sim, bearer(post(&sim, &path, &request))).await.json()["output"]["message"]
                .clone();
        change(&mut turn["content"][0]["reasoningContent"]["reasoningText"]);
        let messages = request["messages"].as_array_mut().expect("messages");
        messages.push(turn);
        messages.push(json!({"role": "user", "content": [{"text": "go on"}]}));
        send(&sim, bearer(post(&sim, &path, &request))).await
    };
    let (lenient, strict) = (|| Sim::builder(), || Sim::builder().strict(true));
    for builder in [lenient, strict] {
        for model in [CLAUDE, NOVA] {
            assert_eq!(exchange(builder(), model, |_| ()).await.status, 200, "{model}");
        }
    }
    let other_text = |thought: &mut Value| thought["text"] = json!("Something else.");
    let error = exchange(lenient(), CLAUDE, other_text).await.error();
    assert!(error.2.contains("messages.1.content.0: Invalid `signature` in `thinking` block"));
    assert_eq!(exchange(lenient(), NOVA, other_text).await.status, 200);
    let signed = |thought: &mut Value| thought["signature"] = json!("c2lnbmF0dXJl");
    let error = exchange(strict(), NOVA, signed).await.error();
    assert!(error.2.contains("messages.1.content.0"), "{}", error.2);
}

#[tokio::test]
async fn half_a_character_is_no_json() {
    let sim = Sim::start().await.unwrap();
    for text in [r#""\ud83d""#, r#""\ude00 hi""#, r#"{"\ud83d": 1}"#] {
        let body =
            format!(r#"{{"messages": [{{"role": "user", "content": [{{"text": {text}}}]}}]}}"#);
        let mut request = bearer(post(&sim, &format!("/model/{NOVA}/converse"), &json!({})));
        *request.body_mut() = body.into();
        let error = send(&sim, request).await.error();
        assert_eq!((error.0, error.1.as_str()), (400, "ValidationException"));
        assert!(error.2.contains("not valid JSON: "), "{}", error.2);
    }
}
