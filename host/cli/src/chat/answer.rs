//! An answer made from its events, so that it can be sent back.

use converse_host::{
    BlockKind, Citation, CitedText, ContentBlock, Delta, Event, InvalidInput, Json, Media,
    MediaSource, Message, Reasoning, Response, Role, Summary, ToolCall, ToolResult,
    ToolResultContent,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, HashMap};

/// An answer as its events come in.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    open: BTreeMap<u32, Open>,
    finished: BTreeMap<u32, Finished>,
    summary: Option<Summary>,
}

/// A block that is complete.
#[derive(Debug, PartialEq)]
pub(crate) struct Finished {
    /// As it is sent back: thoughts in both forms are two blocks, what cannot be sent back is none.
    pub(crate) blocks: Vec<ContentBlock>,
    /// Set when it is a tool call whose input is no JSON object. It must not be run, and is sent
    /// back with an empty input, as no other is taken.
    pub(crate) invalid: Option<InvalidInput>,
}

/// A call that waits for its result.
#[derive(Debug, Clone)]
pub(crate) struct OpenCall {
    pub(crate) call: ToolCall,
    /// Why it must not be run.
    pub(crate) invalid: Option<InvalidInput>,
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

/// A tool call as the service writes it.
#[derive(Deserialize)]
struct RawCall {
    #[serde(rename = "toolUseId")]
    id: String,
    name: String,
    input: Option<Json>,
    #[serde(rename = "type")]
    server_kind: Option<String>,
}

impl Answer {
    /// An answer that came in one piece.
    pub(crate) fn whole(response: Response) -> Self {
        let finished = (0..).zip(response.content.into_iter().map(whole_block)).collect();
        Self { open: BTreeMap::new(), finished, summary: Some(response.summary) }
    }

    /// The blocks that are complete, each with what is to be known of it.
    pub(crate) fn finished(&self) -> impl Iterator<Item = &Finished> {
        self.finished.values()
    }

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
                self.finished.insert(*index, block.finish(invalid_input.clone()));
                return self.finished.get(index);
            }
            Event::Done(summary) => self.summary = Some(summary.clone()),
            _ => {}
        }
        None
    }

    /// What the service said at the end; nothing before it has said that this is all.
    pub(crate) fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// The blocks that are complete, in their order.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &ContentBlock> {
        self.finished.values().flat_map(|finished| &finished.blocks)
    }

    /// The calls that the caller is to answer.
    pub(crate) fn open_calls(&self) -> Vec<OpenCall> {
        let calls = self.finished.values().filter_map(|finished| match &finished.blocks[..] {
            [ContentBlock::ToolCall(call)] if call.server_kind.is_none() => {
                Some(OpenCall { call: call.clone(), invalid: finished.invalid.clone() })
            }
            _ => None,
        });
        calls.collect()
    }

    /// The answer as a turn of the model. Nothing when there is nothing to send back.
    pub(crate) fn into_message(self) -> Option<Message> {
        let blocks = self.finished.into_values().flat_map(|finished| finished.blocks);
        turn(blocks.filter(|block| !is_blank(block)).collect())
    }

    /// What there is of an answer that was broken off, as a turn of the model: its text. Thoughts
    /// without their signature and half a tool call would be refused.
    pub(crate) fn into_interrupted_message(self) -> Option<Message> {
        let open = self.open.into_iter().filter(|(_, block)| block.kind == BlockKind::Text);
        let open = open.map(|(index, block)| (index, block.finish(None)));
        let all: BTreeMap<u32, Finished> = self.finished.into_iter().chain(open).collect();
        let blocks = all.into_values().flat_map(|finished| finished.blocks);
        let is_text =
            |block: &_| matches!(block, ContentBlock::Text(_) | ContentBlock::CitedText(_));
        turn(blocks.filter(|block| is_text(block) && !is_blank(block)).collect())
    }
}

fn turn(content: Vec<ContentBlock>) -> Option<Message> {
    (!content.is_empty()).then_some(Message { role: Role::Assistant, content })
}

/// Bedrock gives blank texts, but does not take them.
fn is_blank(block: &ContentBlock) -> bool {
    match block {
        ContentBlock::Text(text) => text.trim().is_empty(),
        ContentBlock::CitedText(text) => text.content.iter().all(|text| text.trim().is_empty()),
        _ => false,
    }
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

    fn finish(self, mut invalid: Option<InvalidInput>) -> Finished {
        let blocks = match self.kind {
            BlockKind::Text if self.citations.is_empty() => vec![ContentBlock::Text(self.text)],
            BlockKind::Text => {
                let (content, citations) = (vec![self.text], self.citations);
                vec![ContentBlock::CitedText(CitedText { content, citations })]
            }
            BlockKind::Reasoning => thoughts(self.text, self.signature, self.redacted),
            BlockKind::ToolCall { id, name, server_kind } => {
                let (call, problem) = tool_call(id, name, server_kind, self.text);
                invalid = invalid.or(problem);
                call.map(ContentBlock::ToolCall).into_iter().collect()
            }
            BlockKind::ToolResult { id, server_kind, status } => {
                vec![ToolResult { id, content: self.results, status, server_kind }.into()]
            }
            BlockKind::Image { format } => {
                let image = self.image.map(|source| Media { format, source });
                image.map(ContentBlock::Image).into_iter().collect()
            }
            // Of a kind that is not known the pieces are, but not what they make.
            _ => Vec::new(),
        };
        Finished { blocks, invalid }
    }
}

fn thoughts(text: String, signature: Option<String>, redacted: Vec<u8>) -> Vec<ContentBlock> {
    let plain = !text.is_empty() || signature.is_some();
    let plain = plain.then_some(ContentBlock::Reasoning(Reasoning { text, signature }));
    let redacted = (!redacted.is_empty()).then_some(ContentBlock::RedactedReasoning(redacted));
    plain.into_iter().chain(redacted).collect()
}

/// A block of an answer in one piece. Its calls are checked as those of a stream are.
fn whole_block(block: ContentBlock) -> Finished {
    let call = match &block {
        ContentBlock::ToolCall(call) => {
            let ToolCall { id, name, input, server_kind } = call.clone();
            Some(tool_call(id, name, server_kind, input.to_string()))
        }
        // A plugin may leave a call as it is when its input is no object.
        ContentBlock::Other(raw) if raw.kind == "toolUse" => {
            let call = raw.json.read::<RawCall>().ok();
            call.map(|RawCall { id, name, input, server_kind }| {
                let input = input.map_or_else(|| "null".to_owned(), |input| input.to_string());
                tool_call(id, name, server_kind, input)
            })
        }
        _ => None,
    };
    match call {
        Some((Some(call), invalid)) => Finished { blocks: vec![call.into()], invalid },
        _ => Finished { blocks: vec![block], invalid: None },
    }
}

/// The call as it is sent back, and what is wrong with its input as it came.
fn tool_call(
    id: String,
    name: String,
    server_kind: Option<String>,
    input: String,
) -> (Option<ToolCall>, Option<InvalidInput>) {
    let (input, invalid) = match problem_of(&input) {
        // A tool without parameters is called with nothing at all.
        None if input.trim().is_empty() => ("{}".to_owned(), None),
        None => (input, None),
        Some(message) => ("{}".to_owned(), Some(InvalidInput { text: input, message })),
    };
    let call = Json::parse(input).ok().map(|input| ToolCall { id, name, input, server_kind });
    (call, invalid)
}

fn problem_of(input: &str) -> Option<String> {
    if input.trim().is_empty() {
        return None;
    }
    match serde_json::from_str::<HashMap<String, IgnoredAny>>(input) {
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use converse_host::Raw;

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
        let finished = answer.apply(&stop(0)).map(|finished| &finished.blocks[..]);
        let Some([ContentBlock::ToolCall(call)]) = finished else { panic!("{finished:?}") };
        assert_eq!(call.input.as_str(), "{}");
    }

    #[test]
    fn a_call_whose_input_is_no_object_is_sent_back_without_it() {
        let told = InvalidInput { text: "{\"a".to_owned(), message: "EOF".to_owned() };
        for (input, told) in [("{\"a", Some(told)), ("[1]", None), ("{\"a\":1}{}", None)] {
            let mut answer =
                answer(&[start(0, call("a")), delta(0, Delta::ToolInput(input.to_owned()))]);
            answer.apply(&Event::BlockStop { index: 0, invalid_input: told.clone() });
            let open = answer.open_calls();
            let invalid = open[0].invalid.as_ref().unwrap();
            assert_eq!(invalid.text, input);
            if let Some(told) = told {
                assert_eq!(*invalid, told);
            }
            let message = answer.into_message().unwrap();
            let [ContentBlock::ToolCall(call)] = &message.content[..] else {
                panic!("{message:?}");
            };
            assert_eq!(call.input.as_str(), "{}");
        }
    }

    #[test]
    fn calls_in_one_piece_are_checked_too() {
        let json = |text: &str| Json::parse(text).unwrap();
        let call = |input: &str| {
            let (id, name) = ("a".to_owned(), "get_weather".to_owned());
            whole_block(ToolCall { id, name, input: json(input), server_kind: None }.into())
        };
        assert_eq!(call(r#"{"n":1.50}"#).invalid, None);
        let raw = json(r#"{"toolUseId":"a","name":"get_weather","input":[1]}"#);
        let other = ContentBlock::Other(Raw { kind: "toolUse".to_owned(), json: raw });
        for finished in [call("[1]"), whole_block(other)] {
            assert_eq!(finished.blocks, call("{}").blocks);
            assert_eq!(finished.invalid.unwrap().text, "[1]");
        }
        let unreadable = ContentBlock::Other(Raw { kind: "toolUse".to_owned(), json: json("1") });
        assert_eq!(whole_block(unreadable.clone()).blocks, [unreadable]);
    }

    #[test]
    fn calls_the_service_answers_are_not_open() {
        let (id, name) = ("s".to_owned(), "search".to_owned());
        let server_kind = Some("server_tool_use".to_owned());
        let served = BlockKind::ToolCall { id: id.clone(), name, server_kind };
        let kind = Some("web_search_result".to_owned());
        let result = BlockKind::ToolResult { id, server_kind: kind, status: None };
        let found = ToolResultContent::Text("found".to_owned());
        let answer = answer(&[
            start(0, served),
            stop(0),
            start(1, result),
            delta(1, Delta::ToolResult(vec![found.clone()])),
            stop(1),
            start(2, call("a")),
            stop(2),
        ]);
        let open: Vec<_> = answer.open_calls().into_iter().map(|open| open.call.id).collect();
        assert_eq!(open, ["a"]);
        let message = answer.into_message().unwrap();
        let [
            ContentBlock::ToolCall(served),
            ContentBlock::ToolResult(result),
            ContentBlock::ToolCall(_),
        ] = &message.content[..]
        else {
            panic!("{message:?}");
        };
        assert_eq!(served.server_kind.as_deref(), Some("server_tool_use"));
        assert_eq!(result.server_kind.as_deref(), Some("web_search_result"));
        assert_eq!(result.content, [found]);
    }

    #[test]
    fn citations_and_images_are_kept() {
        let citation = Citation {
            title: Some("Plan".to_owned()),
            source: None,
            source_content: vec!["first".to_owned()],
            location: None,
        };
        let message = answer(&[
            start(0, BlockKind::Text),
            delta(0, text("It ")),
            delta(0, text("is.")),
            delta(0, Delta::Citation(citation.clone())),
            stop(0),
            start(1, BlockKind::Image { format: "png".to_owned() }),
            delta(1, Delta::Image(MediaSource::Bytes(vec![1]))),
            delta(1, Delta::Image(MediaSource::Bytes(vec![2]))),
            stop(1),
        ])
        .into_message()
        .unwrap();
        let cited = CitedText { content: vec!["It is.".to_owned()], citations: vec![citation] };
        let image = Media::bytes("png", vec![1, 2]);
        assert_eq!(message.content, [ContentBlock::CitedText(cited), ContentBlock::Image(image)]);
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
}
