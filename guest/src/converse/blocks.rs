//! Blocks of a conversation as Converse's JSON.
//!
//! Each of Bedrock's unions, an object with exactly one member, is a Rust enum here, which is what
//! serde writes for one.

use super::citations::CitationsContent;
use super::invalid::{Invalid, Mapped, each, raw, raw_object};
use crate::bindings::types as wit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// A member by its own name: what an `other` case stands for.
#[derive(Debug)]
pub struct Single<'a>(&'a str, &'a RawValue);

impl<'a> Single<'a> {
    pub fn new(other: &'a wit::Raw) -> Mapped<Self> {
        if other.kind.is_empty() {
            return Err(Invalid::new("other.kind", "is empty"));
        }
        Ok(Self(&other.kind, raw(&other.json, "other.json")?))
    }
}

impl Serialize for Single<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, self.1)?;
        map.end()
    }
}

#[derive(Debug)]
pub struct Blob<'a>(&'a [u8]);

impl Serialize for Blob<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(self.0))
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Block<'a> {
    Text(&'a str),
    Image(Media<'a>),
    Document(Document<'a>),
    Video(Media<'a>),
    Audio(Media<'a>),
    ToolUse(ToolUse<'a>),
    ToolResult(ToolResult<'a>),
    ReasoningContent(Reasoning<'a>),
    CitationsContent(CitationsContent<'a>),
    SearchResult(SearchResult<'a>),
    GuardContent(GuardContent<'a>),
    CachePoint(CachePoint<'a>),
    ToolAddition(ToolChange<'a>),
    ToolRemoval(ToolChange<'a>),
    #[serde(untagged)]
    Other(Single<'a>),
}

impl<'a> Block<'a> {
    pub fn new(block: &'a wit::ContentBlock) -> Mapped<Self> {
        use wit::ContentBlock as W;
        Ok(match block {
            W::Text(text) => Self::Text(text),
            W::Image(media) => Self::Image(Media::new(media, "image")?),
            W::Document(document) => Self::Document(Document::new(document)?),
            W::Video(media) => Self::Video(Media::new(media, "video")?),
            W::Audio(media) => Self::Audio(Media::new(media, "audio")?),
            W::ToolCall(call) => Self::ToolUse(ToolUse::new(call)?),
            W::ToolResult(result) => Self::ToolResult(ToolResult::new(result)?),
            W::Reasoning(reasoning) => Self::ReasoningContent(Reasoning::ReasoningText {
                text: &reasoning.text,
                signature: reasoning.signature.as_deref(),
            }),
            W::RedactedReasoning(bytes) => {
                Self::ReasoningContent(Reasoning::RedactedContent(Blob(bytes)))
            }
            W::CitedText(cited) => Self::CitationsContent(CitationsContent::new(cited)?),
            W::SearchResult(found) => Self::SearchResult(SearchResult::new(found)),
            W::GuardContent(content) => Self::GuardContent(GuardContent::new(content)?),
            W::CachePoint(point) => Self::CachePoint(CachePoint::new(point)),
            W::ToolAddition(change) => Self::ToolAddition(ToolChange::new(change)),
            W::ToolRemoval(change) => Self::ToolRemoval(ToolChange::new(change)),
            W::Other(other) => Self::Other(Single::new(other)?),
        })
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SystemBlock<'a> {
    Text(&'a str),
    GuardContent(GuardContent<'a>),
    CachePoint(CachePoint<'a>),
    #[serde(untagged)]
    Other(Single<'a>),
}

impl<'a> SystemBlock<'a> {
    pub fn new(block: &'a wit::SystemBlock) -> Mapped<Self> {
        use wit::SystemBlock as W;
        Ok(match block {
            W::Text(text) => Self::Text(text),
            W::GuardContent(content) => Self::GuardContent(GuardContent::new(content)?),
            W::CachePoint(point) => Self::CachePoint(CachePoint::new(point)),
            W::Other(other) => Self::Other(Single::new(other)?),
        })
    }
}

#[derive(Debug, serde::Serialize)]
pub struct Media<'a> {
    format: &'a str,
    source: MediaSource<'a>,
}

impl<'a> Media<'a> {
    fn new(media: &'a wit::Media, kind: &str) -> Mapped<Self> {
        let format = media_format(&media.format);
        if format.is_empty() {
            return Err(Invalid::new(format!("{kind}.format"), "is empty"));
        }
        let source = MediaSource::new(&media.source).map_err(|invalid| invalid.within(kind))?;
        Ok(Self { format, source })
    }
}

/// Callers also write a format as a media type, and JPEG by its three letters.
fn media_format(format: &str) -> &str {
    let format = format.rsplit('/').next().unwrap_or(format);
    if format.eq_ignore_ascii_case("jpg") { "jpeg" } else { format }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
enum MediaSource<'a> {
    Bytes(Blob<'a>),
    S3Location(S3Location<'a>),
}

impl<'a> MediaSource<'a> {
    fn new(source: &'a wit::MediaSource) -> Mapped<Self> {
        match source {
            wit::MediaSource::Bytes(bytes) => Ok(Self::Bytes(blob(bytes)?)),
            wit::MediaSource::Object(object) => Ok(Self::S3Location(S3Location::new(object))),
        }
    }
}

fn blob(bytes: &[u8]) -> Mapped<Blob<'_>> {
    if bytes.is_empty() {
        return Err(Invalid::new("source.bytes", "is empty"));
    }
    Ok(Blob(bytes))
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct S3Location<'a> {
    uri: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_owner: Option<&'a str>,
}

impl<'a> S3Location<'a> {
    fn new(object: &'a wit::ObjectLocation) -> Self {
        Self { uri: &object.uri, bucket_owner: object.owner.as_deref() }
    }
}

#[derive(Debug, serde::Serialize)]
pub struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'a str>,
    name: &'a str,
    source: DocumentSource<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    citations: Option<Citations>,
}

impl<'a> Document<'a> {
    fn new(document: &'a wit::Document) -> Mapped<Self> {
        let source = match &document.source {
            wit::DocumentSource::Bytes(bytes) => {
                DocumentSource::Bytes(blob(bytes).map_err(|i| i.within("document"))?)
            }
            wit::DocumentSource::Object(object) => {
                DocumentSource::S3Location(S3Location::new(object))
            }
            wit::DocumentSource::Text(text) => DocumentSource::Text(text),
            wit::DocumentSource::Chunks(chunks) => {
                DocumentSource::Content(chunks.iter().map(|text| Text { text }).collect())
            }
        };
        Ok(Self {
            format: document.format.as_deref(),
            name: &document.name,
            source,
            context: document.context.as_deref(),
            citations: document.citations.then_some(Citations { enabled: true }),
        })
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
enum DocumentSource<'a> {
    Bytes(Blob<'a>),
    S3Location(S3Location<'a>),
    Text(&'a str),
    Content(Vec<Text<'a>>),
}

#[derive(Debug, serde::Serialize)]
struct Citations {
    enabled: bool,
}

#[derive(Debug, serde::Serialize)]
pub struct Text<'a> {
    pub text: &'a str,
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolUse<'a> {
    tool_use_id: &'a str,
    name: &'a str,
    input: &'a RawValue,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
}

impl<'a> ToolUse<'a> {
    fn new(call: &'a wit::ToolCall) -> Mapped<Self> {
        // A call without arguments has no input on the wire of an answer.
        let input = if call.input.trim().is_empty() { "{}" } else { &call.input };
        Ok(Self {
            tool_use_id: &call.id,
            name: &call.name,
            input: raw_object(input, "tool-call.input")?,
            kind: call.server_kind.as_deref(),
        })
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResult<'a> {
    tool_use_id: &'a str,
    content: Vec<ToolResultContent<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
}

impl<'a> ToolResult<'a> {
    fn new(result: &'a wit::ToolResult) -> Mapped<Self> {
        Ok(Self {
            tool_use_id: &result.id,
            content: each(&result.content, ToolResultContent::new)
                .map_err(|invalid| invalid.within("tool-result.content"))?,
            status: result.status.map(|status| match status {
                wit::ToolStatus::Success => "success",
                wit::ToolStatus::Error => "error",
            }),
            kind: result.server_kind.as_deref(),
        })
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
enum ToolResultContent<'a> {
    Text(&'a str),
    Json(&'a RawValue),
    Image(Media<'a>),
    Document(Document<'a>),
    Video(Media<'a>),
    SearchResult(SearchResult<'a>),
    #[serde(untagged)]
    Other(Single<'a>),
}

impl<'a> ToolResultContent<'a> {
    fn new(content: &'a wit::ToolResultContent) -> Mapped<Self> {
        use wit::ToolResultContent as W;
        Ok(match content {
            W::Text(text) => Self::Text(text),
            W::Json(json) => Self::Json(raw(json, "json")?),
            W::Image(media) => Self::Image(Media::new(media, "image")?),
            W::Document(document) => Self::Document(Document::new(document)?),
            W::Video(media) => Self::Video(Media::new(media, "video")?),
            W::SearchResult(found) => Self::SearchResult(SearchResult::new(found)),
            W::Other(other) => Self::Other(Single::new(other)?),
        })
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reasoning<'a> {
    ReasoningText {
        text: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        signature: Option<&'a str>,
    },
    RedactedContent(Blob<'a>),
}

#[derive(Debug, serde::Serialize)]
pub struct SearchResult<'a> {
    source: &'a str,
    title: &'a str,
    content: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    citations: Option<Citations>,
}

impl<'a> SearchResult<'a> {
    fn new(found: &'a wit::SearchResult) -> Self {
        Self {
            source: &found.source,
            title: &found.title,
            content: found.content.iter().map(|text| Text { text }).collect(),
            citations: found.citations.then_some(Citations { enabled: true }),
        }
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum GuardContent<'a> {
    Text {
        text: &'a str,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        qualifiers: &'a [String],
    },
    Image(Media<'a>),
    #[serde(untagged)]
    Other(Single<'a>),
}

impl<'a> GuardContent<'a> {
    fn new(content: &'a wit::GuardContent) -> Mapped<Self> {
        Ok(match content {
            wit::GuardContent::Text(text) => {
                Self::Text { text: &text.text, qualifiers: &text.qualifiers }
            }
            wit::GuardContent::Image(media) => Self::Image(
                Media::new(media, "image").map_err(|invalid| invalid.within("guard-content"))?,
            ),
            wit::GuardContent::Other(other) => Self::Other(Single::new(other)?),
        })
    }
}

#[derive(Debug, serde::Serialize)]
pub struct CachePoint<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<&'a str>,
}

impl<'a> CachePoint<'a> {
    pub fn new(point: &'a wit::CachePoint) -> Self {
        Self { kind: "default", ttl: point.ttl.as_deref() }
    }
}

#[derive(Debug, serde::Serialize)]
pub struct ToolChange<'a> {
    tool: ChangedTool<'a>,
}

impl<'a> ToolChange<'a> {
    fn new(change: &'a wit::ToolChange) -> Self {
        Self {
            tool: ChangedTool {
                kind: change.kind.as_deref(),
                name: &change.name,
                server_name: change.server_name.as_deref(),
            },
        }
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangedTool<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_name: Option<&'a str>,
}
