//! Calls and their results: each call has one, in the turn that follows, in the order of the calls.

use super::names::{Names, in_id, in_name};
use super::tools::tell_result;
use super::turns::fill_empty_turns;
use super::{Place, Repairs};
use crate::bindings::types as wit;
use crate::converse::invalid::json_object;
use crate::converse::parts::server_kind;
use crate::json::{Members, Writer, parse, without_empty_keys, without_lone_surrogates};
use std::borrow::Cow;
use std::collections::BTreeMap;
use wit::{ContentBlock as B, Role};

/// Puts calls right, then gathers their results. Turns must alternate already.
pub fn repair_calls(
    messages: &mut Vec<wit::Message>,
    names: &mut Names,
    claude: bool,
    repairs: &mut Repairs,
) {
    let mut history = History {
        calls: Vec::new(),
        by_id: BTreeMap::new(),
        ids: Names::default(),
        allowed: if claude { in_name } else { in_id },
    };
    for (m, message) in messages.iter_mut().enumerate() {
        let of_user = matches!(message.role, Role::User);
        let mut kept = Vec::with_capacity(message.content.len());
        for (position, block) in std::mem::take(&mut message.content).into_iter().enumerate() {
            match block {
                B::ToolCall(mut call) => {
                    let place = Place::Content(m);
                    repair_input(&mut call.input, repairs, place);
                    let name = names.stand_in(&call.name, in_name);
                    if name != call.name {
                        repairs.note("tool-name", place);
                        call.name = name;
                    }
                    let of_assistant = matches!(message.role, Role::Assistant);
                    history.add_call(&mut call, m, of_assistant, repairs);
                    kept.push(B::ToolCall(call));
                }
                B::ToolResult(result)
                    if of_user
                        && (result.server_kind.is_none() || history.is_callers(&result.id)) =>
                {
                    let place = (m, position);
                    if let Some(orphan) = history.add_result(result, place, repairs) {
                        repairs.note("orphan-result", Place::Content(m));
                        let id = orphan.id.clone();
                        tell_result(&id, orphan, &mut kept);
                    }
                }
                B::ToolResult(mut result) => {
                    result.id = history.id_of(&result.id);
                    kept.push(B::ToolResult(result));
                }
                other => kept.push(other),
            }
        }
        message.content = kept;
    }
    history.put_results(messages, repairs);
}

/// Calls of answers in one piece whose input was no object, which came as blocks without a kind: sent
/// back they are calls again, and repaired as such.
pub fn recognise_calls(messages: &mut [wit::Message]) {
    for block in messages.iter_mut().flat_map(|message| &mut message.content) {
        let B::Other(raw) = block else { continue };
        if raw.kind != "toolUse" {
            continue;
        }
        if let Ok(call) = read_call(&raw.json) {
            *block = B::ToolCall(call);
        }
    }
}

fn read_call(json: &str) -> Result<wit::ToolCall, wit::Error> {
    let call = Members::parse("", json.as_bytes())?;
    Ok(wit::ToolCall {
        id: call.required_text("toolUseId")?,
        name: call.required_text("name")?,
        input: match call.text("input") {
            Ok(Some(text)) => text,
            _ => call.json("input").unwrap_or_default(),
        },
        server_kind: server_kind(&call)?,
    })
}

struct History {
    calls: Vec<Call>,
    /// Calls by the ids they came with: others than the service allow one to be used again.
    by_id: BTreeMap<String, Vec<usize>>,
    ids: Names,
    /// What an id is made of.
    allowed: fn(char) -> bool,
}

struct Call {
    /// The id it is sent with.
    id: String,
    /// Its turn.
    message: usize,
    /// The service runs the tool, or it is no call of an assistant's: no result is waited for.
    answered_elsewhere: bool,
    result: Option<wit::ToolResult>,
    /// Turn and position where the result was.
    place: (usize, usize),
}

impl History {
    fn add_call(
        &mut self,
        call: &mut wit::ToolCall,
        message: usize,
        of_assistant: bool,
        repairs: &mut Repairs,
    ) {
        let id = self.ids.fresh(&call.id, self.allowed);
        if id != call.id {
            repairs.note("tool-id", Place::Content(message));
        }
        let known = std::mem::replace(&mut call.id, id.clone());
        self.by_id.entry(known).or_default().push(self.calls.len());
        self.calls.push(Call {
            id,
            message,
            answered_elsewhere: !of_assistant || call.server_kind.is_some(),
            result: None,
            place: (0, 0),
        });
    }

    /// Keeps a result for its call: the first one in the latest turn that has none yet. A further
    /// result of a call joins the one that is there. Gives back a result without a call.
    fn add_result(
        &mut self,
        mut result: wit::ToolResult,
        place: (usize, usize),
        repairs: &mut Repairs,
    ) -> Option<wit::ToolResult> {
        let Some(candidates) = self.by_id.get(&result.id) else { return Some(result) };
        let open =
            |&&at: &&usize| self.calls[at].result.is_none() && !self.calls[at].answered_elsewhere;
        let turn = candidates.iter().filter(open).map(|&at| self.calls[at].message).max();
        let first =
            candidates.iter().filter(open).find(|&&at| Some(self.calls[at].message) == turn);
        if let Some(&at) = first {
            let call = &mut self.calls[at];
            result.id.clone_from(&call.id);
            call.result = Some(result);
            call.place = place;
            return None;
        }
        let answered =
            candidates.iter().rev().find(|&&at| self.calls[at].result.is_some()).copied();
        let Some(there) = answered.and_then(|at| self.calls[at].result.as_mut()) else {
            return Some(result);
        };
        repairs.note("duplicate-result", Place::Content(place.0));
        there.content.append(&mut result.content);
        if matches!(result.status, Some(wit::ToolStatus::Error)) {
            there.status = result.status;
        }
        None
    }

    /// Whether the caller ran the tool of the latest call with an id, and so has to answer it.
    fn is_callers(&self, id: &str) -> bool {
        let latest = self.by_id.get(id).and_then(|calls| calls.last());
        latest.is_some_and(|&at| !self.calls[at].answered_elsewhere)
    }

    /// The id that is sent for that of the latest call that came with it.
    fn id_of(&mut self, id: &str) -> String {
        let latest = self.by_id.get(id).and_then(|calls| calls.last());
        match latest {
            Some(&at) => self.calls[at].id.clone(),
            None => self.ids.stand_in(id, self.allowed),
        }
    }

    /// Puts the results of each turn's calls at the beginning of the turn that follows.
    fn put_results(mut self, messages: &mut Vec<wit::Message>, repairs: &mut Repairs) {
        // From the back, so that a turn put in between moves none that is still to come.
        while let Some(turn) = self.calls.last().map(|call| call.message) {
            let first = self.calls.iter().position(|call| call.message == turn).unwrap_or(0);
            let calls = self.calls.split_off(first);
            let results: Vec<B> = calls
                .into_iter()
                .filter(|call| !call.answered_elsewhere)
                .enumerate()
                .map(|(k, call)| B::ToolResult(call.into_result(k, repairs)))
                .collect();
            if results.is_empty() {
                continue;
            }
            let next = turn + 1;
            match messages.get_mut(next) {
                Some(wit::Message { role: Role::User, content }) => {
                    content.splice(0..0, results);
                }
                _ => {
                    messages.insert(next, wit::Message { role: Role::User, content: results });
                }
            }
        }
        fill_empty_turns(messages, repairs);
    }
}

impl Call {
    /// The result, as the one that stands at position `k` of the turn that follows.
    fn into_result(self, k: usize, repairs: &mut Repairs) -> wit::ToolResult {
        let (id, turn) = (self.id, self.message);
        let Some(result) = self.result else {
            repairs.note("missing-result", Place::Content(turn));
            return wit::ToolResult {
                id,
                content: vec![wit::ToolResultContent::Text("no result".to_owned())],
                status: Some(wit::ToolStatus::Error),
                server_kind: None,
            };
        };
        if self.place != (turn + 1, k) {
            repairs.note("result-order", Place::Content(self.place.0));
        }
        result
    }
}

/// An input must be an object. What is none is kept as a text within one, so that the model sees what
/// it said.
fn repair_input(input: &mut String, repairs: &mut Repairs, place: Place) {
    let trimmed = input.trim();
    if trimmed.is_empty() || trimmed == "null" {
        repairs.note("tool-input", place);
        *input = "{}".to_owned();
        return;
    }
    let mut object = Cow::Borrowed(trimmed);
    if json_object(trimmed, "").is_err() {
        repairs.note("tool-input", place);
        object = match parse::<String>(trimmed).map(|inner| mended_object(&inner)) {
            Ok(Some(inner)) => inner.into(),
            _ => {
                let mut w = Writer::default();
                w.open().member("invalid_input", trimmed).close();
                w.finish().into()
            }
        };
    }
    if let Cow::Owned(renamed) = without_empty_keys(&object) {
        repairs.note("empty-key", place);
        object = renamed.into();
    }
    if *object != **input {
        *input = object.into_owned();
    }
}

/// The object that a text holds, which had no look taken at it yet.
fn mended_object(text: &str) -> Option<String> {
    let object = without_lone_surrogates(text.trim()).into_owned();
    json_object(&object, "").is_ok().then_some(object)
}
