//! Whether what comes out is the JSON that it is said to be.

use serde_json::Value;
use serde_json::value::RawValue;

/// Panics unless the text is JSON.
pub fn json(what: &str, text: &str) {
    if let Err(problem) = serde_json::from_str::<&RawValue>(text) {
        panic!("{what} is not JSON: {problem}: {text}");
    }
}

/// Panics unless the text is a JSON object.
pub fn object(what: &str, text: &str) {
    json(what, text);
    assert!(text.trim_start().starts_with('{'), "{what} is not an object: {text}");
}

/// The value of a JSON text, which no reader can refuse: it has no halves of surrogate pairs. `None` for
/// what is only too deep or too large for this reader.
pub fn value(what: &str, text: &str) -> Option<Value> {
    json(what, text);
    match serde_json::from_str(text) {
        Ok(value) => Some(value),
        Err(problem) => {
            let said = problem.to_string();
            let limit = ["recursion limit", "number out of range"];
            assert!(limit.iter().any(|limit| said.contains(limit)), "{what}: {problem}: {text}");
            None
        }
    }
}
