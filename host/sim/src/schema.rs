//! Tool input that fits a JSON schema, by the simplest rules that do.

use serde_json::{Map, Value, json};

use crate::prompt::list;

/// Deeper schemas are recursive ones.
const DEPTH: usize = 8;

/// An input object with the required properties of the tool's schema.
pub(crate) fn input_for(schema: &Value) -> Value {
    let input = example(schema, schema, DEPTH);
    if input.is_object() { input } else { json!({}) }
}

/// `const`, `default` or the first `enum` value if there is one; else a value of the type.
fn example(schema: &Value, root: &Value, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    let next = |schema: &Value| example(schema, root, depth - 1);
    if let Some(pointer) = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
        return root.pointer(pointer).map_or(Value::Null, next);
    }
    let given = [schema.get("const"), schema.get("default"), list(&schema["enum"]).first()];
    if let Some(given) = given.into_iter().flatten().next() {
        return given.clone();
    }
    let choices = ["anyOf", "oneOf", "allOf"].map(|key| list(&schema[key]).first());
    if let Some(choice) = choices.into_iter().flatten().next() {
        return next(choice);
    }
    let of_type = schema["type"].as_str().or_else(|| list(&schema["type"]).first()?.as_str());
    match of_type {
        Some("string") => text(schema),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([next(&schema["items"])]),
        Some("null") => Value::Null,
        None if schema["properties"].is_null() => text(schema),
        _ => {
            let required = list(&schema["required"]).iter().filter_map(Value::as_str);
            let members = required
                .map(|name| (name.to_owned(), next(&schema["properties"][name])))
                .collect::<Map<_, _>>();
            Value::Object(members)
        }
    }
}

fn text(schema: &Value) -> Value {
    let length = schema["minLength"].as_u64().unwrap_or(0) as usize;
    let text = "example";
    // A bound, as the schema comes from outside and may ask for any length.
    text.repeat(length.min(10_000).div_ceil(text.len()).max(1)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_properties_get_simple_values() {
        let schema = json!({
            "type": "object",
            "required": ["city", "days", "unit", "wind", "tags", "where", "kind"],
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer", "minimum": 3},
                "unit": {"enum": ["C", "F"]},
                "wind": {"type": ["boolean", "null"]},
                "tags": {"type": "array", "items": {"type": "string", "minLength": 9}},
                "where": {"$ref": "#/$defs/point"},
                "kind": {"anyOf": [{"const": "now"}, {"const": "later"}]},
                "optional": {"type": "string"}
            },
            "$defs": {"point": {
                "type": "object", "required": ["x"], "properties": {"x": {"type": "number"}}
            }}
        });
        let expected = json!({
            "city": "example", "days": 3, "unit": "C", "wind": true,
            "tags": ["exampleexample"], "where": {"x": 1}, "kind": "now"
        });
        assert_eq!(input_for(&schema), expected);
    }

    #[test]
    fn odd_schemas_still_give_an_object() {
        let endless = json!({
            "type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}
        });
        assert!(input_for(&endless).is_object());
        for schema in [json!(null), json!({}), json!({"type": "string"}), json!({"$ref": "#/no"})] {
            assert_eq!(input_for(&schema), json!({}), "{schema}");
        }
    }
}
