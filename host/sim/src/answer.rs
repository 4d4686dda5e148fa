//! Answers by rule: the same request always gets the same answer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::block::Block;
use crate::guardrail::BLOCKED;
use crate::prompt::{Media, Prompt, Tool, ToolChoice, Words};
use crate::traits::Family;
use crate::{schema, thoughts};

/// A picture of one pixel.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNQaPgPAAJjAaBHFA0BAAAA\
                       AElFTkSuQmCC";

/// What the model says.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) blocks: Vec<Block>,
    pub(crate) stop_reason: &'static str,
    /// The stop sequence that ended it.
    pub(crate) stopped_by: Option<String>,
}

impl Answer {
    /// The answer the rules give.
    pub(crate) fn to(prompt: &Prompt) -> Self {
        let words = Words::of(&prompt.text);
        let mut answer = Self { blocks: Vec::new(), stop_reason: "end_turn", stopped_by: None };
        if prompt.guardrail.is_some() && words.have("blocked") {
            answer.say(BLOCKED, "guardrail_intervened");
            return answer;
        }
        answer.think(prompt, &words);
        if words.have("refuse") {
            answer.say("I will not help with that.", "refusal");
        } else if let (Some(tool), true) = (prompt.system_tools.first(), words.have("search")) {
            answer.search(prompt, tool);
        } else {
            answer.speak(prompt, &words);
        }
        if words.have("overflow") {
            answer.stop_reason = "model_context_window_exceeded";
        }
        answer.stop_at(&prompt.stop_sequences);
        answer.limit_to(prompt.max_tokens);
        answer
    }

    fn say(&mut self, text: &str, stop_reason: &'static str) {
        self.blocks.push(Block::Text(text.to_owned()));
        self.stop_reason = stop_reason;
    }

    fn think(&mut self, prompt: &Prompt, words: &Words) {
        if prompt.thinking || words.have("think") || words.have("reason") {
            let text = format!(
                "The user wants an answer to: {}. I will keep it short and friendly.",
                prompt.text
            );
            let signature = (!prompt.unsigned).then(|| thoughts::signature(&text));
            self.blocks.push(Block::Reasoning { text, signature });
        }
        if words.have("redacted") {
            self.blocks.push(Block::Redacted(thoughts::redacted(&prompt.text)));
        }
    }

    /// A call of a tool that runs at the service, what it found, and what follows from that.
    fn search(&mut self, prompt: &Prompt, tool: &str) {
        let url = "https://example.com/search";
        let found = format!("Everything about: {}", prompt.text);
        let id = tool_use_id(prompt, 0);
        self.blocks.push(Block::ToolUse {
            id: id.clone(),
            name: tool.to_owned(),
            input: json!({"query": prompt.text}).to_string(),
            kind: Some("server_tool_use"),
        });
        let results = json!({"results": [{"title": "Example Search", "url": url}]});
        self.blocks.push(Block::ToolResult {
            id,
            kind: format!("{tool}_result"),
            content: vec![json!({"json": results}), json!({"text": found})],
        });
        self.blocks.push(Block::Cited {
            text: spoken(prompt),
            citations: vec![web_citation("Example Search", url, &found)],
        });
    }

    /// Calls of the client's tools, or a text.
    fn speak(&mut self, prompt: &Prompt, words: &Words) {
        let calls = called_tools(prompt, words);
        if !calls.is_empty() {
            let kind = (prompt.family == Family::Claude).then_some("tool_use");
            let broken = words.have("malformed");
            self.blocks.extend(calls.into_iter().enumerate().map(|(index, tool)| {
                let mut input = schema::input_for(&tool.schema).to_string();
                if broken {
                    // The end is missing, and even an empty object has one.
                    input.pop();
                }
                Block::ToolUse {
                    id: tool_use_id(prompt, index),
                    name: tool.name.clone(),
                    input,
                    kind,
                }
            }));
            self.stop_reason = "tool_use";
            return;
        }
        let text = spoken(prompt);
        self.blocks.push(if words.have("cite") {
            Block::Cited { text, citations: citations(prompt) }
        } else {
            Block::Text(text)
        });
        if words.have("picture") {
            self.blocks.push(Block::Image { format: "png", base64: PICTURE });
        }
    }

    /// Ends the first text in which a stop sequence occurs before it.
    fn stop_at(&mut self, sequences: &[String]) {
        for (index, block) in self.blocks.iter_mut().enumerate() {
            let Some(text) = block.text_mut() else { continue };
            let found = sequences.iter().filter_map(|it| Some((text.find(it.as_str())?, it)));
            if let Some((at, sequence)) = found.min() {
                text.truncate(at);
                self.blocks.truncate(index + 1);
                self.stop_reason = "stop_sequence";
                self.stopped_by = Some(sequence.clone());
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
            let kept = self.blocks[index].cut(left);
            self.blocks.truncate(if kept { index + 1 } else { index });
            self.stop_reason = "max_tokens";
            self.stopped_by = None;
            return;
        }
    }

    pub(crate) fn output_tokens(&self) -> usize {
        self.blocks.iter().map(Block::tokens).sum()
    }

    pub(crate) fn thinking_tokens(&self) -> usize {
        self.blocks.iter().map(Block::thinking_tokens).sum()
    }

    /// All that is said to the user.
    pub(crate) fn text(&self) -> String {
        self.blocks.iter().filter_map(Block::text).collect()
    }
}

/// The tools to call: none when there are results to talk about.
fn called_tools<'a>(prompt: &'a Prompt, words: &Words) -> Vec<&'a Tool> {
    let text = prompt.text.to_lowercase();
    let named = |tool: &&Tool| text.contains(&tool.name.to_lowercase());
    let tools = &prompt.tools;
    if let ToolChoice::Tool(name) = &prompt.choice {
        return tools.iter().filter(|tool| tool.name == *name).collect();
    }
    if !prompt.tool_results.is_empty() {
        return Vec::new();
    }
    if words.have("tools") {
        return tools.iter().collect();
    }
    let named: Vec<_> = tools.iter().filter(named).collect();
    match prompt.choice {
        _ if !named.is_empty() => named,
        ToolChoice::Any => tools.iter().take(1).collect(),
        _ if words.have("tool") || words.have("malformed") => tools.iter().take(1).collect(),
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
    let variables = prompt.variables.iter();
    let variables = variables.map(|(name, value)| format!("The prompt's {name} is \"{value}\"."));
    let kinds = ["image", "document", "video", "audio"].into_iter();
    let media = kinds.filter_map(|kind| seen(kind, &prompt.media));
    let sentences: Vec<String> = results.chain(echo).chain(variables).chain(media).collect();
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

/// Of the conversation's documents; without any, of a page on the web.
fn citations(prompt: &Prompt) -> Vec<Value> {
    let documents = prompt.documents.iter().enumerate();
    let documents: Vec<_> = documents
        .map(|(index, name)| {
            let text = format!("The beginning of {name}.");
            let end = text.chars().count();
            json!({
                "title": name,
                "source": name,
                "sourceContent": [{"text": text}],
                "location": {"documentChar": {"documentIndex": index, "start": 0, "end": end}},
            })
        })
        .collect();
    if documents.is_empty() {
        let url = "https://example.com/source";
        return vec![web_citation("Example Source", url, "What the source says.")];
    }
    documents
}

fn web_citation(title: &str, url: &str, text: &str) -> Value {
    json!({
        "title": title,
        "source": url,
        "sourceContent": [{"text": text}],
        "location": {"web": {"url": url, "domain": "example.com"}},
    })
}

/// Unlike every other id of the same conversation, and the same in every run.
fn tool_use_id(prompt: &Prompt, index: usize) -> String {
    let seed = format!("{}/{index}/{}", prompt.messages, prompt.text);
    let id = URL_SAFE_NO_PAD.encode(Sha256::digest(seed));
    format!("tooluse_{}", &id[..22])
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
