//! The request's members around the conversation.

use serde_json::Value;

use super::{Checked, constraint, is_spelt, one_of, reject};
use crate::prompt::list;

/// Numbers of `inferenceConfig` and their bounds.
const NUMBERS: &[(&str, f64, f64)] =
    &[("maxTokens", 1.0, f64::INFINITY), ("temperature", 0.0, 1.0), ("topP", 0.0, 1.0)];

/// Members that a prompt kept at the service has itself.
const OF_THE_PROMPT: &[&str] =
    &["additionalModelRequestFields", "inferenceConfig", "system", "toolConfig"];

const STOP_SEQUENCES: usize = 2_500;
const FIELD_PATHS: usize = 10;
const METADATA: usize = 16;
/// The longest key, value or path.
const LENGTH: usize = 256;

/// What a request must not say when the prompt says it.
pub(super) fn of_kept_prompt(request: &Value) -> Checked {
    match OF_THE_PROMPT.iter().find(|name| request.get(**name).is_some()) {
        Some(name) => reject(format!(
            "The {name} field can't be used with a prompt resource. Remove it and try again."
        )),
        None => prompt_variables(&request["promptVariables"]),
    }
}

pub(super) fn fields(request: &Value) -> Checked {
    inference_config(&request["inferenceConfig"])?;
    request_metadata(&request["requestMetadata"])?;
    response_field_paths(&request["additionalModelResponseFieldPaths"])?;
    let latency = &request["performanceConfig"]["latency"];
    if !latency.is_null() {
        one_of(latency, "performanceConfig.latency", &["standard", "optimized"])?;
    }
    let tier = &request["serviceTier"];
    if !tier.is_null() {
        let tiers = &["priority", "default", "flex", "reserved"];
        one_of(&tier["type"], "serviceTier.type", tiers)?;
    }
    Ok(())
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
    let sequences = &config["stopSequences"];
    at_most(sequences, list(sequences).len(), STOP_SEQUENCES, "inferenceConfig.stopSequences")?;
    for (index, sequence) in list(sequences).iter().enumerate() {
        if sequence.as_str().is_none_or(str::is_empty) {
            let at = format!("inferenceConfig.stopSequences.{index}");
            return constraint(sequence, &at, "Member must have length greater than or equal to 1");
        }
    }
    Ok(())
}

fn request_metadata(metadata: &Value) -> Checked {
    let at = "requestMetadata";
    let entries = match metadata {
        Value::Null => return Ok(()),
        Value::Object(entries) if !entries.is_empty() => entries,
        _ => {
            let bound = "Member must have length greater than or equal to 1";
            return constraint(metadata, at, bound);
        }
    };
    at_most(metadata, entries.len(), METADATA, at)?;
    // A directive is the sim's own matter.
    for (key, value) in entries.iter().filter(|(key, _)| *key != "sim") {
        let fits = value
            .as_str()
            .is_some_and(|value| value.is_empty() || is_spelt(value, LENGTH, in_metadata));
        if !is_spelt(key, LENGTH, in_metadata) || !fits {
            let pattern = "Member must satisfy regular expression pattern: \
                           [a-zA-Z0-9\\s:_@$#=/+,-.]{0,256}";
            return constraint(value, &format!("{at}.{key}"), pattern);
        }
    }
    Ok(())
}

fn in_metadata(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" \t\n\r\x0b\x0c:_@$#=/+,-.".contains(&byte)
}

fn response_field_paths(paths: &Value) -> Checked {
    let at = "additionalModelResponseFieldPaths";
    at_most(paths, list(paths).len(), FIELD_PATHS, at)?;
    for (index, path) in list(paths).iter().enumerate() {
        let is_pointer = |path: &str| path.starts_with('/') && path.len() <= LENGTH;
        if !path.as_str().is_some_and(is_pointer) {
            let pattern = "Member must be a JSON Pointer of 1 to 256 characters";
            return constraint(path, &format!("{at}.{index}"), pattern);
        }
    }
    Ok(())
}

fn prompt_variables(variables: &Value) -> Checked {
    for (name, value) in variables.as_object().into_iter().flatten() {
        if !value["text"].is_string() {
            let at = format!("promptVariables.{name}.text");
            return constraint(&value["text"], &at, "Member must be a string");
        }
    }
    Ok(())
}

fn at_most(value: &Value, length: usize, most: usize, at: &str) -> Checked {
    if length <= most {
        return Ok(());
    }
    constraint(value, at, &format!("Member must have length less than or equal to {most}"))
}
