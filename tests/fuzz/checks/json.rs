//! JSON texts, among them such as are well formed and yet make trouble.

use super::{list, pick, text};
use arbitrary::{Result, Unstructured};

/// A value of any kind.
pub fn value(u: &mut Unstructured<'_>) -> Result<String> {
    nested(u, 4)
}

/// An object.
pub fn object(u: &mut Unstructured<'_>) -> Result<String> {
    members(u, 3)
}

/// Mostly an object, else whatever else stands where one should.
pub fn mostly_object(u: &mut Unstructured<'_>) -> Result<String> {
    match u.int_in_range(0..=9)? {
        0 => value(u),
        1 => text(u),
        // An object within a text, as some models write it.
        2 => Ok(quoted(&object(u)?)),
        3 => Ok(format!("{}{}{}", space(u)?, object(u)?, space(u)?)),
        _ => object(u),
    }
}

/// A text as JSON.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is always JSON")
}

/// A text, written in any of the ways there are.
pub fn string(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=7)? {
        0 => pick(u, &[r#""\ud83d""#, r#""a\uDE00b""#, r#""\ud83d\ud83d\ude00""#])?.to_owned(),
        1 => pick(u, &[r#""\ud83d\ude00""#, r#""\u0000\/""#, r#""\\ud83d""#])?.to_owned(),
        _ => quoted(&text(u)?),
    })
}

fn nested(u: &mut Unstructured<'_>, depth: u32) -> Result<String> {
    Ok(match u.int_in_range(0..=if depth == 0 { 5 } else { 9 })? {
        0 => "null".to_owned(),
        1 => pick(u, &["true", "false"])?.to_owned(),
        2 => pick(u, &["0", "-1", "1.50", "12345678901234567890123", "1E2", "-0.0"])?.to_owned(),
        3..=5 => string(u)?,
        6 => {
            let items = list(u, 3, |u| nested(u, depth - 1))?;
            format!("[{}]", items.join(","))
        }
        _ => members(u, depth - 1)?,
    })
}

fn members(u: &mut Unstructured<'_>, depth: u32) -> Result<String> {
    let members = list(u, 4, |u| {
        let name = match u.int_in_range(0..=5)? {
            0 => string(u)?,
            1 => "\"\"".to_owned(),
            _ => quoted(pick(u, &["_", "__", "type", "a", "b", "thinking", "anthropic_beta"])?),
        };
        let space = space(u)?;
        Ok(format!("{name}{space}:{}", nested(u, depth)?))
    })?;
    Ok(format!("{{{}}}", members.join(",")))
}

fn space<'a>(u: &mut Unstructured<'_>) -> Result<&'a str> {
    Ok(match u.int_in_range(0..=15)? {
        0 => " ",
        1 => "\n\t",
        2 => "\u{3000}",
        _ => "",
    })
}
