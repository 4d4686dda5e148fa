//! What one model takes and another does not.

use serde_json::Value;

use super::{Checked, caching, reject};
use crate::cache::items;
use crate::catalog::Model;
use crate::prompt::list;
use crate::thoughts;
use crate::traits::{Family, Traits};

/// The fewest tokens Claude can be given to think.
const LEAST_BUDGET: u64 = 1_024;

pub(super) fn model(request: &Value, model: &Model, strict: bool) -> Checked {
    let traits = model.traits();
    sampling(request, &traits)?;
    cache_points(request, &traits, strict)?;
    modalities(request, model)?;
    if traits.family == Family::Claude {
        thinking(request, strict)?;
    }
    reasoning(request, &traits, strict)?;
    let last = list(&request["messages"]).last();
    if !traits.prefill && last.is_some_and(|last| last["role"] == "assistant") {
        return reject(
            "This model does not support assistant message prefill. The conversation in messages \
             must end with a user message.",
        );
    }
    Ok(())
}

fn sampling(request: &Value, traits: &Traits) -> Checked {
    let config = &request["inferenceConfig"];
    let mut given = [("temperature", "temperature"), ("topP", "top_p")].into_iter();
    let mut given = given.by_ref().filter(|(member, _)| !config[*member].is_null());
    match (given.next(), given.next()) {
        (Some((member, name)), _) if traits.sampling == 0 => reject(format!(
            "The model returned the following errors: `{name}` is deprecated for this model. \
             Remove inferenceConfig.{member} and try again."
        )),
        (Some(_), Some(_)) if traits.sampling == 1 => reject(
            "The model returned the following errors: `temperature` and `top_p` cannot both be \
             specified for this model. Remove inferenceConfig.temperature or inferenceConfig.topP \
             and try again.",
        ),
        _ => Ok(()),
    }
}

fn cache_points(request: &Value, traits: &Traits, strict: bool) -> Checked {
    for (at, _) in caching::all(request) {
        let in_tools = at.starts_with("toolConfig");
        if !traits.caches {
            return reject(format!(
                "You invoked an unsupported model or your request did not allow prompt caching; \
                 {at} is a cachePoint."
            ));
        }
        if strict && in_tools && traits.family == Family::Nova {
            return reject(format!(
                "Malformed input request: {at}: extraneous key [cachePoint] is not permitted, \
                 please reformat your input and try again."
            ));
        }
    }
    Ok(())
}

fn modalities(request: &Value, model: &Model) -> Checked {
    let refused = |block: &Value| {
        let kinds = [("image", "IMAGE"), ("video", "VIDEO")].into_iter();
        let mut refused =
            kinds.filter(|(kind, modality)| block.get(kind).is_some() && !model.takes(modality));
        refused.next().map(|(kind, _)| kind)
    };
    for (at, block) in items(request) {
        let mut inside = list(&block["toolResult"]["content"]).iter();
        if let Some(kind) = refused(block).or_else(|| inside.find_map(refused)) {
            return reject(format!(
                "This model doesn't support the {kind} content block at {at}. Remove it and try \
                 again."
            ));
        }
    }
    Ok(())
}

/// Claude's own rules for `thinking`.
fn thinking(request: &Value, strict: bool) -> Checked {
    let thinking = &request["additionalModelRequestFields"]["thinking"];
    let (enabled, config) = (thinking["type"] == "enabled", &request["inferenceConfig"]);
    if !enabled && thinking["type"] != "adaptive" {
        return Ok(());
    }
    let at = "additionalModelRequestFields.thinking";
    let choice = &request["toolConfig"]["toolChoice"];
    if choice.get("any").or(choice.get("tool")).is_some() {
        return reject(
            "The model returned the following errors: Thinking may not be enabled when \
             toolConfig.toolChoice forces tool use.",
        );
    }
    if strict && config["temperature"].as_f64().is_some_and(|temperature| temperature != 1.0) {
        return reject(
            "The model returned the following errors: `temperature` may only be set to 1 when \
             thinking is enabled; inferenceConfig.temperature is not.",
        );
    }
    if !enabled {
        return Ok(());
    }
    let budget = thinking["budget_tokens"].as_u64().unwrap_or_default();
    if budget < LEAST_BUDGET {
        return reject(format!(
            "The model returned the following errors: {at}.budget_tokens: Input should be greater \
             than or equal to {LEAST_BUDGET}"
        ));
    }
    if config["maxTokens"].as_u64().is_some_and(|most| most <= budget) {
        return reject(format!(
            "The model returned the following errors: inferenceConfig.maxTokens must be greater \
             than {at}.budget_tokens."
        ));
    }
    Ok(())
}

/// Thoughts go back to the model that had them, as they were.
fn reasoning(request: &Value, traits: &Traits, strict: bool) -> Checked {
    for (at, block) in items(request) {
        let Some(reasoning) = block.get("reasoningContent") else { continue };
        let (text, redacted) = (&reasoning["reasoningText"], &reasoning["redactedContent"]);
        let signature = text["signature"].as_str();
        if traits.family != Family::Claude {
            if strict && signature.is_some() {
                return reject(format!(
                    "This model doesn't support the signature field at \
                     {at}.reasoningContent.reasoningText. Remove it and try again."
                ));
            }
            continue;
        }
        let wrong = match (signature, text["text"].as_str(), redacted.as_str()) {
            (_, _, Some(redacted)) if !thoughts::is_redacted(redacted) => {
                "Invalid `data` in `redacted_thinking` block"
            }
            (_, _, Some(_)) => continue,
            (Some(signature), Some(text), _) if thoughts::is_signature(signature, text) => continue,
            (Some(_), ..) => "Invalid `signature` in `thinking` block",
            (None, ..) => "thinking.signature: Field required",
        };
        return reject(format!("The model returned the following errors: {at}: {wrong}"));
    }
    Ok(())
}
