//! Turns: user and assistant in alternation, the user first, none of them empty.

use super::{EMPTY, Place, Repairs};
use crate::bindings::types as wit;
use crate::converse::invalid::{Invalid, Mapped};
use crate::converse::prepare::Target;
use wit::{ContentBlock as B, Role};

/// Leaves out empty turns of the assistant, joins turns of the same speaker, and begins with one of
/// the user.
pub fn repair_turns(messages: &mut Vec<wit::Message>, repairs: &mut Repairs) {
    let mut turns: Vec<wit::Message> = Vec::with_capacity(messages.len() + 1);
    for (m, mut message) in std::mem::take(messages).into_iter().enumerate() {
        let place = Place::Message(m);
        if is_empty(&message) && matches!(message.role, Role::Assistant) {
            repairs.note("empty-message", place);
            continue;
        }
        match turns.last_mut() {
            Some(last) if same_speaker(&last.role, &message.role) => {
                repairs.note("merged-turns", place);
                last.content.append(&mut message.content);
            }
            _ => turns.push(message),
        }
    }
    if matches!(turns.first(), Some(wit::Message { role: Role::Assistant, .. })) {
        repairs.note("first-turn", Place::Member("messages[0]"));
        turns.insert(0, wit::Message { role: Role::User, content: vec![] });
    }
    fill_empty_turns(&mut turns, repairs);
    *messages = turns;
}

/// Has the user say something in each turn.
pub fn fill_empty_turns(turns: &mut [wit::Message], repairs: &mut Repairs) {
    for (m, turn) in turns.iter_mut().enumerate() {
        if is_empty(turn) && matches!(turn.role, Role::User) {
            repairs.note("empty-message", Place::Message(m));
            turn.content.insert(0, B::Text(EMPTY.to_owned()));
        }
    }
}

/// A conversation that ends with the assistant asks the model to go on from there.
///
/// # Errors
///
/// When the model does not do that.
pub fn repair_end(
    messages: &mut [wit::Message],
    target: &Target<'_>,
    repairs: &mut Repairs,
) -> Mapped<()> {
    let Some(last) = messages.len().checked_sub(1) else { return Ok(()) };
    let wit::Message { role: Role::Assistant, content } = &mut messages[last] else {
        return Ok(());
    };
    if target.model.is_some_and(|model| !model.prefill) {
        return Err(Invalid::new(
            format!("messages[{last}]"),
            "is a turn of the assistant, from which this model does not go on; end with one of \
             the user",
        ));
    }
    // A cache point behind it may be left out later.
    let spoken = content.iter_mut().rfind(|block| !matches!(block, B::CachePoint(_)));
    if let Some(B::Text(text)) = spoken
        && text.len() != text.trim_end().len()
    {
        text.truncate(text.trim_end().len());
        repairs.note("trailing-space", Place::Content(last));
    }
    Ok(())
}

/// Whether nothing is said in a turn.
fn is_empty(message: &wit::Message) -> bool {
    message.content.iter().all(|block| matches!(block, B::CachePoint(_)))
}

fn same_speaker(one: &Role, other: &Role) -> bool {
    matches!((one, other), (Role::User, Role::User) | (Role::Assistant, Role::Assistant))
}
