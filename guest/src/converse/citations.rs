//! Text with its sources, as Converse's JSON.

use super::blocks::{other, texts};
use super::invalid::{Mapped, write_each};
use crate::bindings::types as wit;
use crate::json::Writer;

/// The member `citationsContent`.
pub fn write_cited_text(w: &mut Writer, cited: &wit::CitedText) -> Mapped<()> {
    w.key("citationsContent").open();
    texts(w, "content", &cited.content);
    w.key("citations");
    write_each(w, &cited.citations, write_citation)
        .map_err(|invalid| invalid.within("cited-text.citations"))?;
    w.close();
    Ok(())
}

fn write_citation(w: &mut Writer, citation: &wit::Citation) -> Mapped<()> {
    w.open();
    w.optional("title", citation.title.as_deref());
    w.optional("source", citation.source.as_deref());
    if !citation.source_content.is_empty() {
        texts(w, "sourceContent", &citation.source_content);
    }
    if let Some(location) = &citation.location {
        w.key("location").open();
        write_location(w, location)?;
        w.close();
    }
    w.close();
    Ok(())
}

fn write_location(w: &mut Writer, location: &wit::CitationLocation) -> Mapped<()> {
    use wit::CitationLocation as L;
    let document = |w: &mut Writer, name: &str, at: &wit::DocumentRange| {
        range(w, name, ("documentIndex", at.document_index), at.start, at.end);
    };
    match location {
        L::Web(web) => {
            w.key("web").open();
            w.optional("url", web.url.as_deref()).optional("domain", web.domain.as_deref());
            w.close();
        }
        L::DocumentChar(at) => document(w, "documentChar", at),
        L::DocumentPage(at) => document(w, "documentPage", at),
        L::DocumentChunk(at) => document(w, "documentChunk", at),
        L::SearchResult(at) => {
            let index = ("searchResultIndex", at.search_result_index);
            range(w, "searchResultLocation", index, at.start, at.end);
        }
        L::Other(raw) => other(w, raw)?,
    }
    Ok(())
}

fn range(
    w: &mut Writer,
    name: &str,
    (index_name, index): (&str, Option<u32>),
    start: Option<u32>,
    end: Option<u32>,
) {
    w.key(name).open();
    for (name, number) in [(index_name, index), ("start", start), ("end", end)] {
        if let Some(number) = number {
            w.key(name).number(number);
        }
    }
    w.close();
}
