//! Tools from a file: a list, in which each may be written as Bedrock, MCP, OpenAI or the library
//! write it.

use crate::failure::Failure;
use converse_host::{CachePoint, Json, Tool, ToolSpec};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::path::Path;

/// An object's members, each as it is written: models see the order of a schema's properties.
type Members = HashMap<String, Box<RawValue>>;

/// What only the library's own form has, beside `function`.
const LIBRARY: [&str; 3] = ["system", "cache_point", "other"];

pub(crate) fn read(path: &Path) -> Result<Vec<Tool>, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("cannot read the tools {name}: {error}")))?;
    parse(&text).map_err(|problem| Failure::Usage(format!("{name}: {problem}")))
}

fn parse(text: &str) -> Result<Vec<Tool>, String> {
    match list(text)? {
        tools if tools.is_empty() => Err("the list of tools is empty".to_owned()),
        tools => Ok(tools),
    }
}

/// The tools of a list that may be empty.
pub(crate) fn list(text: &str) -> Result<Vec<Tool>, String> {
    let list: Vec<Box<RawValue>> =
        serde_json::from_str(text).map_err(|error| format!("a JSON list is needed: {error}"))?;
    let tools = list.iter().enumerate().map(|(index, value)| {
        tool(value).map_err(|problem| format!("tool {}: {problem}", index + 1))
    });
    tools.collect()
}

fn tool(value: &RawValue) -> Result<Tool, String> {
    let members: Members =
        read_as(value).ok_or_else(|| format!("an object is needed, not {value}"))?;
    if let Some(spec) = members.get("toolSpec") {
        return function(&inner("toolSpec", spec)?);
    }
    if let Some(spec) = members.get("function") {
        return function(&inner("function", spec)?);
    }
    if let Some(system) = members.get("systemTool") {
        return Ok(Tool::System(name(&inner("systemTool", system)?)?));
    }
    if let Some(point) = members.get("cachePoint") {
        let ttl = optional(&inner("cachePoint", point)?, "ttl", "a text")?;
        return Ok(Tool::CachePoint(CachePoint { ttl }));
    }
    if let (1, Some(key)) =
        (members.len(), LIBRARY.into_iter().find(|&key| members.contains_key(key)))
    {
        return read_as(value).ok_or_else(|| format!("`{key}` is not as it must be"));
    }
    function(&members)
}

fn function(members: &Members) -> Result<Tool, String> {
    let name = name(members)?;
    let spec = specification(members, &name).map_err(|problem| format!("{name}: {problem}"))?;
    Ok(Tool::Function(spec))
}

fn specification(members: &Members, name: &str) -> Result<ToolSpec, String> {
    let given = ["input_schema", "inputSchema", "parameters"];
    let given = given.into_iter().find_map(|key| Some((key, members.get(key)?)));
    let (key, schema) = given.ok_or("`input_schema` is missing")?;
    Ok(ToolSpec {
        name: name.to_owned(),
        description: optional(members, "description", "a text")?,
        input_schema: self::schema(key, schema)?,
        strict: optional(members, "strict", "true or false")?,
    })
}

/// Bedrock puts the schema one level deeper.
fn schema(key: &str, value: &RawValue) -> Result<Json, String> {
    let members = inner(key, value)?;
    let value = match members.get("json") {
        Some(json) if members.len() == 1 && json.get().starts_with('{') => json,
        _ => value,
    };
    Json::parse(value.get()).map_err(|error| format!("`{key}`: {error}"))
}

fn name(members: &Members) -> Result<String, String> {
    match optional::<String>(members, "name", "a text")? {
        Some(name) if !name.is_empty() => Ok(name),
        Some(_) => Err("`name` is empty".to_owned()),
        None => Err("`name` is missing".to_owned()),
    }
}

fn inner(key: &str, value: &RawValue) -> Result<Members, String> {
    read_as(value).ok_or_else(|| format!("`{key}` must be an object"))
}

/// What is `null` is not there.
fn optional<T: DeserializeOwned>(
    members: &Members,
    key: &str,
    expected: &str,
) -> Result<Option<T>, String> {
    match members.get(key).filter(|value| value.get() != "null") {
        Some(value) => {
            read_as(value).map(Some).ok_or_else(|| format!("`{key}` must be {expected}"))
        }
        None => Ok(None),
    }
}

fn read_as<T: DeserializeOwned>(value: &RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Properties out of their alphabetical order, and a number of the writer's own.
    const SCHEMA: &str = r#"{"type": "object", "properties": {"z": {"maximum": 1.50}, "a": {}}}"#;

    #[test]
    fn tools_are_the_same_in_all_ways_to_write_them() {
        let ways = [
            r#"{"name": "f", "description": "d", "strict": true, "input_schema": SCHEMA}"#,
            r#"{"name": "f", "description": "d", "strict": true, "inputSchema": SCHEMA}"#,
            r#"{"type": "function", "name": "f", "description": "d", "strict": true, "parameters": SCHEMA}"#,
            r#"{"toolSpec": {"name": "f", "description": "d", "strict": true, "inputSchema": {"json": SCHEMA}}}"#,
            r#"{"type": "function", "function": {"name": "f", "description": "d", "strict": true, "parameters": SCHEMA}}"#,
        ];
        for way in ways {
            let tools = parse(&format!("[{}]", way.replace("SCHEMA", SCHEMA))).unwrap();
            let [Tool::Function(spec)] = &tools[..] else { panic!("{tools:?}") };
            assert_eq!((spec.name.as_str(), spec.description.as_deref()), ("f", Some("d")));
            assert_eq!(spec.strict, Some(true));
            assert_eq!(spec.input_schema.as_str(), SCHEMA, "{way}");
        }
    }

    #[test]
    fn tools_of_the_service_and_cache_points_are_taken() {
        let point = Tool::CachePoint(CachePoint { ttl: Some("1h".to_owned()) });
        let tools = [Tool::System("s".to_owned()), point];
        for way in [
            r#"[{"systemTool": {"name": "s"}}, {"cachePoint": {"ttl": "1h"}}]"#,
            r#"[{"system": "s"}, {"cache_point": {"ttl": "1h"}}]"#,
        ] {
            assert_eq!(parse(way).unwrap(), tools);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let good = r#"{"name": "f", "input_schema": {}}"#;
        for (text, problem) in [
            ("[\n {\"name\": }]".to_owned(), "line 2 column 11"),
            ("[ ]".to_owned(), "the list of tools is empty"),
            (good.to_owned(), "a JSON list is needed"),
            (format!("[{good}, 7]"), "tool 2: an object is needed, not 7"),
            (format!("[{good}, {{}}]"), "tool 2: `name` is missing"),
            (r#"[{"name": 7, "input_schema": {}}]"#.to_owned(), "tool 1: `name` must be a text"),
            (r#"[{"name": "", "input_schema": {}}]"#.to_owned(), "tool 1: `name` is empty"),
            (r#"[{"name": "f"}]"#.to_owned(), "tool 1: f: `input_schema` is missing"),
            (r#"[{"name": "f", "parameters": 7}]"#.to_owned(), "f: `parameters` must be an object"),
            (
                r#"[{"name": "f", "input_schema": {}, "strict": 1}]"#.to_owned(),
                "f: `strict` must be true or false",
            ),
            (r#"[{"system": 7}]"#.to_owned(), "tool 1: `system` is not as it must be"),
            (r#"[{"toolSpec": []}]"#.to_owned(), "tool 1: `toolSpec` must be an object"),
        ] {
            let said = parse(&text).unwrap_err();
            assert!(said.contains(problem), "{said:?} for {text}");
        }
    }
}
