//! Texts: the service refuses blank ones, and halves of surrogate pairs.

use super::{EMPTY, Place, Repairs};
use crate::bindings::types as wit;
use crate::json::{parse, without_lone_surrogates};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Leaves out blank texts, and mends JSON that holds halves of surrogate pairs. A message may be
/// empty afterwards.
pub fn repair_texts(request: &mut wit::Request, repairs: &mut Repairs) {
    retain(
        &mut request.system,
        repairs,
        "blank-text",
        Place::Member("system"),
        |block| !matches!(block, wit::SystemBlock::Text(text) if is_blank(text)),
    );
    for (m, message) in request.messages.iter_mut().enumerate() {
        let mut blank_pieces = 0;
        retain(
            &mut message.content,
            repairs,
            "blank-text",
            Place::Content(m),
            |block| match block {
                wit::ContentBlock::Text(text) => !is_blank(text),
                wit::ContentBlock::CitedText(cited) => {
                    let pieces = cited.content.len();
                    cited.content.retain(|text| !is_blank(text));
                    blank_pieces += pieces - cited.content.len();
                    !cited.content.is_empty()
                }
                _ => true,
            },
        );
        if blank_pieces > 0 {
            repairs.note("blank-text", Place::Content(m));
        }
        for (b, block) in message.content.iter_mut().enumerate() {
            repair_block(block, repairs, Place::Block(m, b));
        }
    }
    for block in &mut request.system {
        let json = match block {
            wit::SystemBlock::Other(raw) => Some(&mut raw.json),
            wit::SystemBlock::GuardContent(content) => json_of_guarded(content),
            _ => None,
        };
        mend_all(json, repairs, Place::Member("system"));
    }
    for (t, tool) in request.tools.iter_mut().enumerate() {
        match tool {
            wit::Tool::Function(spec) => {
                if spec.description.as_deref().is_some_and(is_blank) {
                    repairs.note("blank-text", Place::Tool(t));
                    spec.description = None;
                }
                mend(&mut spec.input_schema, repairs, Place::Tool(t));
            }
            wit::Tool::Other(raw) => mend(&mut raw.json, repairs, Place::Tool(t)),
            _ => {}
        }
    }
    if let Some(wit::ToolChoice::Other(raw)) = &mut request.tool_choice {
        mend(&mut raw.json, repairs, Place::Member("tool-choice"));
    }
    let schema = request.output_schema.as_mut().map(|schema| &mut schema.schema);
    mend_all(schema, repairs, Place::Member("output-schema.schema"));
    mend_all(&mut request.additional_fields, repairs, Place::Member("additional-fields"));
    mend_all(&mut request.extra_json, repairs, Place::Member("extra-json"));
    let stop = Place::Member("inference.stop-sequences");
    retain(&mut request.inference.stop_sequences, repairs, "stop-sequence", stop, |text| {
        !text.is_empty()
    });
}

fn repair_block(block: &mut wit::ContentBlock, repairs: &mut Repairs, place: Place) {
    match block {
        wit::ContentBlock::ToolCall(call) => mend(&mut call.input, repairs, place),
        wit::ContentBlock::ToolResult(result) => repair_result(result, repairs, place),
        wit::ContentBlock::CitedText(cited) => {
            let places = cited.citations.iter_mut().filter_map(|cited| cited.location.as_mut());
            let json = places.filter_map(|location| match location {
                wit::CitationLocation::Other(raw) => Some(&mut raw.json),
                _ => None,
            });
            mend_all(json, repairs, place);
        }
        wit::ContentBlock::GuardContent(content) => {
            mend_all(json_of_guarded(content), repairs, place);
        }
        wit::ContentBlock::Other(raw) => mend(&mut raw.json, repairs, place),
        _ => {}
    }
}

fn json_of_guarded(content: &mut wit::GuardContent) -> Option<&mut String> {
    match content {
        wit::GuardContent::Other(raw) => Some(&mut raw.json),
        _ => None,
    }
}

fn repair_result(result: &mut wit::ToolResult, repairs: &mut Repairs, place: Place) {
    use wit::ToolResultContent as C;
    retain(
        &mut result.content,
        repairs,
        "blank-text",
        place,
        |content| !matches!(content, C::Text(text) if is_blank(text)),
    );
    if result.content.is_empty() {
        repairs.note("empty-result", place);
        result.content.push(C::Text(EMPTY.to_owned()));
    }
    for content in &mut result.content {
        // Bedrock takes objects and nothing else for JSON.
        if let C::Json(json) = content
            && parse::<&RawValue>(json.trim()).is_ok_and(|value| !value.get().starts_with('{'))
        {
            repairs.note("result-json", place);
            let text = parse::<String>(json.trim()).unwrap_or_else(|_| json.trim().to_owned());
            *content = C::Text(if is_blank(&text) { EMPTY.to_owned() } else { text });
        }
        if let C::Json(json) | C::Other(wit::Raw { json, .. }) = content {
            mend(json, repairs, place);
        }
    }
}

fn mend_all<'a>(
    json: impl IntoIterator<Item = &'a mut String>,
    repairs: &mut Repairs,
    place: Place,
) {
    json.into_iter().for_each(|json| mend(json, repairs, place));
}

fn mend(json: &mut String, repairs: &mut Repairs, place: Place) {
    if let Cow::Owned(mended) = without_lone_surrogates(json) {
        repairs.note("surrogate", place);
        *json = mended;
    }
}

fn retain<T>(
    list: &mut Vec<T>,
    repairs: &mut Repairs,
    row: &'static str,
    place: Place,
    mut keep: impl FnMut(&mut T) -> bool,
) {
    list.retain_mut(|item| {
        let keep = keep(item);
        if !keep {
            repairs.note(row, place);
        }
        keep
    });
}

pub fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
