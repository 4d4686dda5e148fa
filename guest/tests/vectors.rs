//! Recorded, generated and broken streams, and signed requests, where the developer has them.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bedrock_converse::aws::endpoint::Endpoint;
use bedrock_converse::aws::sign::{CONTENT_TYPE, Signable, authentication};
use bedrock_converse::bindings::converse::provider::credentials::{AccessKey, Identity};
use bedrock_converse::bindings::types::{BlockKind, Delta, ErrorKind, Event};
use common::{Outcome, read, read_bytewise, read_whole, vectors};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What a block says, put together from its deltas.
#[derive(Debug, Default, PartialEq)]
struct Block {
    text: String,
    input: String,
    reasoning: String,
    signature: String,
    redacted: Vec<u8>,
    tool: Option<(String, String)>,
}

fn blocks(events: &[Event]) -> BTreeMap<u32, Block> {
    let mut blocks = BTreeMap::<u32, Block>::new();
    for event in events {
        match event {
            Event::BlockStart(start) => {
                let block = blocks.entry(start.index).or_default();
                if let BlockKind::ToolCall(call) = &start.kind {
                    block.tool = Some((call.id.clone(), call.name.clone()));
                }
            }
            Event::BlockDelta(delta) => {
                let block = blocks.get_mut(&delta.index).expect("a delta before its start");
                match &delta.delta {
                    Delta::Text(text) => block.text += text,
                    Delta::ToolInput(text) => block.input += text,
                    Delta::ReasoningText(text) => block.reasoning += text,
                    Delta::ReasoningSignature(text) => block.signature += text,
                    Delta::RedactedReasoning(bytes) => block.redacted.extend(bytes),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    blocks
}

fn expected_blocks(events: &[Value]) -> BTreeMap<u32, Block> {
    use base64::Engine as _;
    let mut blocks = BTreeMap::<u32, Block>::new();
    for event in events {
        let payload = &event["payload"];
        let Some(index) = payload["contentBlockIndex"].as_u64() else { continue };
        let block = blocks.entry(index.try_into().unwrap()).or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let delta = &payload["delta"];
        block.text += &text(&delta["text"]);
        block.input += &text(&delta["toolUse"]["input"]);
        let reasoning = &delta["reasoningContent"];
        block.reasoning += &text(&reasoning["text"]);
        block.signature += &text(&reasoning["signature"]);
        let redacted = text(&reasoning["redactedContent"]);
        block.redacted.extend(base64::engine::general_purpose::STANDARD.decode(redacted).unwrap());
        if let Some(tool) = payload["start"].get("toolUse") {
            block.tool = Some((text(&tool["toolUseId"]), text(&tool["name"])));
        }
    }
    blocks
}

#[test]
fn recorded_and_generated_streams() {
    let Some(vectors) = vectors() else { return };
    let mut seen = 0;
    for folder in ["recorded", "synthetic"] {
        for entry in fs::read_dir(vectors.join("eventstream").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            // Not one answer, but one stop after another.
            if path.extension().is_none_or(|e| e != "bin") || path.ends_with("all_stop_reasons.bin")
            {
                continue;
            }
            seen += 1;
            let bytes = fs::read(&path).unwrap();
            let expected = json(&path.with_extension("json"));
            let expected = expected["events"].as_array().unwrap();
            let outcome = read_whole(&bytes);
            assert_eq!(blocks(&outcome.events), expected_blocks(expected), "{}", path.display());
            check_end(&outcome, expected, &path);
            assert_eq!(read_bytewise(&bytes).shown(), outcome.shown(), "{}", path.display());
            check_random_pieces(&bytes, &outcome);
        }
    }
    assert!(seen > 0);
}

fn check_random_pieces(bytes: &[u8], whole: &Outcome) {
    let config = Config { cases: 32, failure_persistence: None, ..Config::default() };
    let sizes = prop::collection::vec(1..300_usize, 1..20);
    let outcome = TestRunner::new(config).run(&sizes, |sizes| {
        let mut rest = bytes;
        let pieces = sizes.iter().cycle().map_while(|&size| {
            let (piece, later) = rest.split_at(size.min(rest.len()));
            rest = later;
            (!piece.is_empty()).then_some(piece)
        });
        prop_assert_eq!(read(pieces).shown(), whole.shown());
        Ok(())
    });
    outcome.unwrap();
}

fn check_end(outcome: &Outcome, expected: &[Value], path: &Path) {
    let last = expected.last().unwrap();
    match last["headers"][":message-type"].as_str().unwrap() {
        "exception" => {
            let error = outcome.error();
            let code = last["headers"][":exception-type"].as_str().unwrap();
            assert!(
                error.code.as_deref().unwrap().eq_ignore_ascii_case(code),
                "{}",
                path.display()
            );
            assert!(error.message.contains(last["payload"]["message"].as_str().unwrap()));
        }
        _ => {
            let summary = outcome.end.as_ref().unwrap();
            let usage = summary.usage.as_ref().unwrap();
            assert_eq!(
                usage.output_tokens,
                last["payload"]["usage"]["outputTokens"].as_u64().unwrap()
            );
        }
    }
}

#[test]
fn every_stop_reason_of_the_model_is_known() {
    let Some(vectors) = vectors() else { return };
    let bytes = fs::read(vectors.join("eventstream/synthetic/all_stop_reasons.bin")).unwrap();
    let mut rest = bytes.as_slice();
    while let Some(length) = rest.first_chunk::<4>() {
        let (frame, later) = rest.split_at(u32::from_be_bytes(*length) as usize);
        rest = later;
        let shown = read_whole(frame).shown();
        assert!(shown.contains("stop-reason: StopReason::"), "{shown}");
        assert!(!shown.contains("StopReason::Other"), "{shown}");
    }
}

#[test]
fn broken_streams_end_as_a_careful_client_ends_them() {
    let Some(vectors) = vectors() else { return };
    let folder = vectors.join("eventstream/malformed");
    let manifest = json(&folder.join("manifest.json"));
    for case in manifest.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let expected = case["expected"].as_str().unwrap().trim();
        let bytes = fs::read(folder.join(name).with_extension("bin")).unwrap();
        let (whole, bytewise) = (read_whole(&bytes), read_bytewise(&bytes));
        assert_eq!(whole.shown(), bytewise.shown(), "{name}");
        check_malformed(name, expected, &bytewise);
    }
}

fn check_malformed(name: &str, expected: &str, outcome: &Outcome) {
    let kind = || outcome.error().kind;
    match expected {
        "error at byte 12" => {
            assert_eq!((kind(), outcome.bytes), (ErrorKind::Protocol, 12), "{name}");
        }
        "error" | "error (strict)" => assert_eq!(kind(), ErrorKind::Protocol, "{name}"),
        "accept or error, never misparse" => {
            assert!(outcome.error().kind != ErrorKind::Internal, "{name}");
        }
        "valid frame, then truncated-stream error" => {
            assert_eq!(kind(), ErrorKind::Truncated, "{name}");
            assert!(!outcome.events.is_empty(), "{name}");
        }
        "incomplete-response error" => assert_eq!(kind(), ErrorKind::Truncated, "{name}"),
        "terminal error; later frames ignored" => {
            assert_eq!(kind(), ErrorKind::Internal, "{name}");
            assert!(outcome.events.is_empty(), "{name}");
        }
        "accept; empty input = {}" => {
            let invalid = outcome.events.iter().any(
                |event| matches!(event, Event::BlockStop(stop) if stop.invalid_input.is_some()),
            );
            assert!(!invalid, "{name}");
        }
        _ if expected.contains("protocol error") => {
            assert_eq!(kind(), ErrorKind::Protocol, "{name}")
        }
        _ if expected.starts_with("terminal error") => {
            let error = outcome.error();
            let code = error.code.as_deref().unwrap_or_default();
            assert!(expected.contains(code) && !code.is_empty(), "{name}: {code}");
        }
        // Single frames that are all right, without an end.
        _ if expected.starts_with("accept")
            || expected.starts_with("skip")
            || expected.starts_with("map to other") =>
        {
            match &outcome.end {
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind, ErrorKind::Truncated, "{name}: {}", error.message)
                }
            }
        }
        other => panic!("{name}: no rule for `{other}`"),
    }
}

#[test]
fn signatures_are_botocores() {
    let Some(vectors) = vectors() else { return };
    let file = json(&vectors.join("sigv4.json"));
    let mut compared = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let text = |name: &str| vector[name].as_str().map(str::to_owned);
        let name = text("name").unwrap();
        let client = &vector["client"];
        let authorization = client["expected_authorization"].as_str().unwrap_or_default();
        // What the plugin sends: signed over host, date, perhaps the token, and the type of a body.
        let post = vector["method"] == "POST";
        let signed = if post { "SignedHeaders=content-type;host;x-amz-" } else { "=host;x-amz-" };
        let ours = authorization.contains(signed);
        let Some(body) = text("body_utf8").filter(|_| ours) else { continue };
        let url = text("url").unwrap();
        let uri: http::Uri = url.parse().unwrap();
        let base = format!("{}://{}", uri.scheme_str().unwrap(), uri.authority().unwrap());
        let endpoint = Endpoint::parse(&base).unwrap();
        let identity = Identity::AccessKey(AccessKey {
            access_key_id: text("access_key_id").unwrap(),
            secret_access_key: text("secret_access_key").unwrap(),
            session_token: text("session_token"),
        });
        let epoch = vector["epoch"].as_u64().unwrap();
        let headers = authentication(
            &identity,
            &text("region").unwrap(),
            &Signable {
                method: vector["method"].as_str().unwrap(),
                url: &endpoint.url(uri.path_and_query().unwrap().as_str()),
                headers: if post { &[CONTENT_TYPE] } else { &[] },
                body: body.as_bytes(),
            },
            SystemTime::UNIX_EPOCH + Duration::from_secs(epoch),
        )
        .unwrap();
        let signed = headers.iter().find(|(header, _)| *header == "authorization").unwrap();
        assert_eq!(signed.1, authorization, "{name}");
        compared += 1;
    }
    assert!(compared >= 8, "only {compared} vectors were compared");
}
