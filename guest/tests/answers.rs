//! Answers made by hand: what each frame comes to, and how each kind of damage is told.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bedrock_converse::bindings::provider::Step;
use bedrock_converse::bindings::types::Request;
use bedrock_converse::bindings::types::{BlockKind, Delta, ErrorKind, Event, Role, StopReason};
use bedrock_converse::converse::prepare::Origin;
use bedrock_converse::converse::stream::AnswerStream;
use common::requests::{conversation, send, text, user};
use common::{delta, event, exception, frame, read, read_bytewise, read_whole, stop};
use proptest::prelude::*;

const METADATA: &str = r#"{"metrics":{"latencyMs":7},"p":"ab","usage":{"inputTokens":3,
    "outputTokens":5,"totalTokens":8,"serverToolUsage":{}}}"#;

fn start() -> Vec<u8> {
    event("messageStart", r#"{"role":"assistant","p":"abcd"}"#)
}

fn message_stop(reason: &str) -> Vec<u8> {
    event("messageStop", &format!(r#"{{"stopReason":"{reason}"}}"#))
}

/// An answer that ends well.
fn answer(blocks: &[Vec<u8>]) -> Vec<u8> {
    let end = [message_stop("end_turn"), event("metadata", METADATA)];
    [&[start()], blocks, &end].concat().concat()
}

fn everything() -> Vec<u8> {
    answer(&[
        delta(0, r#"{"reasoningContent":{"text":"Hm, "}}"#),
        delta(0, r#"{"reasoningContent":{"text":"yes."}}"#),
        delta(0, r#"{"reasoningContent":{"signature":"c2ln"}}"#),
        stop(0),
        delta(1, r#"{"reasoningContent":{"redactedContent":"AAEC"}}"#),
        stop(1),
        delta(2, r#"{"text":""}"#),
        delta(2, r#"{"text":"Grüße \ud83d\ude00"}"#),
        delta(
            2,
            r#"{"citation":{"title":"T","sourceContent":[{"text":"s"}],"location":{"documentPage":{"documentIndex":1,"start":2,"end":3}}}}"#,
        ),
        stop(2),
        event(
            "contentBlockStart",
            r#"{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"t1","name":"f","type":"tool_use"}}}"#,
        ),
        event(
            "contentBlockStart",
            r#"{"contentBlockIndex":5,"start":{"toolUse":{"toolUseId":"t2","name":"g","type":"server_tool_use"}}}"#,
        ),
        delta(3, r#"{"toolUse":{"input":"{\"a\":"}}"#),
        delta(5, r#"{"toolUse":{"input":"{}"}}"#),
        delta(3, r#"{"toolUse":{"input":"\"\\u00fc\"}"}}"#),
        stop(5),
        stop(3),
        event(
            "contentBlockStart",
            r#"{"contentBlockIndex":6,"start":{"toolResult":{"toolUseId":"t2","type":"x_result","status":"success"}}}"#,
        ),
        delta(6, r#"{"toolResult":[{"json":{"n":1.50}},{"text":"out"}]}"#),
        stop(6),
        event("contentBlockStart", r#"{"contentBlockIndex":7,"start":{"image":{"format":"png"}}}"#),
        delta(7, r#"{"image":{"source":{"bytes":"AAEC"}}}"#),
        stop(7),
    ])
}

#[test]
fn every_kind_of_block_comes_through() {
    let outcome = read_whole(&everything());
    let shown = outcome.shown();
    for part in [
        r#"BlockStart { index: 0, kind: BlockKind::Reasoning }"#,
        r#"Delta::ReasoningText("yes.")"#,
        r#"Delta::ReasoningSignature("c2ln")"#,
        r#"Delta::RedactedReasoning([0, 1, 2])"#,
        r#"BlockStart { index: 2, kind: BlockKind::Text }"#,
        r#"Delta::Text("")"#,
        r#"Delta::Text("Grüße 😀")"#,
        r#"CitationLocation::DocumentPage(DocumentRange { document-index: Some(1), start: Some(2), end: Some(3) })"#,
        r#"ToolCallStart { id: "t1", name: "f", server-kind: None }"#,
        r#"ToolCallStart { id: "t2", name: "g", server-kind: Some("server_tool_use") }"#,
        r#"ToolResultContent::Json("{\"n\":1.50}")"#,
        r#"BlockKind::Image("png")"#,
        r#"Delta::Image(MediaSource::Bytes([0, 1, 2]))"#,
        r#"latency-ms: Some(7)"#,
        r#"input-tokens: 3, output-tokens: 5, total-tokens: 8"#,
        r#"request-id: Some("request-1")"#,
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
}

#[test]
fn cut_anywhere_or_glued_together_it_is_the_same() {
    let bytes = everything();
    let whole = read_whole(&bytes).shown();
    assert_eq!(read_bytewise(&bytes).shown(), whole);
    for at in 1..bytes.len() {
        let (head, tail) = bytes.split_at(at);
        assert_eq!(read([head, tail]).shown(), whole, "cut at {at}");
    }
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = answer(&[delta(0, r#"{"text":"hi"}"#), stop(0)]);
    let metadata_starts = bytes.len() - event("metadata", METADATA).len();
    for at in 0..bytes.len() {
        let outcome = read_whole(&bytes[..at]);
        if at == metadata_starts {
            // The message is complete; only its metadata is missing, and nobody invents it.
            assert!(outcome.end.as_ref().is_ok_and(|s| s.usage.is_none()), "{}", outcome.shown());
        } else {
            assert_eq!(outcome.error().kind, ErrorKind::Truncated, "cut at {at}");
            assert_eq!(outcome.error().request_id.as_deref(), Some("request-1"));
        }
    }
}

#[test]
fn end_is_known_without_the_connections_end() {
    let mut bytes = answer(&[]);
    let complete = bytes.len();
    bytes.extend_from_slice(b"whatever comes next");
    let outcome = read_bytewise(&bytes);
    assert!(outcome.end.is_ok());
    assert_eq!(outcome.bytes, complete);
}

#[test]
fn every_flipped_bit_is_found() {
    let bytes = answer(&[delta(0, r#"{"text":"hi"}"#), stop(0)]);
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        let outcome = read_whole(&damaged);
        assert_eq!(outcome.error().kind, ErrorKind::Protocol, "bit of byte {at}");
    }
}

#[test]
fn flipped_length_is_found_at_the_twelfth_byte() {
    for at in 0..12 {
        let mut damaged = start();
        damaged[at] ^= 0x40;
        assert_eq!(read_bytewise(&damaged).bytes, 12, "byte {at}");
    }
}

#[test]
fn page_is_found_at_the_twelfth_byte_and_quoted() {
    let outcome = read_bytewise(b"<html><head><title>Sign in</title>");
    assert_eq!((outcome.error().kind, outcome.bytes), (ErrorKind::Protocol, 12));
    assert!(outcome.error().message.contains("<html><head>"), "{}", outcome.error().message);
}

#[test]
fn frame_beyond_the_encodings_limit_is_refused_before_it_is_waited_for() {
    let mut prelude = vec![0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
    prelude.extend(crc32fast::hash(&prelude).to_be_bytes());
    let outcome = read_bytewise(&prelude);
    assert_eq!((outcome.error().kind, outcome.bytes), (ErrorKind::Protocol, 12));
}

#[test]
fn what_came_before_a_failure_is_delivered_first() {
    let failed = exception("throttlingException", r#"{"message":"slow down"}"#);
    let bytes = [start(), delta(0, r#"{"text":"partial"}"#), failed, start()].concat();
    let outcome = read_whole(&bytes);
    assert_eq!(outcome.events.len(), 3, "{}", outcome.shown());
    let error = outcome.error();
    assert_eq!(error.kind, ErrorKind::Throttled);
    assert_eq!(error.code.as_deref(), Some("ThrottlingException"));
    assert_eq!(error.request_id.as_deref(), Some("request-1"));
    assert!(error.message.contains("slow down"));
}

#[test]
fn error_frame_keeps_code_and_message() {
    let headers = [
        (":message-type", "error"),
        (":error-code", "InternalFailure"),
        (":error-message", "boom"),
    ];
    let outcome = read_whole(&frame(&headers, b""));
    let error = outcome.error();
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Internal, Some("InternalFailure")));
    assert!(error.message.contains("boom"));
}

#[test]
fn unknown_things_are_passed_on_or_skipped_but_are_no_errors() {
    let outcome = read_whole(&answer(&[
        event("brandNewEvent", r#"{"a":1}"#),
        event("initial-response", "{}"),
        delta(0, r#"{"futureKind":{"a":1}}"#),
        stop(0),
        event("contentBlockStart", r#"{"contentBlockIndex":1,"start":{"hologram":{"b":2}}}"#),
        stop(1),
    ]));
    assert!(outcome.end.is_ok(), "{}", outcome.shown());
    let shown = outcome.shown();
    assert!(
        shown.contains(r#"Delta::Other(Raw { kind: "futureKind", json: "{\"a\":1}" })"#),
        "{shown}"
    );
    assert!(
        shown.contains(r#"BlockKind::Other(Raw { kind: "hologram", json: "{\"b\":2}" })"#),
        "{shown}"
    );
    assert!(!shown.contains("brandNewEvent"));
}

#[test]
fn unknown_stop_reason_and_role_keep_their_names() {
    let bytes = [
        event("messageStart", r#"{"role":"oracle"}"#),
        message_stop("tired"),
        event("metadata", METADATA),
    ];
    let outcome = read_whole(&bytes.concat());
    assert!(
        matches!(&outcome.events[0], Event::MessageStart(s) if matches!(&s.role, Role::Other(r) if r == "oracle"))
    );
    let summary = outcome.end.unwrap();
    assert!(matches!(summary.stop_reason, StopReason::Other(reason) if reason == "tired"));
}

#[test]
fn tool_input_is_checked_when_its_block_ends() {
    let call = |input: &str| {
        let input = serde_json::to_string(input).unwrap();
        let outcome = read_whole(&answer(&[
            event(
                "contentBlockStart",
                r#"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"#,
            ),
            delta(0, &format!(r#"{{"toolUse":{{"input":{input}}}}}"#)),
            stop(0),
        ]));
        assert!(outcome.end.is_ok());
        match outcome.events.last() {
            Some(Event::BlockStop(stop)) => stop.invalid_input.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(call("").is_none());
    assert!(call(r#"{"a":[1,"\u00fc"]}"#).is_none());
    for bad in [r#"{"a":"#, "[1]", "nonsense", r#"{"a":1}}"#] {
        let invalid = call(bad).expect(bad);
        assert_eq!(invalid.text, bad);
        assert!(!invalid.message.is_empty());
    }
}

#[test]
fn blocks_that_make_no_sense_are_protocol_errors() {
    let tool = r#"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"#;
    let text = || delta(0, r#"{"text":"x"}"#);
    for (what, frames) in [
        ("input without a call", vec![delta(0, r#"{"toolUse":{"input":"{}"}}"#)]),
        ("input in a text", vec![text(), delta(0, r#"{"toolUse":{"input":"{}"}}"#)]),
        ("start twice", vec![event("contentBlockStart", tool), event("contentBlockStart", tool)]),
        ("after its end", vec![text(), stop(0), text()]),
        ("end twice", vec![text(), stop(0), stop(0)]),
        ("index too large", vec![delta(4_294_967_296, r#"{"text":"x"}"#)]),
        ("no index", vec![event("contentBlockDelta", r#"{"delta":{"text":"x"}}"#)]),
        ("empty delta", vec![delta(0, "{}")]),
        ("no stop reason", vec![event("messageStop", "{}")]),
        ("empty payload", vec![event("messageStop", "")]),
        ("not JSON", vec![event("contentBlockDelta", r#"{"contentBlockIndex":0,"#)]),
        ("bad base64", vec![delta(0, r#"{"reasoningContent":{"redactedContent":"***"}}"#)]),
        ("answer starts twice", vec![start(), start()]),
        ("text after the stop", vec![message_stop("end_turn"), text()]),
        ("end of a block after the stop", vec![message_stop("end_turn"), stop(0)]),
        ("stop twice", vec![message_stop("end_turn"), message_stop("end_turn")]),
        (
            "tokens that are none",
            vec![event(
                "metadata",
                r#"{"usage":{"inputTokens":-1,"outputTokens":1,"totalTokens":0}}"#,
            )],
        ),
        ("no event type", vec![frame(&[(":message-type", "event")], b"{}")]),
        ("no message type", vec![frame(&[(":event-type", "messageStart")], b"{}")]),
        ("unknown message type", vec![frame(&[(":message-type", "surprise")], b"{}")]),
        ("wrong case", vec![frame(&[(":Message-Type", "event"), (":event-type", "x")], b"{}")]),
        (
            "header twice",
            vec![frame(
                &[(":message-type", "event"), (":event-type", "a"), (":event-type", "b")],
                b"{}",
            )],
        ),
    ] {
        let outcome = read_whole(&frames.concat());
        assert_eq!(outcome.error().kind, ErrorKind::Protocol, "{what}: {}", outcome.shown());
    }
}

#[test]
fn metadata_before_the_stop_waits_for_it() {
    let bytes = [start(), event("metadata", METADATA), message_stop("max_tokens")].concat();
    let outcome = read_whole(&bytes);
    let summary = outcome.end.unwrap();
    assert!(matches!(summary.stop_reason, StopReason::MaxTokens));
    assert_eq!(summary.usage.unwrap().total_tokens, 8);
}

#[test]
fn metadata_loses_nothing() {
    let metadata = r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3,
        "cacheReadInputTokens":4,"cacheWriteInputTokens":5,
        "cacheDetails":[{"ttl":"1h","inputTokens":6},{"ttl":"5m","inputTokens":7}],
        "serverToolUsage":{"searches":1}},
        "metrics":{"latencyMs":9},"performanceConfig":{"latency":"optimized"},
        "serviceTier":{"type":"flex"},"future":[1.0],
        "trace":{"guardrail":{"x":1},"promptRouter":{"invokedModelId":"m"},"other":2}}"#;
    let stop = event(
        "messageStop",
        r#"{"stopReason":"end_turn","additionalModelResponseFields":{"/a":1}}"#,
    );
    let summary = read_whole(&[start(), stop, event("metadata", metadata)].concat()).end.unwrap();
    let usage = summary.usage.unwrap();
    assert_eq!((usage.cache_read_tokens, usage.cache_write_tokens), (Some(4), Some(5)));
    let details: Vec<_> =
        usage.cache_write_details.iter().map(|d| (d.ttl.as_str(), d.tokens)).collect();
    assert_eq!(details, [("1h", 6), ("5m", 7)]);
    assert_eq!(summary.performance_latency.as_deref(), Some("optimized"));
    assert_eq!(summary.service_tier.as_deref(), Some("flex"));
    assert_eq!(summary.guardrail_trace.as_deref(), Some(r#"{"x":1}"#));
    assert_eq!(summary.invoked_model.as_deref(), Some("m"));
    assert_eq!(summary.response_fields.as_deref(), Some(r#"{"/a":1}"#));
    assert_eq!(
        summary.extra_json.as_deref(),
        Some(r#"{"usage":{"serverToolUsage":{"searches":1}},"trace":{"other":2},"future":[1.0]}"#)
    );
}

proptest! {
    /// Whatever comes, cut wherever: no panic, and one byte at a time says the same as all at once.
    #[test]
    fn damage_of_any_kind_is_told_the_same_way(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = everything();
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        prop_assert_eq!(read_whole(&bytes).shown(), read_bytewise(&bytes).shown());
    }
}

#[test]
fn implied_starts_come_once() {
    let outcome =
        read_whole(&answer(&[delta(4, r#"{"text":"a"}"#), delta(4, r#"{"text":"b"}"#), stop(4)]));
    let starts = outcome.events.iter().filter(|e| matches!(e, Event::BlockStart(_))).count();
    assert_eq!(starts, 1);
    assert!(
        matches!(&outcome.events[1], Event::BlockStart(s) if s.index == 4 && matches!(s.kind, BlockKind::Text))
    );
    assert!(
        matches!(&outcome.events[3], Event::BlockDelta(d) if matches!(&d.delta, Delta::Text(t) if t == "b"))
    );
}

/// Bedrock's JSON is of UTF-16 at heart: a model that writes half a character is passed on so.
#[test]
fn half_of_a_surrogate_pair_is_replaced() {
    let start = r#"{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"f\udc00"}}}"#;
    let bytes = answer(&[
        delta(0, r#"{"text":"a\ud83d"}"#),
        delta(0, r#"{"text":"\ud83d\ude00"}"#),
        delta(0, r#"{"citation":{"sourceContent":[{"text":"cut\ud83d"}]}}"#),
        event("contentBlockStart", start),
    ]);
    let shown = read_whole(&bytes).shown();
    assert!(shown.contains("\"cut\u{fffd}\"") && shown.contains("\"f\u{fffd}\""), "{shown}");
    assert!(shown.contains("Delta::Text(\"a\u{fffd}\")"), "{shown}");
    assert!(shown.contains(r#"Delta::Text("😀")"#), "{shown}");
}

fn sent_as(tool: &str) -> (Origin, String) {
    let request = Request {
        tools: vec![common::requests::tool(tool)],
        ..conversation("m", vec![user(vec![text("x")])])
    };
    let sent = send(request);
    let name = sent.json["toolConfig"]["tools"][0]["toolSpec"]["name"].as_str().unwrap().to_owned();
    (sent.origin, name)
}

#[test]
fn tools_have_the_callers_names() {
    let (origin, name) = sent_as("files/read.all");
    assert_eq!(name, "files_read_all");
    let start = format!(
        r#"{{"contentBlockIndex":0,"start":{{"toolUse":{{"toolUseId":"t","name":"{name}"}}}}}}"#
    );
    let bytes = answer(&[event("contentBlockStart", &start), stop(0)]);
    let mut stream = AnswerStream::new(None, origin);
    stream.feed(&bytes);
    let Ok(Some(Step::Events(events))) = stream.step() else { panic!("no events") };
    assert!(format!("{events:?}").contains(r#"name: "files/read.all""#), "{events:?}");
}

/// Claude counts its thoughts in fields of its own, which are only shown to who asked for them.
#[test]
fn thoughts_are_counted() {
    let stopped = event(
        "messageStop",
        r#"{"stopReason":"end_turn","additionalModelResponseFields":
            {"usage":{"output_tokens_details":{"thinking_tokens":17}}}}"#,
    );
    let bytes = [start(), stopped, event("metadata", METADATA)].concat();
    for own_response_fields in [true, false] {
        let origin = Origin { own_response_fields, ..Origin::default() };
        let mut stream = AnswerStream::new(None, origin);
        stream.feed(&bytes);
        let mut summary = None;
        while summary.is_none() {
            match stream.step() {
                Ok(Some(Step::Done(done))) => summary = Some(done),
                Ok(Some(Step::Events(_))) => {}
                other => panic!("{other:?}"),
            }
        }
        let summary = summary.unwrap();
        assert_eq!(summary.usage.unwrap().reasoning_tokens, Some(17));
        assert_eq!(summary.response_fields.is_none(), own_response_fields);
    }
}
