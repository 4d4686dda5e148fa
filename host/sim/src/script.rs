//! Conversations of stream events, composed by hand or from a generated answer.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::Frame;

/// Bytes the service draws its padding from.
const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A body of stream events in the order in which they are sent.
///
/// Block indices are counted, and every event carries the padding member `p`, as the service's do.
///
/// ```
/// use bedrock_sim::Script;
///
/// let body = Script::assistant()
///     .reasoning(["Let me", " see."], Some("c2lnbmF0dXJl"))
///     .text(["Hel", "lo"])
///     .tool_use("tooluse_1", "weather", ["{\"city\":", "\"Oslo\"}"])
///     .stop("tool_use")
///     .usage(10, 5)
///     .encode();
/// assert_eq!(bedrock_sim::split_frames(&body.into()).len(), 14);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Script {
    frames: Vec<Bytes>,
    blocks: usize,
    plain: bool,
}

impl Script {
    /// An empty body.
    pub fn new() -> Self {
        Self::default()
    }

    /// A body that starts with the `messageStart` of the assistant.
    pub fn assistant() -> Self {
        Self::new().event("messageStart", json!({"role": "assistant"}))
    }

    /// From here on events carry no padding.
    #[must_use]
    pub fn without_padding(mut self) -> Self {
        self.plain = true;
        self
    }

    /// A text block: deltas and a stop. The service sends no start for it.
    #[must_use]
    pub fn text(mut self, deltas: impl IntoIterator<Item = impl Into<String>>) -> Self {
        for text in deltas {
            self = self.delta(json!({"text": text.into()}));
        }
        self.block_stop()
    }

    /// A reasoning block: text deltas, the signature as the last delta, a stop.
    #[must_use]
    pub fn reasoning(
        mut self,
        deltas: impl IntoIterator<Item = impl Into<String>>,
        signature: Option<&str>,
    ) -> Self {
        for text in deltas {
            self = self.delta(json!({"reasoningContent": {"text": text.into()}}));
        }
        if let Some(signature) = signature {
            self = self.delta(json!({"reasoningContent": {"signature": signature}}));
        }
        self.block_stop()
    }

    /// A block of redacted reasoning (base64), whole in one delta.
    #[must_use]
    pub fn redacted(self, base64: &str) -> Self {
        self.delta(json!({"reasoningContent": {"redactedContent": base64}})).block_stop()
    }

    /// A tool call: start, fragments of the input's JSON, stop.
    #[must_use]
    pub fn tool_use(
        mut self,
        id: &str,
        name: &str,
        fragments: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self = self.block_start(json!({"toolUse": {"toolUseId": id, "name": name}}));
        for fragment in fragments {
            self = self.delta(json!({"toolUse": {"input": fragment.into()}}));
        }
        self.block_stop()
    }

    /// `contentBlockStart` of the current block.
    #[must_use]
    pub fn block_start(self, start: Value) -> Self {
        let index = self.blocks;
        self.event("contentBlockStart", json!({"start": start, "contentBlockIndex": index}))
    }

    /// `contentBlockDelta` of the current block.
    #[must_use]
    pub fn delta(self, delta: Value) -> Self {
        let index = self.blocks;
        self.event("contentBlockDelta", json!({"delta": delta, "contentBlockIndex": index}))
    }

    /// `contentBlockStop` of the current block; the next one has the next index.
    #[must_use]
    pub fn block_stop(mut self) -> Self {
        let index = self.blocks;
        self.blocks += 1;
        self.event("contentBlockStop", json!({"contentBlockIndex": index}))
    }

    /// `messageStop` with a stop reason.
    #[must_use]
    pub fn stop(self, reason: &str) -> Self {
        self.event("messageStop", json!({"stopReason": reason}))
    }

    /// `metadata` with token counts and a latency.
    #[must_use]
    pub fn usage(self, input: u64, output: u64) -> Self {
        let usage =
            json!({"inputTokens": input, "outputTokens": output, "totalTokens": input + output});
        self.event("metadata", json!({"usage": usage, "metrics": {"latencyMs": 100}}))
    }

    /// Any event; the padding is added to a payload that is an object.
    #[must_use]
    pub fn event(self, event_type: &str, mut payload: Value) -> Self {
        if let (false, Some(members)) = (self.plain, payload.as_object_mut()) {
            // Spread over all lengths, and the same in every run.
            let length = 1 + (self.frames.len() * 23 + 11) % PADDING.len();
            members.entry("p").or_insert_with(|| PADDING[..length].into());
        }
        self.frame(&Frame::event(event_type, &payload))
    }

    /// An exception with a message, such as `throttlingException`.
    #[must_use]
    pub fn exception(self, exception_type: &str, message: &str) -> Self {
        self.frame(&Frame::exception_message(exception_type, message))
    }

    /// Any message.
    #[must_use]
    pub fn frame(self, frame: &Frame) -> Self {
        self.raw(frame.encode())
    }

    /// Any bytes, message or not.
    #[must_use]
    pub fn raw(mut self, bytes: impl Into<Bytes>) -> Self {
        self.frames.push(bytes.into());
        self
    }

    /// The encoded messages one by one.
    pub fn frames(&self) -> &[Bytes] {
        &self.frames
    }

    /// The whole body, as [`Builder::replay`](crate::Builder::replay) takes it.
    pub fn encode(&self) -> Vec<u8> {
        self.frames.concat()
    }
}

impl From<Script> for Vec<u8> {
    fn from(script: Script) -> Self {
        script.encode()
    }
}
