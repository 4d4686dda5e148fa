//! Requests as JSON.

use super::*;
use crate::conversation::content::{ContentBlock, Role};
use crate::conversation::examples;

fn read(text: &str) -> Result<Request, String> {
    serde_json::from_str(text).map_err(|problem| problem.to_string())
}

#[test]
fn everything_comes_back_as_it_was_written() {
    let request = examples::request();
    let text = serde_json::to_string(&request).unwrap();
    assert_eq!(read(&text).unwrap(), request);
    let pretty = serde_json::to_string_pretty(&request).unwrap();
    assert_eq!(read(&pretty).unwrap(), request);
    let read: Request = serde_json::from_reader(text.as_bytes()).unwrap();
    assert_eq!(read, request);
    let read: Request = serde_json::from_value(serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(read.messages.len(), request.messages.len());
}

#[test]
fn json_within_is_kept_to_the_digit() {
    let request = examples::request();
    let text = serde_json::to_string(&request).unwrap();
    for kept in [
        r#""input":{"n": 12345678901234567890.10, "again": {"n": 1}}"#,
        r#""json":{"degrees": 21.50}"#,
        r#""json":{"a": 1.50}"#,
        r#""input_schema":{"type":"object", "maximum": 1.0}"#,
        r#""additional_fields":{"top_k": 1e2}"#,
        r#""extra_json":{"newMember": [1.0]}"#,
    ] {
        assert!(text.contains(kept), "no {kept} in {text}");
        let again = serde_json::to_string(&read(&text).unwrap()).unwrap();
        assert!(again.contains(kept), "no {kept} in {again}");
    }
}

#[test]
fn pairs_are_an_object_in_their_order() {
    let text = serde_json::to_string(&examples::request()).unwrap();
    assert!(text.contains(r#""request_metadata":{"b":"2","a":"1"}"#), "{text}");
    let error = read(r#"{"prompt_variables": {"a": "1", "b": "2", "a": "3"}}"#).unwrap_err();
    assert!(error.starts_with("duplicate field `a`"), "{error}");
    let error = read(r#"{"request_metadata": {"a": 1}}"#).unwrap_err();
    assert!(error.contains("expected a string"), "{error}");
}

#[test]
fn what_is_unset_is_left_out_and_may_be() {
    assert_eq!(read("{}").unwrap(), Request::default());
    let request = Request::new("m").user("hi");
    assert_eq!(
        serde_json::to_string(&request).unwrap(),
        r#"{"model":"m","messages":[{"role":"user","content":[{"text":"hi"}]}]}"#
    );
    let nulls = r#"{"model":"m","guardrail":null,"service_tier":null,"extra_json":null}"#;
    assert_eq!(read(nulls).unwrap(), Request::new("m"));
}

#[test]
fn a_text_stands_for_a_block_of_text() {
    let short = r#"{"model":"m","system":"Be brief.","messages":[{"role":"user","content":"hi"}]}"#;
    let expected = Request::new("m").system("Be brief.").user("hi");
    assert_eq!(read(short).unwrap(), expected);
    let error = read(r#"{"messages":[{"role":"user","content":1}]}"#).unwrap_err();
    assert!(error.contains("expected a text or a list of blocks"), "{error}");
}

#[test]
fn cases_go_by_their_names() {
    let text = r#"{
        "messages": [
            {"role": {"other": "critic"}, "content": [{"cache_point": {}}]},
            {"role": "assistant", "content": [{"redacted_reasoning": "AAEC"}]}
        ],
        "tool_choice": "any",
        "reasoning": {"effort": {"other": "huge"}},
        "caching": {"retention": "short"}
    }"#;
    let request = read(text).unwrap();
    assert_eq!(request.messages[0].role, Role::Other("critic".to_owned()));
    assert_eq!(request.messages[1].content, [ContentBlock::RedactedReasoning(vec![0, 1, 2])]);
    assert_eq!(request.tool_choice, Some(ToolChoice::Any));
    let effort = request.reasoning.and_then(|reasoning| reasoning.effort);
    assert_eq!(effort, Some(ReasoningEffort::Other("huge".to_owned())));
    let caching = Caching { retention: CacheRetention::Short, force: false };
    assert_eq!(request.caching, Some(caching));
}

/// A misspelt limit must not be taken for none.
#[test]
fn what_is_not_known_is_named_beside_what_is() {
    for (text, wrong, right) in [
        (r#"{"modle": "m"}"#, "unknown field `modle`", "`model`"),
        (r#"{"inference": {"maxTokens": 1}}"#, "unknown field `maxTokens`", "`max_tokens`"),
        (r#"{"tool_choice": "must"}"#, "unknown variant `must`", "`any`"),
        (
            r#"{"messages": [{"role": "user", "content": [{"txt": "hi"}]}]}"#,
            "unknown variant `txt`",
            "`text`",
        ),
        (
            r#"{"messages": [{"role": "user", "content": [{"image": {"format": "png", "bytes": ""}}]}]}"#,
            "unknown field `bytes`",
            "`source`",
        ),
        (
            r#"{"system": [{"guard_content": {"text": {"text": "t", "qualifier": []}}}]}"#,
            "unknown field `qualifier`",
            "`qualifiers`",
        ),
        (r#"{"tools": [{"function": {"name": "f"}}]}"#, "missing field", "`input_schema`"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(wrong) && error.contains(right), "{error}");
    }
}

#[test]
fn bytes_that_are_no_base64_are_refused() {
    let request = |bytes: &str| {
        read(&format!(
            r#"{{"messages": [{{"role": "user", "content": [
                {{"image": {{"format": "png", "source": {{"bytes": "{bytes}"}}}}}}]}}]}}"#
        ))
    };
    assert!(request("iVBO").is_ok());
    for bytes in ["iVB", "iV!O", "data:image/png;base64,iVBO"] {
        let error = request(bytes).unwrap_err();
        assert!(error.contains("not base64"), "{error}");
    }
}
