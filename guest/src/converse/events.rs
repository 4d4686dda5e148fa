//! An answer's frames as the contract's events.
//!
//! Bedrock sends no start for blocks of text and of thoughts: it is made here, on the first delta.
//! Nothing else is made: an answer is complete only when the service says so.

use super::metadata::Metadata;
use super::parts::{
    bytes, citation, media_source, role, server_kind, stop_reason, tool_result, tool_status,
};
use super::payload::{BlockDelta, Delta, Reasoning};
use super::prepare::Origin;
use super::repair::Names;
use crate::aws::failure;
use crate::bindings::types as wit;
use crate::bindings::types::{BlockKind, Error, Event};
use crate::error::{protocol, truncated};
use crate::json::{Members, member, parse, raw, without_lone_surrogates};
use aws_smithy_types::event_stream::{HeaderValue, Message};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is known of an answer so far.
#[derive(Debug, Default)]
pub struct Answer {
    request_id: Option<String>,
    /// Set by `messageStart`.
    started: bool,
    blocks: BTreeMap<u32, Block>,
    /// Set by `messageStop`.
    stop: Option<Stop>,
    /// Set by `metadata`.
    metadata: Option<Metadata>,
    /// Names of events that were skipped, for the log.
    skipped: Vec<String>,
    /// Names of tools that were sent in another form.
    names: Names,
    /// The model's own fields were asked for on our account, not on the caller's.
    own_response_fields: bool,
}

#[derive(Debug)]
enum Block {
    Open {
        /// The input so far, when the block is a tool call.
        input: Option<String>,
    },
    Closed,
}

#[derive(Debug)]
struct Stop {
    reason: wit::StopReason,
    response_fields: Option<String>,
}

impl Answer {
    /// An answer of which nothing came yet. `request_id` is the response's `x-amzn-requestid`.
    pub fn new(request_id: Option<String>, origin: Origin) -> Self {
        let Origin { names, own_response_fields } = origin;
        Self { request_id, names, own_response_fields, ..Self::default() }
    }

    /// An error that tells which request it belongs to.
    pub fn identified(&self, error: Error) -> Error {
        Error { request_id: self.request_id.clone(), ..error }
    }

    /// Takes a frame and appends what it says to `events`.
    ///
    /// # Errors
    ///
    /// The service's own error when the frame carries one, kind `protocol` when it makes no sense.
    pub fn frame(&mut self, frame: &Message, events: &mut Vec<Event>) -> Result<(), Error> {
        let headers = Headers(frame);
        let payload = frame.payload();
        match headers.required(":message-type")? {
            "event" => self.event(headers.required(":event-type")?, payload, events),
            "exception" => {
                Err(failure::from_exception(headers.required(":exception-type")?, payload))
            }
            "error" => {
                let code = headers.get(":error-code")?.unwrap_or("UnknownError");
                let message = headers.get(":error-message")?.unwrap_or_default();
                Err(failure::from_error_frame(code, message))
            }
            other => Err(protocol(&format!("a frame is of unknown type `{other}`"))),
        }
    }

    /// Whether the service has said all it says about the answer.
    pub fn is_complete(&self) -> bool {
        self.stop.is_some() && self.metadata.is_some()
    }

    /// The answer's end.
    ///
    /// # Errors
    ///
    /// Kind `truncated` when the service did not say that the answer is complete.
    pub fn finish(&mut self) -> Result<wit::Summary, Error> {
        let Some(stop) = self.stop.take() else {
            let problem = "the connection ended before the service said why it stopped";
            return Err(self.identified(truncated(problem)));
        };
        let metadata = self.metadata.take().unwrap_or_default();
        let fields = stop.response_fields;
        Ok(metadata.summary(stop.reason, fields, self.own_response_fields, self.request_id.clone()))
    }

    /// Names of events that were skipped since the last call.
    pub fn take_skipped(&mut self) -> Vec<String> {
        std::mem::take(&mut self.skipped)
    }

    /// Takes an event. A model may write half of a surrogate pair, which no text can hold; since that is
    /// rare, it is looked for only in what could not be read.
    fn event(&mut self, name: &str, json: &[u8], events: &mut Vec<Event>) -> Result<(), Error> {
        let Err(problem) = self.read_event(name, json, events) else { return Ok(()) };
        match std::str::from_utf8(json).map(without_lone_surrogates) {
            Ok(Cow::Owned(mended)) => self.read_event(name, mended.as_bytes(), events),
            _ => Err(problem),
        }
    }

    /// The same of JSON that can be read. A failure leaves no trace.
    fn read_event(
        &mut self,
        name: &str,
        json: &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        if self.stop.is_some() && (name == "messageStart" || name.starts_with("contentBlock")) {
            return Err(protocol(&format!("`{name}` comes after the answer's end")));
        }
        match name {
            "contentBlockDelta" => {
                let wrong = |problem| protocol(&format!("contentBlockDelta: {problem}"));
                self.block_delta(serde_json::from_slice(json).map_err(wrong)?, events)
            }
            "contentBlockStart" => self.block_start(&Members::parse(name, json)?, events),
            "contentBlockStop" => {
                let index = Members::parse(name, json)?.required_index("contentBlockIndex")?;
                self.block_stop(index, events)
            }
            "messageStart" => {
                let role = role(Members::parse(name, json)?.required_text("role")?);
                if std::mem::replace(&mut self.started, true) {
                    return Err(protocol("the answer starts twice"));
                }
                events.push(Event::MessageStart(wit::MessageStart { role }));
                Ok(())
            }
            "messageStop" => self.message_stop(&Members::parse(name, json)?, events),
            "metadata" => {
                self.metadata = Some(Metadata::read(&Members::parse(name, json)?)?);
                Ok(())
            }
            // A member the service may add later, or the protocol's own that REST services never use.
            other => {
                self.skipped.push(other.to_owned());
                Ok(())
            }
        }
    }

    fn block_start(&mut self, event: &Members<'_>, events: &mut Vec<Event>) -> Result<(), Error> {
        let index = event.required_index("contentBlockIndex")?;
        if self.blocks.contains_key(&index) {
            return Err(protocol(&format!("block {index} starts twice")));
        }
        let start = event.required_object("start")?;
        let (kind, value) = start.union()?;
        let kind = match kind {
            "toolUse" => {
                let tool = start.within(kind, value)?;
                BlockKind::ToolCall(wit::ToolCallStart {
                    id: tool.required_text("toolUseId")?,
                    name: self.names.restore(tool.required_text("name")?),
                    server_kind: server_kind(&tool)?,
                })
            }
            "toolResult" => {
                let result = start.within(kind, value)?;
                BlockKind::ToolResult(wit::ToolResultStart {
                    id: result.required_text("toolUseId")?,
                    server_kind: result.text("type")?,
                    status: tool_status(&result)?,
                })
            }
            "image" => BlockKind::Image(start.within(kind, value)?.required_text("format")?),
            other => BlockKind::Other(raw(other, value)),
        };
        self.open(index, kind, events);
        Ok(())
    }

    fn block_delta(&mut self, event: BlockDelta<'_>, events: &mut Vec<Event>) -> Result<(), Error> {
        let index = event.content_block_index;
        let implied_kind = implied_kind(&event.delta);
        let delta = delta(event.delta)?;
        match self.blocks.get(&index) {
            Some(Block::Open { .. }) => {}
            Some(Block::Closed) => {
                return Err(protocol(&format!("block {index} goes on after its end")));
            }
            None => {
                let kind = implied_kind.ok_or_else(|| {
                    protocol(&format!("block {index} goes on though it never started"))
                })?;
                self.open(index, kind, events);
            }
        }
        if let (wit::Delta::ToolInput(text), Some(Block::Open { input })) =
            (&delta, self.blocks.get_mut(&index))
        {
            match input {
                Some(input) => input.push_str(text),
                None => {
                    return Err(protocol(&format!("block {index} has tool input but is no call")));
                }
            }
        }
        events.push(Event::BlockDelta(wit::BlockDelta { index, delta }));
        Ok(())
    }

    fn block_stop(&mut self, index: u32, events: &mut Vec<Event>) -> Result<(), Error> {
        match self.blocks.get(&index) {
            Some(Block::Open { .. }) => self.close(index, events),
            Some(Block::Closed) => return Err(protocol(&format!("block {index} ends twice"))),
            // A block of text of which nothing came: there was never a start to end.
            None => {
                self.blocks.insert(index, Block::Closed);
            }
        }
        Ok(())
    }

    fn message_stop(&mut self, event: &Members<'_>, events: &mut Vec<Event>) -> Result<(), Error> {
        if self.stop.is_some() {
            return Err(protocol("the answer stops twice"));
        }
        let reason = stop_reason(event.required_text("stopReason")?);
        // The service says that the message is complete, and so that its blocks are.
        let open: Vec<u32> = self
            .blocks
            .iter()
            .filter_map(|(index, block)| matches!(block, Block::Open { .. }).then_some(*index))
            .collect();
        for index in open {
            self.close(index, events);
        }
        let response_fields = event.json("additionalModelResponseFields");
        self.stop = Some(Stop { reason, response_fields });
        Ok(())
    }

    fn open(&mut self, index: u32, kind: BlockKind, events: &mut Vec<Event>) {
        let input = matches!(kind, BlockKind::ToolCall(_)).then(String::new);
        self.blocks.insert(index, Block::Open { input });
        events.push(Event::BlockStart(wit::BlockStart { index, kind }));
    }

    fn close(&mut self, index: u32, events: &mut Vec<Event>) {
        let input = match self.blocks.insert(index, Block::Closed) {
            Some(Block::Open { input }) => input,
            _ => None,
        };
        let invalid_input = input.and_then(invalid_input);
        events.push(Event::BlockStop(wit::BlockStop { index, invalid_input }));
    }
}

/// A frame's headers that are texts. Names are case-sensitive.
struct Headers<'a>(&'a Message);

impl<'a> Headers<'a> {
    fn get(&self, name: &str) -> Result<Option<&'a str>, Error> {
        let header = self.0.headers().iter().find(|header| header.name().as_str() == name);
        match header.map(|header| header.value()) {
            None => Ok(None),
            Some(HeaderValue::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(protocol(&format!("a frame's `{name}` is not a text"))),
        }
    }

    fn required(&self, name: &str) -> Result<&'a str, Error> {
        self.get(name)?.ok_or_else(|| protocol(&format!("a frame has no `{name}`")))
    }
}

/// The kind of block a first delta stands for, where Bedrock sends no start.
fn implied_kind(delta: &Delta<'_>) -> Option<BlockKind> {
    match delta {
        Delta::Text(_) => Some(BlockKind::Text),
        Delta::Reasoning(_) => Some(BlockKind::Reasoning),
        Delta::Other(kind, _) => match &**kind {
            "citation" => Some(BlockKind::Text),
            "toolResult" | "image" => None,
            kind => {
                let json = "null".to_owned();
                Some(BlockKind::Other(wit::Raw { kind: kind.to_owned(), json }))
            }
        },
        Delta::ToolUse(_) => None,
    }
}

fn delta(delta: Delta<'_>) -> Result<wit::Delta, Error> {
    Ok(match delta {
        Delta::Text(text) => wit::Delta::Text(text),
        Delta::ToolUse(input) => wit::Delta::ToolInput(input),
        Delta::Reasoning(Reasoning::Text(text)) => wit::Delta::ReasoningText(text),
        Delta::Reasoning(Reasoning::Signature(text)) => wit::Delta::ReasoningSignature(text),
        Delta::Reasoning(Reasoning::Redacted(base64)) => {
            wit::Delta::RedactedReasoning(bytes(&base64)?)
        }
        Delta::Reasoning(Reasoning::Other(kind, value)) => wit::Delta::Other(wit::Raw {
            kind: "reasoningContent".to_owned(),
            json: format!("{{{}}}", member(&kind, value.get())),
        }),
        Delta::Other(kind, value) => match &*kind {
            "citation" => wit::Delta::Citation(citation(&Members::parse(
                "citation",
                value.get().as_bytes(),
            )?)?),
            "toolResult" => wit::Delta::ToolResult(tool_result(value)?),
            "image" => image(value)?,
            kind => wit::Delta::Other(raw(kind, value)),
        },
    })
}

/// An image's delta has a source, or an error in its place, which the contract has no case for.
fn image(value: &RawValue) -> Result<wit::Delta, Error> {
    let image = Members::parse("delta.image", value.get().as_bytes())?;
    let source = image.object("source")?.map(|source| media_source(&source)).transpose()?.flatten();
    Ok(source.map_or_else(|| wit::Delta::Other(raw("image", value)), wit::Delta::Image))
}

/// What is wrong with a complete tool input. A call without arguments has none at all.
fn invalid_input(text: String) -> Option<wit::InvalidInput> {
    if text.trim().is_empty() {
        return None;
    }
    let message = match parse::<&RawValue>(&text) {
        Ok(value) if value.get().starts_with('{') => return None,
        Ok(_) => "is JSON, but not an object".to_owned(),
        Err(problem) => problem.to_string(),
    };
    Some(wit::InvalidInput { text, message })
}
