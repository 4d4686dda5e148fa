//! A request from a file, as JSON.

use super::input;
use super::tools::file as tools;
use crate::failure::Failure;
use converse_host::{Request, Tool};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

/// Where the request to start from is.
pub(crate) enum Given {
    Request(Box<Request>),
    /// Not read yet, as that may take long.
    StandardInput,
}

impl Given {
    pub(crate) fn read(file: Option<&Path>) -> Result<Self, Failure> {
        match file {
            None => Ok(Self::Request(Box::default())),
            Some(file) if file == Path::new("-") => Ok(Self::StandardInput),
            Some(file) => {
                let name = file.display();
                let text = std::fs::read_to_string(file).map_err(|error| {
                    Failure::Usage(format!("cannot read the request {name}: {error}"))
                })?;
                Ok(Self::Request(Box::new(parse(&text, &name.to_string())?)))
            }
        }
    }

    pub(crate) async fn request(self) -> Result<Request, Failure> {
        match self {
            Self::Request(request) => Ok(*request),
            Self::StandardInput => parse(&input::standard_input().await?, "standard input"),
        }
    }
}

fn parse(text: &str, name: &str) -> Result<Request, Failure> {
    let wrong = |problem: String| Failure::Usage(format!("{name} is not a request: {problem}"));
    let (text, tools) = without_tools(text).map_err(&wrong)?;
    let mut request: Request =
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    request.tools.extend(tools);
    // A list would be taken for the members in their order.
    if !text.trim_start().starts_with('{') {
        return Err(wrong("an object is needed".to_owned()));
    }
    Ok(request)
}

/// The tools of a request, which may be written as `--tools` takes them, and the request without
/// them. What follows stays in its place, as errors name it. What is no request stays as it is.
fn without_tools(text: &str) -> Result<(Cow<'_, str>, Vec<Tool>), String> {
    let list = serde_json::from_str::<HashMap<String, &RawValue>>(text).ok();
    let list = list.and_then(|members| members.get("tools").map(|tools| tools.get()));
    let Some(list) = list.filter(|list| list.starts_with('[')) else {
        return Ok((text.into(), Vec::new()));
    };
    let tools = tools::list(list).map_err(|problem| format!("`tools`: {problem}"))?;
    let start = list.as_ptr().addr() - text.as_ptr().addr();
    let (before, after) = (&text[..start], &text[start + list.len()..]);
    let inner = &list[1..list.len() - 1];
    let blank: String = inner.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    Ok((format!("{before}[{blank}]{after}").into(), tools))
}
