//! Tools that are offered, and conversations that speak of tools when none are.

use super::names::{MAX_LEN, Names, in_name};
use super::{EMPTY, Place, Repairs};
use crate::bindings::types as wit;
use crate::converse::check::is_prompt;
use crate::converse::invalid::{Invalid, Mapped};
use crate::json::{Members, member};
use wit::{ContentBlock as B, ToolResultContent as C};

/// Bedrock cannot be told to call no tool: a model that shall call none is offered none.
pub fn repair_choice_of_none(request: &mut wit::Request, repairs: &mut Repairs) {
    if matches!(request.tool_choice, Some(wit::ToolChoice::None)) {
        request.tool_choice = None;
        if !request.tools.is_empty() {
            request.tools.clear();
            repairs.note("tool-choice-none", Place::Member("tool-choice"));
        }
    }
}

/// Calls and results are only taken along with tools: without tools they are told as text.
pub fn repair_history_without_tools(request: &mut wit::Request, repairs: &mut Repairs) {
    if request.tools.iter().any(|tool| !matches!(tool, wit::Tool::CachePoint(_)))
        || has_tools_elsewhere(request)
    {
        return;
    }
    let mut names: Vec<(String, String)> = Vec::new();
    for (m, message) in request.messages.iter_mut().enumerate() {
        if !message.content.iter().any(|b| matches!(b, B::ToolCall(_) | B::ToolResult(_))) {
            continue;
        }
        repairs.note("tool-history", Place::Content(m));
        let mut told = Vec::with_capacity(message.content.len());
        for block in std::mem::take(&mut message.content) {
            match block {
                B::ToolCall(call) => {
                    let input = if call.input.trim().is_empty() { "{}" } else { &call.input };
                    told.push(B::Text(format!("[Call of the tool {} with {input}]", call.name)));
                    names.push((call.id, call.name));
                }
                B::ToolResult(result) => {
                    // The latest call of that id; mostly it is the last one.
                    let call = names.iter().rfind(|(id, _)| *id == result.id);
                    let name = call.map_or(&result.id, |(_, name)| name).clone();
                    tell_result(&name, result, &mut told);
                }
                other => told.push(other),
            }
        }
        message.content = told;
    }
}

/// A stored prompt brings its own tools, and `extra-json` may hold them.
fn has_tools_elsewhere(request: &wit::Request) -> bool {
    let extra = request.extra_json.as_deref().unwrap_or("{}");
    is_prompt(&request.model)
        || Members::parse("", extra.as_bytes()).is_ok_and(|m| m.raw("toolConfig").is_some())
}

/// A result as text, for a call that is not there or is text itself. What is no text follows it.
pub fn tell_result(name: &str, result: wit::ToolResult, told: &mut Vec<B>) {
    let failed = matches!(result.status, Some(wit::ToolStatus::Error));
    let mut text = match failed {
        true => format!("[The tool {name} failed:"),
        false => format!("[Result of the tool {name}:"),
    };
    let mut rest = Vec::new();
    for content in result.content {
        match content {
            C::Text(part) | C::Json(part) => {
                text.push(' ');
                text.push_str(&part);
            }
            C::Image(media) => rest.push(B::Image(media)),
            C::Document(document) => rest.push(B::Document(document)),
            C::Video(media) => rest.push(B::Video(media)),
            C::SearchResult(found) => rest.push(B::SearchResult(found)),
            C::Other(raw) => rest.push(B::Other(raw)),
        }
    }
    if text.ends_with(':') {
        text.push(' ');
        text.push_str(if rest.is_empty() { EMPTY } else { "as follows" });
    }
    text.push(']');
    told.push(B::Text(text));
    told.append(&mut rest);
}

/// Names that can be sent, each once, and schemas that say what the service wants said.
///
/// # Errors
///
/// Two different tools of one name, a choice that none of them has, and tools without a name.
pub fn repair_tools(request: &mut wit::Request, repairs: &mut Repairs) -> Mapped<Names> {
    let mut names = Names::default();
    let reserved = reserve_system_names(&request.tools, &mut names)?;
    let mut kept: Vec<wit::Tool> = Vec::with_capacity(request.tools.len());
    for (t, mut tool) in std::mem::take(&mut request.tools).into_iter().enumerate() {
        let place = Place::Tool(t);
        let wit::Tool::Function(spec) = &mut tool else {
            kept.push(tool);
            continue;
        };
        if spec.name.is_empty() {
            return Err(Invalid::new(format!("tools[{t}].name"), "is empty"));
        }
        let sent = names.stand_in(&spec.name, in_name);
        if sent != spec.name {
            repairs.note("tool-name", place);
        }
        repair_schema(&mut spec.input_schema, repairs, place);
        spec.name = sent;
        let same_name = kept.iter().find_map(|other| match other {
            wit::Tool::Function(other) if other.name == spec.name => Some(other),
            _ => None,
        });
        match same_name {
            None if !reserved.contains(&spec.name) => kept.push(tool),
            Some(other)
                if other.description == spec.description
                    && other.input_schema == spec.input_schema
                    && other.strict == spec.strict =>
            {
                repairs.note("duplicate-tool", place);
            }
            _ => {
                let problem = format!("`{}` is the name of another tool too", spec.name);
                return Err(Invalid::new(format!("tools[{t}].name"), problem));
            }
        }
    }
    if kept.iter().all(|tool| matches!(tool, wit::Tool::CachePoint(_))) {
        kept.clear();
    }
    request.tools = kept;
    check_choice(request, &mut names)?;
    Ok(names)
}

/// The service's own tools keep their names, and no other tool may get one of them.
fn reserve_system_names(tools: &[wit::Tool], names: &mut Names) -> Mapped<Vec<String>> {
    let mut reserved = Vec::new();
    for (t, tool) in tools.iter().enumerate() {
        match tool {
            wit::Tool::System(name) if name.is_empty() => {
                return Err(Invalid::new(format!("tools[{t}].name"), "is empty"));
            }
            wit::Tool::System(name) if name.len() <= MAX_LEN && name.chars().all(in_name) => {
                reserved.push(names.stand_in(name, in_name));
            }
            _ => {}
        }
    }
    Ok(reserved)
}

fn check_choice(request: &mut wit::Request, names: &mut Names) -> Mapped<()> {
    match &mut request.tool_choice {
        Some(wit::ToolChoice::Tool(name)) => {
            let is_chosen =
                |tool: &wit::Tool| matches!(tool, wit::Tool::System(system) if system == name);
            if request.tools.iter().any(is_chosen) {
                return Ok(());
            }
            let sent = names.stand_in(name, in_name);
            let offered = request.tools.iter().any(|tool| match tool {
                wit::Tool::Function(spec) => spec.name == sent,
                wit::Tool::Other(_) => true,
                wit::Tool::System(_) | wit::Tool::CachePoint(_) => false,
            });
            if !offered {
                return Err(Invalid::new("tool-choice", format!("no tool is named `{name}`")));
            }
            *name = sent;
        }
        Some(wit::ToolChoice::Any | wit::ToolChoice::Other(_)) if request.tools.is_empty() => {
            return Err(Invalid::new("tool-choice", "asks for a tool, but `tools` is empty"));
        }
        _ => {}
    }
    Ok(())
}

/// The service wants to be told that a schema is that of an object.
fn repair_schema(schema: &mut String, repairs: &mut Repairs, place: Place) {
    let Ok(members) = Members::parse("", schema.as_bytes()) else { return };
    if members.raw("type").is_some() {
        return;
    }
    let rest: Vec<String> = members
        .into_list()
        .iter()
        .filter(|(name, _)| name != "type")
        .map(|(name, value)| member(name, value.get()))
        .collect();
    let comma = if rest.is_empty() { "" } else { "," };
    *schema = format!("{{\"type\":\"object\"{comma}{}}}", rest.join(","));
    repairs.note("tool-schema", place);
}
