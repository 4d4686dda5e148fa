//! Texts: the service refuses blank ones, and halves of surrogate pairs.

use super::{EMPTY, Place, Repairs};
use crate::bindings::types as wit;
use crate::json::without_lone_surrogates;
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
        retain(
            &mut message.content,
            repairs,
            "blank-text",
            Place::Content(m),
            |block| match block {
                wit::ContentBlock::Text(text) => !is_blank(text),
                wit::ContentBlock::CitedText(cited) => {
                    cited.content.retain(|text| !is_blank(text));
                    !cited.content.is_empty()
                }
                _ => true,
            },
        );
        for (b, block) in message.content.iter_mut().enumerate() {
            repair_block(block, repairs, Place::Block(m, b));
        }
    }
    for (t, tool) in request.tools.iter_mut().enumerate() {
        if let wit::Tool::Function(spec) = tool {
            spec.description = spec.description.take().filter(|text| !is_blank(text));
            mend(&mut spec.input_schema, repairs, Place::Tool(t));
        }
    }
    for (json, member) in [
        (&mut request.additional_fields, "additional-fields"),
        (&mut request.extra_json, "extra-json"),
    ] {
        if let Some(json) = json {
            mend(json, repairs, Place::Member(member));
        }
    }
    let stop = Place::Member("inference.stop-sequences");
    retain(&mut request.inference.stop_sequences, repairs, "stop-sequence", stop, |text| {
        !text.is_empty()
    });
}

fn repair_block(block: &mut wit::ContentBlock, repairs: &mut Repairs, place: Place) {
    match block {
        wit::ContentBlock::ToolCall(call) => mend(&mut call.input, repairs, place),
        wit::ContentBlock::ToolResult(result) => repair_result(result, repairs, place),
        wit::ContentBlock::Other(raw) => mend(&mut raw.json, repairs, place),
        _ => {}
    }
}

fn repair_result(result: &mut wit::ToolResult, repairs: &mut Repairs, place: Place) {
    use wit::ToolResultContent as C;
    result.content.retain(|content| !matches!(content, C::Text(text) if is_blank(text)));
    if result.content.is_empty() {
        repairs.note("empty-result", place);
        result.content.push(C::Text(EMPTY.to_owned()));
    }
    for content in &mut result.content {
        if let C::Json(json) | C::Other(wit::Raw { json, .. }) = content {
            mend(json, repairs, place);
        }
    }
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
