//! Blocks of an answer, as both operations write them.

use serde_json::{Value, json};

use crate::Script;
use crate::tokens::tokens;

/// Characters of one fragment of a tool call's input.
const FRAGMENT: usize = 8;

/// One piece of what the model says.
#[derive(Debug, PartialEq)]
pub(crate) enum Block {
    Text(String),
    Cited {
        text: String,
        citations: Vec<Value>,
    },
    Reasoning {
        text: String,
        signature: Option<String>,
    },
    /// In base64.
    Redacted(String),
    ToolUse {
        id: String,
        name: String,
        /// JSON, unless it was asked to be none.
        input: String,
        kind: Option<&'static str>,
    },
    /// Of a tool that runs at the service.
    ToolResult {
        id: String,
        kind: String,
        content: Vec<Value>,
    },
    Image {
        format: &'static str,
        base64: &'static str,
    },
}

impl Block {
    pub(crate) fn tokens(&self) -> usize {
        match self {
            Self::Text(text) | Self::Cited { text, .. } | Self::Reasoning { text, .. } => {
                tokens(text)
            }
            Self::Redacted(base64) => tokens(base64),
            Self::ToolUse { name, input, .. } => tokens(name) + tokens(input),
            // What the service's own tools say costs the model nothing.
            Self::ToolResult { .. } => 0,
            Self::Image { base64, .. } => tokens(base64),
        }
    }

    /// What of it went into thinking.
    pub(crate) fn thinking_tokens(&self) -> usize {
        match self {
            Self::Reasoning { .. } | Self::Redacted(_) => self.tokens(),
            _ => 0,
        }
    }

    /// The text that is said to the user.
    pub(crate) fn text_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Text(text) | Self::Cited { text, .. } => Some(text),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Cited { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Leaves this many tokens, or says that none can be left.
    pub(crate) fn cut(&mut self, tokens: usize) -> bool {
        let text = match self {
            Self::Text(text) => text,
            Self::Cited { text, citations } => {
                // They come last.
                citations.clear();
                text
            }
            Self::Reasoning { text, signature } => {
                *signature = None;
                text
            }
            _ => return false,
        };
        *text = text.chars().take(tokens * 4).collect();
        tokens > 0
    }

    /// The `ContentBlock` of a Converse response.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => json!({"text": text}),
            Self::Cited { text, citations } => {
                json!({"citationsContent": {"content": [{"text": text}], "citations": citations}})
            }
            Self::Reasoning { text, signature } => {
                let mut reasoning = json!({"text": text});
                if let Some(signature) = signature {
                    reasoning["signature"] = signature.as_str().into();
                }
                json!({"reasoningContent": {"reasoningText": reasoning}})
            }
            Self::Redacted(base64) => json!({"reasoningContent": {"redactedContent": base64}}),
            Self::ToolUse { id, name, input, kind } => {
                let mut call = tool_use(id, name, *kind);
                call["input"] = serde_json::from_str(input).unwrap_or_else(|_| json!(input));
                json!({"toolUse": call})
            }
            Self::ToolResult { id, kind, content } => {
                let mut result = tool_result(id, kind);
                result["content"] = content.as_slice().into();
                json!({"toolResult": result})
            }
            Self::Image { format, base64 } => {
                json!({"image": {"format": format, "source": {"bytes": base64}}})
            }
        }
    }

    /// The events of a ConverseStream response.
    pub(crate) fn add_to(&self, script: Script) -> Script {
        match self {
            // The service, too, sends an empty delta for an empty text.
            Self::Text(text) if text.is_empty() => script.text([""]),
            Self::Text(text) => script.text(words(text)),
            Self::Cited { text, citations } => {
                let deltas = words(text).into_iter().map(|text| json!({"text": text}));
                let citations = citations.iter().map(|citation| json!({"citation": citation}));
                deltas.chain(citations).fold(script, Script::delta).block_stop()
            }
            Self::Reasoning { text, signature } => {
                script.reasoning(words(text), signature.as_deref())
            }
            Self::Redacted(base64) => script.redacted(base64),
            Self::ToolUse { id, name, input, kind } => {
                let start = script.block_start(json!({"toolUse": tool_use(id, name, *kind)}));
                let deltas = fragments(input).into_iter();
                let deltas = deltas.map(|input| json!({"toolUse": {"input": input}}));
                deltas.fold(start, Script::delta).block_stop()
            }
            Self::ToolResult { id, kind, content } => script
                .block_start(json!({"toolResult": tool_result(id, kind)}))
                .delta(json!({"toolResult": content}))
                .block_stop(),
            Self::Image { format, base64 } => script
                .block_start(json!({"image": {"format": format}}))
                .delta(json!({"image": {"source": {"bytes": base64}}}))
                .block_stop(),
        }
    }
}

fn tool_use(id: &str, name: &str, kind: Option<&str>) -> Value {
    let mut call = json!({"toolUseId": id, "name": name});
    if let Some(kind) = kind {
        call["type"] = kind.into();
    }
    call
}

fn tool_result(id: &str, kind: &str) -> Value {
    json!({"toolUseId": id, "type": kind, "status": "success"})
}

/// Word by word, each with the space before it, as models stream.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut after_space = true;
    for character in text.chars() {
        let space = character.is_whitespace();
        match words.last_mut() {
            Some(word) if after_space || !space => word.push(character),
            _ => words.push(character.to_string()),
        }
        after_space = space;
    }
    words
}

fn fragments(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(FRAGMENT).map(String::from_iter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_fragments_put_together_are_the_text() {
        for text in ["", " ", "one", " one  two\n\nthree ", "a\u{301} \u{1f600} b"] {
            assert_eq!(words(text).concat(), text);
            assert_eq!(fragments(text).concat(), text);
        }
        assert_eq!(words("Hello you two"), ["Hello", " you", " two"]);
    }

    #[test]
    fn input_that_is_no_json_stays_as_it_is() {
        let call = |input: &str| Block::ToolUse {
            id: "t".into(),
            name: "f".into(),
            input: input.into(),
            kind: None,
        };
        assert_eq!(call(r#"{"a":1}"#).to_json()["toolUse"]["input"], json!({"a": 1}));
        assert_eq!(call(r#"{"a":"#).to_json()["toolUse"]["input"], json!(r#"{"a":"#));
    }
}
