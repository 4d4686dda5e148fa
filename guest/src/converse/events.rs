//! An answer's frames as the contract's events.
//!
//! Bedrock sends no start for blocks of text and of thoughts: it is made here, on the first delta.
//! Nothing else is made: an answer is complete only when the service says so.

use super::metadata::Metadata;
use super::payload::{BlockDelta, Delta, Reasoning};
use crate::aws::failure;
use crate::bindings::types as wit;
use crate::bindings::types::{BlockKind, Error, Event};
use crate::error::{protocol, truncated};
use crate::json::{Members, elements, raw};
use aws_smithy_types::event_stream::{HeaderValue, Message};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What is known of an answer so far.
#[derive(Debug, Default)]
pub struct Answer {
    request_id: Option<String>,
    blocks: BTreeMap<u32, Block>,
    /// Set by `messageStop`.
    stop: Option<Stop>,
    /// Set by `metadata`.
    metadata: Option<Metadata>,
    /// Names of events that were skipped, for the log.
    skipped: Vec<String>,
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
    pub fn new(request_id: Option<String>) -> Self {
        Self { request_id, ..Self::default() }
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
        Ok(wit::Summary {
            stop_reason: stop.reason,
            usage: metadata.usage,
            latency_ms: metadata.latency_ms,
            request_id: self.request_id.clone(),
            guardrail_trace: metadata.guardrail_trace,
            invoked_model: metadata.invoked_model,
            performance_latency: metadata.performance_latency,
            service_tier: metadata.service_tier,
            response_fields: stop.response_fields,
            extra_json: metadata.extra_json,
        })
    }

    /// Names of events that were skipped since the last call.
    pub fn take_skipped(&mut self) -> Vec<String> {
        std::mem::take(&mut self.skipped)
    }

    fn event(&mut self, name: &str, json: &[u8], events: &mut Vec<Event>) -> Result<(), Error> {
        match name {
            "contentBlockDelta" => {
                let delta = serde_json::from_slice(json)
                    .map_err(|problem| protocol(&format!("contentBlockDelta: {problem}")))?;
                self.block_delta(delta, events)
            }
            "contentBlockStart" => self.block_start(&Members::parse(name, json)?, events),
            "contentBlockStop" => {
                let index = Members::parse(name, json)?.required_index("contentBlockIndex")?;
                self.block_stop(index, events)
            }
            "messageStart" => {
                let role = role(Members::parse(name, json)?.required_text("role")?);
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
                    name: tool.required_text("name")?,
                    // Calls for the client carry `tool_use`, though the model knows no such value.
                    server_kind: tool.text("type")?.filter(|kind| kind != "tool_use"),
                })
            }
            "toolResult" => {
                let result = start.within(kind, value)?;
                BlockKind::ToolResult(wit::ToolResultStart {
                    id: result.required_text("toolUseId")?,
                    server_kind: result.text("type")?,
                    status: match result.text("status")?.as_deref() {
                        Some("success") => Some(wit::ToolStatus::Success),
                        Some("error") => Some(wit::ToolStatus::Error),
                        _ => None,
                    },
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
        match self.blocks.get(&index) {
            Some(Block::Open { .. }) => {}
            Some(Block::Closed) => {
                return Err(protocol(&format!("block {index} goes on after its end")));
            }
            None => {
                let kind = implied_kind(&event.delta).ok_or_else(|| {
                    protocol(&format!("block {index} goes on though it never started"))
                })?;
                self.open(index, kind, events);
            }
        }
        let delta = delta(event.delta)?;
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

fn role(name: String) -> wit::Role {
    match name.as_str() {
        "user" => wit::Role::User,
        "assistant" => wit::Role::Assistant,
        "system" => wit::Role::System,
        _ => wit::Role::Other(name),
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
        Delta::Reasoning(Reasoning::Other(kind, value)) => wit::Delta::Other(raw(&kind, value)),
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

fn tool_result(parts: &RawValue) -> Result<Vec<wit::ToolResultContent>, Error> {
    elements("delta", "toolResult", parts)?
        .into_iter()
        .map(|part| {
            let part = Members::parse("delta.toolResult", part.get().as_bytes())?;
            let (kind, value) = part.union()?;
            Ok(match kind {
                "text" => wit::ToolResultContent::Text(part.required_text("text")?),
                "json" => wit::ToolResultContent::Json(value.get().to_owned()),
                other => wit::ToolResultContent::Other(raw(other, value)),
            })
        })
        .collect()
}

/// An image's delta has a source, or an error in its place, which the contract has no case for.
fn image(value: &RawValue) -> Result<wit::Delta, Error> {
    let image = Members::parse("delta.image", value.get().as_bytes())?;
    let Some(source) = image.object("source")? else {
        return Ok(wit::Delta::Other(raw("image", value)));
    };
    Ok(match source.union()? {
        ("bytes", _) => {
            wit::Delta::Image(wit::MediaSource::Bytes(bytes(&source.required_text("bytes")?)?))
        }
        ("s3Location", location) => {
            let location = source.within("s3Location", location)?;
            wit::Delta::Image(wit::MediaSource::Object(wit::ObjectLocation {
                uri: location.required_text("uri")?,
                owner: location.text("bucketOwner")?,
            }))
        }
        _ => wit::Delta::Other(raw("image", value)),
    })
}

fn bytes(base64: &str) -> Result<Vec<u8>, Error> {
    STANDARD.decode(base64).map_err(|_| protocol("bytes in a delta are not base64"))
}

fn citation(citation: &Members<'_>) -> Result<wit::Citation, Error> {
    let location = citation.object("location")?;
    Ok(wit::Citation {
        title: citation.text("title")?,
        source: citation.text("source")?,
        source_content: citation
            .objects("sourceContent")?
            .iter()
            .map(|content| Ok(content.text("text")?.unwrap_or_default()))
            .collect::<Result<_, Error>>()?,
        location: location.as_ref().map(citation_location).transpose()?,
    })
}

fn citation_location(location: &Members<'_>) -> Result<wit::CitationLocation, Error> {
    use wit::CitationLocation as L;
    let (kind, value) = location.union()?;
    let at = location.within(kind, value)?;
    let range = || {
        Ok::<_, Error>(wit::DocumentRange {
            document_index: at.index("documentIndex")?,
            start: at.index("start")?,
            end: at.index("end")?,
        })
    };
    Ok(match kind {
        "web" => L::Web(wit::WebLocation { url: at.text("url")?, domain: at.text("domain")? }),
        "documentChar" => L::DocumentChar(range()?),
        "documentPage" => L::DocumentPage(range()?),
        "documentChunk" => L::DocumentChunk(range()?),
        "searchResultLocation" => L::SearchResult(wit::SearchResultRange {
            search_result_index: at.index("searchResultIndex")?,
            start: at.index("start")?,
            end: at.index("end")?,
        }),
        other => L::Other(raw(other, value)),
    })
}

/// What is wrong with a complete tool input. A call without arguments has none at all.
fn invalid_input(text: String) -> Option<wit::InvalidInput> {
    if text.trim().is_empty() {
        return None;
    }
    let message = match serde_json::from_str::<&RawValue>(&text) {
        Ok(value) if value.get().starts_with('{') => return None,
        Ok(_) => "is JSON, but not an object".to_owned(),
        Err(problem) => problem.to_string(),
    };
    Some(wit::InvalidInput { text, message })
}

fn stop_reason(name: String) -> wit::StopReason {
    use wit::StopReason as S;
    match name.as_str() {
        "end_turn" => S::EndTurn,
        "tool_use" => S::ToolUse,
        "max_tokens" => S::MaxTokens,
        "stop_sequence" => S::StopSequence,
        "guardrail_intervened" => S::GuardrailIntervened,
        "content_filtered" => S::ContentFiltered,
        "malformed_model_output" => S::MalformedModelOutput,
        "malformed_tool_use" => S::MalformedToolUse,
        "model_context_window_exceeded" => S::ContextWindowExceeded,
        _ => S::Other(name),
    }
}
