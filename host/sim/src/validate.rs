//! What the service checks before a model sees the request.
//!
//! Messages are the service's own where they are publicly known, and always name the member.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::prompt::list;
use crate::reply::ServiceError;

type Checked = Result<(), ServiceError>;

/// The members of a content block; exactly one of them must be there.
const BLOCKS: &[&str] = &[
    "text",
    "image",
    "document",
    "video",
    "audio",
    "toolUse",
    "toolResult",
    "guardContent",
    "cachePoint",
    "reasoningContent",
    "citationsContent",
    "searchResult",
    "toolAddition",
    "toolRemoval",
];

const IMAGE_FORMATS: &[&str] = &["png", "jpeg", "gif", "webp"];
const DOCUMENT_FORMATS: &[&str] =
    &["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"];

/// Numbers of `inferenceConfig` and their bounds.
const NUMBERS: &[(&str, f64, f64)] =
    &[("maxTokens", 1.0, f64::INFINITY), ("temperature", 0.0, 1.0), ("topP", 0.0, 1.0)];

/// Checks a Converse or ConverseStream request's body.
pub(crate) fn converse(request: &Value) -> Checked {
    if !request.is_object() {
        return reject("The request body must be a JSON object.");
    }
    inference_config(&request["inferenceConfig"])?;
    tool_config(&request["toolConfig"])?;
    system(&request["system"])?;
    messages(&request["messages"], !request["toolConfig"].is_null())
}

fn inference_config(config: &Value) -> Checked {
    for &(name, least, most) in NUMBERS {
        let at = format!("inferenceConfig.{name}");
        let value = &config[name];
        match value.as_f64() {
            _ if value.is_null() => {}
            None => return constraint(value, &at, "Member must be a number"),
            Some(number) if number < least => {
                let bound = format!("Member must have value greater than or equal to {least}");
                return constraint(value, &at, &bound);
            }
            Some(number) if number > most => {
                let bound = format!("Member must have value less than or equal to {most}");
                return constraint(value, &at, &bound);
            }
            Some(_) => {}
        }
    }
    for (index, sequence) in list(&config["stopSequences"]).iter().enumerate() {
        if sequence.as_str().is_none_or(str::is_empty) {
            let at = format!("inferenceConfig.stopSequences.{index}");
            return constraint(sequence, &at, "Member must have length greater than or equal to 1");
        }
    }
    Ok(())
}

fn tool_config(config: &Value) -> Checked {
    if config.is_null() {
        return Ok(());
    }
    let tools = list(&config["tools"]);
    if tools.is_empty() {
        let bound = "Member must have length greater than or equal to 1";
        return constraint(&config["tools"], "toolConfig.tools", bound);
    }
    let mut names = BTreeSet::new();
    for (index, tool) in tools.iter().enumerate() {
        let Some(specification) = tool.get("toolSpec") else {
            continue;
        };
        let at = format!("toolConfig.tools.{index}.member.toolSpec");
        let name = specification["name"].as_str().unwrap_or_default();
        if !is_name(name) {
            let pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+";
            return constraint(&specification["name"], &format!("{at}.name"), pattern);
        }
        if specification["description"].as_str().is_some_and(str::is_empty) {
            let bound = "Member must have length greater than or equal to 1";
            return constraint(&specification["description"], &format!("{at}.description"), bound);
        }
        if !specification["inputSchema"]["json"].is_object() {
            return reject(format!("The value at {at}.inputSchema.json must be a JSON object."));
        }
        if !names.insert(name) {
            return reject(format!("The tool name {name} at {at}.name is not unique."));
        }
    }
    match config["toolChoice"]["tool"]["name"].as_str() {
        Some(name) if !names.contains(name) => {
            reject(format!("The tool {name} at toolConfig.toolChoice.tool.name is not defined."))
        }
        _ => Ok(()),
    }
}

fn system(blocks: &Value) -> Checked {
    for (index, block) in list(blocks).iter().enumerate() {
        text(block, &format!("system.{index}"), "SystemContentBlock")?;
    }
    Ok(())
}

fn messages(messages: &Value, tools: bool) -> Checked {
    let messages = match messages {
        Value::Array(messages) if !messages.is_empty() => messages,
        _ => {
            return reject(
                "The messages field is empty. A conversation must start with a user message. Try \
                 again with a conversation that starts with a user message.",
            );
        }
    };
    let mut last_role = "";
    for (index, message) in messages.iter().enumerate() {
        let at = format!("messages.{index}");
        let role = message["role"].as_str().unwrap_or_default();
        if !["user", "assistant", "system"].contains(&role) {
            let values = "Member must satisfy enum value set: [user, assistant, system]";
            return constraint(&message["role"], &format!("{at}.role"), values);
        }
        if index == 0 && role == "assistant" {
            return reject(
                "A conversation must start with a user message at messages.0. Try again with a \
                 conversation that starts with a user message.",
            );
        }
        if role == last_role {
            return reject(format!(
                "A conversation must alternate between user and assistant roles; {at} does not. \
                 Make sure the conversation alternates between user and assistant roles and try \
                 again."
            ));
        }
        last_role = role;
        let blocks = list(&message["content"]);
        if blocks.is_empty() {
            return reject(format!(
                "The content field in the Message object at {at} is empty. Add a ContentBlock \
                 object to the content field and try again."
            ));
        }
        for (index, block) in blocks.iter().enumerate() {
            content_block(block, &format!("{at}.content.{index}"), role, tools)?;
        }
        let before = index.checked_sub(1).map_or(&[][..], |it| list(&messages[it]["content"]));
        tool_results(before, blocks, &at)?;
    }
    Ok(())
}

fn content_block(block: &Value, at: &str, role: &str, tools: bool) -> Checked {
    let members = BLOCKS.iter().filter(|name| block.get(name).is_some()).count();
    if members != 1 {
        return reject(format!(
            "The ContentBlock object at {at} must set one of the following keys: {}.",
            BLOCKS.join(", ")
        ));
    }
    text(block, at, "ContentBlock")?;
    for (kind, formats) in [("image", IMAGE_FORMATS), ("document", DOCUMENT_FORMATS)] {
        if let Some(media) = block.get(kind) {
            if role == "assistant" {
                return reject(format!("The {kind} at {at}.{kind} is only allowed for role user."));
            }
            self::media(media, &format!("{at}.{kind}"), kind, formats)?;
        }
    }
    let tool = ["toolUse", "toolResult"].iter().find_map(|name| Some((*name, block.get(name)?)));
    let Some((name, tool)) = tool else {
        return Ok(());
    };
    if !tools {
        return reject(format!(
            "The toolConfig field must be defined when using toolUse and toolResult content \
             blocks; {at}.{name} is one."
        ));
    }
    let id = tool["toolUseId"].as_str().unwrap_or_default();
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
    if !(1..=64).contains(&id.len()) || !id.bytes().all(legal) {
        let pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]{1,64}";
        return constraint(&tool["toolUseId"], &format!("{at}.{name}.toolUseId"), pattern);
    }
    if name == "toolResult" {
        return match &tool["content"] {
            Value::Array(_) => Ok(()),
            other => constraint(other, &format!("{at}.{name}.content"), "Member must be a list"),
        };
    }
    if !is_name(tool["name"].as_str().unwrap_or_default()) {
        let pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_-]{1,64}";
        return constraint(&tool["name"], &format!("{at}.{name}.name"), pattern);
    }
    if !tool["input"].is_object() {
        return reject(format!(
            "The format of the value at {at}.{name}.input is invalid. Provide a json object for \
             the field and try again."
        ));
    }
    Ok(())
}

fn text(block: &Value, at: &str, object: &str) -> Checked {
    match block.get("text") {
        Some(Value::String(text)) if text.trim().is_empty() => reject(format!(
            "The text field in the {object} object at {at} is blank. Add text to the text field, \
             and try again."
        )),
        None | Some(Value::String(_)) => Ok(()),
        Some(other) => constraint(other, &format!("{at}.text"), "Member must be a string"),
    }
}

fn media(media: &Value, at: &str, kind: &str, formats: &[&str]) -> Checked {
    let format = &media["format"];
    // Only a document may leave its format out.
    let left_out = format.is_null() && kind == "document";
    if !left_out && !format.as_str().is_some_and(|format| formats.contains(&format)) {
        let values = format!("Member must satisfy enum value set: [{}]", formats.join(", "));
        return constraint(format, &format!("{at}.format"), &values);
    }
    let named = media["name"].as_str().is_some_and(|name| !name.is_empty());
    if kind == "document" && !named {
        let bound = "Member must have length greater than or equal to 1";
        return constraint(&media["name"], &format!("{at}.name"), bound);
    }
    match media["source"].get("bytes") {
        Some(Value::String(bytes)) if bytes.is_empty() => {
            reject(format!("The {kind} at {at}.source.bytes is empty."))
        }
        Some(Value::String(bytes)) if STANDARD.decode(bytes).is_ok() => Ok(()),
        Some(_) => reject(format!("The value at {at}.source.bytes is not valid base64.")),
        None if media["source"].as_object().is_some_and(|source| source.len() == 1) => Ok(()),
        None => reject(format!("The value at {at}.source must set one source.")),
    }
}

/// Every call is answered in the next message, and nothing else is.
fn tool_results(before: &[Value], blocks: &[Value], at: &str) -> Checked {
    let ids = |blocks: &'_ [Value], name: &str| -> BTreeSet<String> {
        let of_block = |block: &Value| Some(block[name]["toolUseId"].as_str()?.to_owned());
        blocks.iter().filter_map(of_block).collect()
    };
    let server_side = |block: &&Value| block["toolUse"]["type"] == "server_tool_use";
    let client_calls: Vec<Value> =
        before.iter().filter(|block| !server_side(block)).cloned().collect();
    let calls = ids(&client_calls, "toolUse");
    // The result of a server's tool stands in the assistant's own message, behind the call.
    let results = &ids(blocks, "toolResult") - &ids(blocks, "toolUse");
    let missing: Vec<_> = calls.difference(&results).map(String::as_str).collect();
    if !missing.is_empty() {
        return reject(format!(
            "Expected toolResult blocks at {at}.content for the following Ids: {}",
            missing.join(", ")
        ));
    }
    match results.difference(&calls).next() {
        Some(extra) => reject(format!(
            "The toolResult at {at}.content for {extra} has no toolUse block in the previous turn."
        )),
        None => Ok(()),
    }
}

fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(legal)
}

fn constraint(value: &Value, at: &str, constraint: &str) -> Checked {
    let value = match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => format!("'{text}'"),
        other => format!("'{other}'"),
    };
    reject(format!(
        "1 validation error detected: Value {value} at '{at}' failed to satisfy constraint: \
         {constraint}"
    ))
}

fn reject(message: impl Into<String>) -> Checked {
    Err(ServiceError::validation(message))
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;
