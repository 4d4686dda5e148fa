//! Cache points that are placed without being asked for each.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bedrock_converse::bindings::types as wit;
use bedrock_converse::bindings::types::{CacheRetention, ContentBlock, Request};
use common::requests::*;
use serde_json::{Value, json};

fn caching(model: &str, retention: CacheRetention, force: bool) -> Request {
    Request {
        system: vec![wit::SystemBlock::Text("s".to_owned())],
        tools: vec![tool("f")],
        caching: Some(wit::Caching { retention, force }),
        ..conversation(
            model,
            vec![
                user(vec![text("a")]),
                assistant(vec![call("t1", "f", "{}")]),
                user(vec![result("t1", "r")]),
            ],
        )
    }
}

/// What stands last in the system prompt and in each message.
fn ends(sent: &Value) -> Vec<Value> {
    let last = |list: &Value| list.as_array().unwrap().last().unwrap().clone();
    let messages = sent["messages"].as_array().unwrap();
    [last(&sent["system"])]
        .into_iter()
        .chain(messages.iter().map(|m| last(&m["content"])))
        .collect()
}

#[test]
fn they_stand_behind_the_system_prompt_and_at_the_end() {
    let short = json!({"cachePoint": {"type": "default"}});
    let long = json!({"cachePoint": {"type": "default", "ttl": "1h"}});
    for (model, retention, point) in [
        (CLAUDE, CacheRetention::Short, &short),
        (CLAUDE, CacheRetention::Long, &long),
        // No model but the newer ones of Claude keeps anything for an hour.
        (NOVA, CacheRetention::Long, &short),
        ("anthropic.claude-opus-4-1-20250805-v1:0", CacheRetention::Long, &short),
    ] {
        let sent = send(caching(model, retention, false));
        assert!(sent.rows().is_empty(), "{model}");
        let ends = ends(&sent.json);
        assert_eq!((&ends[0], &ends[3]), (point, point), "{model}");
        assert!(ends[1].get("cachePoint").is_none());
        let tools = sent.json["toolConfig"]["tools"].as_array().unwrap();
        assert_eq!(tools.len(), 1);
    }
}

#[test]
fn model_not_known_to_cache_gets_none_unless_forced() {
    for model in ["meta.llama3-1-8b-instruct-v1:0", UNKNOWN] {
        let sent = send(caching(model, CacheRetention::Short, false));
        assert_eq!(sent.rows(), ["automatic-caching"]);
        assert!(!sent.json.to_string().contains("cachePoint"));
    }
    for model in ["meta.llama3-1-8b-instruct-v1:0", UNKNOWN] {
        let sent = send(caching(model, CacheRetention::Long, true));
        assert_eq!(ends(&sent.json)[3], json!({"cachePoint": {"type": "default"}}), "{model}");
    }
}

#[test]
fn none_is_none() {
    let sent = send(caching(CLAUDE, CacheRetention::None, true));
    assert!(!sent.json.to_string().contains("cachePoint"));
}

#[test]
fn points_of_the_callers_own_stay_alone() {
    let point = || wit::CachePoint { ttl: None };
    // One stands there already.
    let mut request = caching(CLAUDE, CacheRetention::Short, false);
    request.system.push(wit::SystemBlock::CachePoint(point()));
    request.messages[2].content.push(ContentBlock::CachePoint(point()));
    let sent = send(request).json.to_string();
    assert_eq!(sent.matches("cachePoint").count(), 2);
    // There are as many as there may be.
    let mut request = caching(CLAUDE, CacheRetention::Short, false);
    for _ in 0..4 {
        request.tools.push(wit::Tool::CachePoint(point()));
    }
    let sent = send(request);
    assert!(sent.rows().is_empty());
    assert_eq!(sent.json.to_string().matches("cachePoint").count(), 4);
    // One that lives shorter stands before: the one that is added cannot live longer.
    let mut request = caching(CLAUDE, CacheRetention::Long, false);
    request.tools.push(wit::Tool::CachePoint(point()));
    let sent = send(request);
    assert_eq!(sent.rows(), ["cache-ttl"]);
    assert!(!sent.json.to_string().contains("1h"));
}

#[test]
fn turn_of_the_assistant_at_the_end_gets_none() {
    let mut request = caching(NOVA, CacheRetention::Short, false);
    request.messages.push(assistant(vec![text("So")]));
    let ends = ends(&send(request).json);
    assert!(ends[0].get("cachePoint").is_some());
    assert_eq!(ends[4], json!({"text": "So"}));
}
