//! What cannot be sent, and where in the request it stands.

use crate::bindings::types as wit;
use serde_json::value::RawValue;
use std::fmt::Display;

/// What is wrong with a request, and where.
#[derive(Debug)]
pub struct Invalid {
    member: String,
    problem: String,
}

impl Invalid {
    pub fn new(member: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { member: member.into(), problem: problem.into() }
    }

    /// The same, seen from one level further out.
    pub fn within(self, outer: impl Display) -> Self {
        let member = match self.member.as_str() {
            "" => outer.to_string(),
            inner if inner.starts_with('[') => format!("{outer}{inner}"),
            inner => format!("{outer}.{inner}"),
        };
        Self { member, ..self }
    }
}

impl From<Invalid> for wit::Error {
    fn from(invalid: Invalid) -> Self {
        crate::error::invalid(&invalid.member, &invalid.problem)
    }
}

pub type Mapped<T> = Result<T, Invalid>;

/// Maps a list, saying of a failure which element it was.
pub fn each<'a, T, U>(list: &'a [T], map: impl Fn(&'a T) -> Mapped<U>) -> Mapped<Vec<U>> {
    list.iter()
        .enumerate()
        .map(|(i, item)| map(item).map_err(|invalid| invalid.within(format!("[{i}]"))))
        .collect()
}

/// A JSON text, checked, passed on as it is.
pub fn raw<'a>(json: &'a str, member: &str) -> Mapped<&'a RawValue> {
    serde_json::from_str(json)
        .map_err(|problem| Invalid::new(member, format!("is not JSON: {problem}")))
}

/// A JSON object, checked, passed on as it is.
pub fn raw_object<'a>(json: &'a str, member: &str) -> Mapped<&'a RawValue> {
    let value = raw(json, member)?;
    if value.get().starts_with('{') {
        Ok(value)
    } else {
        Err(Invalid::new(member, "must be a JSON object"))
    }
}
