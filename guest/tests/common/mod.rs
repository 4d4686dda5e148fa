//! What several tests need: streams made by hand, and the vectors when they are there.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bedrock_converse::bindings::provider::Step;
use bedrock_converse::bindings::types::{Error, Event, Summary};
use bedrock_converse::converse::prepare::Origin;
use bedrock_converse::converse::stream::AnswerStream;
use std::path::PathBuf;

pub mod requests;

/// The folder of shared vectors, where a developer has it.
pub fn vectors() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors");
    let folder = std::env::var_os("CONVERSE_VECTORS").map_or_else(|| beside.into(), PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// A frame as Bedrock writes events.
pub fn event(name: &str, json: &str) -> Vec<u8> {
    frame(
        &[(":event-type", name), (":content-type", "application/json"), (":message-type", "event")],
        json.as_bytes(),
    )
}

/// A frame as Bedrock writes exceptions.
pub fn exception(name: &str, json: &str) -> Vec<u8> {
    frame(&[(":exception-type", name), (":message-type", "exception")], json.as_bytes())
}

pub fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut message = Message::new(payload.to_vec());
    for (name, value) in headers {
        let value = HeaderValue::String((*value).to_owned().into());
        message = message.add_header(Header::new((*name).to_owned(), value));
    }
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

pub fn delta(index: u64, delta: &str) -> Vec<u8> {
    event(
        "contentBlockDelta",
        &format!(r#"{{"contentBlockIndex":{index},"delta":{delta},"p":"abc"}}"#),
    )
}

pub fn stop(index: u64) -> Vec<u8> {
    event("contentBlockStop", &format!(r#"{{"contentBlockIndex":{index}}}"#))
}

/// What an answer came to.
pub struct Outcome {
    pub events: Vec<Event>,
    pub end: Result<Summary, Error>,
    /// Bytes that were fed when the end was known.
    pub bytes: usize,
}

impl Outcome {
    pub fn error(&self) -> &Error {
        self.end.as_ref().expect_err("the answer should have failed")
    }

    /// Events and end as text: the generated types know no equality.
    pub fn shown(&self) -> String {
        format!("{:?} {:?}", self.events, self.end)
    }
}

/// Reads an answer that comes in pieces.
pub fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut stream = AnswerStream::new(Some("request-1".to_owned()), Origin::default());
    let mut events = Vec::new();
    let mut bytes = 0;
    for piece in pieces {
        stream.feed(piece);
        bytes += piece.len();
        loop {
            match stream.step() {
                Ok(Some(Step::Events(more))) => {
                    assert!(!more.is_empty(), "a step without events");
                    events.extend(more);
                }
                Ok(Some(Step::Done(summary))) => {
                    return Outcome { events, end: Ok(summary), bytes };
                }
                Ok(None) => break,
                Err(error) => return Outcome { events, end: Err(error), bytes },
            }
        }
    }
    let end = stream.end().map(|step| match step {
        Step::Done(summary) => summary,
        Step::Events(_) => panic!("events at the end"),
    });
    Outcome { events, end, bytes }
}

pub fn read_whole(bytes: &[u8]) -> Outcome {
    read([bytes])
}

pub fn read_bytewise(bytes: &[u8]) -> Outcome {
    read(bytes.chunks(1))
}
