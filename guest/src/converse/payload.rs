//! The event that comes by the hundred: a delta. It has types of its own, which read it in one go.
//!
//! A delta is a union in Bedrock's model: an object of which the first member decides. Kinds not
//! named here keep their name and their value.

use crate::json::Key;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// `contentBlockDelta`. Members not named here are skipped, among them the padding `p` that every
/// event carries.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockDelta<'a> {
    pub content_block_index: u32,
    #[serde(borrow)]
    pub delta: Delta<'a>,
}

#[derive(Debug)]
pub enum Delta<'a> {
    Text(String),
    ToolUse(String),
    /// `reasoningContent`, a union of its own.
    Reasoning(Reasoning<'a>),
    Other(Cow<'a, str>, &'a RawValue),
}

#[derive(Debug)]
pub enum Reasoning<'a> {
    Text(String),
    Signature(String),
    /// Base64.
    Redacted(String),
    Other(Cow<'a, str>, &'a RawValue),
}

impl<'de: 'a, 'a> Deserialize<'de> for Delta<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Union;
        impl<'de> Visitor<'de> for Union {
            type Value = Delta<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with one member")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                #[derive(Deserialize)]
                struct ToolUse {
                    input: String,
                }
                let Key(kind) = first_key(&mut map)?;
                let delta = match &*kind {
                    "text" => Delta::Text(map.next_value()?),
                    "toolUse" => Delta::ToolUse(map.next_value::<ToolUse>()?.input),
                    "reasoningContent" => Delta::Reasoning(map.next_value()?),
                    _ => Delta::Other(kind, map.next_value()?),
                };
                skip_rest(&mut map)?;
                Ok(delta)
            }
        }
        deserializer.deserialize_map(Union)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Reasoning<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Union;
        impl<'de> Visitor<'de> for Union {
            type Value = Reasoning<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with one member")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let Key(kind) = first_key(&mut map)?;
                let reasoning = match &*kind {
                    "text" => Reasoning::Text(map.next_value()?),
                    "signature" => Reasoning::Signature(map.next_value()?),
                    "redactedContent" => Reasoning::Redacted(map.next_value()?),
                    _ => Reasoning::Other(kind, map.next_value()?),
                };
                skip_rest(&mut map)?;
                Ok(reasoning)
            }
        }
        deserializer.deserialize_map(Union)
    }
}

fn first_key<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Key<'de>, A::Error> {
    map.next_key()?.ok_or_else(|| A::Error::custom("must have one member"))
}

fn skip_rest<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}
