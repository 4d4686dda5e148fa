//! The request that the command line asks for, without the conversation.

use super::tools::file as tool_file;
use crate::args::Chat;
use crate::args::chat::{Asked, DEFAULT_MODEL, Retention, Service, Thinking, Tools};
use crate::failure::Failure;
use converse_host::{
    CacheRetention, Caching, Guardrail, Json, OutputSchema, ReasoningEffort, Request, SystemBlock,
    Tool, ToolChoice,
};
use std::path::Path;

/// Puts what the command line says over a request; what it does not speak of stays.
pub(crate) fn complete(mut request: Request, args: &Chat) -> Result<Request, Failure> {
    let from_environment = std::env::var("CONVERSE_MODEL").ok();
    request.model = model(args.asked.model.as_deref(), request.model, from_environment.as_deref());
    ask_for(&mut request, &args.asked)?;
    offer(&mut request, &args.tools)?;
    serve(&mut request, &args.service)?;
    Ok(request)
}

fn model(given: Option<&str>, of_request: String, from_environment: Option<&str>) -> String {
    let from_environment = from_environment.map(str::trim).filter(|model| !model.is_empty());
    match given {
        Some(given) => given.to_owned(),
        None if !of_request.is_empty() => of_request,
        None => from_environment.unwrap_or(DEFAULT_MODEL).to_owned(),
    }
}

fn ask_for(request: &mut Request, asked: &Asked) -> Result<(), Failure> {
    if let Some(system) = &asked.system {
        request.system = vec![SystemBlock::Text(system.clone())];
    }
    let inference = &mut request.inference;
    inference.max_tokens = asked.max_tokens.or(inference.max_tokens);
    inference.temperature = asked.temperature.or(inference.temperature);
    inference.top_p = asked.top_p.or(inference.top_p);
    if !asked.stop.is_empty() {
        inference.stop_sequences.clone_from(&asked.stop);
    }
    if asked.thinking.is_some() || asked.thinking_budget.is_some() {
        let reasoning = request.reasoning.get_or_insert_default();
        reasoning.effort = asked.thinking.map(effort).or(reasoning.effort.take());
        reasoning.budget_tokens = asked.thinking_budget.or(reasoning.budget_tokens);
    }
    if let Some(path) = &asked.schema {
        request.output_schema = Some(schema(path)?);
    }
    if let Some(fields) = &asked.additional_fields {
        request.additional_fields = Some(object(fields, "--additional-fields")?);
    }
    Ok(())
}

fn effort(level: Thinking) -> ReasoningEffort {
    match level {
        Thinking::Off => ReasoningEffort::Off,
        Thinking::Minimal => ReasoningEffort::Minimal,
        Thinking::Low => ReasoningEffort::Low,
        Thinking::Medium => ReasoningEffort::Medium,
        Thinking::High => ReasoningEffort::High,
        Thinking::Xhigh => ReasoningEffort::Xhigh,
        Thinking::Max => ReasoningEffort::Max,
    }
}

fn schema(path: &Path) -> Result<OutputSchema, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::Usage(format!("cannot read the schema {}: {error}", path.display()))
    })?;
    let schema = object(&text, &path.display().to_string())?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let taken = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name: String = stem.chars().map(|c| if taken(c) { c } else { '_' }).take(64).collect();
    let name = Some(name).filter(|name| !name.is_empty());
    Ok(OutputSchema { name, description: None, schema })
}

/// A JSON object as it is written.
fn object(text: &str, what: &str) -> Result<Json, Failure> {
    let json = Json::parse(text)
        .map_err(|error| Failure::Usage(format!("{what} is not JSON: {error}")))?;
    if json.as_str().starts_with('{') {
        Ok(json)
    } else {
        Err(Failure::Usage(format!("{what} is JSON, but not an object")))
    }
}

fn offer(request: &mut Request, tools: &Tools) -> Result<(), Failure> {
    if let Some(path) = &tools.tools {
        request.tools.extend(tool_file::read(path)?);
    }
    if let Some(twice) = named_twice(&request.tools) {
        return Err(Failure::Usage(format!("there are two tools of the name {twice}")));
    }
    if let Some(choice) = &tools.tool_choice {
        request.tool_choice = Some(tool_choice(choice, &request.tools)?);
    }
    if tools.tool_command.is_some() && request.tools.is_empty() {
        return Err(Failure::Usage("--tool-command needs --tools".to_owned()));
    }
    Ok(())
}

fn names(tools: &[Tool]) -> impl Iterator<Item = &str> {
    tools.iter().filter_map(|tool| match tool {
        Tool::Function(spec) => Some(spec.name.as_str()),
        Tool::System(name) => Some(name),
        _ => None,
    })
}

fn named_twice(tools: &[Tool]) -> Option<&str> {
    names(tools).enumerate().find_map(|(i, name)| names(tools).take(i).find(|&n| n == name))
}

fn tool_choice(choice: &str, tools: &[Tool]) -> Result<ToolChoice, Failure> {
    if tools.is_empty() {
        return Err(Failure::Usage("--tool-choice needs --tools".to_owned()));
    }
    match choice {
        "auto" => Ok(ToolChoice::Auto),
        "any" => Ok(ToolChoice::Any),
        "none" => Ok(ToolChoice::None),
        name if names(tools).any(|offered| offered == name) => {
            Ok(ToolChoice::Tool(name.to_owned()))
        }
        name => {
            let offered = names(tools).collect::<Vec<_>>().join(", ");
            let what = format!("--tool-choice: there is no tool {name}, only {offered}");
            Err(Failure::Usage(what))
        }
    }
}

fn serve(request: &mut Request, service: &Service) -> Result<(), Failure> {
    if let Some(retention) = service.cache {
        let retention = match retention {
            Retention::Short => CacheRetention::Short,
            Retention::Long => CacheRetention::Long,
        };
        let force = request.caching.is_some_and(|caching| caching.force);
        request.caching = Some(Caching { retention, force });
    }
    if let Some(guardrail) = &service.guardrail {
        let (identifier, version) = id_and_version(guardrail);
        let (identifier, version) = (identifier.to_owned(), version.to_owned());
        let (trace, stream_processing_mode) = (None, None);
        let guardrail = Guardrail { identifier, version, trace, stream_processing_mode };
        request.guardrail = Some(guardrail);
    }
    if service.guardrail_trace {
        let Some(guardrail) = &mut request.guardrail else {
            return Err(Failure::Usage("--guardrail-trace needs --guardrail".to_owned()));
        };
        guardrail.trace = Some("enabled".to_owned());
    }
    if let Some(tier) = service.service_tier {
        request.service_tier = Some(tier.name().to_owned());
    }
    if let Some(latency) = service.latency {
        request.performance_latency = Some(latency.name().to_owned());
    }
    for (key, value) in &service.metadata {
        request.request_metadata.retain(|(other, _)| other != key);
        request.request_metadata.push((key.clone(), value.clone()));
    }
    Ok(())
}

/// An ARN has colons of its own.
fn id_and_version(guardrail: &str) -> (&str, &str) {
    let is_version = |text: &str| {
        text == "DRAFT" || !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    match guardrail.rsplit_once(':') {
        Some((id, version)) if !id.is_empty() && is_version(version) => (id, version),
        _ => (guardrail, "DRAFT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_is_the_options_then_the_requests_then_the_environments() {
        let model = |given, of_request: &str, environment| {
            super::model(given, of_request.to_owned(), environment)
        };
        assert_eq!(model(Some("a"), "b", Some("c")), "a");
        assert_eq!(model(None, "b", Some("c")), "b");
        assert_eq!(model(None, "", Some(" c ")), "c");
        assert_eq!(model(None, "", Some(" ")), DEFAULT_MODEL);
        assert_eq!(model(None, "", None), DEFAULT_MODEL);
    }

    #[test]
    fn an_arn_is_not_taken_apart() {
        let arn = "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc";
        assert_eq!(id_and_version(arn), (arn, "DRAFT"));
        assert_eq!(id_and_version(&format!("{arn}:7")), (arn, "7"));
        assert_eq!(id_and_version("abc:DRAFT"), ("abc", "DRAFT"));
        assert_eq!(id_and_version("abc"), ("abc", "DRAFT"));
        assert_eq!(id_and_version("abc:latest"), ("abc:latest", "DRAFT"));
    }
}
