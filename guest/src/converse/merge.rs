//! JSON objects merged, as a request's body with members the contract does not know.

use super::invalid::Invalid;
use crate::json::{self, Members};

/// Merges `extra` into the object `ours`: objects that both have are merged in turn, and whatever
/// else both have is a clash. Values are passed on as they were written, so that no number loses a
/// digit. `place` names `extra` in errors.
pub fn merge(place: &str, ours: &str, extra: &str) -> Result<String, Invalid> {
    let mut merged = String::with_capacity(ours.len() + extra.len());
    write_merged(ours, extra, place, MAX_DEPTH, &mut merged)?;
    Ok(merged)
}

/// Objects within objects that are merged; what lies deeper is nobody's intention.
const MAX_DEPTH: usize = 32;

fn write_merged(
    ours: &str,
    extra: &str,
    place: &str,
    depth: usize,
    out: &mut String,
) -> Result<(), Invalid> {
    if depth == 0 {
        return Err(Invalid::new(place, "is nested too deeply to be merged"));
    }
    let mut extra = members(extra, place)?;
    let mut merged = Vec::new();
    for (name, value) in members(ours, place)? {
        let clash = extra.iter().position(|(other, _)| *other == name);
        match clash.map(|at| extra.remove(at).1.get()) {
            None => merged.push(json::member(&name, value.get())),
            Some(other) if is_object(value.get()) && is_object(other) => {
                let mut inner = String::new();
                let place = format!("{place}.{name}");
                write_merged(value.get(), other, &place, depth - 1, &mut inner)?;
                merged.push(json::member(&name, &inner));
            }
            Some(_) => {
                let problem = "is already set by the request itself";
                return Err(Invalid::new(format!("{place}.{name}"), problem));
            }
        }
    }
    merged.extend(extra.iter().map(|(name, value)| json::member(name, value.get())));
    out.push('{');
    out.push_str(&merged.join(","));
    out.push('}');
    Ok(())
}

fn members<'a>(object: &'a str, place: &str) -> Result<Vec<json::Member<'a>>, Invalid> {
    let members = Members::parse("", object.as_bytes());
    members.map(Members::into_list).map_err(|_| Invalid::new(place, "is not a JSON object"))
}

fn is_object(json: &str) -> bool {
    json.starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(ours: &str, extra: &str) -> Result<String, String> {
        merge("extra-json", ours, extra)
            .map_err(|invalid| crate::bindings::types::Error::from(invalid).message)
    }

    #[test]
    fn objects_merge_at_every_depth_and_numbers_stay_as_written() {
        assert_eq!(
            merged(r#"{"a":{"b":1},"c":2}"#, r#"{"a":{"d":12345678901234567890123.10},"e":[]}"#),
            Ok(r#"{"a":{"b":1,"d":12345678901234567890123.10},"c":2,"e":[]}"#.to_owned())
        );
        assert_eq!(merged("{}", "{}"), Ok("{}".to_owned()));
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let deep = format!("{}{}", r#"{"a":"#.repeat(50_000), "}".repeat(50_000));
        let deep = deep.replace(":}", ":1}");
        let error = merged(&deep, &deep).unwrap_err();
        assert!(error.ends_with("is nested too deeply to be merged"), "{error}");
    }

    #[test]
    fn clash_is_named_and_nothing_is_dropped() {
        let error = merged(r#"{"a":{"b":1}}"#, r#"{"a":{"b":2}}"#).unwrap_err();
        assert!(error.starts_with("extra-json.a.b: "), "{error}");
    }
}
