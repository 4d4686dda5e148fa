//! Counting tokens: about four characters are one.

use serde_json::Value;

/// Tokens of a text.
pub(crate) fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(4)
}

/// Tokens of all that a conversation puts into the model, cached or not.
pub(crate) fn conversation_tokens(request: &Value) -> usize {
    let parts = [&request["toolConfig"]["tools"], &request["system"], &request["messages"]];
    parts.into_iter().map(tokens_in).sum::<usize>().max(1)
}

/// Tokens of a part of a request: what is said, and what tools are called, given and give back.
/// Bytes of media count as their base64 does not: not at all.
pub(crate) fn tokens_in(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().map(tokens_in).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match (name.as_str(), value) {
                ("text" | "name" | "description", Value::String(text)) => tokens(text),
                ("json" | "input", value) => tokens(&value.to_string()),
                (_, value) => tokens_in(value),
            })
            .sum(),
        _ => 0,
    }
}

/// Tokens of a model's own request, whatever its shape: of the texts where models have them.
pub(crate) fn native_tokens(body: &Value) -> usize {
    const TEXTS: &[&str] = &["content", "inputText", "prompt", "system", "text"];
    match body {
        Value::Array(values) => values.iter().map(native_tokens).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) if TEXTS.contains(&name.as_str()) => tokens(text),
                value => native_tokens(value),
            })
            .sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_that_is_said_counts() {
        let mut request =
            json!({"messages": [{"role": "user", "content": [{"text": "hi there"}]}]});
        assert_eq!(conversation_tokens(&request), 2);
        request["system"] = json!([{"text": "Four"}, {"cachePoint": {"type": "default"}}]);
        assert_eq!(conversation_tokens(&request), 3);
        let tool = json!({"name": "f", "description": "d", "inputSchema": {"json": {}}});
        request["toolConfig"] = json!({"tools": [{"toolSpec": tool}]});
        assert_eq!(conversation_tokens(&request), 6);
        let call = json!({"toolUse": {"toolUseId": "t", "name": "f", "input": {"a": 1}}});
        request["messages"][0]["content"] = json!([call]);
        assert_eq!(conversation_tokens(&request), 7);
        assert_eq!(conversation_tokens(&json!({})), 1);
    }

    #[test]
    fn native_requests_have_their_texts_elsewhere() {
        let body = json!({
            "anthropic_version": "bedrock-2023-05-31", "system": "Four",
            "messages": [
                {"role": "user", "content": "hi there"},
                {"role": "user", "content": [{"type": "text", "text": "Four"}]}
            ]
        });
        assert_eq!(native_tokens(&body), 4);
        assert_eq!(native_tokens(&json!({"inputText": "hi there"})), 2);
    }
}
