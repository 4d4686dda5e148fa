//! Where the JSON of a conversation is not what `serde` would derive.

use super::content::ContentBlock;
use super::request::SystemBlock;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// The blocks of a message; a text stands for one block of text.
pub(super) fn blocks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<ContentBlock>, D::Error> {
    from.deserialize_any(TextOrList(ContentBlock::Text))
}

/// The same for the system prompt.
pub(super) fn system<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SystemBlock>, D::Error> {
    from.deserialize_any(TextOrList(SystemBlock::Text))
}

/// Not an untagged enum: `serde` would keep what it reads in a form of its own, in which JSON is no
/// longer as it was written.
struct TextOrList<T>(fn(String) -> T);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TextOrList<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of blocks")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Vec<T>, E> {
        Ok(vec![(self.0)(text)])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list))
    }
}

/// Bytes as base64, as Bedrock writes them.
pub(super) mod base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};
    use std::fmt;

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        from.deserialize_str(Base64)
    }

    struct Base64;

    impl Visitor<'_> for Base64 {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes as base64")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
            STANDARD.decode(text).map_err(|problem| E::custom(format!("not base64: {problem}")))
        }
    }
}

/// Names with texts as an object, in their order.
pub(super) mod pairs {
    use serde::de::{Error, MapAccess, Visitor};
    use serde::{Deserializer, Serializer};
    use std::collections::HashSet;
    use std::fmt;

    type Pairs = Vec<(String, String)>;

    pub(crate) fn serialize<S: Serializer>(
        pairs: &[(String, String)],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_map(pairs.iter().map(|(name, text)| (name, text)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Pairs, D::Error> {
        from.deserialize_map(Object)
    }

    struct Object;

    impl<'de> Visitor<'de> for Object {
        type Value = Pairs;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of texts")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Pairs, A::Error> {
            let mut pairs = Pairs::new();
            let mut names = HashSet::new();
            while let Some((name, text)) = object.next_entry::<String, String>()? {
                if !names.insert(name.clone()) {
                    return Err(A::Error::custom(format!("duplicate field `{name}`")));
                }
                pairs.push((name, text));
            }
            Ok(pairs)
        }
    }
}
