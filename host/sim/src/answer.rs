//! Answers by rule: the same request always gets the same answer.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Script;
use crate::prompt::{Media, Prompt, Tool, ToolChoice, tokens};
use crate::schema;

/// Characters of one fragment of a tool call's input.
const FRAGMENT: usize = 8;

/// What the model says.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    blocks: Vec<Block>,
    stop_reason: &'static str,
    input_tokens: usize,
}

#[derive(Debug, PartialEq)]
enum Block {
    Text(String),
    Reasoning {
        text: String,
        signature: String,
    },
    /// In base64.
    Redacted(String),
    ToolUse {
        id: String,
        name: String,
        input: Value,
    },
}

impl Answer {
    /// The answer the rules give.
    pub(crate) fn to(prompt: &Prompt) -> Self {
        let words = prompt.text.to_lowercase();
        let mut blocks = Vec::new();
        if prompt.thinking || words.contains("think") || words.contains("reason") {
            let text = format!(
                "The user wants an answer to: {}. I will keep it short and friendly.",
                prompt.text
            );
            let signature = STANDARD.encode(Sha256::digest(&text));
            blocks.push(Block::Reasoning { text, signature });
        }
        if words.contains("redacted") {
            blocks.push(Block::Redacted(STANDARD.encode(Sha256::digest(&prompt.text))));
        }
        let calls = called_tools(prompt, &words);
        let stop_reason = if calls.is_empty() { "end_turn" } else { "tool_use" };
        if calls.is_empty() {
            blocks.push(Block::Text(spoken(prompt)));
        }
        blocks.extend(calls.into_iter().enumerate().map(|(index, tool)| Block::ToolUse {
            id: tool_use_id(prompt, index),
            name: tool.name.clone(),
            input: schema::input_for(&tool.schema),
        }));
        let mut answer = Self { blocks, stop_reason, input_tokens: prompt.input_tokens.max(1) };
        answer.stop_at(&prompt.stop_sequences);
        answer.limit_to(prompt.max_tokens);
        answer
    }

    /// Ends the first text in which a stop sequence occurs before it.
    fn stop_at(&mut self, sequences: &[String]) {
        for (index, block) in self.blocks.iter_mut().enumerate() {
            let Block::Text(text) = block else { continue };
            let found = sequences.iter().filter_map(|sequence| text.find(sequence.as_str())).min();
            if let Some(at) = found {
                text.truncate(at);
                self.blocks.truncate(index + 1);
                self.stop_reason = "stop_sequence";
                return;
            }
        }
    }

    /// Cuts the block in which the tokens run out; a tool call is left out rather than cut.
    fn limit_to(&mut self, max_tokens: Option<usize>) {
        let Some(mut left) = max_tokens else { return };
        for index in 0..self.blocks.len() {
            let used = self.blocks[index].tokens();
            if used <= left {
                left -= used;
                continue;
            }
            let kept = match &mut self.blocks[index] {
                Block::Text(text) | Block::Reasoning { text, .. } if left > 0 => {
                    *text = text.chars().take(left * 4).collect();
                    index + 1
                }
                _ => index,
            };
            self.blocks.truncate(kept);
            self.stop_reason = "max_tokens";
            return;
        }
    }

    fn output_tokens(&self) -> usize {
        self.blocks.iter().map(Block::tokens).sum()
    }

    /// A number that looks like one, and is the same in every run.
    fn latency(&self) -> usize {
        100 + 10 * self.output_tokens()
    }

    /// Token counts as both operations report them.
    fn usage(&self) -> Value {
        let (input, output) = (self.input_tokens, self.output_tokens());
        json!({
            "inputTokens": input,
            "outputTokens": output,
            "totalTokens": input + output,
            "cacheReadInputTokens": 0,
            "cacheWriteInputTokens": 0,
            "serverToolUsage": {},
        })
    }

    /// The body of a Converse response.
    pub(crate) fn to_json(&self) -> Value {
        let content: Vec<Value> = self.blocks.iter().map(Block::to_json).collect();
        json!({
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": self.stop_reason,
            "usage": self.usage(),
            "metrics": {"latencyMs": self.latency()},
        })
    }

    /// The events of a ConverseStream response.
    pub(crate) fn to_script(&self) -> Script {
        let blocks = self.blocks.iter();
        blocks
            .fold(Script::assistant(), |script, block| block.add_to(script))
            .stop(self.stop_reason)
            .event(
                "metadata",
                json!({"usage": self.usage(), "metrics": {"latencyMs": self.latency()}}),
            )
    }
}

impl Block {
    fn tokens(&self) -> usize {
        match self {
            Self::Text(text) | Self::Reasoning { text, .. } => tokens(text),
            Self::Redacted(base64) => tokens(base64),
            Self::ToolUse { name, input, .. } => tokens(name) + tokens(&input.to_string()),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => json!({"text": text}),
            Self::Reasoning { text, signature } => {
                json!({"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}})
            }
            Self::Redacted(base64) => json!({"reasoningContent": {"redactedContent": base64}}),
            Self::ToolUse { id, name, input } => {
                json!({"toolUse": {"toolUseId": id, "name": name, "input": input}})
            }
        }
    }

    fn add_to(&self, script: Script) -> Script {
        match self {
            // The service, too, sends an empty delta for an empty text.
            Self::Text(text) if text.is_empty() => script.text([""]),
            Self::Text(text) => script.text(words(text)),
            Self::Reasoning { text, signature } => script.reasoning(words(text), Some(signature)),
            Self::Redacted(base64) => script.redacted(base64),
            Self::ToolUse { id, name, input } => {
                script.tool_use(id, name, fragments(&input.to_string()))
            }
        }
    }
}

/// The tools to call: none when there are results to talk about.
fn called_tools<'a>(prompt: &'a Prompt, words: &str) -> Vec<&'a Tool> {
    let named = |tool: &&Tool| words.contains(&tool.name.to_lowercase());
    let tools = &prompt.tools;
    if let ToolChoice::Tool(name) = &prompt.choice {
        return tools.iter().filter(|tool| tool.name == *name).collect();
    }
    if !prompt.tool_results.is_empty() {
        return Vec::new();
    }
    if words.contains("tools") {
        return tools.iter().collect();
    }
    let named: Vec<_> = tools.iter().filter(named).collect();
    match prompt.choice {
        _ if !named.is_empty() => named,
        ToolChoice::Any => tools.iter().take(1).collect(),
        _ if words.contains("tool") => tools.iter().take(1).collect(),
        _ => named,
    }
}

/// What is said when no tool is called.
fn spoken(prompt: &Prompt) -> String {
    let results = prompt.tool_results.iter().map(|result| {
        let verb = if result.failed { "failed with" } else { "returned" };
        format!("The tool {verb}: \"{}\".", result.text)
    });
    let echo = (!prompt.text.is_empty()).then(|| format!("Hello! You said: \"{}\".", prompt.text));
    let kinds = ["image", "document", "video", "audio"].into_iter();
    let media = kinds.filter_map(|kind| seen(kind, &prompt.media));
    let sentences: Vec<String> = results.chain(echo).chain(media).collect();
    if sentences.is_empty() { "Hello!".to_owned() } else { sentences.join(" ") }
}

/// `I see 2 images (png, 68 bytes; jpeg, elsewhere).`
fn seen(kind: &str, media: &[Media]) -> Option<String> {
    let list: Vec<String> = media
        .iter()
        .filter(|media| media.kind == kind)
        .map(|media| match media.bytes {
            Some(bytes) => format!("{}, {bytes} bytes", media.format),
            None => format!("{}, elsewhere", media.format),
        })
        .collect();
    let plural = if list.len() == 1 { "" } else { "s" };
    (!list.is_empty())
        .then(|| format!("I see {} {kind}{plural} ({}).", list.len(), list.join("; ")))
}

/// Unlike every other id of the same conversation, and the same in every run.
fn tool_use_id(prompt: &Prompt, index: usize) -> String {
    let seed = format!("{}/{index}/{}", prompt.messages, prompt.text);
    let id = URL_SAFE_NO_PAD.encode(Sha256::digest(seed));
    format!("tooluse_{}", &id[..22])
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
#[path = "answer_tests.rs"]
mod tests;
