//! What Bedrock asks of a request's body (API reference, "Message" and "ContentBlock").

use serde_json::Value;
use std::collections::BTreeSet;

/// Panics unless the body follows the rules. Claude is narrower about ids.
pub fn check(body: &Value, claude: bool) {
    let none = Vec::new();
    let messages = body["messages"].as_array().unwrap_or(&none);
    check_turns(messages);
    check_tools(body);
    check_calls(messages, claude);
    for message in messages {
        let content = parts(message);
        content.iter().for_each(check_text);
        let documents = content.iter().any(|block| block.get("document").is_some());
        let texts = content.iter().any(|block| block.get("text").is_some());
        assert!(!documents || texts, "documents without a text: {message}");
    }
    parts_of(body, "system").iter().for_each(check_text);
    check_documents(messages);
    check_points(body, messages);
    let inference = &body["inferenceConfig"];
    assert!(parts_of(inference, "stopSequences").iter().all(|stop| stop != ""), "{inference}");
    assert_ne!(inference["maxTokens"], 0, "{inference}");
}

fn parts(message: &Value) -> &[Value] {
    parts_of(message, "content")
}

fn parts_of<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name].as_array().map_or(&[], Vec::as_slice)
}

/// Turns alternate, the user's first; who is neither may speak in between.
fn check_turns(messages: &[Value]) {
    for message in messages {
        assert!(
            parts(message).iter().any(|block| block.get("cachePoint").is_none())
                || !["user", "assistant"].contains(&message["role"].as_str().unwrap_or_default()),
            "a turn that says nothing: {message}"
        );
    }
    if let Some(first) = messages.first() {
        assert_ne!(first["role"], "assistant", "the assistant speaks first: {first}");
    }
    for pair in messages.windows(2) {
        let (one, next) = (&pair[0]["role"], &pair[1]["role"]);
        let speaks = one == "user" || one == "assistant";
        assert!(!(speaks && one == next), "two turns of the {one}");
    }
}

fn check_tools(body: &Value) {
    let config = &body["toolConfig"];
    let tools = parts_of(config, "tools");
    assert!(config.is_null() || tools.iter().any(|tool| tool.get("cachePoint").is_none()));
    let mut names = BTreeSet::new();
    let mut any_name = false;
    for tool in tools {
        if let Some(spec) = tool.get("toolSpec") {
            let name = spec["name"].as_str().unwrap_or_default();
            check_name("a tool's name", name, "_-");
            assert!(names.insert(name), "two tools are named {name}");
            assert!(spec["description"].as_str().is_none_or(|text| !text.trim().is_empty()));
            assert!(spec["inputSchema"]["json"].get("type").is_some(), "{spec}");
        } else if let Some(name) = tool["systemTool"]["name"].as_str() {
            names.insert(name);
        } else if tool.get("cachePoint").is_none() {
            any_name = true;
        }
    }
    if let Some(choice) = config["toolChoice"]["tool"]["name"].as_str() {
        assert!(any_name || names.contains(choice), "no tool is named {choice}: {config}");
    }
}

/// Each call has one result, in the next turn, before all else, in the order of the calls.
fn check_calls(messages: &[Value], claude: bool) {
    let mut ids = BTreeSet::new();
    let mut waiting: Vec<&str> = Vec::new();
    for message in messages {
        let of_user = message["role"] == "user";
        let mut results = Vec::new();
        let mut calls = Vec::new();
        for (at, block) in parts(message).iter().enumerate() {
            if let Some(call) = block.get("toolUse") {
                let id = call["toolUseId"].as_str().unwrap_or_default();
                check_name("a call's id", id, if claude { "_-" } else { "_-.:" });
                assert!(ids.insert(id), "two calls have the id {id}");
                check_name("a call's name", call["name"].as_str().unwrap_or_default(), "_-");
                assert!(call["input"].is_object(), "input that is no object: {call}");
                check_keys(&call["input"]);
                if message["role"] == "assistant" && call.get("type").is_none() {
                    calls.push(id);
                }
            }
            let Some(result) = block.get("toolResult") else { continue };
            let content = parts(result);
            assert!(!content.is_empty(), "an empty result: {result}");
            content.iter().for_each(check_text);
            let id = result["toolUseId"].as_str().unwrap_or_default();
            // Of a tool that the service runs there may be a result anywhere.
            if of_user && (result.get("type").is_none() || waiting.contains(&id)) {
                assert_eq!(at, results.len(), "a result after something else: {message}");
                results.push(id);
            }
        }
        assert_eq!(results, waiting, "results are not those of the turn before: {message}");
        waiting = calls;
    }
    assert!(waiting.is_empty(), "no results for {waiting:?}");
}

fn check_name(what: &str, name: &str, besides: &str) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || besides.contains(c);
    let fits = (1..=64).contains(&name.len()) && name.chars().all(allowed);
    assert!(fits, "{what} cannot be sent: {name:?}");
}

fn check_keys(value: &Value) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            assert_ne!(name, "", "an empty name");
            check_keys(value);
        }),
        Value::Array(items) => items.iter().for_each(check_keys),
        _ => {}
    }
}

fn check_text(block: &Value) {
    let blank = |text: &Value| text.as_str().is_some_and(|text| text.trim().is_empty());
    assert!(!blank(&block["text"]), "a blank text: {block}");
    for part in parts(&block["citationsContent"]) {
        assert!(!blank(&part["text"]), "a blank text: {block}");
    }
}

fn check_documents(messages: &[Value]) {
    let mut names = BTreeSet::new();
    for block in messages.iter().flat_map(parts) {
        let inner = parts(&block["toolResult"]);
        for document in std::iter::once(block).chain(inner).filter_map(|b| b.get("document")) {
            let name = document["name"].as_str().unwrap_or_default();
            let allowed = |c: char| c.is_ascii_alphanumeric() || " -_()[]".contains(c);
            let fits = (1..=200).contains(&name.len()) && name.chars().all(allowed);
            let spaced = name.trim() == name && !name.contains("  ");
            assert!(fits && spaced, "a document's name: {name:?}");
            assert!(names.insert(name), "two documents are named {name:?}");
        }
    }
}

/// At most four, the longer-lived first, in the order of tools, system prompt and messages.
fn check_points(body: &Value, messages: &[Value]) {
    let tools = parts_of(&body["toolConfig"], "tools").iter();
    let all = tools.chain(parts_of(body, "system")).chain(messages.iter().flat_map(parts));
    let points: Vec<&Value> = all.filter_map(|part| part.get("cachePoint")).collect();
    assert!(points.len() <= 4, "{} cache points", points.len());
    let long: Vec<bool> = points.iter().map(|point| point["ttl"] == "1h").collect();
    assert!(long.is_sorted_by(|one, next| one >= next), "a shorter one first: {points:?}");
}
