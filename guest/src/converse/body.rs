//! The request's body: a conversation as Converse's JSON.
//!
//! What is written here is what the request says; what has to be changed in it was changed before, see
//! [`prepare`](super::prepare).

use super::blocks::{other, write_block, write_cache_point, write_system_block};
use super::invalid::{Invalid, Mapped, json_object, write_each};
use super::merge::merge;
use crate::bindings::types as wit;
use crate::json::Writer;

/// What is asked of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// ConverseStream.
    ConverseStream,
    /// Converse.
    Converse,
    /// CountTokens.
    CountTokens,
}

impl Operation {
    /// The last segment of its path.
    pub fn path(self) -> &'static str {
        match self {
            Self::ConverseStream => "converse-stream",
            Self::Converse => "converse",
            Self::CountTokens => "count-tokens",
        }
    }
}

/// The body of a request. CountTokens knows conversation, system prompt, tools and additional fields;
/// its body holds no more.
///
/// # Errors
///
/// Kind `invalid-request` for what cannot be written as JSON. The message begins with the member's
/// name.
pub fn body(operation: Operation, request: &wit::Request) -> Result<Vec<u8>, wit::Error> {
    let mut w = Writer::with_capacity(estimated_size(request));
    w.open();
    write_what_counts(&mut w, request)?;
    if operation == Operation::CountTokens {
        w.close();
        let counted = with_extra(w.finish(), request)?;
        let mut w = Writer::with_capacity(counted.len() + 32);
        w.open().key("input").open().key("converse").raw(&counted).close().close();
        return Ok(w.finish().into_bytes());
    }
    write_inference(&mut w, &request.inference)?;
    write_guardrail(&mut w, request.guardrail.as_ref());
    w.texts("additionalModelResponseFieldPaths", &request.response_field_paths);
    write_prompt_variables(&mut w, &request.prompt_variables)?;
    write_metadata(&mut w, &request.request_metadata)?;
    if let Some(latency) = &request.performance_latency {
        w.key("performanceConfig").open().member("latency", latency).close();
    }
    if let Some(tier) = &request.service_tier {
        w.key("serviceTier").open().member("type", tier).close();
    }
    write_output(&mut w, request)?;
    w.close();
    Ok(with_extra(w.finish(), request)?.into_bytes())
}

fn with_extra(body: String, request: &wit::Request) -> Mapped<String> {
    match request.extra_json.as_deref() {
        Some(extra) => merge("extra-json", &body, json_object(extra, "extra-json")?),
        None => Ok(body),
    }
}

/// Bytes, so that a body with images is not moved about while it grows.
fn estimated_size(request: &wit::Request) -> usize {
    use wit::{ContentBlock as B, DocumentSource, MediaSource};
    let base64 = |bytes: &[u8]| bytes.len().div_ceil(3) * 4;
    let blocks = request.messages.iter().flat_map(|message| &message.content);
    let sizes = blocks.map(|block| match block {
        B::Text(text) => text.len() + text.len() / 8,
        B::Image(wit::Media { source: MediaSource::Bytes(bytes), .. })
        | B::Video(wit::Media { source: MediaSource::Bytes(bytes), .. })
        | B::Audio(wit::Media { source: MediaSource::Bytes(bytes), .. })
        | B::Document(wit::Document { source: DocumentSource::Bytes(bytes), .. }) => base64(bytes),
        _ => 256,
    });
    1024 + sizes.map(|size| size + 64).sum::<usize>()
}

fn write_what_counts(w: &mut Writer, request: &wit::Request) -> Mapped<()> {
    if !request.messages.is_empty() {
        w.key("messages");
        write_each(w, &request.messages, write_message).map_err(|i| i.within("messages"))?;
    }
    if !request.system.is_empty() {
        w.key("system");
        write_each(w, &request.system, write_system_block).map_err(|i| i.within("system"))?;
    }
    if !request.tools.is_empty() {
        w.key("toolConfig").open().key("tools");
        write_each(w, &request.tools, write_tool).map_err(|i| i.within("tools"))?;
        if let Some(choice) = &request.tool_choice {
            w.key("toolChoice").open();
            write_tool_choice(w, choice).map_err(|invalid| invalid.within("tool-choice"))?;
            w.close();
        }
        w.close();
    }
    if let Some(fields) = &request.additional_fields {
        w.key("additionalModelRequestFields").raw(json_object(fields, "additional-fields")?);
    }
    Ok(())
}

fn write_message(w: &mut Writer, message: &wit::Message) -> Mapped<()> {
    let role = match &message.role {
        wit::Role::User => "user",
        wit::Role::Assistant => "assistant",
        wit::Role::System => "system",
        wit::Role::Other(name) => name,
    };
    w.open().member("role", role).key("content");
    write_each(w, &message.content, write_block).map_err(|i| i.within("content"))?;
    w.close();
    Ok(())
}

fn write_tool(w: &mut Writer, tool: &wit::Tool) -> Mapped<()> {
    w.open();
    match tool {
        wit::Tool::Function(spec) => {
            w.key("toolSpec").open().member("name", &spec.name);
            w.optional("description", spec.description.as_deref());
            let schema = json_object(&spec.input_schema, "input-schema")?;
            w.key("inputSchema").open().key("json").raw(schema).close();
            if let Some(strict) = spec.strict {
                w.key("strict").truth(strict);
            }
            w.close();
        }
        wit::Tool::System(name) => {
            w.key("systemTool").open().member("name", name).close();
        }
        wit::Tool::CachePoint(point) => write_cache_point(w, point),
        wit::Tool::Other(raw) => other(w, raw)?,
    }
    w.close();
    Ok(())
}

fn write_tool_choice(w: &mut Writer, choice: &wit::ToolChoice) -> Mapped<()> {
    match choice {
        wit::ToolChoice::Auto | wit::ToolChoice::None => w.key("auto").open().close(),
        wit::ToolChoice::Any => w.key("any").open().close(),
        wit::ToolChoice::Tool(name) => w.key("tool").open().member("name", name).close(),
        wit::ToolChoice::Other(raw) => return other(w, raw),
    };
    Ok(())
}

fn write_inference(w: &mut Writer, inference: &wit::Inference) -> Mapped<()> {
    let wit::Inference { max_tokens, temperature, top_p, stop_sequences } = inference;
    if max_tokens.is_none() && temperature.is_none() && top_p.is_none() && stop_sequences.is_empty()
    {
        return Ok(());
    }
    w.key("inferenceConfig").open();
    if let Some(tokens) = max_tokens {
        if *tokens == 0 {
            return Err(Invalid::new("inference.max-tokens", "must be at least 1"));
        }
        w.key("maxTokens").number(*tokens);
    }
    for (member, name, value) in
        [("temperature", "temperature", temperature), ("top-p", "topP", top_p)]
    {
        let Some(value) = value else { continue };
        // JSON has no NaN: it would silently become null.
        if !(0.0..=1.0).contains(value) {
            return Err(Invalid::new(format!("inference.{member}"), "is not between 0 and 1"));
        }
        w.key(name).float(*value);
    }
    w.texts("stopSequences", stop_sequences).close();
    Ok(())
}

fn write_guardrail(w: &mut Writer, guardrail: Option<&wit::Guardrail>) {
    let Some(guardrail) = guardrail else { return };
    w.key("guardrailConfig").open();
    w.member("guardrailIdentifier", &guardrail.identifier);
    w.member("guardrailVersion", &guardrail.version);
    w.optional("trace", guardrail.trace.as_deref());
    w.optional("streamProcessingMode", guardrail.stream_processing_mode.as_deref()).close();
}

fn write_prompt_variables(w: &mut Writer, variables: &[wit::KeyValue]) -> Mapped<()> {
    if variables.is_empty() {
        return Ok(());
    }
    check_once(variables, "prompt-variables")?;
    w.key("promptVariables").open();
    for variable in variables {
        w.key(&variable.key).open().member("text", &variable.value).close();
    }
    w.close();
    Ok(())
}

fn write_metadata(w: &mut Writer, metadata: &[wit::KeyValue]) -> Mapped<()> {
    if metadata.is_empty() {
        return Ok(());
    }
    check_once(metadata, "request-metadata")?;
    w.key("requestMetadata").open();
    for pair in metadata {
        w.member(&pair.key, &pair.value);
    }
    w.close();
    Ok(())
}

fn check_once(pairs: &[wit::KeyValue], member: &str) -> Mapped<()> {
    for (i, pair) in pairs.iter().enumerate() {
        if pairs[..i].iter().any(|earlier| earlier.key == pair.key) {
            return Err(Invalid::new(member, format!("`{}` occurs twice", pair.key)));
        }
    }
    Ok(())
}

fn write_output(w: &mut Writer, request: &wit::Request) -> Mapped<()> {
    if request.output_schema.is_none() && request.output_effort.is_none() {
        return Ok(());
    }
    w.key("outputConfig").open();
    if let Some(schema) = &request.output_schema {
        json_object(&schema.schema, "output-schema.schema")?;
        w.key("textFormat").open().member("type", "json_schema");
        w.key("structure").open().key("jsonSchema").open();
        // A text that holds JSON, not JSON itself.
        w.member("schema", &schema.schema);
        w.optional("name", schema.name.as_deref());
        w.optional("description", schema.description.as_deref());
        w.close().close().close();
    }
    w.optional("effort", request.output_effort.as_deref()).close();
    Ok(())
}
