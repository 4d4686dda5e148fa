//! JSON that others wrote, mended where the service would refuse it.

use super::read::parse;
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
/// them as make it a new one.
pub fn without_empty_keys(json: &str) -> Cow<'_, str> {
    // Also true of an empty text that is a value; then nothing is renamed.
    if !json.contains("\"\"") {
        return Cow::Borrowed(json);
    }
    let mut mended = String::with_capacity(json.len() + 8);
    let mut rest = 0;
    for EmptyKey { at, free_name } in find_empty_keys(json) {
        mended.push_str(&json[rest..at]);
        mended.push_str(&format!("\"{free_name}\""));
        rest = at + 2;
    }
    if rest == 0 {
        return Cow::Borrowed(json);
    }
    mended.push_str(&json[rest..]);
    Cow::Owned(mended)
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

struct EmptyKey {
    at: usize,
    free_name: String,
}

/// Goes through the text without recursion: an input may be nested deeper than the stack reaches.
fn find_empty_keys(json: &str) -> Vec<EmptyKey> {
    let bytes = json.as_bytes();
    // Of each object, the longest name that is made of underscores.
    let mut longest = Vec::new();
    let mut open = Vec::new();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let mut next = at + 1;
        match byte {
            b'{' => {
                open.push(longest.len());
                longest.push(0);
            }
            b'}' => {
                open.pop();
            }
            b'"' => {
                next = text_end(bytes, next);
                match open.last() {
                    Some(&object) if is_key(bytes, next) => match &json[at..next] {
                        "\"\"" => found.push((at, object)),
                        name => longest[object] = underscores(name).max(longest[object]),
                    },
                    _ => {}
                }
            }
            _ => {}
        }
        at = next;
    }
    let free_name = |object: usize| "_".repeat(longest[object] + 1);
    found.into_iter().map(|(at, object)| EmptyKey { at, free_name: free_name(object) }).collect()
}

/// Where a text ends of which the first quotation mark stands before `at`.
fn text_end(json: &[u8], mut at: usize) -> usize {
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

fn is_key(json: &[u8], end: usize) -> bool {
    json[end..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

/// How long a name is, in quotation marks here, if it is made of nothing but underscores.
fn underscores(name: &str) -> usize {
    match parse::<String>(name) {
        Ok(name) if name.bytes().all(|byte| byte == b'_') => name.len(),
        _ => 0,
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
            (r#"{"a":[{"":""}],"b":""}"#, r#"{"a":[{"_":""}],"b":""}"#),
            (r#"{"\u005f":{"":{}},"" :[""]}"#, r#"{"\u005f":{"_":{}},"__" :[""]}"#),
            (r#"{"\"":"{\"\":","":1}"#, r#"{"\"":"{\"\":","_":1}"#),
        ] {
            assert_eq!(without_empty_keys(json), mended, "{json}");
        }
        for json in [r#"{"a" : 1}"#, r#"{ "a" : "" }"#] {
            assert!(matches!(without_empty_keys(json), Cow::Borrowed(_)), "{json}");
        }
    }

    #[test]
    fn depth_does_not_matter() {
        let deep = |name: &str| {
            let depth = 100_000;
            format!("{}1{}", format!("{{\"{name}\":[").repeat(depth), "]}".repeat(depth))
        };
        assert!(without_empty_keys(&deep("")) == deep("_"));
    }
}
