//! What would come back as an error that does not say what is wrong.
//!
//! The rules are Bedrock's (API reference, ConverseStream). What the service itself names clearly, as
//! a format it does not know or an image that is too large, is left to it.

use super::blocks::media_format;
use super::invalid::{Invalid, Mapped, json};
use crate::bindings::types as wit;

/// Checks a request as a whole.
pub fn check(request: &wit::Request) -> Mapped<()> {
    check_prompt(request)?;
    check_metadata(&request.request_metadata)?;
    check_response_fields(&request.response_field_paths)?;
    if let Some(guardrail) = &request.guardrail {
        not_blank("guardrail.identifier", &guardrail.identifier)?;
        not_blank("guardrail.version", &guardrail.version)?;
    }
    if request.output_effort.as_deref().is_some_and(|effort| effort.len() > 16) {
        return Err(Invalid::new("output-effort", "is longer than 16 characters"));
    }
    for (m, message) in request.messages.iter().enumerate() {
        let place = |b: usize| format!("messages[{m}].content[{b}]");
        for (b, block) in message.content.iter().enumerate() {
            check_block(block).map_err(|invalid| invalid.within(place(b)))?;
        }
    }
    Ok(())
}

/// Checks that something is left of the conversation when it has been repaired. A stored prompt may do
/// without one.
pub fn check_messages(request: &wit::Request) -> Mapped<()> {
    if request.messages.is_empty() && !is_prompt(&request.model) {
        return Err(Invalid::new("messages", "is empty: there is nothing to answer"));
    }
    Ok(())
}

/// A stored prompt brings its own settings.
fn check_prompt(request: &wit::Request) -> Mapped<()> {
    if !is_prompt(&request.model) {
        if !request.prompt_variables.is_empty() {
            let problem = "are only for a stored prompt: `model` must be a prompt's ARN";
            return Err(Invalid::new("prompt-variables", problem));
        }
        return Ok(());
    }
    let wit::Inference { max_tokens, temperature, top_p, stop_sequences } = &request.inference;
    let inference = max_tokens.is_some()
        || temperature.is_some()
        || top_p.is_some()
        || !stop_sequences.is_empty();
    for (set, member) in [
        (inference, "inference"),
        (!request.system.is_empty(), "system"),
        (!request.tools.is_empty(), "tools"),
        (request.additional_fields.is_some(), "additional-fields"),
        (request.reasoning.is_some(), "reasoning"),
    ] {
        if set {
            return Err(Invalid::new(
                member,
                "cannot be set for a stored prompt, which has its own",
            ));
        }
    }
    Ok(())
}

/// Whether a model id is the ARN of a stored prompt.
pub fn is_prompt(model: &str) -> bool {
    let resource = model.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4));
    resource.is_some_and(|resource| resource.starts_with("prompt/"))
}

fn check_metadata(metadata: &[wit::KeyValue]) -> Mapped<()> {
    if metadata.len() > 16 {
        return Err(Invalid::new("request-metadata", "has more than 16 pairs"));
    }
    let allowed = |text: &str| {
        text.chars().all(|c| {
            c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c)
        })
    };
    for (i, pair) in metadata.iter().enumerate() {
        let member = || format!("request-metadata[{i}]");
        if !(1..=256).contains(&pair.key.len()) || pair.value.len() > 256 {
            let problem = "keys have 1 to 256 characters, values at most 256";
            return Err(Invalid::new(member(), problem));
        }
        if !allowed(&pair.key) || !allowed(&pair.value) {
            let problem = "only letters, digits, white space and :_@$#=/+,-. can be logged";
            return Err(Invalid::new(member(), problem));
        }
    }
    Ok(())
}

fn check_response_fields(paths: &[String]) -> Mapped<()> {
    if paths.len() > 10 {
        return Err(Invalid::new("response-field-paths", "has more than 10 paths"));
    }
    let bad = paths.iter().position(|path| !path.starts_with('/') || path.len() > 256);
    bad.map_or(Ok(()), |at| {
        let problem = "is no JSON Pointer, which begins with `/`, of at most 256 characters";
        Err(Invalid::new(format!("response-field-paths[{at}]"), problem))
    })
}

fn check_block(block: &wit::ContentBlock) -> Mapped<()> {
    use wit::ContentBlock as B;
    match block {
        B::Image(media) => check_media(media).map_err(|i| i.within("image")),
        B::Video(media) => check_media(media).map_err(|i| i.within("video")),
        B::Audio(media) => check_media(media).map_err(|i| i.within("audio")),
        B::GuardContent(wit::GuardContent::Image(media)) => {
            check_media(media).map_err(|i| i.within("guard-content.image"))
        }
        B::Document(document) => check_document(document),
        B::ToolCall(call) => not_blank("tool-call.id", &call.id),
        B::ToolResult(result) => {
            not_blank("tool-result.id", &result.id)?;
            for (c, content) in result.content.iter().enumerate() {
                check_result(content).map_err(|i| i.within(format!("tool-result.content[{c}]")))?;
            }
            Ok(())
        }
        B::Other(raw) => check_raw(raw),
        _ => Ok(()),
    }
}

fn check_result(content: &wit::ToolResultContent) -> Mapped<()> {
    use wit::ToolResultContent as C;
    match content {
        C::Json(value) => json(value, "json").map(|_| ()),
        C::Image(media) => check_media(media).map_err(|i| i.within("image")),
        C::Video(media) => check_media(media).map_err(|i| i.within("video")),
        C::Document(document) => check_document(document),
        C::Other(raw) => check_raw(raw),
        C::Text(_) | C::SearchResult(_) => Ok(()),
    }
}

fn check_media(media: &wit::Media) -> Mapped<()> {
    if media_format(&media.format).is_empty() {
        return Err(Invalid::new("format", "is empty"));
    }
    match &media.source {
        wit::MediaSource::Bytes(bytes) => check_bytes(bytes),
        wit::MediaSource::Object(object) => check_location(object),
    }
}

fn check_document(document: &wit::Document) -> Mapped<()> {
    let checked = match &document.source {
        wit::DocumentSource::Bytes(bytes) => check_bytes(bytes),
        wit::DocumentSource::Object(object) => check_location(object),
        wit::DocumentSource::Text(_) | wit::DocumentSource::Chunks(_) => Ok(()),
    };
    checked.map_err(|invalid| invalid.within("document"))
}

fn check_bytes(bytes: &[u8]) -> Mapped<()> {
    if bytes.is_empty() { Err(Invalid::new("source.bytes", "is empty")) } else { Ok(()) }
}

/// The service says of a wrong location only that the request is malformed.
fn check_location(object: &wit::ObjectLocation) -> Mapped<()> {
    if !object.uri.starts_with("s3://") {
        return Err(Invalid::new("source.object.uri", "must begin with s3://"));
    }
    let account = |owner: &str| owner.len() == 12 && owner.bytes().all(|b| b.is_ascii_digit());
    if !object.owner.as_deref().is_none_or(account) {
        return Err(Invalid::new("source.object.owner", "must be an account id of twelve digits"));
    }
    Ok(())
}

fn check_raw(raw: &wit::Raw) -> Mapped<()> {
    if raw.kind.is_empty() {
        return Err(Invalid::new("other.kind", "is empty"));
    }
    json(&raw.json, "other.json").map(|_| ())
}

fn not_blank(member: &str, text: &str) -> Mapped<()> {
    if text.trim().is_empty() { Err(Invalid::new(member, "is empty")) } else { Ok(()) }
}
