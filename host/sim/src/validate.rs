//! What the service checks before a model sees the request.
//!
//! Messages are the service's own where they are publicly known, and always name the member.

mod caching;
mod fields;
mod media;
mod messages;
mod model;
mod tools;

use serde_json::Value;

use crate::catalog::Model;
use crate::reply::ServiceError;

type Checked = Result<(), ServiceError>;

/// What a request is checked against besides the service's shapes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rules<'a> {
    /// The model that is to answer, if it is known.
    pub(crate) model: Option<&'a Model>,
    /// It answers a prompt that is kept at the service and has its own settings.
    pub(crate) kept_prompt: bool,
    /// Nothing is let pass for the convenience of tests.
    pub(crate) strict: bool,
}

/// Checks a Converse or ConverseStream request's body, or what CountTokens has of one.
pub(crate) fn converse(request: &Value, rules: &Rules<'_>) -> Checked {
    if !request.is_object() {
        return reject("The request body must be a JSON object.");
    }
    if rules.kept_prompt {
        fields::of_kept_prompt(request)?;
    }
    fields::fields(request)?;
    tools::tool_config(&request["toolConfig"])?;
    messages::system(&request["system"])?;
    if !(rules.kept_prompt && request["messages"].is_null()) {
        messages::messages(request, rules.strict)?;
    }
    caching::points(request)?;
    match rules.model {
        Some(model) => model::model(request, model, rules.strict),
        None => Ok(()),
    }
}

/// Whether a text has from 1 to `most` bytes, all of them legal.
fn is_spelt(text: &str, most: usize, legal: impl Fn(u8) -> bool) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(legal)
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

fn one_of(value: &Value, at: &str, values: &[&str]) -> Checked {
    if value.as_str().is_some_and(|value| values.contains(&value)) {
        return Ok(());
    }
    constraint(value, at, &format!("Member must satisfy enum value set: [{}]", values.join(", ")))
}

fn reject(message: impl Into<String>) -> Checked {
    Err(ServiceError::validation(message))
}

#[cfg(test)]
mod tests;
