//! Images and documents.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Checked, constraint, one_of, reject};
use crate::prompt::list;

const IMAGE_FORMATS: &[&str] = &["png", "jpeg", "gif", "webp"];
const DOCUMENT_FORMATS: &[&str] =
    &["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"];

/// The longest name of a document.
const NAME: usize = 200;

/// An image or a document, if the block is one.
pub(super) fn media(block: &Value, at: &str, role: &str) -> Checked {
    for (kind, formats) in [("image", IMAGE_FORMATS), ("document", DOCUMENT_FORMATS)] {
        let Some(media) = block.get(kind) else { continue };
        let at = format!("{at}.{kind}");
        if role == "assistant" {
            return reject(format!("The {kind} at {at} is only allowed for role user."));
        }
        let format = &media["format"];
        // Only a document may leave its format out.
        if !(format.is_null() && kind == "document") {
            one_of(format, &format!("{at}.format"), formats)?;
        }
        if kind == "document" {
            document_name(&media["name"], &format!("{at}.name"))?;
        }
        source(&media["source"], &at, kind)?;
    }
    Ok(())
}

fn document_name(name: &Value, at: &str) -> Checked {
    let text = name.as_str().unwrap_or_default();
    if text.is_empty() {
        return constraint(name, at, "Member must have length greater than or equal to 1");
    }
    if text.chars().count() > NAME {
        let bound = format!("Member must have length less than or equal to {NAME}");
        return constraint(name, at, &bound);
    }
    let legal =
        |it: char| it.is_ascii_alphanumeric() || it.is_ascii_whitespace() || "-_()[]".contains(it);
    let spaced = text.chars().map(|it| it.is_ascii_whitespace());
    let two_spaces = spaced.clone().zip(spaced.skip(1)).any(|(one, next)| one && next);
    if two_spaces || !text.chars().all(legal) {
        return reject(format!(
            "The document name at {at} can only contain alphanumeric characters, whitespace \
             characters, hyphens, underscores, parentheses, and square brackets. The name can't \
             contain more than one consecutive whitespace character."
        ));
    }
    Ok(())
}

fn source(source: &Value, at: &str, kind: &str) -> Checked {
    match source.get("bytes") {
        Some(Value::String(bytes)) if bytes.is_empty() => {
            reject(format!("The {kind} at {at}.source.bytes is empty."))
        }
        Some(Value::String(bytes)) if STANDARD.decode(bytes).is_ok() => Ok(()),
        Some(_) => reject(format!("The value at {at}.source.bytes is not valid base64.")),
        None if source.as_object().is_some_and(|source| source.len() == 1) => Ok(()),
        None => reject(format!("The value at {at}.source must set one source.")),
    }
}

/// No two documents have one name, and none stands in a turn without words.
pub(super) fn documents(messages: &[Value]) -> Checked {
    let mut names = BTreeSet::new();
    for (number, message) in messages.iter().enumerate() {
        let blocks = list(&message["content"]);
        let has = |kind: &str| blocks.iter().any(|block| block.get(kind).is_some());
        if has("document") && !has("text") {
            return reject(format!(
                "The content at messages.{number} has a document and no text. A text block must \
                 be included when using documents."
            ));
        }
        let results = blocks.iter().flat_map(|block| list(&block["toolResult"]["content"]));
        let all = blocks.iter().chain(results);
        let mut all = all.filter_map(|block| block["document"]["name"].as_str());
        if let Some(twice) = all.find(|name| !names.insert(*name)) {
            return reject(format!(
                "The document name {twice} at messages.{number}.content is not unique. Give each \
                 document a name of its own and try again."
            ));
        }
    }
    Ok(())
}
