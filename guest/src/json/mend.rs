//! JSON that others wrote, mended where the service would refuse it.

use std::borrow::Cow;

/// The text with `\ufffd` in place of each escape that is half of a surrogate pair: such JSON is
/// well formed (RFC 8259, section 8.2), but no text of it can be sent on.
pub fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    let mut mended = Cow::Borrowed(json);
    let mut at = 0;
    while let Some(found) = find_escape(json.as_bytes(), at) {
        at = match (surrogate(json, found), surrogate(json, found + 6)) {
            (None, _) => found + 2,
            (Some(Half::High), Some(Half::Low)) => found + 12,
            _ => {
                // As long as what it replaces, so that places stay.
                mended.to_mut().replace_range(found..found + 6, "\\ufffd");
                found + 6
            }
        };
    }
    mended
}

/// The JSON with another name for each member, at any depth, whose name is empty: `_`, or as many of
/// them as occur nowhere else in it.
pub fn without_empty_keys(json: &str) -> Cow<'_, str> {
    let mut name = "\"_\"".to_owned();
    while json.contains(&name) {
        name.insert(1, '_');
    }
    let places = empty_keys(json);
    if places.is_empty() {
        return Cow::Borrowed(json);
    }
    let mut renamed = String::with_capacity(json.len() + places.len() * name.len());
    let mut done = 0;
    for at in places {
        renamed.push_str(&json[done..at]);
        renamed.push_str(&name);
        done = at + 2;
    }
    renamed.push_str(&json[done..]);
    Cow::Owned(renamed)
}

/// Where the empty names stand. Goes through the text once, without a stack: how deep others nest
/// their JSON is for them to choose.
fn empty_keys(json: &str) -> Vec<usize> {
    let bytes = json.as_bytes();
    let mut found = Vec::new();
    let mut start = None;
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], start) {
            // What is escaped is no end.
            (b'\\', Some(_)) => at += 1,
            (b'"', None) => start = Some(at),
            (b'"', Some(first)) => {
                let next = bytes[at + 1..].iter().find(|byte| !byte.is_ascii_whitespace());
                if at == first + 1 && next == Some(&b':') {
                    found.push(first);
                }
                start = None;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

enum Half {
    High,
    Low,
}

/// The next backslash that begins an escape.
fn find_escape(json: &[u8], from: usize) -> Option<usize> {
    json.get(from..)?.iter().position(|&byte| byte == b'\\').map(|at| from + at)
}

fn surrogate(json: &str, at: usize) -> Option<Half> {
    let escape = json.as_bytes().get(at..at + 6)?;
    let [b'\\', b'u', b'd' | b'D', half, low @ ..] = escape else { return None };
    if !low.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    match half.to_ascii_lowercase() {
        b'8' | b'9' | b'a' | b'b' => Some(Half::High),
        b'c'..=b'f' => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_is_replaced_and_a_whole_one_kept() {
        for (json, mended) in [
            (r#""a\ud83d\ude00b""#, r#""a\ud83d\ude00b""#),
            (r#""a\ud83db""#, r#""a\ufffdb""#),
            (r#""\uDE00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\ud83""#, r#""\ud83""#),
            (r#""\ud8é""#, r#""\ud8é""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            ("\"é\"", "\"é\""),
        ] {
            assert_eq!(without_lone_surrogates(json), mended, "{json}");
        }
    }

    #[test]
    fn empty_names_are_renamed_at_every_depth_and_values_kept() {
        for (json, mended) in [
            (r#"{"":1}"#, r#"{"_":1}"#),
            (r#"{"_":0,"":1.50}"#, r#"{"_":0,"__":1.50}"#),
            (r#"{"a":[{"" : ""}],"b":""}"#, r#"{"a":[{"_" : ""}],"b":""}"#),
            (r#"{ "a" : "" }"#, r#"{ "a" : "" }"#),
            (r#"{"a\"":"","\"":{"":1}}"#, r#"{"a\"":"","\"":{"_":1}}"#),
            (r#"["",":"]"#, r#"["",":"]"#),
            ("", ""),
        ] {
            assert_eq!(without_empty_keys(json), mended, "{json}");
        }
        let deep = format!("{}{}", r#"{"":"#.repeat(100_000), "}".repeat(100_000));
        assert_eq!(without_empty_keys(&deep).matches(r#"{"_":"#).count(), 100_000);
        assert!(matches!(without_empty_keys(r#"{"a" : 1}"#), Cow::Borrowed(_)));
    }
}
