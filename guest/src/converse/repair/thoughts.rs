//! Thoughts of earlier turns: only who had them can read them.
//!
//! The contract does not say which model a thought came from, but its form does: a signature and
//! redacted bytes are the service's own, made for one family of models.

use super::text::is_blank;
use super::{Place, Repairs};
use crate::bindings::types as wit;
use crate::converse::prepare::Target;
use crate::models::Replay;
use wit::ContentBlock as B;

/// The signature some gateways put where a model gave none.
const NO_SIGNATURE: &str = "reasoning_content";

/// Makes thoughts such as the model can take: those it cannot read become text, or are left out where
/// they have none.
pub fn repair_thoughts(messages: &mut [wit::Message], target: &Target<'_>, repairs: &mut Repairs) {
    for (m, message) in messages.iter_mut().enumerate() {
        message.content.retain_mut(|block| {
            let fate = fate(block, target);
            if let Some(row) = fate.row() {
                repairs.note(row, Place::Content(m));
            }
            match fate {
                Fate::Stay => true,
                Fate::Blank | Fate::Unreadable => false,
                Fate::Text => {
                    if let B::Reasoning(reasoning) = block {
                        *block = B::Text(std::mem::take(&mut reasoning.text));
                    }
                    true
                }
            }
        });
    }
}

enum Fate {
    Stay,
    Text,
    Blank,
    Unreadable,
}

impl Fate {
    fn row(&self) -> Option<&'static str> {
        match self {
            Self::Stay => None,
            Self::Blank => Some("reasoning-blank"),
            Self::Text | Self::Unreadable => Some("reasoning-foreign"),
        }
    }
}

fn fate(block: &B, target: &Target<'_>) -> Fate {
    // Of a model that is not known nothing is assumed.
    let replay = target.model.and_then(|model| model.replay);
    match block {
        B::Reasoning(reasoning) => {
            let signed = reasoning.signature.as_deref().is_some_and(|s| s != NO_SIGNATURE);
            match (replay, signed, is_blank(&reasoning.text)) {
                (_, false, true) => Fate::Blank,
                (None, ..) | (Some(Replay::Signed), true, _) | (Some(Replay::Text), false, _) => {
                    Fate::Stay
                }
                // Its own, which it only takes back redacted.
                (Some(Replay::Redacted), false, _) | (_, true, true) => Fate::Unreadable,
                _ => Fate::Text,
            }
        }
        B::RedactedReasoning(bytes) if bytes.is_empty() => Fate::Blank,
        B::RedactedReasoning(_) => match replay {
            None | Some(Replay::Signed | Replay::Redacted) => Fate::Stay,
            Some(Replay::Text | Replay::None) => Fate::Unreadable,
        },
        _ => Fate::Stay,
    }
}
