//! The request's body: a conversation as Converse's JSON.

use super::blocks::{Block, CachePoint, Single, SystemBlock};
use super::invalid::{Invalid, each, raw_object};
use super::merge::merge;
use crate::bindings::types as wit;
use crate::error::unsupported;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

/// The body of a ConverseStream request.
///
/// # Errors
///
/// Kind `invalid-request` for what cannot be written as JSON, kind `unsupported` for what this
/// version of the plugin does not do. The message begins with the member's name.
pub fn body(request: &wit::Request) -> Result<Vec<u8>, wit::Error> {
    refuse_what_is_not_done(request)?;
    let body = Body::new(request)?;
    let mut json = Vec::with_capacity(estimated_size(request));
    serde_json::to_writer(&mut json, &body)
        .map_err(|problem| crate::error::invalid("request", &problem.to_string()))?;
    match request.extra_json.as_deref() {
        Some(extra) => Ok(merge(&json, raw_object(extra, "extra-json")?)?),
        None => Ok(json),
    }
}

/// What needs knowledge of single models is refused until it is there: to drop it would change what
/// the caller asked for.
fn refuse_what_is_not_done(request: &wit::Request) -> Result<(), wit::Error> {
    if let Some(reasoning) = &request.reasoning {
        let off = matches!(reasoning.effort, None | Some(wit::ReasoningEffort::Off));
        if !off || reasoning.budget_tokens.is_some() {
            return Err(unsupported(
                "reasoning",
                "this plugin does not know each model's switch for it; set it in additional-fields",
            ));
        }
    }
    if let Some(caching) = &request.caching
        && caching.retention != wit::CacheRetention::None
    {
        return Err(unsupported(
            "caching",
            "this plugin places no cache points by itself; put cache-point blocks into the request",
        ));
    }
    if matches!(request.tool_choice, Some(wit::ToolChoice::None)) && speaks_of_tools(request) {
        return Err(unsupported(
            "tool-choice",
            "Bedrock has no `none`, and a conversation with tool calls needs its tools",
        ));
    }
    Ok(())
}

fn speaks_of_tools(request: &wit::Request) -> bool {
    use wit::ContentBlock::{ToolCall, ToolResult};
    let mut blocks = request.messages.iter().flat_map(|message| &message.content);
    blocks.any(|block| matches!(block, ToolCall(_) | ToolResult(_)))
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

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    system: Vec<SystemBlock<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inference_config: Option<InferenceConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_config: Option<ToolConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardrail_config: Option<GuardrailConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_model_request_fields: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    additional_model_response_field_paths: &'a [String],
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    prompt_variables: Pairs<'a, PromptVariable<'a>>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    request_metadata: Pairs<'a, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    performance_config: Option<PerformanceConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<ServiceTier<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
}

impl<'a> Body<'a> {
    fn new(request: &'a wit::Request) -> Result<Self, Invalid> {
        Ok(Self {
            messages: each(&request.messages, Message::new).map_err(|i| i.within("messages"))?,
            system: each(&request.system, SystemBlock::new).map_err(|i| i.within("system"))?,
            inference_config: InferenceConfig::new(&request.inference)?,
            tool_config: ToolConfig::new(request)?,
            guardrail_config: request.guardrail.as_ref().map(GuardrailConfig::new),
            additional_model_request_fields: request
                .additional_fields
                .as_deref()
                .map(|json| raw_object(json, "additional-fields"))
                .transpose()?,
            additional_model_response_field_paths: &request.response_field_paths,
            prompt_variables: Pairs::new(&request.prompt_variables, "prompt-variables", |text| {
                PromptVariable { text }
            })?,
            request_metadata: Pairs::new(&request.request_metadata, "request-metadata", |s| s)?,
            performance_config: request
                .performance_latency
                .as_deref()
                .map(|latency| PerformanceConfig { latency }),
            service_tier: request.service_tier.as_deref().map(|kind| ServiceTier { kind }),
            output_config: OutputConfig::new(request)?,
        })
    }
}

#[derive(Debug, Serialize)]
struct Message<'a> {
    role: &'a str,
    content: Vec<Block<'a>>,
}

impl<'a> Message<'a> {
    fn new(message: &'a wit::Message) -> Result<Self, Invalid> {
        let role = match &message.role {
            wit::Role::User => "user",
            wit::Role::Assistant => "assistant",
            wit::Role::System => "system",
            wit::Role::Other(name) => name,
        };
        let content = each(&message.content, Block::new).map_err(|i| i.within("content"))?;
        Ok(Self { role, content })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct InferenceConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    stop_sequences: &'a [String],
}

impl<'a> InferenceConfig<'a> {
    fn new(inference: &'a wit::Inference) -> Result<Option<Self>, Invalid> {
        let within = |member: &str, value: Option<f64>| match value {
            // JSON has no NaN: it would silently become null.
            Some(value) if !(0.0..=1.0).contains(&value) => {
                Err(Invalid::new(format!("inference.{member}"), "is not between 0 and 1"))
            }
            value => Ok(value),
        };
        if inference.max_tokens == Some(0) {
            return Err(Invalid::new("inference.max-tokens", "must be at least 1"));
        }
        let config = Self {
            max_tokens: inference.max_tokens,
            temperature: within("temperature", inference.temperature)?,
            top_p: within("top-p", inference.top_p)?,
            stop_sequences: &inference.stop_sequences,
        };
        let empty = config.max_tokens.is_none()
            && config.temperature.is_none()
            && config.top_p.is_none()
            && config.stop_sequences.is_empty();
        Ok((!empty).then_some(config))
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolConfig<'a> {
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<ToolChoice<'a>>,
}

impl<'a> ToolConfig<'a> {
    fn new(request: &'a wit::Request) -> Result<Option<Self>, Invalid> {
        let tool_choice = match &request.tool_choice {
            None => None,
            // No tools at all is what `none` means, in a conversation without calls.
            Some(wit::ToolChoice::None) => return Ok(None),
            Some(wit::ToolChoice::Auto) => Some(ToolChoice::Auto {}),
            Some(wit::ToolChoice::Any) => Some(ToolChoice::Any {}),
            Some(wit::ToolChoice::Tool(name)) => Some(ToolChoice::Tool { name }),
            Some(wit::ToolChoice::Other(other)) => Some(ToolChoice::Other(
                Single::new(other).map_err(|invalid| invalid.within("tool-choice"))?,
            )),
        };
        if request.tools.is_empty() {
            return match tool_choice {
                None | Some(ToolChoice::Auto {}) => Ok(None),
                Some(_) => {
                    Err(Invalid::new("tool-choice", "asks for a tool, but `tools` is empty"))
                }
            };
        }
        let tools = each(&request.tools, Tool::new).map_err(|i| i.within("tools"))?;
        Ok(Some(Self { tools, tool_choice }))
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Tool<'a> {
    #[serde(rename = "toolSpec")]
    Function(ToolSpec<'a>),
    #[serde(rename = "systemTool")]
    System {
        name: &'a str,
    },
    CachePoint(CachePoint<'a>),
    #[serde(untagged)]
    Other(Single<'a>),
}

impl<'a> Tool<'a> {
    fn new(tool: &'a wit::Tool) -> Result<Self, Invalid> {
        Ok(match tool {
            wit::Tool::Function(spec) => Self::Function(ToolSpec {
                name: &spec.name,
                description: spec.description.as_deref(),
                input_schema: InputSchema { json: raw_object(&spec.input_schema, "input-schema")? },
                strict: spec.strict,
            }),
            wit::Tool::System(name) => Self::System { name },
            wit::Tool::CachePoint(point) => Self::CachePoint(CachePoint::new(point)),
            wit::Tool::Other(other) => Self::Other(Single::new(other)?),
        })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolSpec<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    input_schema: InputSchema<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

#[derive(Debug, Serialize)]
struct InputSchema<'a> {
    json: &'a RawValue,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum ToolChoice<'a> {
    Auto {},
    Any {},
    Tool {
        name: &'a str,
    },
    #[serde(untagged)]
    Other(Single<'a>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GuardrailConfig<'a> {
    guardrail_identifier: &'a str,
    guardrail_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_processing_mode: Option<&'a str>,
}

impl<'a> GuardrailConfig<'a> {
    fn new(guardrail: &'a wit::Guardrail) -> Self {
        Self {
            guardrail_identifier: &guardrail.identifier,
            guardrail_version: &guardrail.version,
            trace: guardrail.trace.as_deref(),
            stream_processing_mode: guardrail.stream_processing_mode.as_deref(),
        }
    }
}

#[derive(Debug, Serialize)]
struct PromptVariable<'a> {
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct PerformanceConfig<'a> {
    latency: &'a str,
}

#[derive(Debug, Serialize)]
struct ServiceTier<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    text_format: Option<TextFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'a str>,
}

impl<'a> OutputConfig<'a> {
    fn new(request: &'a wit::Request) -> Result<Option<Self>, Invalid> {
        let text_format = match &request.output_schema {
            Some(schema) => {
                raw_object(&schema.schema, "output-schema.schema")?;
                Some(TextFormat {
                    kind: "json_schema",
                    structure: Structure {
                        json_schema: JsonSchema {
                            schema: &schema.schema,
                            name: schema.name.as_deref(),
                            description: schema.description.as_deref(),
                        },
                    },
                })
            }
            None => None,
        };
        let effort = request.output_effort.as_deref();
        let wanted = text_format.is_some() || effort.is_some();
        Ok(wanted.then_some(Self { text_format, effort }))
    }
}

#[derive(Debug, Serialize)]
struct TextFormat<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    structure: Structure<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Structure<'a> {
    json_schema: JsonSchema<'a>,
}

#[derive(Debug, Serialize)]
struct JsonSchema<'a> {
    /// A string that holds JSON, not JSON itself.
    schema: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

/// Names and values, as an object.
#[derive(Debug)]
struct Pairs<'a, T>(Vec<(&'a str, T)>);

impl<'a, T> Pairs<'a, T> {
    fn new(
        pairs: &'a [wit::KeyValue],
        member: &str,
        value: impl Fn(&'a str) -> T,
    ) -> Result<Self, Invalid> {
        for (i, pair) in pairs.iter().enumerate() {
            if pairs[..i].iter().any(|earlier| earlier.key == pair.key) {
                return Err(Invalid::new(member, format!("`{}` occurs twice", pair.key)));
            }
        }
        Ok(Self(pairs.iter().map(|pair| (pair.key.as_str(), value(&pair.value))).collect()))
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Serialize> Serialize for Pairs<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
