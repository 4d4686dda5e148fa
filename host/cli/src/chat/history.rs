//! The conversation so far, as the service takes it.

use converse_host::{ContentBlock, Message, Role, ToolCall, ToolResult, ToolStatus};
use std::collections::HashSet;

/// The turns so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    turns: Vec<Message>,
}

impl History {
    /// Goes on from turns that stay as they are.
    pub(crate) fn from(turns: Vec<Message>) -> Self {
        Self { turns }
    }

    pub(crate) fn turns(&self) -> &[Message] {
        &self.turns
    }

    /// How often the model has spoken.
    pub(crate) fn answers(&self) -> usize {
        self.turns.iter().filter(|turn| turn.role == Role::Assistant).count()
    }

    /// Adds a turn. Where the caller speaks twice it becomes one turn, and calls that the caller
    /// does not answer are answered with a refusal: the service takes neither.
    pub(crate) fn push(&mut self, mut turn: Message) {
        match self.turns.last_mut() {
            Some(last) if last.role == Role::User && turn.role == Role::User => {
                last.content.append(&mut turn.content);
            }
            Some(last) if turn.role == Role::User => {
                let refusals = refusals(last, &turn);
                turn.content.splice(0..0, refusals);
                self.turns.push(turn);
            }
            _ => self.turns.push(turn),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.turns.clear();
    }
}

fn refusals(calls: &Message, answers: &Message) -> Vec<ContentBlock> {
    let answered = answers.content.iter().filter_map(|block| match block {
        ContentBlock::ToolResult(result) => Some(result.id.as_str()),
        _ => None,
    });
    let answered: HashSet<&str> = answered.collect();
    let calls = calls.content.iter().filter_map(|block| match block {
        ContentBlock::ToolCall(call) if call.server_kind.is_none() => Some(call),
        _ => None,
    });
    calls.filter(|call| !answered.contains(call.id.as_str())).map(refusal).collect()
}

fn refusal(call: &ToolCall) -> ContentBlock {
    let result = ToolResult::text(&call.id, "The tool was not run.");
    ToolResult { status: Some(ToolStatus::Error), ..result }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use converse_host::Json;

    fn call(id: &str) -> ToolCall {
        let (id, name) = (id.to_owned(), "get_weather".to_owned());
        ToolCall { id, name, input: Json::parse("{}").unwrap(), server_kind: None }
    }

    #[test]
    fn calls_nobody_answered_are_refused() {
        let mut history = History::default();
        history.push(Message::user("Weather?"));
        let served = ToolCall { server_kind: Some("server_tool_use".to_owned()), ..call("s") };
        history.push(Message::assistant(call("a")).and(call("b")).and(served));
        history.push(Message::user(ToolResult::text("a", "fine")));
        history.push(Message::user("Well?"));
        let [_, _, last] = history.turns() else { panic!("{history:?}") };
        let [
            ContentBlock::ToolResult(refused),
            ContentBlock::ToolResult(answered),
            ContentBlock::Text(text),
        ] = &last.content[..]
        else {
            panic!("{last:?}");
        };
        assert_eq!((refused.id.as_str(), refused.status), ("b", Some(ToolStatus::Error)));
        assert_eq!((answered.id.as_str(), answered.status), ("a", None));
        assert_eq!(text, "Well?");
    }

    #[test]
    fn turns_of_a_request_stay_as_they_are() {
        let odd = [Message::user("a"), Message::user("b")];
        let mut history = History::from(odd.to_vec());
        assert_eq!(history.turns(), odd);
        history.push(Message::user("c"));
        assert_eq!(history.turns(), [Message::user("a"), Message::user("b").and("c")]);
    }
}
