//! What both sides make of an answer, in the words of the service.

use crate::support::{MODEL, Outcome};
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::error::ProvideErrorMetadata as _;
use aws_sdk_bedrockruntime::types as sdk;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use converse_host::{
    BlockKind, Citation, CitationLocation, Delta, Event, Json, MediaSource, SourceRange,
    StopReason, Summary, ToolResultContent, ToolStatus,
};
use serde_json::{Map, Number, Value, json};

/// What the plugin made of it.
pub fn of_outcome(outcome: &Outcome) -> Value {
    let mut read = Read::default();
    for event in &outcome.events {
        match event {
            Event::MessageStart { role } => read.role(json!(role)),
            Event::BlockStart { index, kind } => {
                if let Some(start) = start(kind) {
                    read.start(*index, start);
                }
            }
            Event::BlockDelta { index, delta: piece } => read.delta(*index, delta(piece)),
            Event::BlockStop { index, .. } => read.stop(*index),
            other => panic!("{other:?} is not said by the SDK"),
        }
    }
    match &outcome.end {
        Ok(summary) => read.end(end(summary)),
        Err(error) => {
            assert!(error.to_string().contains("it broke"), "{error}");
            read.end(json!({"error": error.code()}));
        }
    }
    read.0
}

/// What the SDK makes of it.
pub async fn with_sdk(client: &Client) -> Value {
    let mut stream = client.converse_stream().model_id(MODEL).send().await.unwrap().stream;
    let (mut read, mut end) = (Read::default(), json!({}));
    loop {
        use sdk::ConverseStreamOutput as E;
        let index = |index: i32| u32::try_from(index).unwrap();
        match stream.recv().await {
            Ok(Some(E::MessageStart(start))) => read.role(start.role.as_str().into()),
            Ok(Some(E::ContentBlockStart(start))) => {
                read.start(index(start.content_block_index), sdk_start(start.start.unwrap()));
            }
            Ok(Some(E::ContentBlockDelta(delta))) => {
                read.delta(index(delta.content_block_index), sdk_delta(delta.delta.unwrap()));
            }
            Ok(Some(E::ContentBlockStop(stop))) => read.stop(index(stop.content_block_index)),
            Ok(Some(E::MessageStop(stop))) => {
                end["stop"] = stop.stop_reason.as_str().into();
                end["fields"] = stop.additional_model_response_fields.map_or(Value::Null, value);
            }
            Ok(Some(E::Metadata(metadata))) => add_metadata(&mut end, metadata),
            Ok(Some(other)) => panic!("{other:?}"),
            Ok(None) => break,
            Err(error) => {
                let error = error.into_service_error();
                assert!(error.message().unwrap_or_default().contains("it broke"), "{error:?}");
                end = json!({"error": name(&error)});
                break;
            }
        }
    }
    read.end(end);
    read.0
}

/// An exception's name, of which the SDK keeps only what type it is.
fn name(error: &ConverseStreamOutputError) -> &'static str {
    use ConverseStreamOutputError as E;
    match error {
        E::InternalServerException(_) => "InternalServerException",
        E::ModelStreamErrorException(_) => "ModelStreamErrorException",
        E::ServiceUnavailableException(_) => "ServiceUnavailableException",
        E::ThrottlingException(_) => "ThrottlingException",
        E::ValidationException(_) => "ValidationException",
        other => panic!("{other:?}"),
    }
}

/// An answer: its blocks, each with its start and its deltas, and its end.
#[derive(Default)]
struct Read(Value);

impl Read {
    fn role(&mut self, role: Value) {
        self.0["role"] = role;
    }

    fn start(&mut self, index: u32, start: Value) {
        self.0[format!("block {index}")]["start"] = start;
    }

    fn delta(&mut self, index: u32, delta: Value) {
        let deltas = &mut self.0[format!("block {index}")]["deltas"];
        match deltas.as_array_mut() {
            Some(deltas) => deltas.push(delta),
            None => *deltas = json!([delta]),
        }
    }

    fn stop(&mut self, index: u32) {
        self.0[format!("block {index}")]["stopped"] = true.into();
    }

    fn end(&mut self, end: Value) {
        self.0["end"] = end;
    }
}

/// A block's start, where the service sends one.
fn start(kind: &BlockKind) -> Option<Value> {
    Some(match kind {
        BlockKind::ToolCall { id, name, server_kind } => {
            json!({"call": id, "name": name, "type": server_kind})
        }
        BlockKind::ToolResult { id, server_kind, status } => {
            let status = status.map(|status| match status {
                ToolStatus::Success => "success",
                ToolStatus::Error => "error",
            });
            json!({"result": id, "type": server_kind, "status": status})
        }
        BlockKind::Image { format } => json!({"image": format}),
        _ => return None,
    })
}

fn sdk_start(start: sdk::ContentBlockStart) -> Value {
    use sdk::ContentBlockStart as S;
    match start {
        S::ToolUse(tool) => {
            let kind = tool.r#type.map(|kind| kind.as_str().to_owned());
            json!({"call": tool.tool_use_id, "name": tool.name, "type": kind})
        }
        S::ToolResult(result) => {
            let status = result.status.map(|status| status.as_str().to_owned());
            json!({"result": result.tool_use_id, "type": result.r#type, "status": status})
        }
        S::Image(image) => json!({"image": image.format.as_str()}),
        other => panic!("{other:?}"),
    }
}

fn delta(delta: &Delta) -> Value {
    match delta {
        Delta::Text(text) => json!({"text": text}),
        Delta::ToolInput(text) => json!({"input": text}),
        Delta::ReasoningText(text) => json!({"reasoning": text}),
        Delta::ReasoningSignature(text) => json!({"signature": text}),
        Delta::RedactedReasoning(bytes) => json!({"redacted": STANDARD.encode(bytes)}),
        Delta::Citation(given) => citation(given),
        Delta::ToolResult(parts) => parts
            .iter()
            .map(|part| match part {
                ToolResultContent::Text(text) => json!({"text": text}),
                ToolResultContent::Json(value) => json!({"json": read_json(value)}),
                other => panic!("{other:?} is not said by the SDK"),
            })
            .collect(),
        Delta::Image(MediaSource::Bytes(bytes)) => json!({"bytes": STANDARD.encode(bytes)}),
        Delta::Image(MediaSource::Object(object)) => json!({"uri": object.uri}),
        other => panic!("{other:?} is not said by the SDK"),
    }
}

fn sdk_delta(delta: sdk::ContentBlockDelta) -> Value {
    use sdk::ContentBlockDelta as D;
    use sdk::ReasoningContentBlockDelta as R;
    match delta {
        D::Text(text) => json!({"text": text}),
        D::ToolUse(tool) => json!({"input": tool.input}),
        D::ReasoningContent(R::Text(text)) => json!({"reasoning": text}),
        D::ReasoningContent(R::Signature(text)) => json!({"signature": text}),
        D::ReasoningContent(R::RedactedContent(blob)) => json!({"redacted": STANDARD.encode(blob)}),
        D::Citation(given) => sdk_citation(given),
        D::ToolResult(parts) => parts
            .into_iter()
            .map(|part| match part {
                sdk::ToolResultBlockDelta::Text(text) => json!({"text": text}),
                sdk::ToolResultBlockDelta::Json(document) => json!({"json": value(document)}),
                other => panic!("{other:?}"),
            })
            .collect(),
        D::Image(image) => match image.source.unwrap() {
            sdk::ImageSource::Bytes(blob) => json!({"bytes": STANDARD.encode(blob)}),
            sdk::ImageSource::S3Location(object) => json!({"uri": object.uri}),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn citation(citation: &Citation) -> Value {
    use CitationLocation as L;
    let location = citation.location.as_ref().map(|location| match location {
        L::Web { url, domain } => json!({"url": url, "domain": domain}),
        L::DocumentChar(at) => range("char", at),
        L::DocumentPage(at) => range("page", at),
        L::DocumentChunk(at) => range("chunk", at),
        L::SearchResult(at) => range("result", at),
        other => panic!("{other:?} is not said by the SDK"),
    });
    let Citation { title, source, source_content, .. } = citation;
    json!({"title": title, "source": source, "content": source_content, "location": location})
}

fn range(kind: &str, at: &SourceRange) -> Value {
    json!([kind, at.index, at.start, at.end])
}

fn sdk_citation(citation: sdk::CitationsDelta) -> Value {
    use sdk::CitationLocation as L;
    let location = citation.location.map(|location| match location {
        L::Web(web) => json!({"url": web.url, "domain": web.domain}),
        L::DocumentChar(at) => json!(["char", at.document_index, at.start, at.end]),
        L::DocumentPage(at) => json!(["page", at.document_index, at.start, at.end]),
        L::DocumentChunk(at) => json!(["chunk", at.document_index, at.start, at.end]),
        L::SearchResultLocation(at) => json!(["result", at.search_result_index, at.start, at.end]),
        other => panic!("{other:?}"),
    });
    let content: Vec<_> =
        citation.source_content.unwrap_or_default().into_iter().map(|part| part.text).collect();
    let (title, source) = (citation.title, citation.source);
    json!({"title": title, "source": source, "content": content, "location": location})
}

fn end(summary: &Summary) -> Value {
    let stop = match &summary.stop_reason {
        StopReason::Other(name) => name.clone(),
        // Ours is not the model's alone.
        StopReason::ContextWindowExceeded => "model_context_window_exceeded".to_owned(),
        known => json!(known).as_str().unwrap().to_owned(),
    };
    let usage = summary.usage.as_ref().unwrap();
    let details = usage.cache_write_details.iter().map(|write| json!([write.ttl, write.tokens]));
    let guardrail = summary.guardrail_trace.as_ref().map(read_json);
    json!({
        "stop": stop,
        "fields": summary.response_fields.as_ref().map(read_json),
        "tokens": [usage.input_tokens, usage.output_tokens, usage.total_tokens],
        "cached": [usage.cache_read_tokens, usage.cache_write_tokens],
        "details": details.collect::<Value>(),
        "latency": summary.latency_ms,
        "router": summary.invoked_model,
        "guardrail": guardrail.map(|trace| trace["actionReason"].clone()),
        "performance": summary.performance_latency,
        "tier": summary.service_tier,
    })
}

fn add_metadata(end: &mut Value, metadata: sdk::ConverseStreamMetadataEvent) {
    let usage = metadata.usage.unwrap();
    let details = usage.cache_details.unwrap_or_default();
    let details = details.into_iter().map(|write| json!([write.ttl.as_str(), write.input_tokens]));
    let (guardrail, router) =
        metadata.trace.map_or((None, None), |trace| (trace.guardrail, trace.prompt_router));
    end["tokens"] = json!([usage.input_tokens, usage.output_tokens, usage.total_tokens]);
    end["cached"] = json!([usage.cache_read_input_tokens, usage.cache_write_input_tokens]);
    end["details"] = details.collect();
    end["latency"] = json!(metadata.metrics.map(|metrics| metrics.latency_ms));
    end["router"] = json!(router.and_then(|router| router.invoked_model_id));
    end["guardrail"] = json!(guardrail.map(|trace| trace.action_reason));
    end["performance"] =
        json!(metadata.performance_config.map(|config| config.latency.as_str().to_owned()));
    end["tier"] = json!(metadata.service_tier.map(|tier| tier.r#type.as_str().to_owned()));
}

fn read_json(json: &Json) -> Value {
    json.read().unwrap()
}

/// The SDK's JSON as everybody else's.
fn value(document: aws_smithy_types::Document) -> Value {
    use aws_smithy_types::{Document as D, Number as N};
    match document {
        D::Null => Value::Null,
        D::Bool(value) => value.into(),
        D::String(text) => text.into(),
        D::Number(N::PosInt(number)) => number.into(),
        D::Number(N::NegInt(number)) => number.into(),
        D::Number(N::Float(number)) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        D::Array(list) => list.into_iter().map(value).collect(),
        D::Object(members) => {
            members.into_iter().map(|(k, v)| (k, value(v))).collect::<Map<_, _>>().into()
        }
    }
}
