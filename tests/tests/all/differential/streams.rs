//! Answers as event streams, as the service writes them and may come to.

use super::content::{name, object, one_of, text};
use bedrock_sim::Script;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt;

/// The bytes of an answer, and the size of the pieces they come in.
#[derive(Clone)]
pub struct Answer {
    pub bytes: Vec<u8>,
    pub chunk: usize,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, in pieces of {}", self.bytes.escape_ascii(), self.chunk)
    }
}

/// Any answer.
pub fn answer() -> impl Strategy<Value = Answer> {
    let end = prop_oneof![8 => done(), 1 => exception()];
    (vec(block(), 0..5), end, 1..200_usize).prop_map(|(blocks, end, chunk)| {
        let script = blocks.into_iter().fold(Script::assistant(), |script, (start, deltas)| {
            let script = match start {
                Some(start) => script.block_start(start),
                None => script,
            };
            deltas.into_iter().fold(script, Script::delta).block_stop()
        });
        let script = end.into_iter().fold(script, |script, (name, payload)| match payload {
            Some(payload) => script.event(&name, payload),
            None => script.exception(&name, "it broke"),
        });
        Answer { bytes: script.encode(), chunk }
    })
}

/// An event's name and payload; an exception has none.
type Event = (String, Option<Value>);

fn done() -> impl Strategy<Value = Vec<Event>> {
    let reason = one_of(&[
        "end_turn",
        "tool_use",
        "max_tokens",
        "stop_sequence",
        "guardrail_intervened",
        "content_filtered",
        "malformed_model_output",
        "malformed_tool_use",
        "model_context_window_exceeded",
        "brand_new",
    ]);
    (reason, of(object()), metadata()).prop_map(|(reason, fields, metadata)| {
        let mut stop = json!({"stopReason": reason});
        if let Some(fields) = fields {
            stop["additionalModelResponseFields"] = fields;
        }
        vec![("messageStop".to_owned(), Some(stop)), ("metadata".to_owned(), Some(metadata))]
    })
}

fn exception() -> impl Strategy<Value = Vec<Event>> {
    one_of(&[
        "internalServerException",
        "modelStreamErrorException",
        "validationException",
        "throttlingException",
        "serviceUnavailableException",
    ])
    .prop_map(|name| vec![(name, None)])
}

fn metadata() -> impl Strategy<Value = Value> {
    let tokens = || 0..100_000_u32;
    let detail = (one_of(&["1h", "5m"]), tokens())
        .prop_map(|(ttl, tokens)| json!({"ttl": ttl, "inputTokens": tokens}));
    let usage = (tokens(), tokens(), of(tokens()), of(tokens()), vec(detail, 0..3));
    let usage = usage.prop_map(|(input, output, read, write, details)| {
        let mut usage =
            json!({"inputTokens": input, "outputTokens": output, "totalTokens": input + output});
        for (name, tokens) in [("cacheReadInputTokens", read), ("cacheWriteInputTokens", write)] {
            if let Some(tokens) = tokens {
                usage[name] = tokens.into();
            }
        }
        usage["cacheDetails"] = details.into();
        usage
    });
    let trace = prop_oneof![
        name().prop_map(|id| json!({"promptRouter": {"invokedModelId": id}})),
        text().prop_map(|text| json!({"guardrail": {"actionReason": text}})),
    ];
    let (latency, tier) = (one_of(&["standard", "optimized"]), one_of(&["flex", "brand_new"]));
    (usage, tokens(), of(trace), of(latency), of(tier)).prop_map(
        |(usage, milliseconds, trace, latency, tier)| {
            let mut event = json!({"usage": usage, "metrics": {"latencyMs": milliseconds}});
            if let Some(trace) = trace {
                event["trace"] = trace;
            }
            if let Some(latency) = latency {
                event["performanceConfig"] = json!({"latency": latency});
            }
            if let Some(tier) = tier {
                event["serviceTier"] = json!({"type": tier});
            }
            event
        },
    )
}

/// A block's start, where the service sends one, and its deltas.
fn block() -> impl Strategy<Value = (Option<Value>, Vec<Value>)> {
    let piece = || any::<String>();
    let no_start = |deltas| (None, deltas);
    let texts = vec(piece(), 1..4).prop_map(|pieces| {
        pieces.into_iter().map(|text| json!({"text": text})).collect::<Vec<_>>()
    });
    let cited = (vec(piece(), 1..3), vec(citation(), 1..3)).prop_map(|(texts, citations)| {
        let texts = texts.into_iter().map(|text| json!({"text": text}));
        let citations = citations.into_iter().map(|citation| json!({"citation": citation}));
        texts.chain(citations).collect()
    });
    let thoughts = (vec(piece(), 1..4), of(name())).prop_map(|(texts, signature)| {
        let texts = texts.into_iter().map(|text| json!({"reasoningContent": {"text": text}}));
        let signature = signature.map(|text| json!({"reasoningContent": {"signature": text}}));
        texts.chain(signature).collect()
    });
    let redacted =
        base64().prop_map(|base64| vec![json!({"reasoningContent": {"redactedContent": base64}})]);
    prop_oneof![
        3 => texts.prop_map(no_start),
        1 => cited.prop_map(no_start),
        2 => thoughts.prop_map(no_start),
        1 => redacted.prop_map(no_start),
        3 => call(),
        1 => result(),
        1 => image(),
    ]
}

fn call() -> impl Strategy<Value = (Option<Value>, Vec<Value>)> {
    let kind = of(one_of(&["server_tool_use"]));
    (name(), name(), kind, vec(any::<String>(), 0..4)).prop_map(|(id, name, kind, pieces)| {
        let mut tool = json!({"toolUseId": id, "name": name});
        if let Some(kind) = kind {
            tool["type"] = kind.into();
        }
        let pieces = pieces.into_iter().map(|piece| json!({"toolUse": {"input": piece}}));
        (Some(json!({"toolUse": tool})), pieces.collect())
    })
}

fn result() -> impl Strategy<Value = (Option<Value>, Vec<Value>)> {
    let part = prop_oneof![
        text().prop_map(|text| json!({"text": text})),
        object().prop_map(|value| json!({"json": value})),
    ];
    let status = of(one_of(&["success", "error"]));
    (name(), of(name()), status, vec(part, 0..3)).prop_map(|(id, kind, status, parts)| {
        let mut result = json!({"toolUseId": id});
        for (name, value) in [("type", kind), ("status", status)] {
            if let Some(value) = value {
                result[name] = value.into();
            }
        }
        (Some(json!({"toolResult": result})), vec![json!({"toolResult": parts})])
    })
}

fn image() -> impl Strategy<Value = (Option<Value>, Vec<Value>)> {
    let source = prop_oneof![
        base64().prop_map(|base64| json!({"bytes": base64})),
        name().prop_map(|name| json!({"s3Location": {"uri": format!("s3://b/{name}")}})),
    ];
    (one_of(&["png", "jpeg"]), source).prop_map(|(format, source)| {
        (Some(json!({"image": {"format": format}})), vec![json!({"image": {"source": source}})])
    })
}

fn citation() -> impl Strategy<Value = Value> {
    let range = |index: &'static str| {
        (0..9, 0..9).prop_map(move |(at, start)| json!({index: at, "start": start, "end": 10}))
    };
    let location = prop_oneof![
        name().prop_map(|url| json!({"web": {"url": url, "domain": "x"}})),
        range("documentIndex").prop_map(|at| json!({"documentChar": at})),
        range("documentIndex").prop_map(|at| json!({"documentPage": at})),
        range("documentIndex").prop_map(|at| json!({"documentChunk": at})),
        range("searchResultIndex").prop_map(|at| json!({"searchResultLocation": at})),
    ];
    (of(text()), vec(text(), 0..3), of(location)).prop_map(|(title, passages, location)| {
        let passages: Vec<_> = passages.into_iter().map(|text| json!({"text": text})).collect();
        let mut citation = json!({"source": "s", "sourceContent": passages});
        if let Some(title) = title {
            citation["title"] = title.into();
        }
        if let Some(location) = location {
            citation["location"] = location;
        }
        citation
    })
}

fn base64() -> impl Strategy<Value = String> {
    use base64::Engine as _;
    vec(any::<u8>(), 1..20)
        .prop_map(|bytes| base64::engine::general_purpose::STANDARD.encode(bytes))
}
