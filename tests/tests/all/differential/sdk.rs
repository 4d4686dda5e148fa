//! A request of ours as a call of the SDK's, member by member.

use crate::oracle::document as json_document;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::operation::converse_stream::builders::ConverseStreamFluentBuilder;
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types as sdk;
use converse_host::{
    CachePoint, Citation, CitationLocation, CitedText, ContentBlock, Document, DocumentSource,
    GuardContent, Guardrail, Inference, Json, Media, MediaSource, Message, ObjectLocation,
    OutputSchema, Reasoning, Request, Role, SearchResult, SourceRange, SystemBlock, Tool, ToolCall,
    ToolChange, ToolChoice, ToolResult, ToolResultContent, ToolStatus,
};

/// The call, ready to be sent.
pub fn call(client: &Client, request: &Request) -> ConverseStreamFluentBuilder {
    let some = |list: Vec<_>| (!list.is_empty()).then_some(list);
    let messages: Vec<_> = request.messages.iter().map(message).collect();
    let system: Vec<_> = request.system.iter().map(system).collect();
    let latency = request
        .performance_latency
        .as_deref()
        .map(|latency| sdk::PerformanceConfiguration::builder().latency(latency.into()).build());
    let tier = request.service_tier.as_deref();
    let mut call = client
        .converse_stream()
        .model_id(&request.model)
        .set_messages((!messages.is_empty()).then_some(messages))
        .set_system((!system.is_empty()).then_some(system))
        .set_inference_config(inference(&request.inference))
        .set_tool_config(tool_config(request))
        .set_guardrail_config(request.guardrail.as_ref().map(guardrail))
        .set_additional_model_request_fields(request.additional_fields.as_ref().map(json))
        .set_additional_model_response_field_paths(some(request.response_field_paths.clone()))
        .set_performance_config(latency)
        .set_service_tier(
            tier.map(|tier| sdk::ServiceTier::builder().r#type(tier.into()).build().unwrap()),
        )
        .set_output_config(output(request));
    for (name, value) in &request.request_metadata {
        call = call.request_metadata(name, value);
    }
    for (name, value) in &request.prompt_variables {
        call = call.prompt_variables(name, sdk::PromptVariableValues::Text(value.clone()));
    }
    call
}

fn json(json: &Json) -> aws_smithy_types::Document {
    json_document(&json.read().unwrap())
}

fn message(message: &Message) -> sdk::Message {
    let role = match message.role {
        Role::User => sdk::ConversationRole::User,
        Role::Assistant => sdk::ConversationRole::Assistant,
        _ => sdk::ConversationRole::System,
    };
    let content = message.content.iter().map(block).collect();
    sdk::Message::builder().role(role).set_content(Some(content)).build().unwrap()
}

fn block(block: &ContentBlock) -> sdk::ContentBlock {
    use sdk::ContentBlock as S;
    match block {
        ContentBlock::Text(text) => S::Text(text.clone()),
        ContentBlock::Image(media) => S::Image(image(media)),
        ContentBlock::Document(given) => S::Document(document(given)),
        ContentBlock::Video(media) => S::Video(video(media)),
        ContentBlock::Audio(media) => S::Audio(audio(media)),
        ContentBlock::ToolCall(call) => S::ToolUse(tool_call(call)),
        ContentBlock::ToolResult(result) => S::ToolResult(tool_result(result)),
        ContentBlock::Reasoning(Reasoning { text, signature }) => {
            let thoughts = sdk::ReasoningTextBlock::builder().text(text);
            let thoughts = thoughts.set_signature(signature.clone()).build().unwrap();
            S::ReasoningContent(sdk::ReasoningContentBlock::ReasoningText(thoughts))
        }
        ContentBlock::RedactedReasoning(bytes) => {
            let bytes = Blob::new(bytes.clone());
            S::ReasoningContent(sdk::ReasoningContentBlock::RedactedContent(bytes))
        }
        ContentBlock::CitedText(cited) => S::CitationsContent(cited_text(cited)),
        ContentBlock::SearchResult(result) => S::SearchResult(found(result)),
        ContentBlock::GuardContent(content) => S::GuardContent(guarded(content)),
        ContentBlock::CachePoint(given) => S::CachePoint(point(given)),
        ContentBlock::ToolAddition(change) => {
            S::ToolAddition(sdk::ToolAdditionBlock::builder().tool(reference(change)).build())
        }
        ContentBlock::ToolRemoval(change) => {
            S::ToolRemoval(sdk::ToolRemovalBlock::builder().tool(reference(change)).build())
        }
        other => panic!("{other:?} is not made here"),
    }
}

fn system(block: &SystemBlock) -> sdk::SystemContentBlock {
    match block {
        SystemBlock::Text(text) => sdk::SystemContentBlock::Text(text.clone()),
        SystemBlock::GuardContent(content) => {
            sdk::SystemContentBlock::GuardContent(guarded(content))
        }
        SystemBlock::CachePoint(given) => sdk::SystemContentBlock::CachePoint(point(given)),
        other => panic!("{other:?} is not made here"),
    }
}

fn blob(media: &Media) -> Blob {
    match &media.source {
        MediaSource::Bytes(bytes) => Blob::new(bytes.clone()),
        other => panic!("{other:?} is not made here"),
    }
}

fn location(object: &ObjectLocation) -> sdk::S3Location {
    let location = sdk::S3Location::builder().uri(&object.uri);
    location.set_bucket_owner(object.owner.clone()).build().unwrap()
}

fn image(media: &Media) -> sdk::ImageBlock {
    let source = match &media.source {
        MediaSource::Object(object) => sdk::ImageSource::S3Location(location(object)),
        _ => sdk::ImageSource::Bytes(blob(media)),
    };
    sdk::ImageBlock::builder().format(media.format.as_str().into()).source(source).build().unwrap()
}

fn video(media: &Media) -> sdk::VideoBlock {
    let source = match &media.source {
        MediaSource::Object(object) => sdk::VideoSource::S3Location(location(object)),
        _ => sdk::VideoSource::Bytes(blob(media)),
    };
    sdk::VideoBlock::builder().format(media.format.as_str().into()).source(source).build().unwrap()
}

fn audio(media: &Media) -> sdk::AudioBlock {
    let source = match &media.source {
        MediaSource::Object(object) => sdk::AudioSource::S3Location(location(object)),
        _ => sdk::AudioSource::Bytes(blob(media)),
    };
    sdk::AudioBlock::builder().format(media.format.as_str().into()).source(source).build().unwrap()
}

/// Only where they are wanted: it is not in ours to say that they are not.
fn citations(wanted: bool) -> Option<sdk::CitationsConfig> {
    wanted.then(|| sdk::CitationsConfig::builder().enabled(true).build().unwrap())
}

fn document(document: &Document) -> sdk::DocumentBlock {
    let source = match &document.source {
        DocumentSource::Bytes(bytes) => sdk::DocumentSource::Bytes(Blob::new(bytes.clone())),
        DocumentSource::Object(object) => sdk::DocumentSource::S3Location(location(object)),
        DocumentSource::Text(text) => sdk::DocumentSource::Text(text.clone()),
        DocumentSource::Chunks(chunks) => sdk::DocumentSource::Content(
            chunks.iter().cloned().map(sdk::DocumentContentBlock::Text).collect(),
        ),
        other => panic!("{other:?} is not made here"),
    };
    sdk::DocumentBlock::builder()
        .set_format(document.format.as_deref().map(Into::into))
        .name(&document.name)
        .source(source)
        .set_context(document.context.clone())
        .set_citations(citations(document.citations))
        .build()
        .unwrap()
}

fn tool_call(call: &ToolCall) -> sdk::ToolUseBlock {
    sdk::ToolUseBlock::builder()
        .tool_use_id(&call.id)
        .name(&call.name)
        .input(json(&call.input))
        .set_type(call.server_kind.as_deref().map(Into::into))
        .build()
        .unwrap()
}

fn tool_result(result: &ToolResult) -> sdk::ToolResultBlock {
    use sdk::ToolResultContentBlock as S;
    let content = result.content.iter().map(|content| match content {
        ToolResultContent::Text(text) => S::Text(text.clone()),
        ToolResultContent::Json(value) => S::Json(json(value)),
        ToolResultContent::Image(media) => S::Image(image(media)),
        ToolResultContent::Document(given) => S::Document(document(given)),
        ToolResultContent::Video(media) => S::Video(video(media)),
        ToolResultContent::SearchResult(result) => S::SearchResult(found(result)),
        other => panic!("{other:?} is not made here"),
    });
    let status = result.status.map(|status| match status {
        ToolStatus::Success => sdk::ToolResultStatus::Success,
        ToolStatus::Error => sdk::ToolResultStatus::Error,
    });
    sdk::ToolResultBlock::builder()
        .tool_use_id(&result.id)
        .set_content(Some(content.collect()))
        .set_status(status)
        .set_type(result.server_kind.clone())
        .build()
        .unwrap()
}

fn found(result: &SearchResult) -> sdk::SearchResultBlock {
    let passage =
        |text: &String| sdk::SearchResultContentBlock::builder().text(text).build().unwrap();
    sdk::SearchResultBlock::builder()
        .source(&result.source)
        .title(&result.title)
        .set_content(Some(result.content.iter().map(passage).collect()))
        .set_citations(citations(result.citations))
        .build()
        .unwrap()
}

fn cited_text(cited: &CitedText) -> sdk::CitationsContentBlock {
    let content = cited.content.iter().cloned().map(sdk::CitationGeneratedContent::Text);
    sdk::CitationsContentBlock::builder()
        .set_content(Some(content.collect()))
        .set_citations(Some(cited.citations.iter().map(citation).collect()))
        .build()
}

fn citation(citation: &Citation) -> sdk::Citation {
    use CitationLocation as L;
    use sdk::CitationLocation as S;
    let signed = |number: Option<u32>| number.map(|number| i32::try_from(number).unwrap());
    macro_rules! range {
        ($builder:ident, $index:ident, $at:expr) => {{
            let SourceRange { index, start, end } = $at;
            let range = sdk::$builder::builder().$index(signed(*index));
            range.set_start(signed(*start)).set_end(signed(*end)).build()
        }};
    }
    let place = citation.location.as_ref().map(|location| match location {
        L::Web { url, domain } => S::Web(
            sdk::WebLocation::builder().set_url(url.clone()).set_domain(domain.clone()).build(),
        ),
        L::DocumentChar(at) => {
            S::DocumentChar(range!(DocumentCharLocation, set_document_index, at))
        }
        L::DocumentPage(at) => {
            S::DocumentPage(range!(DocumentPageLocation, set_document_index, at))
        }
        L::DocumentChunk(at) => {
            S::DocumentChunk(range!(DocumentChunkLocation, set_document_index, at))
        }
        L::SearchResult(at) => {
            S::SearchResultLocation(range!(SearchResultLocation, set_search_result_index, at))
        }
        other => panic!("{other:?} is not made here"),
    });
    let passages: Vec<_> =
        citation.source_content.iter().cloned().map(sdk::CitationSourceContent::Text).collect();
    sdk::Citation::builder()
        .set_title(citation.title.clone())
        .set_source(citation.source.clone())
        .set_source_content((!passages.is_empty()).then_some(passages))
        .set_location(place)
        .build()
}

fn guarded(content: &GuardContent) -> sdk::GuardrailConverseContentBlock {
    use sdk::GuardrailConverseContentBlock as S;
    match content {
        GuardContent::Text { text, qualifiers } => {
            let qualifiers: Vec<_> =
                qualifiers.iter().map(|qualifier| qualifier.as_str().into()).collect();
            let block = sdk::GuardrailConverseTextBlock::builder().text(text);
            let some = (!qualifiers.is_empty()).then_some(qualifiers);
            S::Text(block.set_qualifiers(some).build().unwrap())
        }
        GuardContent::Image(media) => S::Image(
            sdk::GuardrailConverseImageBlock::builder()
                .format(media.format.as_str().into())
                .source(sdk::GuardrailConverseImageSource::Bytes(blob(media)))
                .build()
                .unwrap(),
        ),
        other => panic!("{other:?} is not made here"),
    }
}

fn point(point: &CachePoint) -> sdk::CachePointBlock {
    sdk::CachePointBlock::builder()
        .r#type(sdk::CachePointType::Default)
        .set_ttl(point.ttl.as_deref().map(Into::into))
        .build()
        .unwrap()
}

fn reference(change: &ToolChange) -> sdk::ToolReference {
    sdk::ToolReference::builder()
        .set_type(change.kind.clone())
        .name(&change.name)
        .set_server_name(change.server_name.clone())
        .build()
}

fn inference(inference: &Inference) -> Option<sdk::InferenceConfiguration> {
    let Inference { max_tokens, temperature, top_p, stop_sequences } = inference.clone();
    if inference == &Inference::default() {
        return None;
    }
    let stop = (!stop_sequences.is_empty()).then_some(stop_sequences);
    let config = sdk::InferenceConfiguration::builder()
        .set_max_tokens(max_tokens.map(|tokens| i32::try_from(tokens).unwrap()))
        .set_temperature(temperature.map(|number| number as f32))
        .set_top_p(top_p.map(|number| number as f32))
        .set_stop_sequences(stop);
    Some(config.build())
}

fn tool_config(request: &Request) -> Option<sdk::ToolConfiguration> {
    if request.tools.is_empty() {
        return None;
    }
    let tools = request.tools.iter().map(|tool| match tool {
        Tool::Function(spec) => sdk::Tool::ToolSpec(
            sdk::ToolSpecification::builder()
                .name(&spec.name)
                .set_description(spec.description.clone())
                .input_schema(sdk::ToolInputSchema::Json(json(&spec.input_schema)))
                .set_strict(spec.strict)
                .build()
                .unwrap(),
        ),
        Tool::System(name) => {
            sdk::Tool::SystemTool(sdk::SystemTool::builder().name(name).build().unwrap())
        }
        Tool::CachePoint(given) => sdk::Tool::CachePoint(point(given)),
        other => panic!("{other:?} is not made here"),
    });
    let choice = request.tool_choice.as_ref().map(|choice| match choice {
        ToolChoice::Auto => sdk::ToolChoice::Auto(sdk::AutoToolChoice::builder().build()),
        ToolChoice::Any => sdk::ToolChoice::Any(sdk::AnyToolChoice::builder().build()),
        ToolChoice::Tool(name) => {
            sdk::ToolChoice::Tool(sdk::SpecificToolChoice::builder().name(name).build().unwrap())
        }
        other => panic!("{other:?} is not made here"),
    });
    let config = sdk::ToolConfiguration::builder().set_tools(Some(tools.collect()));
    Some(config.set_tool_choice(choice).build().unwrap())
}

fn guardrail(guardrail: &Guardrail) -> sdk::GuardrailStreamConfiguration {
    let mode = guardrail.stream_processing_mode.as_deref();
    sdk::GuardrailStreamConfiguration::builder()
        .guardrail_identifier(&guardrail.identifier)
        .guardrail_version(&guardrail.version)
        .set_trace(guardrail.trace.as_deref().map(Into::into))
        .set_stream_processing_mode(mode.map(Into::into))
        .build()
}

fn output(request: &Request) -> Option<sdk::OutputConfig> {
    let format = request.output_schema.as_ref().map(|schema| {
        let OutputSchema { name, description, schema } = schema;
        let definition = sdk::JsonSchemaDefinition::builder()
            .schema(schema.as_str())
            .set_name(name.clone())
            .set_description(description.clone())
            .build()
            .unwrap();
        sdk::OutputFormat::builder()
            .r#type(sdk::OutputFormatType::JsonSchema)
            .structure(sdk::OutputFormatStructure::JsonSchema(definition))
            .build()
            .unwrap()
    });
    let effort = request.output_effort.clone();
    (format.is_some() || effort.is_some())
        .then(|| sdk::OutputConfig::builder().set_text_format(format).set_effort(effort).build())
}
