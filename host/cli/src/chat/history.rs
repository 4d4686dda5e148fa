//! A conversation: the model's turns made from events, so that they can be sent back.

use converse_host::{
    BlockKind, Citation, CitedText, ContentBlock, Delta, Event, Json, Media, MediaSource, Message,
    Reasoning, Role, ToolCall, ToolResult, ToolResultContent, ToolStatus,
};
use std::collections::BTreeMap;

/// The turns so far.
#[derive(Debug, Default)]
pub(crate) struct History {
    turns: Vec<Message>,
}

impl History {
    pub(crate) fn turns(&self) -> &[Message] {
        &self.turns
    }

    pub(crate) fn clear(&mut self) {
        self.turns.clear();
    }

    /// Keeps a question with its answer.
    pub(crate) fn keep(&mut self, question: Message, answer: Message) {
        self.turns.extend([question, answer]);
    }

    /// A turn of the caller as it may follow: tools the model called must be answered first.
    pub(crate) fn follow_up(&self, mut message: Message) -> Message {
        let last = self.turns.last().map_or(&[][..], |turn| &turn.content);
        let refusals = last.iter().filter_map(|block| match block {
            ContentBlock::ToolCall(call) if call.server_kind.is_none() => Some(refusal(call)),
            _ => None,
        });
        message.content.splice(0..0, refusals.collect::<Vec<_>>());
        message
    }
}

fn refusal(call: &ToolCall) -> ContentBlock {
    let result = ToolResult::text(&call.id, "This program cannot run tools.");
    ToolResult { status: Some(ToolStatus::Error), ..result }.into()
}

/// An answer as its events come in.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    open: BTreeMap<u32, Open>,
    finished: BTreeMap<u32, Finished>,
    complete: bool,
}

/// A block that is complete.
#[derive(Debug, PartialEq)]
pub(crate) enum Finished {
    /// As it is sent back: thoughts in both forms are two blocks, what cannot be sent back is none.
    Blocks(Vec<ContentBlock>),
    /// A tool call whose input is not JSON. It must not be run.
    InvalidCall { name: String, problem: String },
}

/// A block whose end has not come.
#[derive(Debug)]
struct Open {
    kind: BlockKind,
    text: String,
    signature: Option<String>,
    redacted: Vec<u8>,
    citations: Vec<Citation>,
    results: Vec<ToolResultContent>,
    image: Option<MediaSource>,
}

impl Answer {
    /// Takes an event; returns the block it completes.
    pub(crate) fn apply(&mut self, event: &Event) -> Option<&Finished> {
        match event {
            Event::BlockStart { index, kind } => {
                self.open.insert(*index, Open::new(kind.clone()));
            }
            Event::BlockDelta { index, delta } => {
                if let Some(block) = self.open.get_mut(index) {
                    block.add(delta);
                }
            }
            Event::BlockStop { index, invalid_input } => {
                let block = self.open.remove(index)?;
                let problem = invalid_input.as_ref().map(|invalid| invalid.message.clone());
                self.finished.insert(*index, block.finish(problem));
                return self.finished.get(index);
            }
            Event::Done(_) => self.complete = true,
            _ => {}
        }
        None
    }

    /// Whether the service said that this is all.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// The blocks that are complete, in their order.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &ContentBlock> {
        self.finished.values().flat_map(Finished::blocks)
    }

    /// The answer as a turn of the model. Nothing when there is nothing to send back.
    pub(crate) fn into_message(self) -> Option<Message> {
        let blocks = self.finished.into_values().flat_map(Finished::into_blocks);
        turn(blocks.filter(|block| !is_blank(block)).collect())
    }

    /// What there is of an answer that was broken off, as a turn of the model: its text. Thoughts
    /// without their signature and half a tool call would be refused.
    pub(crate) fn into_interrupted_message(self) -> Option<Message> {
        let open = self.open.into_iter().filter(|(_, block)| block.kind == BlockKind::Text);
        let open = open.map(|(index, block)| (index, block.finish(None)));
        let all: BTreeMap<u32, Finished> = self.finished.into_iter().chain(open).collect();
        let blocks = all.into_values().flat_map(Finished::into_blocks);
        let is_text =
            |block: &_| matches!(block, ContentBlock::Text(_) | ContentBlock::CitedText(_));
        turn(blocks.filter(|block| is_text(block) && !is_blank(block)).collect())
    }
}

impl Finished {
    pub(crate) fn blocks(&self) -> &[ContentBlock] {
        match self {
            Self::Blocks(blocks) => blocks,
            Self::InvalidCall { .. } => &[],
        }
    }

    fn into_blocks(self) -> Vec<ContentBlock> {
        match self {
            Self::Blocks(blocks) => blocks,
            Self::InvalidCall { .. } => Vec::new(),
        }
    }
}

fn turn(content: Vec<ContentBlock>) -> Option<Message> {
    (!content.is_empty()).then_some(Message { role: Role::Assistant, content })
}

/// Bedrock gives blank texts, but does not take them.
fn is_blank(block: &ContentBlock) -> bool {
    matches!(block, ContentBlock::Text(text) if text.trim().is_empty())
}

impl Open {
    fn new(kind: BlockKind) -> Self {
        Self {
            kind,
            text: String::new(),
            signature: None,
            redacted: Vec::new(),
            citations: Vec::new(),
            results: Vec::new(),
            image: None,
        }
    }

    fn add(&mut self, delta: &Delta) {
        match delta {
            Delta::Text(text) | Delta::ToolInput(text) | Delta::ReasoningText(text) => {
                self.text.push_str(text);
            }
            Delta::ReasoningSignature(signature) => {
                self.signature.get_or_insert_default().push_str(signature);
            }
            Delta::RedactedReasoning(bytes) => self.redacted.extend_from_slice(bytes),
            Delta::Citation(citation) => self.citations.push(citation.clone()),
            Delta::ToolResult(content) => self.results.extend_from_slice(content),
            Delta::Image(MediaSource::Bytes(bytes)) => match &mut self.image {
                Some(MediaSource::Bytes(image)) => image.extend_from_slice(bytes),
                _ => self.image = Some(MediaSource::Bytes(bytes.clone())),
            },
            Delta::Image(source) => self.image = Some(source.clone()),
            _ => {}
        }
    }

    /// `problem` is what is wrong with a tool's input.
    fn finish(self, problem: Option<String>) -> Finished {
        Finished::Blocks(match self.kind {
            BlockKind::Text if self.citations.is_empty() => vec![ContentBlock::Text(self.text)],
            BlockKind::Text => {
                let (content, citations) = (vec![self.text], self.citations);
                vec![ContentBlock::CitedText(CitedText { content, citations })]
            }
            BlockKind::Reasoning => thoughts(self.text, self.signature, self.redacted),
            BlockKind::ToolCall { id, name, server_kind } => match call_input(self.text, problem) {
                Ok(input) => vec![ToolCall { id, name, input, server_kind }.into()],
                Err(problem) => return Finished::InvalidCall { name, problem },
            },
            BlockKind::ToolResult { id, server_kind, status } => {
                vec![ToolResult { id, content: self.results, status, server_kind }.into()]
            }
            BlockKind::Image { format } => {
                let image = self.image.map(|source| Media { format, source });
                image.map(ContentBlock::Image).into_iter().collect()
            }
            _ => Vec::new(),
        })
    }
}

fn thoughts(text: String, signature: Option<String>, redacted: Vec<u8>) -> Vec<ContentBlock> {
    let plain = !text.is_empty() || signature.is_some();
    let plain = plain.then_some(ContentBlock::Reasoning(Reasoning { text, signature }));
    let redacted = (!redacted.is_empty()).then_some(ContentBlock::RedactedReasoning(redacted));
    plain.into_iter().chain(redacted).collect()
}

fn call_input(text: String, problem: Option<String>) -> Result<Json, String> {
    if let Some(problem) = problem {
        return Err(problem);
    }
    // A tool without parameters is called with nothing at all.
    let text = if text.trim().is_empty() { "{}".to_owned() } else { text };
    Json::parse(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use converse_host::InvalidInput;

    fn start(index: u32, kind: BlockKind) -> Event {
        Event::BlockStart { index, kind }
    }

    fn delta(index: u32, delta: Delta) -> Event {
        Event::BlockDelta { index, delta }
    }

    fn stop(index: u32) -> Event {
        Event::BlockStop { index, invalid_input: None }
    }

    fn call(id: &str) -> BlockKind {
        BlockKind::ToolCall { id: id.to_owned(), name: "get_weather".to_owned(), server_kind: None }
    }

    fn text(text: &str) -> Delta {
        Delta::Text(text.to_owned())
    }

    fn answer(events: &[Event]) -> Answer {
        let mut answer = Answer::default();
        for event in events {
            answer.apply(event);
        }
        answer
    }

    #[test]
    fn thoughts_are_kept_with_signature_and_redacted_parts() {
        let message = answer(&[
            start(0, BlockKind::Reasoning),
            delta(0, Delta::ReasoningText("Let me ".to_owned())),
            delta(0, Delta::ReasoningText("see".to_owned())),
            delta(0, Delta::ReasoningSignature("c2ln".to_owned())),
            stop(0),
            start(1, BlockKind::Reasoning),
            delta(1, Delta::RedactedReasoning(vec![1, 2])),
            delta(1, Delta::RedactedReasoning(vec![3])),
            stop(1),
            start(2, BlockKind::Text),
            delta(2, text("It is ")),
            delta(2, text("fine.")),
            stop(2),
        ])
        .into_message()
        .unwrap();
        let thoughts =
            Reasoning { text: "Let me see".to_owned(), signature: Some("c2ln".to_owned()) };
        assert_eq!(message.role, Role::Assistant);
        assert_eq!(
            message.content,
            [
                ContentBlock::Reasoning(thoughts),
                ContentBlock::RedactedReasoning(vec![1, 2, 3]),
                "It is fine.".into(),
            ]
        );
    }

    #[test]
    fn interleaved_blocks_are_put_in_order() {
        let message = answer(&[
            start(3, call("b")),
            start(1, BlockKind::Text),
            delta(3, Delta::ToolInput("{\"city\":".to_owned())),
            delta(1, text("Looking.")),
            delta(3, Delta::ToolInput("\"Oslo\"}".to_owned())),
            stop(3),
            stop(1),
        ])
        .into_message()
        .unwrap();
        let [ContentBlock::Text(text), ContentBlock::ToolCall(call)] = &message.content[..] else {
            panic!("{message:?}");
        };
        assert_eq!((text.as_str(), call.input.as_str()), ("Looking.", r#"{"city":"Oslo"}"#));
    }

    #[test]
    fn a_call_without_input_has_an_empty_object() {
        let mut answer = Answer::default();
        answer.apply(&start(0, call("a")));
        let finished = answer.apply(&stop(0)).map(Finished::blocks);
        let Some([ContentBlock::ToolCall(call)]) = finished else { panic!("{finished:?}") };
        assert_eq!(call.input.as_str(), "{}");
    }

    #[test]
    fn a_call_that_is_not_json_is_not_sent_back() {
        let mut answer =
            answer(&[start(0, call("a")), delta(0, Delta::ToolInput("{\"a".to_owned()))]);
        let invalid = InvalidInput { text: "{\"a".to_owned(), message: "EOF".to_owned() };
        let finished = answer.apply(&Event::BlockStop { index: 0, invalid_input: Some(invalid) });
        let (name, problem) = ("get_weather".to_owned(), "EOF".to_owned());
        assert_eq!(finished, Some(&Finished::InvalidCall { name, problem }));
        assert_eq!(answer.into_message(), None);
    }

    #[test]
    fn blank_answers_are_not_sent_back() {
        assert_eq!(answer(&[]).into_message(), None);
        let blank = [start(0, BlockKind::Text), delta(0, text("\n")), stop(0)];
        assert_eq!(answer(&blank).into_message(), None);
    }

    #[test]
    fn of_a_broken_off_answer_the_text_is_kept() {
        let events = [
            start(0, BlockKind::Reasoning),
            delta(0, Delta::ReasoningText("Hm".to_owned())),
            stop(0),
            start(1, BlockKind::Text),
            delta(1, text("One.")),
            stop(1),
            start(2, BlockKind::Text),
            delta(2, text(" Tw")),
            start(3, call("a")),
            delta(3, Delta::ToolInput("{\"ci".to_owned())),
        ];
        let message = answer(&events).into_interrupted_message().unwrap();
        assert_eq!(message.content, ["One.".into(), " Tw".into()]);
        assert_eq!(answer(&events[..3]).into_interrupted_message(), None);
    }

    #[test]
    fn calls_nobody_runs_are_answered() {
        let mut history = History::default();
        let called = answer(&[start(0, call("a")), stop(0)]).into_message().unwrap();
        history.keep(Message::user("Weather?"), called);
        let next = history.follow_up(Message::user("Well?"));
        let [ContentBlock::ToolResult(result), ContentBlock::Text(text)] = &next.content[..] else {
            panic!("{next:?}");
        };
        assert_eq!((result.id.as_str(), result.status), ("a", Some(ToolStatus::Error)));
        assert_eq!(text, "Well?");
    }
}
