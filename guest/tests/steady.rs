//! What was repaired is whole: it has what every request must have, and is not repaired again.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bedrock_converse::bindings::types as wit;
use common::requests::{
    NOVA, TEXT_ONLY, assistant, call, conversation, image, refused, result, send, text, tool, user,
};
use serde_json::json;
use wit::{ContentBlock as B, Request};

#[test]
fn conversation_of_which_nothing_is_left_is_refused() {
    let silence = conversation(NOVA, vec![assistant(vec![text(" ")]), assistant(vec![])]);
    let (kind, message) = refused(silence);
    assert_eq!(kind, wit::ErrorKind::InvalidRequest);
    assert!(message.starts_with("messages: is empty"), "{message}");
}

#[test]
fn halves_of_surrogate_pairs_are_mended_wherever_json_is_passed_on() {
    let raw = || wit::Raw { kind: "new".to_owned(), json: r#"["\ud83d"]"#.to_owned() };
    let place = Some(wit::CitationLocation::Other(raw()));
    let citation =
        wit::Citation { title: None, source: None, source_content: vec![], location: place };
    let cited = wit::CitedText { content: vec!["a".to_owned()], citations: vec![citation] };
    let schema = wit::OutputSchema {
        name: None,
        description: None,
        schema: r#"{"title":"\ud83d"}"#.to_owned(),
    };
    let request = Request {
        system: vec![
            wit::SystemBlock::Other(raw()),
            wit::SystemBlock::GuardContent(wit::GuardContent::Other(raw())),
        ],
        tools: vec![wit::Tool::Other(raw())],
        tool_choice: Some(wit::ToolChoice::Other(raw())),
        output_schema: Some(schema),
        ..conversation(
            NOVA,
            vec![
                user(vec![B::GuardContent(wit::GuardContent::Other(raw()))]),
                assistant(vec![B::CitedText(cited)]),
                user(vec![text("b")]),
            ],
        )
    };
    let sent = send(request);
    assert_eq!(sent.rows(), ["surrogate"]);
    assert_eq!(sent.json.to_string().matches("{\"new\":[\"\u{fffd}\"]}").count(), 6);
    let schema = &sent.json["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"];
    assert_eq!(schema, r#"{"title":"\ufffd"}"#);
}

fn point() -> B {
    B::CachePoint(wit::CachePoint { ttl: None })
}

/// A model that takes no cache points, and so none of what stands on both sides of one.
const NO_CACHE: &str = "meta.llama3-1-8b-instruct-v1:0";

#[test]
fn end_of_the_last_turn_is_looked_for_before_cache_points() {
    let turns = vec![user(vec![text("a")]), assistant(vec![text("b "), point()])];
    let sent = send(conversation(NO_CACHE, turns));
    assert_eq!(sent.json["messages"][1]["content"], json!([{"text": "b"}]));
}

#[test]
fn omitted_images_are_told_of_once() {
    let turn = user(vec![B::Image(image()), point(), B::Image(image()), text("b")]);
    let sent = send(conversation(TEXT_ONLY, vec![turn]));
    let content = sent.json["messages"][0]["content"].as_array().unwrap();
    assert_eq!(content.iter().filter(|block| block.get("text").is_some()).count(), 2);
}

fn with_tool(messages: Vec<wit::Message>) -> Request {
    Request { tools: vec![tool("f")], ..conversation(NOVA, messages) }
}

#[test]
fn text_for_documents_stands_behind_results() {
    let document = wit::Document {
        name: "d".to_owned(),
        format: None,
        source: wit::DocumentSource::Text("t".to_owned()),
        context: None,
        citations: false,
    };
    let sent = send(with_tool(vec![
        user(vec![text("a")]),
        assistant(vec![call("t1", "f", "{}")]),
        user(vec![result("t1", "r"), B::Document(document)]),
    ]));
    let content = &sent.json["messages"][2]["content"];
    assert!(content[0].get("toolResult").is_some(), "{content}");
    assert_eq!(content[1], json!({"text": "Documents: d"}));
}

#[test]
fn turn_from_which_results_were_moved_says_something_before_its_cache_point() {
    let sent = send(with_tool(vec![
        user(vec![text("a")]),
        assistant(vec![call("t1", "f", "{}")]),
        user(vec![text("b")]),
        assistant(vec![text("c")]),
        user(vec![result("t1", "r"), point()]),
    ]));
    let content = &sent.json["messages"][4]["content"];
    assert_eq!(content, &json!([{"text": "<empty>"}, {"cachePoint": {"type": "default"}}]));
}

#[test]
fn result_with_a_kind_answers_a_call_of_the_callers_too() {
    let B::ToolResult(given) = result("t1", "r") else { unreachable!() };
    let given = wit::ToolResult { server_kind: Some("custom".to_owned()), ..given };
    let sent = send(with_tool(vec![
        user(vec![text("a")]),
        assistant(vec![call("t1", "f", "{}")]),
        user(vec![text("b"), B::ToolResult(given)]),
    ]));
    let content = &sent.json["messages"][2]["content"];
    assert_eq!(content[0]["toolResult"]["content"], json!([{"text": "r"}]));
    assert_eq!(content[1], json!({"text": "b"}));
}

#[test]
fn only_calls_of_the_assistant_wait_for_results() {
    let system = wit::Message { role: wit::Role::System, content: vec![call("t1", "f", "{}")] };
    let sent = send(with_tool(vec![user(vec![text("a")]), system, user(vec![text("b")])]));
    assert_eq!(sent.json["messages"][2]["content"], json!([{"text": "b"}]));
}

#[test]
fn tools_of_the_service_keep_their_names() {
    let request = |system: &str, function: &str| Request {
        tools: vec![tool(function), wit::Tool::System(system.to_owned())],
        ..conversation(NOVA, vec![user(vec![text("a")])])
    };
    let sent = send(request("web_search", "web.search"));
    let tools = &sent.json["toolConfig"]["tools"];
    assert_eq!(tools[0]["toolSpec"]["name"], "web_search_2");
    assert_eq!(tools[1]["systemTool"]["name"], "web_search");
    assert_eq!(sent.origin.names.restore("web_search_2".to_owned()), "web.search");

    let chosen = wit::ToolChoice::Tool("web.search".to_owned());
    let sent = send(Request { tool_choice: Some(chosen), ..request("web.search", "f") });
    assert_eq!(sent.json["toolConfig"]["toolChoice"]["tool"]["name"], "web.search");

    let (_, message) = refused(request("web_search", "web_search"));
    assert!(message.contains("another tool"), "{message}");
    assert!(refused(request("", "f")).1.starts_with("tools[1].name"));

    // Nothing else has a name that cannot be sent.
    let long = "x".repeat(70);
    let sent = send(request(&long, &"x".repeat(64)));
    assert_eq!(sent.json["toolConfig"]["tools"][0]["toolSpec"]["name"], "x".repeat(64));
}
