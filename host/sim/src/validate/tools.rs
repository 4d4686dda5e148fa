//! Tools, and what they are called by.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Checked, constraint, is_spelt, reject};
use crate::prompt::list;

/// The members of a tool; exactly one of them must be there.
const TOOLS: &[&str] = &["toolSpec", "systemTool", "cachePoint"];
/// The longest name or id.
const LENGTH: usize = 64;

pub(super) fn tool_config(config: &Value) -> Checked {
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
        let at = format!("toolConfig.tools.{index}");
        if TOOLS.iter().filter(|name| tool.get(name).is_some()).count() != 1 {
            return reject(format!(
                "The Tool object at {at} must set one of the following keys: {}.",
                TOOLS.join(", ")
            ));
        }
        let at = format!("{at}.member");
        let named = match (tool.get("toolSpec"), tool.get("systemTool")) {
            (Some(specification), _) => {
                let at = format!("{at}.toolSpec");
                specified(specification, &at)?;
                (&specification["name"], at)
            }
            (_, Some(tool)) => (&tool["name"], format!("{at}.systemTool")),
            _ => continue,
        };
        let (name, at) = (named.0, format!("{}.name", named.1));
        self::name(name, &at)?;
        let name = name.as_str().unwrap_or_default();
        if !names.insert(name) {
            return reject(format!("The tool name {name} at {at} is not unique."));
        }
    }
    match config["toolChoice"]["tool"]["name"].as_str() {
        Some(name) if !names.contains(name) => {
            reject(format!("The tool {name} at toolConfig.toolChoice.tool.name is not defined."))
        }
        _ => Ok(()),
    }
}

fn specified(specification: &Value, at: &str) -> Checked {
    let description = &specification["description"];
    if description.as_str().is_some_and(str::is_empty) {
        let bound = "Member must have length greater than or equal to 1";
        return constraint(description, &format!("{at}.description"), bound);
    }
    if !specification["inputSchema"]["json"].is_object() {
        return reject(format!("The value at {at}.inputSchema.json must be a JSON object."));
    }
    Ok(())
}

/// A tool's name.
pub(super) fn name(name: &Value, at: &str) -> Checked {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if is_spelt(name.as_str().unwrap_or_default(), LENGTH, legal) {
        return Ok(());
    }
    constraint(name, at, "Member must satisfy regular expression pattern: [a-zA-Z0-9_-]{1,64}")
}

/// A call's id.
pub(super) fn tool_use_id(id: &Value, at: &str) -> Checked {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
    if is_spelt(id.as_str().unwrap_or_default(), LENGTH, legal) {
        return Ok(());
    }
    constraint(id, at, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]{1,64}")
}

/// A call's input: an object, in which nothing is without a name.
pub(super) fn input(input: &Value, at: &str) -> Checked {
    if !input.is_object() {
        return reject(format!(
            "The format of the value at {at} is invalid. Provide a json object for the field and \
             try again."
        ));
    }
    if has_empty_key(input) {
        return reject(format!(
            "The value at {at} has an empty key. Give it a name and try again."
        ));
    }
    Ok(())
}

fn has_empty_key(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().any(has_empty_key),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.is_empty() || has_empty_key(value))
        }
        _ => false,
    }
}

/// Every call of the message before is answered here, once, before anything else is said, and
/// nothing else is answered.
pub(super) fn results(before: &[Value], blocks: &[Value], at: &str) -> Checked {
    let server_side: BTreeSet<_> = ids(blocks, "toolUse").collect();
    // The result of a server's tool stands in the assistant's own message, behind the call.
    let is_result =
        |block: &Value| id(block, "toolResult").is_some_and(|id| !server_side.contains(id));
    let calls: BTreeSet<_> = client_calls(before).collect();
    let mut results = BTreeSet::new();
    for (index, block) in blocks.iter().enumerate().filter(|(_, block)| is_result(block)) {
        let id = id(block, "toolResult").unwrap_or_default();
        if !results.insert(id) {
            return reject(format!(
                "The toolResult at {at}.content.{index} is the second one for {id}. Each toolUse \
                 must have a single result."
            ));
        }
    }
    let missing: Vec<_> = calls.difference(&results).copied().collect();
    if !missing.is_empty() {
        return reject(format!(
            "Expected toolResult blocks at {at}.content for the following Ids: {}",
            missing.join(", ")
        ));
    }
    if let Some(extra) = results.difference(&calls).next() {
        return reject(format!(
            "The toolResult at {at}.content for {extra} has no toolUse block in the previous turn."
        ));
    }
    let other = blocks.iter().position(|block| !is_result(block));
    let last = blocks.iter().rposition(is_result);
    match (other, last) {
        (Some(other), Some(last)) if other < last => reject(format!(
            "The toolResult blocks at {at}.content must come first, before {at}.content.{other}."
        )),
        _ => Ok(()),
    }
}

/// Ids of a turn's calls are its own, and none is left open when the conversation ends.
pub(super) fn calls(blocks: &[Value], at: &str, last: bool) -> Checked {
    let mut seen = BTreeSet::new();
    if let Some(id) = ids(blocks, "toolUse").find(|id| !seen.insert(*id)) {
        return reject(format!("The toolUseId {id} at {at}.content is not unique."));
    }
    let open: Vec<_> = client_calls(blocks).collect();
    if last && !open.is_empty() {
        return reject(format!(
            "Expected toolResult blocks after {at}.content for the following Ids: {}",
            open.join(", ")
        ));
    }
    Ok(())
}

/// Ids of the calls that the client answers.
fn client_calls(blocks: &[Value]) -> impl Iterator<Item = &str> {
    let server_side = |block: &&Value| block["toolUse"]["type"] == "server_tool_use";
    let calls = blocks.iter().filter(move |block| !server_side(block));
    calls.filter_map(|block| id(block, "toolUse"))
}

fn ids<'a>(blocks: &'a [Value], name: &'a str) -> impl Iterator<Item = &'a str> {
    blocks.iter().filter_map(move |block| id(block, name))
}

fn id<'a>(block: &'a Value, name: &str) -> Option<&'a str> {
    block[name]["toolUseId"].as_str()
}
