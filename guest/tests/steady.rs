//! What was repaired is whole: it has what every request must have, and is not repaired again.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bedrock_converse::bindings::types as wit;
use common::requests::{
    NOVA, TEXT_ONLY, assistant, conversation, image, refused, send, text, user,
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
