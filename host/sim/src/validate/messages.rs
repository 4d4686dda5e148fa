//! The conversation: whose turn it is, and what a turn has.

use serde_json::Value;

use super::{Checked, constraint, media, one_of, reject, tools};
use crate::prompt::list;

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

/// Where a block is and what may be there.
#[derive(Clone, Copy)]
struct Place<'a> {
    at: &'a str,
    role: &'a str,
    /// There are tools.
    tools: bool,
    strict: bool,
}

pub(super) fn system(blocks: &Value) -> Checked {
    for (index, block) in list(blocks).iter().enumerate() {
        text(block, &format!("system.{index}"), "SystemContentBlock")?;
    }
    Ok(())
}

pub(super) fn messages(request: &Value, strict: bool) -> Checked {
    let messages = list(&request["messages"]);
    if messages.is_empty() {
        return reject(
            "The messages field is empty. A conversation must start with a user message. Try \
             again with a conversation that starts with a user message.",
        );
    }
    let tools = !request["toolConfig"].is_null();
    let mut last_role = "";
    for (index, message) in messages.iter().enumerate() {
        let at = format!("messages.{index}");
        one_of(&message["role"], &format!("{at}.role"), &["user", "assistant", "system"])?;
        let role = message["role"].as_str().unwrap_or_default();
        turn(role, last_role, &at)?;
        last_role = role;
        let blocks = list(&message["content"]);
        if blocks.is_empty() {
            return reject(format!(
                "The content field in the Message object at {at} is empty. Add a ContentBlock \
                 object to the content field and try again."
            ));
        }
        for (index, block) in blocks.iter().enumerate() {
            let at = format!("{at}.content.{index}");
            content_block(block, Place { at: &at, role, tools, strict })?;
        }
        let before = index.checked_sub(1).map_or(&[][..], |it| list(&messages[it]["content"]));
        tools::results(before, blocks, &at)?;
        tools::calls(blocks, &at, index + 1 == messages.len())?;
    }
    media::documents(messages)
}

fn turn(role: &str, last_role: &str, at: &str) -> Checked {
    if last_role.is_empty() && role == "assistant" {
        return reject(format!(
            "A conversation must start with a user message at {at}. Try again with a conversation \
             that starts with a user message."
        ));
    }
    if role == last_role {
        return reject(format!(
            "A conversation must alternate between user and assistant roles; {at} does not. Make \
             sure the conversation alternates between user and assistant roles and try again."
        ));
    }
    Ok(())
}

fn content_block(block: &Value, place: Place<'_>) -> Checked {
    let at = place.at;
    if BLOCKS.iter().filter(|name| block.get(name).is_some()).count() != 1 {
        return reject(format!(
            "The ContentBlock object at {at} must set one of the following keys: {}.",
            BLOCKS.join(", ")
        ));
    }
    text(block, at, "ContentBlock")?;
    media::media(block, at, place.role)?;
    for (name, check) in
        [("toolUse", tool_use as fn(&Value, Place<'_>) -> Checked), ("toolResult", tool_result)]
    {
        let Some(tool) = block.get(name) else { continue };
        if !place.tools {
            return reject(format!(
                "The toolConfig field must be defined when using toolUse and toolResult content \
                 blocks; {at}.{name} is one."
            ));
        }
        let at = format!("{at}.{name}");
        tools::tool_use_id(&tool["toolUseId"], &format!("{at}.toolUseId"))?;
        check(tool, Place { at: &at, ..place })?;
    }
    Ok(())
}

fn tool_use(call: &Value, Place { at, role, .. }: Place<'_>) -> Checked {
    if role == "user" {
        return reject(format!("The toolUse at {at} is only allowed for role assistant."));
    }
    tools::name(&call["name"], &format!("{at}.name"))?;
    tools::input(&call["input"], &format!("{at}.input"))
}

fn tool_result(result: &Value, Place { at, role, strict, .. }: Place<'_>) -> Checked {
    let Value::Array(parts) = &result["content"] else {
        return constraint(&result["content"], &format!("{at}.content"), "Member must be a list");
    };
    if !result["status"].is_null() {
        one_of(&result["status"], &format!("{at}.status"), &["success", "error"])?;
    }
    for (index, part) in parts.iter().enumerate() {
        let at = format!("{at}.content.{index}");
        if strict {
            text(part, &at, "ToolResultContentBlock")?;
        }
        media::media(part, &at, role)?;
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
