//! JSON objects read member by member.
//!
//! What comes often has types of its own, see `converse::payload`. The rest is read through
//! [`Members`], which keeps each value as it was written: nothing is lost that is not known here, and
//! the component holds one piece of code in place of one for each type.

use crate::bindings::types::{Error, Raw};
use crate::error::protocol;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A name and its value, as it was written.
pub type Member<'a> = (Cow<'a, str>, &'a RawValue);

/// The members of a JSON object, in the order they were written.
#[derive(Debug)]
pub struct Members<'a> {
    /// Where the object stands, for errors: `metadata.usage`.
    place: Cow<'a, str>,
    list: List<'a>,
}

impl<'a> Members<'a> {
    /// Reads an object, without yet reading its values. `place` names it in errors.
    ///
    /// # Errors
    ///
    /// Kind `protocol` for what is not an object.
    pub fn parse(place: impl Into<Cow<'a, str>>, json: &'a [u8]) -> Result<Self, Error> {
        let place = place.into();
        match serde_json::from_slice(json) {
            Ok(list) => Ok(Self { place, list }),
            Err(problem) => Err(protocol(&format!("{place}: {problem}"))),
        }
    }

    /// A member's value, as it was written. A null counts as none.
    pub fn raw(&self, name: &str) -> Option<&'a RawValue> {
        let found = self.list.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| *value).filter(|value| value.get() != "null")
    }

    /// A member's value as JSON, as it was written.
    pub fn json(&self, name: &str) -> Option<String> {
        self.raw(name).map(|value| value.get().to_owned())
    }

    /// A member that is a text.
    pub fn text(&self, name: &str) -> Result<Option<String>, Error> {
        self.value(name)
    }

    /// A member that is a text and must be there.
    pub fn required_text(&self, name: &str) -> Result<String, Error> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A member that is a whole number, not negative.
    pub fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        self.value(name)
    }

    /// A member that is a whole number, not negative, and must be there.
    pub fn required_number(&self, name: &str) -> Result<u64, Error> {
        self.number(name)?.ok_or_else(|| self.missing(name))
    }

    /// A member that is an index: absent, or a whole number below 2^32.
    pub fn index(&self, name: &str) -> Result<Option<u32>, Error> {
        let Some(number) = self.number(name)? else { return Ok(None) };
        match u32::try_from(number) {
            Ok(index) => Ok(Some(index)),
            Err(_) => Err(protocol(&format!("{}.{name}: {number} is too large", self.place))),
        }
    }

    /// A member that is an index and must be there.
    pub fn required_index(&self, name: &str) -> Result<u32, Error> {
        self.index(name)?.ok_or_else(|| self.missing(name))
    }

    /// A member that is an object.
    pub fn object(&self, name: &str) -> Result<Option<Members<'a>>, Error> {
        self.raw(name).map(|value| self.within(name, value)).transpose()
    }

    /// A member that is an object and must be there.
    pub fn required_object(&self, name: &str) -> Result<Members<'a>, Error> {
        self.object(name)?.ok_or_else(|| self.missing(name))
    }

    /// A member that is a list of objects; an absent one is empty.
    pub fn objects(&self, name: &str) -> Result<Vec<Members<'a>>, Error> {
        let Some(value) = self.raw(name) else { return Ok(Vec::new()) };
        elements(&self.place, name, value)?
            .into_iter()
            .map(|value| self.within(name, value))
            .collect()
    }

    /// The one member of a union: the first that is not null.
    pub fn union(&self) -> Result<(&str, &'a RawValue), Error> {
        let mut members = self.list.0.iter().filter(|(_, value)| value.get() != "null");
        match members.next() {
            Some((name, value)) => Ok((name, value)),
            None => Err(protocol(&format!("{}: must have one member", self.place))),
        }
    }

    /// The same of a value that must be an object: reads it in the place of the member `name`.
    pub fn within(&self, name: &str, value: &'a RawValue) -> Result<Members<'a>, Error> {
        Members::parse(format!("{}.{name}", self.place), value.get().as_bytes())
    }

    /// The members that are not among `known` and not an empty object, as an object; none when there
    /// are none.
    pub fn rest(&self, known: &[&str]) -> Option<String> {
        let rest: Vec<String> = self
            .list
            .0
            .iter()
            .filter(|(name, value)| !known.contains(&&**name) && value.get() != "{}")
            .map(|(name, value)| member(name, value.get()))
            .collect();
        (!rest.is_empty()).then(|| format!("{{{}}}", rest.join(",")))
    }

    /// All members.
    pub fn into_list(self) -> Vec<Member<'a>> {
        self.list.0
    }

    fn value<T: Deserialize<'a>>(&self, name: &str) -> Result<Option<T>, Error> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        match parse(value.get()) {
            Ok(value) => Ok(Some(value)),
            Err(problem) => Err(protocol(&format!("{}.{name}: {problem}", self.place))),
        }
    }

    fn missing(&self, name: &str) -> Error {
        protocol(&format!("{} has no `{name}`", self.place))
    }
}

/// The elements of a list, each as it was written.
///
/// # Errors
///
/// Kind `protocol` for what is not a list.
pub fn elements<'a>(
    place: &str,
    name: &str,
    value: &'a RawValue,
) -> Result<Vec<&'a RawValue>, Error> {
    parse(value.get()).map_err(|problem| protocol(&format!("{place}.{name}: {problem}")))
}

/// A name and a JSON value as they stand in an object.
pub fn member(name: &str, json: &str) -> String {
    // A string is always JSON.
    let name = serde_json::to_string(name).unwrap_or_default();
    format!("{name}:{json}")
}

/// A named value the contract has no case for.
pub fn raw(kind: &str, value: &RawValue) -> Raw {
    Raw { kind: kind.to_owned(), json: value.get().to_owned() }
}

/// Reads JSON. serde_json has code for bytes and other code for texts; the component needs one.
///
/// # Errors
///
/// What is wrong with it, and where.
pub fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, serde_json::Error> {
    serde_json::from_slice(json.as_bytes())
}

#[derive(Debug)]
struct List<'a>(Vec<Member<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = List<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some((Key(name), value)) = map.next_entry()? {
                    list.push((name, value));
                }
                Ok(List(list))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// serde borrows a text only where a field says so; a map's key has no field.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Key<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);
