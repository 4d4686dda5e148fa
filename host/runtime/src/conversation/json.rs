//! JSON that is passed on as it was written.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;

/// A JSON text (RFC 8259), known to be valid. Numbers keep all their digits.
#[derive(Clone)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Checks a text.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn parse(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text.into()).map(Self)
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    ///
    /// When the value has no JSON, as a map with keys that are no texts.
    pub fn from_value(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Reads the text into a type of the caller's.
    ///
    /// # Errors
    ///
    /// When the JSON is not of that type.
    pub fn read<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }

    /// A text from a plugin, which may say of anything that it is JSON. What is not becomes a JSON
    /// string, so that nothing is lost and what is written with it stays whole.
    pub(crate) fn from_plugin(text: String) -> Self {
        match RawValue::from_string(text.clone()) {
            Ok(value) => Self(value),
            Err(_) => Self::from_value(&text).unwrap_or_else(|_| Self(RawValue::NULL.to_owned())),
        }
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Two are equal when they are written alike.
impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Any JSON value, as it is written. Only `serde_json` can tell how that is.
impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}

/// A named value this version of the library has no case for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    /// The name the service, or the caller, uses for it.
    pub kind: String,
    /// Its value.
    pub json: Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_calls_json_and_is_not_becomes_a_string() {
        assert_eq!(Json::from_plugin(r#"{"a":1.50}"#.to_owned()).as_str(), r#"{"a":1.50}"#);
        assert_eq!(Json::from_plugin("{\"a".to_owned()).as_str(), r#""{\"a""#);
    }
}
