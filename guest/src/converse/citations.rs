//! Text with its sources, as Converse's JSON.

use super::blocks::{Single, Text};
use super::invalid::{Mapped, each};
use crate::bindings::types as wit;

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CitationsContent<'a> {
    content: Vec<Text<'a>>,
    citations: Vec<Citation<'a>>,
}

impl<'a> CitationsContent<'a> {
    pub fn new(cited: &'a wit::CitedText) -> Mapped<Self> {
        Ok(Self {
            content: cited.content.iter().map(|text| Text { text }).collect(),
            citations: each(&cited.citations, Citation::new)
                .map_err(|invalid| invalid.within("cited-text.citations"))?,
        })
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Citation<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    source_content: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location<'a>>,
}

impl<'a> Citation<'a> {
    fn new(citation: &'a wit::Citation) -> Mapped<Self> {
        Ok(Self {
            title: citation.title.as_deref(),
            source: citation.source.as_deref(),
            source_content: citation.source_content.iter().map(|text| Text { text }).collect(),
            location: citation.location.as_ref().map(Location::new).transpose()?,
        })
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
enum Location<'a> {
    Web(WebLocation<'a>),
    DocumentChar(DocumentRange),
    DocumentPage(DocumentRange),
    DocumentChunk(DocumentRange),
    #[serde(rename = "searchResultLocation")]
    SearchResult(SearchResultRange),
    #[serde(untagged)]
    Other(Single<'a>),
}

impl<'a> Location<'a> {
    fn new(location: &'a wit::CitationLocation) -> Mapped<Self> {
        use wit::CitationLocation as W;
        Ok(match location {
            W::Web(web) => {
                Self::Web(WebLocation { url: web.url.as_deref(), domain: web.domain.as_deref() })
            }
            W::DocumentChar(range) => Self::DocumentChar(DocumentRange::new(range)),
            W::DocumentPage(range) => Self::DocumentPage(DocumentRange::new(range)),
            W::DocumentChunk(range) => Self::DocumentChunk(DocumentRange::new(range)),
            W::SearchResult(range) => Self::SearchResult(SearchResultRange {
                search_result_index: range.search_result_index,
                start: range.start,
                end: range.end,
            }),
            W::Other(other) => Self::Other(Single::new(other)?),
        })
    }
}

#[derive(Debug, serde::Serialize)]
struct WebLocation<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct DocumentRange {
    #[serde(skip_serializing_if = "Option::is_none")]
    document_index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<u32>,
}

impl DocumentRange {
    fn new(range: &wit::DocumentRange) -> Self {
        Self { document_index: range.document_index, start: range.start, end: range.end }
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchResultRange {
    #[serde(skip_serializing_if = "Option::is_none")]
    search_result_index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<u32>,
}
