//! What cannot be sent, and where in the request it stands.

use crate::bindings::types as wit;
use crate::json::{Writer, parse};
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

/// Writes a list, saying of a failure which element it was.
pub fn write_each<T>(
    w: &mut Writer,
    list: &[T],
    write: fn(&mut Writer, &T) -> Mapped<()>,
) -> Mapped<()> {
    w.open_list();
    for (i, item) in list.iter().enumerate() {
        write(w, item).map_err(|invalid| invalid.within(format!("[{i}]")))?;
    }
    w.close_list();
    Ok(())
}

/// A JSON text, checked, passed on as it is.
pub fn json<'a>(json: &'a str, member: &str) -> Mapped<&'a str> {
    let value: Result<&RawValue, _> = parse(json);
    match value {
        Ok(value) => Ok(value.get()),
        Err(problem) => Err(Invalid::new(member, format!("is not JSON: {problem}"))),
    }
}

/// A JSON object, checked, passed on as it is.
pub fn json_object<'a>(text: &'a str, member: &str) -> Mapped<&'a str> {
    let value = json(text, member)?;
    if value.starts_with('{') {
        Ok(value)
    } else {
        Err(Invalid::new(member, "must be a JSON object"))
    }
}
