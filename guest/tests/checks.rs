//! What is refused before it is sent, by the name of the member.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bedrock_converse::bindings::types as wit;
use bedrock_converse::bindings::types::{ContentBlock, ErrorKind, Request};
use common::requests::*;

const PROMPT: &str = "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ:1";

fn hello() -> Request {
    conversation(NOVA, vec![user(vec![text("a")])])
}

fn pair(key: &str, value: &str) -> wit::KeyValue {
    wit::KeyValue { key: key.to_owned(), value: value.to_owned() }
}

#[test]
fn what_the_service_would_not_name() {
    let media = |uri: &str, owner: Option<&str>| {
        let object = wit::ObjectLocation { uri: uri.to_owned(), owner: owner.map(str::to_owned) };
        let source = wit::MediaSource::Object(object);
        let video = wit::Media { format: "mp4".to_owned(), source };
        conversation(NOVA, vec![user(vec![text("a"), ContentBlock::Video(video)])])
    };
    // The place is the caller's, though turns are joined before they are sent.
    let image = |format: &str, bytes: Vec<u8>| {
        let source = wit::MediaSource::Bytes(bytes);
        let image = ContentBlock::Image(wit::Media { format: format.to_owned(), source });
        let turns =
            vec![user(vec![text("a")]), user(vec![text("b")]), user(vec![text("c"), image])];
        conversation(NOVA, turns)
    };
    let guardrail = |identifier: &str, version: &str| Request {
        guardrail: Some(wit::Guardrail {
            identifier: identifier.to_owned(),
            version: version.to_owned(),
            trace: None,
            stream_processing_mode: None,
        }),
        ..hello()
    };
    let metadata = |pairs: Vec<wit::KeyValue>| Request { request_metadata: pairs, ..hello() };
    let many = (0..17).map(|i| pair(&format!("k{i}"), "v")).collect();
    let paths = |paths: &[&str]| Request {
        response_field_paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        ..hello()
    };
    for (request, member) in [
        (conversation(NOVA, vec![]), "messages: "),
        (Request { prompt_variables: vec![pair("a", "b")], ..hello() }, "prompt-variables: "),
        (image("", vec![1]), "messages[2].content[1].image.format: "),
        (image("png", vec![]), "messages[2].content[1].image.source.bytes: "),
        (media("https://b/k", None), "messages[0].content[1].video.source.object.uri: "),
        (media("s3://b/k", Some("12")), "messages[0].content[1].video.source.object.owner: "),
        (guardrail(" ", "1"), "guardrail.identifier: "),
        (guardrail("g", ""), "guardrail.version: "),
        (metadata(many), "request-metadata: "),
        (metadata(vec![pair("", "v")]), "request-metadata[0]: "),
        (metadata(vec![pair("ok", "v"), pair("k", "ü")]), "request-metadata[1]: "),
        (metadata(vec![pair("k", "a"), pair("k", "b")]), "request-metadata: "),
        (paths(&["a"]), "response-field-paths[0]: "),
        (paths(&["/a"; 11]), "response-field-paths: "),
        (Request { output_effort: some("more than all there is"), ..hello() }, "output-effort: "),
        (
            conversation(NOVA, vec![user(vec![text("a")]), assistant(vec![call("", "f", "{}")])]),
            "messages[1].content[0].tool-call.id: ",
        ),
        (
            conversation(NOVA, vec![user(vec![result(" ", "r")])]),
            "messages[0].content[0].tool-result.id: ",
        ),
        (Request { tools: vec![tool("")], ..hello() }, "tools[0].name: "),
    ] {
        let (kind, message) = refused(request);
        assert_eq!(kind, ErrorKind::InvalidRequest, "{message}");
        assert!(message.starts_with(member), "`{message}` should begin with `{member}`");
    }
}

#[test]
fn stored_prompt_has_its_own_settings() {
    let stored = || Request {
        messages: vec![],
        prompt_variables: vec![pair("topic", "bees")],
        ..conversation(PROMPT, vec![])
    };
    let plain = || Request { inference: request().inference, ..stored() };
    let sent = send(plain());
    assert_eq!(sent.json, serde_json::json!({"promptVariables": {"topic": {"text": "bees"}}}));
    assert!(sent.rows().is_empty());
    let effort = Some(wit::ReasoningEffort::Low);
    let reasoning =
        wit::Reasoning { effort, budget_tokens: None, interleaved: None, display: None };
    for (request, member) in [
        (stored(), "inference: "),
        (Request { system: vec![wit::SystemBlock::Text("s".to_owned())], ..plain() }, "system: "),
        (Request { tools: vec![tool("f")], ..plain() }, "tools: "),
        (Request { additional_fields: some("{}"), ..plain() }, "additional-fields: "),
        (Request { reasoning: Some(reasoning), ..plain() }, "reasoning: "),
    ] {
        let (kind, message) = refused(request);
        assert_eq!(kind, ErrorKind::InvalidRequest, "{message}");
        assert!(message.starts_with(member), "`{message}` should begin with `{member}`");
    }
}
