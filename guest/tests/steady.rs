//! What was repaired is whole: it has what every request must have, and is not repaired again.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bedrock_converse::bindings::types::ErrorKind;
use common::requests::{NOVA, assistant, conversation, refused, text};

#[test]
fn conversation_of_which_nothing_is_left_is_refused() {
    let silence = conversation(NOVA, vec![assistant(vec![text(" ")]), assistant(vec![])]);
    let (kind, message) = refused(silence);
    assert_eq!(kind, ErrorKind::InvalidRequest);
    assert!(message.starts_with("messages: is empty"), "{message}");
}
