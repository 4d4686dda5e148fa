//! How things are put into words.

use converse_host::{
    Citation, CitationLocation, Media, MediaSource, SourceRange, StopReason, ToolResult,
    ToolResultContent, ToolStatus,
};

/// Most characters of a tool's result that are shown.
const SHOWN: usize = 1000;

/// A source on one line: title, place, and where in it.
pub(super) fn source(citation: &Citation) -> String {
    use CitationLocation as L;
    let location = citation.location.as_ref();
    let address = match location {
        Some(L::Web { url: Some(url), .. }) => Some(url),
        Some(L::Web { domain: Some(domain), .. }) => Some(domain),
        _ => citation.source.as_ref(),
    };
    let mut parts: Vec<String> = citation.title.iter().chain(address).cloned().collect();
    parts.dedup();
    if let (true, Some(index)) = (parts.is_empty(), location.and_then(index)) {
        parts.push(index);
    }
    parts.extend(location.and_then(|location| match location {
        L::DocumentPage(range) => within("page", range),
        L::DocumentChar(range) => within("characters", range),
        L::DocumentChunk(range) => within("chunk", range),
        L::SearchResult(range) => within("passage", range),
        _ => None,
    }));
    if parts.is_empty() {
        parts.push("not named".to_owned());
    }
    parts.join(", ").replace(['\n', '\r'], " ")
}

/// What has no name of its own by its place in the request.
fn index(location: &CitationLocation) -> Option<String> {
    use CitationLocation as L;
    let (what, range) = match location {
        L::DocumentPage(range) | L::DocumentChar(range) | L::DocumentChunk(range) => {
            ("document", range)
        }
        L::SearchResult(range) => ("search result", range),
        _ => return None,
    };
    range.index.map(|index| format!("{what} {}", u64::from(index) + 1))
}

fn within(what: &str, range: &SourceRange) -> Option<String> {
    match (range.start, range.end) {
        (Some(start), Some(end)) if start != end => Some(format!("{what} {start}-{end}")),
        (Some(place), _) | (None, Some(place)) => Some(format!("{what} {place}")),
        (None, None) => None,
    }
}

pub(super) fn image(image: &Media) -> String {
    match &image.source {
        MediaSource::Bytes(bytes) => {
            format!("image ({}, {} bytes)", image.format, counted(bytes.len() as u64))
        }
        MediaSource::Object(place) => format!("image ({}, at {})", image.format, place.uri),
        _ => format!("image ({})", image.format),
    }
}

/// A tool's result, shortened.
pub(super) fn tool_result(result: &ToolResult) -> String {
    let what = match (result.status, &result.server_kind) {
        (Some(ToolStatus::Error), _) => "tool error",
        (_, Some(_)) => "tool result (run by the service)",
        _ => "tool result",
    };
    let content: Vec<_> = result.content.iter().map(piece).collect();
    format!("{what}: {} (id {})", shortened(&content.join("\n")), result.id)
}

fn piece(content: &ToolResultContent) -> String {
    use ToolResultContent as C;
    match content {
        C::Text(text) => text.clone(),
        C::Json(json) => json.to_string(),
        C::Image(media) => image(media),
        C::Document(document) => format!("document {}", document.name),
        C::Video(video) => format!("video ({})", video.format),
        C::SearchResult(found) => format!("{}, {}", found.title, found.source),
        C::Other(raw) => format!("{}: {}", raw.kind, raw.json),
        _ => "of a kind that is not known here".to_owned(),
    }
}

fn shortened(text: &str) -> String {
    let all = text.chars().count();
    if all <= SHOWN {
        return text.to_owned();
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{start}... and {} characters more", counted((all - SHOWN) as u64))
}

/// The reason's name as in `--json`.
pub(super) fn stop_name(reason: &StopReason) -> String {
    match reason {
        StopReason::Other(name) => name.clone(),
        known => match serde_json::to_value(known) {
            Ok(serde_json::Value::String(name)) => name,
            _ => format!("{known:?}"),
        },
    }
}

/// What to tell of an ending that is not the answer's own, and what to do. Who has the guardrail's
/// trace is not told of it.
pub(super) fn cut_short(reason: &StopReason, traced: bool) -> Option<String> {
    let (what, advice) = match reason {
        StopReason::MaxTokens => {
            ("the answer was cut at the limit of tokens", "--max-tokens sets it")
        }
        StopReason::GuardrailIntervened if traced => {
            return Some(format!("note: a guardrail stepped in ({})", stop_name(reason)));
        }
        StopReason::GuardrailIntervened => {
            ("a guardrail stepped in", "--guardrail-trace shows why")
        }
        StopReason::ContentFiltered => ("the service withheld content", "ask in other words"),
        StopReason::MalformedModelOutput => ("the model's output could not be read", "ask again"),
        StopReason::MalformedToolUse => {
            ("the model's call of a tool could not be read", "ask again")
        }
        StopReason::ContextWindowExceeded => {
            ("the model's context is full", "shorten what is before the answer")
        }
        StopReason::Other(name) => {
            let what = "the service stopped for a reason this version does not know";
            return Some(format!("note: {what} ({name})"));
        }
        _ => return None,
    };
    Some(format!("note: {what} ({}); {advice}", stop_name(reason)))
}

/// `1,234`
pub(super) fn counted(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Four significant digits, and cents at least: `$0.0012`, `$1.50`.
pub(super) fn dollars(amount: f64) -> String {
    if !amount.is_finite() || amount <= 0.0 {
        return "$0.00".to_owned();
    }
    let before_point = amount.log10().floor() as i32 + 1;
    let decimals = (4 - before_point).clamp(2, 12) as usize;
    let mut text = format!("{amount:.decimals$}");
    let point = text.find('.').unwrap_or(text.len());
    while text.ends_with('0') && text.len() > point + 3 {
        text.pop();
    }
    format!("${text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_named_with_their_place() {
        let range = SourceRange { index: Some(1), start: Some(3), end: Some(4) };
        let mut citation = Citation {
            title: Some("Rust".to_owned()),
            source: Some("doc".to_owned()),
            source_content: Vec::new(),
            location: Some(CitationLocation::DocumentPage(range)),
        };
        assert_eq!(source(&citation), "Rust, doc, page 3-4");
        let range = SourceRange { end: Some(3), ..range };
        citation.location = Some(CitationLocation::DocumentChunk(range));
        assert_eq!(source(&citation), "Rust, doc, chunk 3");
        (citation.title, citation.source) = (None, None);
        assert_eq!(source(&citation), "document 2, chunk 3");
        let url = Some("https://rust-lang.org".to_owned());
        citation.location = Some(CitationLocation::Web { url, domain: None });
        citation.title = Some("Rust".to_owned());
        assert_eq!(source(&citation), "Rust, https://rust-lang.org");
    }

    #[test]
    fn stop_reasons_have_their_names() {
        assert_eq!(stop_name(&StopReason::EndTurn), "end_turn");
        assert_eq!(stop_name(&StopReason::Other("brand_new".to_owned())), "brand_new");
    }

    #[test]
    fn an_ending_that_is_not_known_is_told() {
        let note = "note: the service stopped for a reason this version does not know (refusal)";
        let told = cut_short(&StopReason::Other("refusal".to_owned()), false);
        assert_eq!(told.as_deref(), Some(note));
        assert_eq!(cut_short(&StopReason::EndTurn, false), None);
    }

    #[test]
    fn numbers_are_easy_to_read() {
        let read = [0, 999, 1000, 1_234_567].map(counted);
        assert_eq!(read, ["0", "999", "1,000", "1,234,567"]);
        for (amount, text) in [
            (0.0, "$0.00"),
            (0.0012, "$0.0012"),
            (0.000_012_346, "$0.00001235"),
            (0.5, "$0.50"),
            (1.5, "$1.50"),
            (12.345_6, "$12.35"),
            (1234.5, "$1234.50"),
        ] {
            assert_eq!(dollars(amount), text);
        }
    }

    #[test]
    fn long_results_are_shortened() {
        let result = ToolResult::text("t1", "é".repeat(SHOWN + 1));
        let told = tool_result(&result);
        assert!(told.ends_with("é... and 1 characters more (id t1)"), "{told}");
    }
}
