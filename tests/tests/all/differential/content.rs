//! Blocks of conversations that need no repair, of every kind that both sides can say.

use converse_host::{
    Citation, CitationLocation, CitedText, ContentBlock as B, Document, DocumentSource,
    GuardContent, Json, Media, MediaSource, ObjectLocation, Reasoning, SearchResult, SourceRange,
    ToolChange, ToolResultContent as C,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};

/// A text that is not blank and does not end in white space.
pub fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| format!("{text}."))
}

/// A name as tools have.
pub fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9_-]{1,12}"
}

/// One of a few words.
pub fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(words).prop_map(str::to_owned)
}

/// A JSON object. Floats are such as both sides write alike, names are not empty.
pub fn object() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 64.0)),
        any::<String>().prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 3, |value| {
        prop_oneof![vec(value.clone(), 0..3).prop_map(Value::from), members(value)]
    });
    members(value)
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    vec(("[^\u{0}]{1,6}", value), 0..4)
        .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
}

/// The same as text.
pub fn json() -> impl Strategy<Value = Json> {
    object().prop_map(|value| Json::from_value(&value).unwrap())
}

/// What the user may say besides text.
pub fn of_user() -> impl Strategy<Value = B> {
    prop_oneof![
        text().prop_map(B::Text),
        image().prop_map(B::Image),
        document().prop_map(B::Document),
        video().prop_map(B::Video),
        audio().prop_map(B::Audio),
        found().prop_map(B::SearchResult),
        guarded().prop_map(B::GuardContent),
        Just(B::CachePoint(Default::default())),
    ]
}

/// What the assistant may say besides text, calls apart.
pub fn of_assistant() -> impl Strategy<Value = B> {
    let signed = (text(), of("[a-zA-Z0-9+/]{4,12}"));
    prop_oneof![
        text().prop_map(B::Text),
        image().prop_map(B::Image),
        signed.prop_map(|(text, signature)| B::Reasoning(Reasoning { text, signature })),
        bytes().prop_map(B::RedactedReasoning),
        cited().prop_map(B::CitedText),
        Just(B::CachePoint(Default::default())),
    ]
}

/// What may be said in the midst of a conversation by neither.
pub fn of_system() -> impl Strategy<Value = B> {
    let change = || {
        (of(name()), name(), of(text())).prop_map(|(kind, name, server_name)| ToolChange {
            kind,
            name,
            server_name,
        })
    };
    prop_oneof![
        text().prop_map(B::Text),
        change().prop_map(B::ToolAddition),
        change().prop_map(B::ToolRemoval),
    ]
}

/// What a tool may return.
pub fn of_tool() -> impl Strategy<Value = C> {
    prop_oneof![
        text().prop_map(C::Text),
        json().prop_map(C::Json),
        image().prop_map(C::Image),
        document().prop_map(C::Document),
        video().prop_map(C::Video),
        found().prop_map(C::SearchResult),
    ]
}

/// Content set before a guardrail.
pub fn guarded() -> impl Strategy<Value = GuardContent> {
    let qualifier = one_of(&["grounding_source", "query", "guard_content"]);
    // The SDK knows no place for a guarded image but its bytes.
    let image = (one_of(&["png", "jpeg"]), bytes());
    prop_oneof![
        (text(), vec(qualifier, 0..3))
            .prop_map(|(text, qualifiers)| GuardContent::Text { text, qualifiers }),
        image.prop_map(|(format, bytes)| GuardContent::Image(Media::bytes(format, bytes))),
    ]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 1..20)
}

fn location() -> impl Strategy<Value = ObjectLocation> {
    ("s3://[a-z]{3,8}/[a-z./]{1,8}", of("[0-9]{12}"))
        .prop_map(|(uri, owner)| ObjectLocation { uri, owner })
}

fn media(formats: &'static [&'static str]) -> impl Strategy<Value = Media> {
    let source =
        prop_oneof![bytes().prop_map(MediaSource::Bytes), location().prop_map(MediaSource::Object)];
    (one_of(formats), source).prop_map(|(format, source)| Media { format, source })
}

fn image() -> impl Strategy<Value = Media> {
    media(&["png", "jpeg", "gif", "webp"])
}

fn video() -> impl Strategy<Value = Media> {
    media(&["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"])
}

fn audio() -> impl Strategy<Value = Media> {
    media(&["mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "x-aac", "m4a", "pcm"])
}

/// Without a name: a conversation gives each its own. The SDK has no document without a format.
fn document() -> impl Strategy<Value = Document> {
    let source = prop_oneof![
        bytes().prop_map(DocumentSource::Bytes),
        location().prop_map(DocumentSource::Object),
        text().prop_map(DocumentSource::Text),
        vec(text(), 1..3).prop_map(DocumentSource::Chunks),
    ];
    let format = one_of(&["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]);
    (format, source, of(text()), any::<bool>()).prop_map(|(format, source, context, citations)| {
        Document { name: String::new(), format: Some(format), source, context, citations }
    })
}

fn found() -> impl Strategy<Value = SearchResult> {
    (text(), text(), vec(text(), 1..3), any::<bool>()).prop_map(
        |(source, title, content, citations)| SearchResult { source, title, content, citations },
    )
}

fn cited() -> impl Strategy<Value = CitedText> {
    (vec(text(), 1..3), vec(citation(), 0..3))
        .prop_map(|(content, citations)| CitedText { content, citations })
}

fn citation() -> impl Strategy<Value = Citation> {
    use CitationLocation as L;
    let number = || of(0..1000_u32);
    let range = (number(), number(), number()).prop_map(|(index, start, end)| SourceRange {
        index,
        start,
        end,
    });
    let location = prop_oneof![
        (of(text()), of(text())).prop_map(|(url, domain)| L::Web { url, domain }),
        range.clone().prop_map(L::DocumentChar),
        range.clone().prop_map(L::DocumentPage),
        range.clone().prop_map(L::DocumentChunk),
        range.prop_map(L::SearchResult),
    ];
    (of(text()), of(text()), vec(text(), 0..3), of(location)).prop_map(
        |(title, source, source_content, location)| Citation {
            title,
            source,
            source_content,
            location,
        },
    )
}
