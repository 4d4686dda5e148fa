//! Images: a model may not take any, or not everywhere.

use super::{Place, Repairs};
use crate::bindings::types as wit;
use crate::converse::prepare::Target;
use wit::{ContentBlock as B, ToolResultContent as C};

const OMITTED: &str = "(image left out: the model takes none)";
const FURTHER_DOWN: &str = "(image further down)";

/// Puts a text in the place of images for a model that takes none, and moves images out of failed
/// results for Claude, which refuses them there.
pub fn repair_images(messages: &mut [wit::Message], target: &Target<'_>, repairs: &mut Repairs) {
    let omit = target.model.is_some_and(|model| model.refuses("image"));
    for (m, message) in messages.iter_mut().enumerate() {
        let place = Place::Content(m);
        if omit {
            omit_images(&mut message.content, repairs, place);
        } else if target.claude {
            lift_images(&mut message.content, repairs, place);
        }
    }
}

fn omit_images(content: &mut Vec<B>, repairs: &mut Repairs, place: Place) {
    for block in content.iter_mut() {
        match block {
            B::Image(_) => {
                repairs.note("image-input", place);
                *block = B::Text(OMITTED.to_owned());
            }
            B::ToolResult(result) => {
                for content in &mut result.content {
                    if matches!(content, C::Image(_)) {
                        repairs.note("image-input", place);
                        *content = C::Text(OMITTED.to_owned());
                    }
                }
                let omitted = |c: &C| matches!(c, C::Text(text) if text == OMITTED);
                result.content.dedup_by(|one, other| omitted(one) && omitted(other));
            }
            _ => {}
        }
    }
    // Once is enough, also where a cache point stands in between: it may be left out later.
    let mut said = false;
    content.retain(|block| match block {
        B::CachePoint(_) => true,
        B::Text(text) if text == OMITTED => !std::mem::replace(&mut said, true),
        _ => {
            said = false;
            true
        }
    });
}

fn lift_images(content: &mut Vec<B>, repairs: &mut Repairs, place: Place) {
    let mut lifted = Vec::new();
    for block in content.iter_mut() {
        let B::ToolResult(result) = block else { continue };
        let has_images = result.content.iter().any(|content| matches!(content, C::Image(_)));
        if !has_images || !matches!(result.status, Some(wit::ToolStatus::Error)) {
            continue;
        }
        repairs.note("error-images", place);
        lifted.push(B::Text(format!("Images of the failed tool call {}:", result.id)));
        for content in &mut result.content {
            if let C::Image(_) = content
                && let C::Image(media) =
                    std::mem::replace(content, C::Text(FURTHER_DOWN.to_owned()))
            {
                lifted.push(B::Image(media));
            }
        }
    }
    // A cache point at the end stays there.
    let end = content.iter().rposition(|block| !matches!(block, B::CachePoint(_)));
    let end = end.map_or(content.len(), |last| last + 1);
    content.splice(end..end, lifted);
}
