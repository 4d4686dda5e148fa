//! What the caller asks, as the contract has it.

use super::types as wit;
use crate::conversation::content as c;
use crate::conversation::json::{Json, Raw};
use crate::conversation::request as r;

/// A request for a plugin. Nothing is copied but what the contract shapes otherwise.
pub(crate) fn request(request: r::Request) -> wit::Request {
    wit::Request {
        model: request.model,
        messages: request.messages.into_iter().map(message).collect(),
        system: request.system.into_iter().map(system_block).collect(),
        inference: wit::Inference {
            max_tokens: request.inference.max_tokens,
            temperature: request.inference.temperature,
            top_p: request.inference.top_p,
            stop_sequences: request.inference.stop_sequences,
        },
        tools: request.tools.into_iter().map(tool).collect(),
        tool_choice: request.tool_choice.map(|choice| match choice {
            r::ToolChoice::Auto => wit::ToolChoice::Auto,
            r::ToolChoice::Any => wit::ToolChoice::Any,
            r::ToolChoice::None => wit::ToolChoice::None,
            r::ToolChoice::Tool(name) => wit::ToolChoice::Tool(name),
            r::ToolChoice::Other(other) => wit::ToolChoice::Other(raw(other)),
        }),
        reasoning: request.reasoning.map(|reasoning| wit::Reasoning {
            effort: reasoning.effort.map(effort),
            budget_tokens: reasoning.budget_tokens,
            interleaved: reasoning.interleaved,
            display: reasoning.display,
        }),
        caching: request.caching.map(|caching| wit::Caching {
            retention: match caching.retention {
                r::CacheRetention::None => wit::CacheRetention::None,
                r::CacheRetention::Short => wit::CacheRetention::Short,
                r::CacheRetention::Long => wit::CacheRetention::Long,
            },
            force: caching.force,
        }),
        guardrail: request.guardrail.map(|guardrail| wit::Guardrail {
            identifier: guardrail.identifier,
            version: guardrail.version,
            trace: guardrail.trace,
            stream_processing_mode: guardrail.stream_processing_mode,
        }),
        output_schema: request.output_schema.map(|schema| wit::OutputSchema {
            name: schema.name,
            description: schema.description,
            schema: json(schema.schema),
        }),
        output_effort: request.output_effort,
        service_tier: request.service_tier,
        performance_latency: request.performance_latency,
        request_metadata: pairs(request.request_metadata),
        prompt_variables: pairs(request.prompt_variables),
        additional_fields: request.additional_fields.map(json),
        response_field_paths: request.response_field_paths,
        extra_json: request.extra_json.map(json),
    }
}

fn json(json: Json) -> String {
    json.as_str().to_owned()
}

fn raw(raw: Raw) -> wit::Raw {
    wit::Raw { kind: raw.kind, json: json(raw.json) }
}

fn pairs(pairs: Vec<(String, String)>) -> Vec<wit::KeyValue> {
    pairs.into_iter().map(|(key, value)| wit::KeyValue { key, value }).collect()
}

fn effort(effort: r::ReasoningEffort) -> wit::ReasoningEffort {
    use r::ReasoningEffort as E;
    match effort {
        E::Off => wit::ReasoningEffort::Off,
        E::Minimal => wit::ReasoningEffort::Minimal,
        E::Low => wit::ReasoningEffort::Low,
        E::Medium => wit::ReasoningEffort::Medium,
        E::High => wit::ReasoningEffort::High,
        E::Xhigh => wit::ReasoningEffort::Xhigh,
        E::Max => wit::ReasoningEffort::Max,
        E::Other(name) => wit::ReasoningEffort::Other(name),
    }
}

fn system_block(block: r::SystemBlock) -> wit::SystemBlock {
    match block {
        r::SystemBlock::Text(text) => wit::SystemBlock::Text(text),
        r::SystemBlock::GuardContent(content) => {
            wit::SystemBlock::GuardContent(guard_content(content))
        }
        r::SystemBlock::CachePoint(point) => wit::SystemBlock::CachePoint(cache_point(point)),
        r::SystemBlock::Other(other) => wit::SystemBlock::Other(raw(other)),
    }
}

fn tool(tool: r::Tool) -> wit::Tool {
    match tool {
        r::Tool::Function(spec) => wit::Tool::Function(wit::ToolSpec {
            name: spec.name,
            description: spec.description,
            input_schema: json(spec.input_schema),
            strict: spec.strict,
        }),
        r::Tool::System(name) => wit::Tool::System(name),
        r::Tool::CachePoint(point) => wit::Tool::CachePoint(cache_point(point)),
        r::Tool::Other(other) => wit::Tool::Other(raw(other)),
    }
}

fn message(message: c::Message) -> wit::Message {
    wit::Message {
        role: match message.role {
            c::Role::User => wit::Role::User,
            c::Role::Assistant => wit::Role::Assistant,
            c::Role::System => wit::Role::System,
            c::Role::Other(name) => wit::Role::Other(name),
        },
        content: message.content.into_iter().map(block).collect(),
    }
}

pub(super) fn block(block: c::ContentBlock) -> wit::ContentBlock {
    use c::ContentBlock as B;
    use wit::ContentBlock as W;
    match block {
        B::Text(text) => W::Text(text),
        B::Image(image) => W::Image(media(image)),
        B::Document(it) => W::Document(document(it)),
        B::Video(video) => W::Video(media(video)),
        B::Audio(audio) => W::Audio(media(audio)),
        B::ToolCall(call) => W::ToolCall(wit::ToolCall {
            id: call.id,
            name: call.name,
            input: json(call.input),
            server_kind: call.server_kind,
        }),
        B::ToolResult(result) => W::ToolResult(wit::ToolResult {
            id: result.id,
            content: result.content.into_iter().map(tool_result_content).collect(),
            status: result.status.map(|status| match status {
                c::ToolStatus::Success => wit::ToolStatus::Success,
                c::ToolStatus::Error => wit::ToolStatus::Error,
            }),
            server_kind: result.server_kind,
        }),
        B::Reasoning(reasoning) => W::Reasoning(wit::ReasoningText {
            text: reasoning.text,
            signature: reasoning.signature,
        }),
        B::RedactedReasoning(bytes) => W::RedactedReasoning(bytes),
        B::CitedText(cited) => W::CitedText(wit::CitedText {
            content: cited.content,
            citations: cited.citations.into_iter().map(citation).collect(),
        }),
        B::SearchResult(found) => W::SearchResult(search_result(found)),
        B::GuardContent(content) => W::GuardContent(guard_content(content)),
        B::CachePoint(point) => W::CachePoint(cache_point(point)),
        B::ToolAddition(change) => W::ToolAddition(tool_change(change)),
        B::ToolRemoval(change) => W::ToolRemoval(tool_change(change)),
        B::Other(other) => W::Other(raw(other)),
    }
}

fn media(media: c::Media) -> wit::Media {
    wit::Media {
        format: media.format,
        source: match media.source {
            c::MediaSource::Bytes(bytes) => wit::MediaSource::Bytes(bytes),
            c::MediaSource::Object(location) => wit::MediaSource::Object(object(location)),
        },
    }
}

fn object(location: c::ObjectLocation) -> wit::ObjectLocation {
    wit::ObjectLocation { uri: location.uri, owner: location.owner }
}

fn document(document: c::Document) -> wit::Document {
    wit::Document {
        name: document.name,
        format: document.format,
        source: match document.source {
            c::DocumentSource::Bytes(bytes) => wit::DocumentSource::Bytes(bytes),
            c::DocumentSource::Object(location) => wit::DocumentSource::Object(object(location)),
            c::DocumentSource::Text(text) => wit::DocumentSource::Text(text),
            c::DocumentSource::Chunks(chunks) => wit::DocumentSource::Chunks(chunks),
        },
        context: document.context,
        citations: document.citations,
    }
}

fn tool_result_content(content: c::ToolResultContent) -> wit::ToolResultContent {
    use c::ToolResultContent as C;
    use wit::ToolResultContent as W;
    match content {
        C::Text(text) => W::Text(text),
        C::Json(value) => W::Json(json(value)),
        C::Image(image) => W::Image(media(image)),
        C::Document(it) => W::Document(document(it)),
        C::Video(video) => W::Video(media(video)),
        C::SearchResult(found) => W::SearchResult(search_result(found)),
        C::Other(other) => W::Other(raw(other)),
    }
}

fn search_result(found: c::SearchResult) -> wit::SearchResult {
    wit::SearchResult {
        source: found.source,
        title: found.title,
        content: found.content,
        citations: found.citations,
    }
}

fn guard_content(content: c::GuardContent) -> wit::GuardContent {
    match content {
        c::GuardContent::Text { text, qualifiers } => {
            wit::GuardContent::Text(wit::GuardText { text, qualifiers })
        }
        c::GuardContent::Image(image) => wit::GuardContent::Image(media(image)),
        c::GuardContent::Other(other) => wit::GuardContent::Other(raw(other)),
    }
}

fn cache_point(point: c::CachePoint) -> wit::CachePoint {
    wit::CachePoint { ttl: point.ttl }
}

fn tool_change(change: c::ToolChange) -> wit::ToolChange {
    wit::ToolChange { kind: change.kind, name: change.name, server_name: change.server_name }
}

fn citation(citation: c::Citation) -> wit::Citation {
    use c::CitationLocation as L;
    use wit::CitationLocation as W;
    let range = |range: c::SourceRange| wit::DocumentRange {
        document_index: range.index,
        start: range.start,
        end: range.end,
    };
    wit::Citation {
        title: citation.title,
        source: citation.source,
        source_content: citation.source_content,
        location: citation.location.map(|location| match location {
            L::Web { url, domain } => W::Web(wit::WebLocation { url, domain }),
            L::DocumentChar(at) => W::DocumentChar(range(at)),
            L::DocumentPage(at) => W::DocumentPage(range(at)),
            L::DocumentChunk(at) => W::DocumentChunk(range(at)),
            L::SearchResult(at) => W::SearchResult(wit::SearchResultRange {
                search_result_index: at.index,
                start: at.start,
                end: at.end,
            }),
            L::Other(other) => W::Other(raw(other)),
        }),
    }
}
