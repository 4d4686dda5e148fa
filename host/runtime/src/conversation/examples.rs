//! One of everything, for tests of what must carry all of it.

use super::content::*;
use super::json::{Json, Raw};
use super::request::*;

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn raw() -> Raw {
    Raw { kind: "newThing".to_owned(), json: json(r#"{"a": 1.50}"#) }
}

fn object() -> ObjectLocation {
    ObjectLocation { uri: "s3://bucket/key".to_owned(), owner: some("123456789012") }
}

fn media(source: MediaSource) -> Media {
    Media { format: "png".to_owned(), source }
}

fn document(source: DocumentSource) -> Document {
    Document {
        name: "plan".to_owned(),
        format: some("pdf"),
        source,
        context: some("of the house"),
        citations: true,
    }
}

fn search_result() -> SearchResult {
    SearchResult {
        source: "https://x.example".to_owned(),
        title: "X".to_owned(),
        content: vec!["one".to_owned(), "two".to_owned()],
        citations: true,
    }
}

fn citation(location: Option<CitationLocation>) -> Citation {
    Citation {
        title: some("X"),
        source: some("https://x.example"),
        source_content: vec!["one".to_owned()],
        location,
    }
}

fn tool_change() -> ToolChange {
    ToolChange { kind: some("mcp"), name: "f".to_owned(), server_name: some("s") }
}

/// Every kind of block, with every kind of what is in it.
pub(crate) fn blocks() -> Vec<ContentBlock> {
    use ContentBlock as B;
    let range = SourceRange { index: Some(1), start: Some(2), end: Some(3) };
    let bytes = || MediaSource::Bytes(vec![0, 255]);
    let locations = [
        CitationLocation::Web { url: some("https://x.example"), domain: None },
        CitationLocation::DocumentChar(range),
        CitationLocation::DocumentPage(range),
        CitationLocation::DocumentChunk(SourceRange { index: None, start: None, end: None }),
        CitationLocation::SearchResult(range),
        CitationLocation::Other(raw()),
    ];
    let results = vec![
        ToolResultContent::Text("sunny".to_owned()),
        ToolResultContent::Json(json(r#"{"degrees": 21.50}"#)),
        ToolResultContent::Image(media(bytes())),
        ToolResultContent::Document(document(DocumentSource::Text("t".to_owned()))),
        ToolResultContent::Video(media(MediaSource::Object(object()))),
        ToolResultContent::SearchResult(search_result()),
        ToolResultContent::Other(raw()),
    ];
    let result = |status| {
        B::ToolResult(ToolResult {
            id: "t1".to_owned(),
            content: results.clone(),
            status,
            server_kind: some("web_search_result"),
        })
    };
    vec![
        B::Text("Grüße".to_owned()),
        B::Image(media(bytes())),
        B::Document(document(DocumentSource::Bytes(vec![1]))),
        B::Document(document(DocumentSource::Object(object()))),
        B::Document(document(DocumentSource::Chunks(vec!["a".to_owned(), "b".to_owned()]))),
        B::Video(media(MediaSource::Object(object()))),
        B::Audio(media(bytes())),
        B::ToolCall(ToolCall {
            id: "t1".to_owned(),
            name: "f".to_owned(),
            input: json(r#"{"n": 12345678901234567890.10, "again": {"n": 1}}"#),
            server_kind: some("server_tool_use"),
        }),
        result(Some(ToolStatus::Success)),
        result(Some(ToolStatus::Error)),
        result(None),
        B::Reasoning(Reasoning { text: "hm".to_owned(), signature: some("c2ln") }),
        B::RedactedReasoning(vec![0, 1, 2]),
        B::CitedText(CitedText {
            content: vec!["a".to_owned()],
            citations: locations.map(Some).map(citation).into(),
        }),
        B::SearchResult(search_result()),
        B::GuardContent(GuardContent::Text {
            text: "t".to_owned(),
            qualifiers: vec!["query".to_owned()],
        }),
        B::GuardContent(GuardContent::Image(media(bytes()))),
        B::GuardContent(GuardContent::Other(raw())),
        B::CachePoint(CachePoint { ttl: some("1h") }),
        B::CachePoint(CachePoint::default()),
        B::ToolAddition(tool_change()),
        B::ToolRemoval(tool_change()),
        B::Other(raw()),
    ]
}

/// A request that sets everything.
pub(crate) fn request() -> Request {
    let pairs = [("b", "2"), ("a", "1")].map(|(name, text)| (name.to_owned(), text.to_owned()));
    let spec = ToolSpec {
        name: "f".to_owned(),
        description: some("does f"),
        input_schema: json(r#"{"type":"object", "maximum": 1.0}"#),
        strict: Some(true),
    };
    Request {
        model: "us.amazon.nova-lite-v1:0".to_owned(),
        messages: vec![
            Message { role: Role::User, content: blocks() },
            Message::assistant("hi"),
            Message { role: Role::System, content: Vec::new() },
            Message { role: Role::Other("critic".to_owned()), content: Vec::new() },
        ],
        system: vec![
            SystemBlock::Text("Be brief.".to_owned()),
            SystemBlock::GuardContent(GuardContent::Other(raw())),
            SystemBlock::CachePoint(CachePoint::default()),
            SystemBlock::Other(raw()),
        ],
        inference: Inference {
            max_tokens: Some(200),
            temperature: Some(0.1),
            top_p: Some(0.9),
            stop_sequences: vec!["END".to_owned()],
        },
        tools: vec![
            Tool::Function(spec),
            Tool::System("nova_grounding".to_owned()),
            Tool::CachePoint(CachePoint { ttl: some("5m") }),
            Tool::Other(raw()),
        ],
        tool_choice: Some(ToolChoice::Tool("f".to_owned())),
        reasoning: Some(ReasoningOptions {
            effort: Some(ReasoningEffort::Xhigh),
            budget_tokens: Some(1024),
            interleaved: Some(true),
            display: some("omitted"),
        }),
        caching: Some(Caching { retention: CacheRetention::Long, force: true }),
        guardrail: Some(Guardrail {
            identifier: "g".to_owned(),
            version: "DRAFT".to_owned(),
            trace: some("enabled"),
            stream_processing_mode: some("async"),
        }),
        output_schema: Some(OutputSchema {
            name: some("form"),
            description: some("a form"),
            schema: json(r#"{"type":"object"}"#),
        }),
        output_effort: some("high"),
        service_tier: some("flex"),
        performance_latency: some("optimized"),
        request_metadata: pairs.clone().into(),
        prompt_variables: pairs.into(),
        additional_fields: Some(json(r#"{"top_k": 1e2}"#)),
        response_field_paths: vec!["/stop_sequence".to_owned()],
        extra_json: Some(json(r#"{"newMember": [1.0]}"#)),
    }
}
