//! Documents: names in the service's alphabet, each once, and a text beside them.

use super::names::Taken;
use super::{Place, Repairs};
use crate::bindings::types as wit;
use wit::{ContentBlock as B, ToolResultContent as C};

const MAX_NAME: usize = 200;

/// Gives documents names that can be sent, and a turn with documents alone a text.
pub fn repair_documents(messages: &mut [wit::Message], repairs: &mut Repairs) {
    let mut taken = Taken::default();
    for (m, message) in messages.iter_mut().enumerate() {
        let place = Place::Content(m);
        let mut names = Vec::new();
        for block in &mut message.content {
            match block {
                B::Document(document) => {
                    repair_name(document, &mut taken, repairs, place);
                    names.push(document.name.clone());
                }
                B::ToolResult(result) => {
                    for content in &mut result.content {
                        if let C::Document(document) = content {
                            repair_name(document, &mut taken, repairs, place);
                        }
                    }
                }
                _ => {}
            }
        }
        if !names.is_empty() && !message.content.iter().any(|b| matches!(b, B::Text(_))) {
            repairs.note("document-text", place);
            // Results of tools come first in a turn.
            let results = message.content.iter().take_while(|b| matches!(b, B::ToolResult(_)));
            let text = B::Text(format!("Documents: {}", names.join(", ")));
            message.content.insert(results.count(), text);
        }
    }
}

fn repair_name(
    document: &mut wit::Document,
    taken: &mut Taken,
    repairs: &mut Repairs,
    place: Place,
) {
    let wanted = allowed_name(&document.name);
    let name = taken.give(wanted, MAX_NAME, |number| format!(" ({number})"));
    if name != document.name {
        repairs.note("document-name", place);
        document.name = name;
    }
}

/// Letters, digits, `-_()[]` and single spaces, all of them ASCII; `_` for the rest.
fn allowed_name(name: &str) -> String {
    let mut allowed = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || "-_()[]".contains(c) => allowed.push(c),
            c if c.is_whitespace() => {
                if !allowed.ends_with(' ') {
                    allowed.push(' ');
                }
            }
            _ => allowed.push('_'),
        }
    }
    allowed.truncate(MAX_NAME);
    let allowed = allowed.trim();
    if allowed.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        allowed.to_owned()
    } else {
        "document".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_what_the_service_takes() {
        for (given, sent) in [
            ("Report (final) [2]-a_b", "Report (final) [2]-a_b"),
            ("report.v2.pdf", "report_v2_pdf"),
            (" a  b\u{3000}c\t", "a b c"),
            ("報告書", "document"),
            ("Überblick 1", "_berblick 1"),
            ("", "document"),
        ] {
            assert_eq!(allowed_name(given), sent, "{given}");
        }
        assert_eq!(allowed_name(&"x".repeat(300)).len(), 200);
    }
}
