//! What a conversation is made of.

use super::form::{base64, blocks};
use super::json::{Json, Raw};
use serde::{Deserialize, Serialize};

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// The caller.
    User,
    /// The model.
    Assistant,
    /// Neither: instructions in the midst of a conversation.
    System,
    /// Another, by the service's name.
    Other(String),
}

/// One turn of the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    #[serde(deserialize_with = "blocks")]
    pub content: Vec<ContentBlock>,
}

impl Message {
    /// A turn of the caller.
    pub fn user(content: impl Into<ContentBlock>) -> Self {
        Self { role: Role::User, content: vec![content.into()] }
    }

    /// A turn of the model.
    pub fn assistant(content: impl Into<ContentBlock>) -> Self {
        Self { role: Role::Assistant, content: vec![content.into()] }
    }

    /// The same with one block more.
    #[must_use]
    pub fn and(mut self, content: impl Into<ContentBlock>) -> Self {
        self.content.push(content.into());
        self
    }
}

/// One block of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContentBlock {
    /// Text.
    Text(String),
    /// An image.
    Image(Media),
    /// A document.
    Document(Document),
    /// A video.
    Video(Media),
    /// A sound.
    Audio(Media),
    /// A call of a tool, in a turn of the model.
    ToolCall(ToolCall),
    /// A tool's result, in a turn of the caller.
    ToolResult(ToolResult),
    /// Thoughts, in a turn of the model.
    Reasoning(Reasoning),
    /// Thoughts the service gave in a form only it can read. Must come back unchanged.
    RedactedReasoning(#[serde(with = "base64")] Vec<u8>),
    /// Text with citations, in a turn of the model.
    CitedText(CitedText),
    /// A search result to cite.
    SearchResult(SearchResult),
    /// Content for a guardrail.
    GuardContent(GuardContent),
    /// What stands before may be cached.
    CachePoint(CachePoint),
    /// A tool becomes available.
    ToolAddition(ToolChange),
    /// A tool is withdrawn.
    ToolRemoval(ToolChange),
    /// Anything else, by the service's name.
    Other(Raw),
}

impl From<&str> for ContentBlock {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ContentBlock {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<ToolCall> for ContentBlock {
    fn from(call: ToolCall) -> Self {
        Self::ToolCall(call)
    }
}

impl From<ToolResult> for ContentBlock {
    fn from(result: ToolResult) -> Self {
        Self::ToolResult(result)
    }
}

/// An image, a video or a sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Format by its short name, such as `png`, `mp4` or `mp3`.
    pub format: String,
    /// The content.
    pub source: MediaSource,
}

impl Media {
    /// Bytes of a format.
    pub fn bytes(format: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { format: format.into(), source: MediaSource::Bytes(bytes) }
    }
}

/// The bytes of an image, a video or a sound, or where they lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MediaSource {
    /// The bytes themselves.
    Bytes(#[serde(with = "base64")] Vec<u8>),
    /// A place the service reads from.
    Object(ObjectLocation),
}

/// Where an object lies that the service fetches by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectLocation {
    /// For Bedrock `s3://bucket/key`.
    pub uri: String,
    /// Account that owns the object, where it is not the caller's: for Bedrock twelve digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// A document given to the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Name by which model and citations refer to it, 1 to 200 characters.
    pub name: String,
    /// Format by its short name, such as `pdf` or `md`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The content.
    pub source: DocumentSource,
    /// What the model should know about the document when it cites it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Whether the answer should cite it.
    #[serde(default)]
    pub citations: bool,
}

/// The content of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DocumentSource {
    /// The file's bytes.
    Bytes(#[serde(with = "base64")] Vec<u8>),
    /// A place the service reads from.
    Object(ObjectLocation),
    /// Plain text.
    Text(String),
    /// Plain text in chunks, which citations then point to.
    Chunks(Vec<String>),
}

/// A call of a tool, made by the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// Id that joins the call with its result.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments: a JSON object.
    pub input: Json,
    /// Set when the service runs the tool itself: the caller must not answer such a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_kind: Option<String>,
}

/// What a tool returned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolResult {
    /// The id of the call it answers.
    pub id: String,
    /// What came back, in order.
    pub content: Vec<ToolResultContent>,
    /// Whether it worked; unset says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ToolStatus>,
    /// Set when the service ran the tool itself: the service's name for the kind of result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_kind: Option<String>,
}

impl ToolResult {
    /// A text as the result of a call.
    pub fn text(id: impl Into<String>, text: impl Into<String>) -> Self {
        let content = vec![ToolResultContent::Text(text.into())];
        Self { id: id.into(), content, status: None, server_kind: None }
    }
}

/// Whether a tool did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolStatus {
    /// It did.
    Success,
    /// It failed; the content says how.
    Error,
}

/// One piece of what a tool returned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolResultContent {
    /// Text.
    Text(String),
    /// A JSON value.
    Json(Json),
    /// An image.
    Image(Media),
    /// A document.
    Document(Document),
    /// A video.
    Video(Media),
    /// A search result.
    SearchResult(SearchResult),
    /// Anything else, by the service's name.
    Other(Raw),
}

/// Thoughts of the model, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reasoning {
    /// The text.
    pub text: String,
    /// The service's signature over the text. Must come back unchanged in the next turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// A passage found by a search, for the model to cite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchResult {
    /// Where it was found: a URL or a name.
    pub source: String,
    /// Title.
    pub title: String,
    /// The passages.
    pub content: Vec<String>,
    /// Whether the answer should cite it.
    #[serde(default)]
    pub citations: bool,
}

/// Text with its citations, as an earlier answer gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CitedText {
    /// The text, in pieces.
    pub content: Vec<String>,
    /// Its sources.
    #[serde(default)]
    pub citations: Vec<Citation>,
}

/// A source of what the model says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// Title of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The source: a URL or a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The cited passages.
    #[serde(default)]
    pub source_content: Vec<String>,
    /// Where they stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<CitationLocation>,
}

/// Where in a source a citation points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum CitationLocation {
    /// A web page.
    Web {
        /// Its address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// Its domain.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        domain: Option<String>,
    },
    /// Characters of a document; counted from 0, the end exclusive.
    DocumentChar(SourceRange),
    /// Pages of a document.
    DocumentPage(SourceRange),
    /// Chunks of a document.
    DocumentChunk(SourceRange),
    /// Passages of a search result.
    SearchResult(SourceRange),
    /// Anything else, by the service's name.
    Other(Raw),
}

/// A range within a document or a search result of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRange {
    /// Which document, or which search result, of the request, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Where it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// Where it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<u32>,
}

/// Content set before a guardrail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum GuardContent {
    /// Text.
    Text {
        /// The text.
        text: String,
        /// What the guardrail takes it for. Bedrock knows `grounding_source`, `query`,
        /// `guard_content`.
        #[serde(default)]
        qualifiers: Vec<String>,
    },
    /// An image.
    Image(Media),
    /// Anything else, by the service's name.
    Other(Raw),
}

/// A mark: what stands before it may be cached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CachePoint {
    /// How long. Bedrock knows `5m` (the default) and `1h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<String>,
}

/// A tool that becomes available, or stops being so, at this place of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolChange {
    /// Kind of tool by the service's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The tool's name.
    pub name: String,
    /// The server that offers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
}
