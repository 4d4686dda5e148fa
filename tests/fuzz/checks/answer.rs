//! `AnswerStream`: the same events and the same end however the bytes are cut, and events that make
//! sense one after another.

use super::{cut, events, validity};
use arbitrary::{Result, Unstructured};
use aws_smithy_types::event_stream::HeaderValue;
use bedrock_converse::bindings::provider::Step;
use bedrock_converse::bindings::types::{BlockKind, Delta, Error, Event, Summary};
use bedrock_converse::converse::prepare::Origin;
use bedrock_converse::converse::stream::AnswerStream;
use bedrock_converse::wire::frames::Frames;
use std::collections::BTreeMap;

/// Checks one input: sizes of pieces, then a stream or what to make one of.
pub fn check(input: &[u8]) {
    let mut u = Unstructured::new(input);
    let Ok((sizes, bytes)) = u.arbitrary().and_then(|sizes| Ok((sizes, body(&mut u)?))) else {
        return;
    };
    super::show(&bytes.escape_ascii().to_string());
    let whole = read(&[&bytes]);
    let pieces = read(&cut(&bytes, sizes));
    assert_eq!(whole.shown(), pieces.shown(), "the answer depends on how the bytes are cut");
    check_events(&whole);
    match &whole.end {
        Ok(summary) => {
            assert!(says_stop(&bytes), "done, though the service never said so");
            check_summary(summary);
        }
        Err(error) => assert!(!error.message.trim().is_empty(), "an error without a message"),
    }
}

/// Panics unless what is JSON in the end of an answer is.
pub fn check_summary(summary: &Summary) {
    let Summary { guardrail_trace, response_fields, extra_json, .. } = summary;
    for (what, text) in [("guardrail-trace", guardrail_trace), ("response-fields", response_fields)]
    {
        if let Some(text) = text {
            validity::json(what, text);
        }
    }
    if let Some(text) = extra_json {
        validity::object("extra-json", text);
    }
}

fn body(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    if u.ratio(1, 16)? {
        return Ok(u.bytes(u.len())?.to_vec());
    }
    let mut bytes = Vec::new();
    while !u.is_empty() {
        bytes.extend(events::frame(u)?);
    }
    Ok(bytes)
}

struct Outcome {
    events: Vec<Event>,
    skipped: Vec<String>,
    end: std::result::Result<Summary, Error>,
}

impl Outcome {
    /// As text: the generated types know no equality.
    fn shown(&self) -> String {
        format!("{:?} {:?} {:?}", self.events, self.skipped, self.end)
    }
}

/// Reads as `Completion` does.
fn read(pieces: &[&[u8]]) -> Outcome {
    let mut stream = AnswerStream::new(Some("request-1".to_owned()), Origin::default());
    let (mut events, mut skipped) = (Vec::new(), Vec::new());
    let mut pieces = pieces.iter();
    let end = loop {
        let step = stream.step();
        skipped.extend(stream.take_skipped());
        match step {
            Ok(Some(Step::Events(more))) => {
                assert!(!more.is_empty(), "a step without events");
                events.extend(more);
            }
            Ok(Some(Step::Done(summary))) => break Ok(summary),
            Err(error) => break Err(error),
            Ok(None) => match pieces.next() {
                Some(piece) => stream.feed(piece),
                None => match stream.end() {
                    Ok(Step::Done(summary)) => break Ok(summary),
                    Ok(Step::Events(events)) => panic!("events at the end: {events:?}"),
                    Err(error) => break Err(error),
                },
            },
        }
    };
    Outcome { events, skipped, end }
}

/// A block starts once, goes on while it is open, and is over at the end.
fn check_events(outcome: &Outcome) {
    let mut open = BTreeMap::new();
    let mut starts = 0;
    for event in &outcome.events {
        match event {
            Event::MessageStart(_) => starts += 1,
            Event::BlockStart(start) => {
                let before = open.insert(start.index, true);
                assert_eq!(before, None, "block {} starts twice", start.index);
                if let BlockKind::Other(raw) = &start.kind {
                    validity::json(&raw.kind, &raw.json);
                }
            }
            Event::BlockDelta(delta) => {
                assert_eq!(
                    open.get(&delta.index),
                    Some(&true),
                    "block {} is not open",
                    delta.index
                );
                if let Delta::Other(raw) = &delta.delta {
                    validity::json(&raw.kind, &raw.json);
                }
            }
            Event::BlockStop(stop) => {
                let before = open.insert(stop.index, false);
                assert_eq!(before, Some(true), "block {} is not open", stop.index);
            }
            Event::Other(raw) => validity::json(&raw.kind, &raw.json),
        }
    }
    assert!(starts <= 1, "the answer starts {starts} times");
    let still_open = open.iter().find(|(_, open)| **open);
    assert!(outcome.end.is_err() || still_open.is_none(), "done, with {still_open:?} open");
}

/// Whether the frames have one that says why the answer stopped.
fn says_stop(bytes: &[u8]) -> bool {
    let mut frames = Frames::default();
    frames.feed(bytes);
    while let Ok(Some(frame)) = frames.next_frame() {
        let stops = frame.headers().iter().any(|header| {
            header.name().as_str() == ":event-type"
                && matches!(header.value(), HeaderValue::String(name) if name.as_str() == events::MESSAGE_STOP)
        });
        if stops {
            return true;
        }
    }
    false
}
