//! What the rules of the answer look at in a request.

use serde_json::Value;

use crate::guardrail::Guardrail;
use crate::traits::Family;

/// A valid Converse request, seen through the rules' eyes.
#[derive(Debug, Default)]
pub(crate) struct Prompt {
    /// The text of the last message, without the directive.
    pub(crate) text: String,
    pub(crate) media: Vec<Media>,
    /// Names of all the conversation's documents.
    pub(crate) documents: Vec<String>,
    pub(crate) tool_results: Vec<ToolResult>,
    pub(crate) tools: Vec<Tool>,
    /// Names of tools that run at the service.
    pub(crate) system_tools: Vec<String>,
    pub(crate) choice: ToolChoice,
    pub(crate) max_tokens: Option<usize>,
    pub(crate) stop_sequences: Vec<String>,
    /// Thinking was switched on with a model specific field.
    pub(crate) thinking: bool,
    pub(crate) guardrail: Option<Guardrail>,
    /// Names and values for a prompt that is kept at the service.
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) messages: usize,
    /// Whose answer it is to be.
    pub(crate) family: Family,
    /// Thoughts come without a signature.
    pub(crate) unsigned: bool,
}

#[derive(Debug)]
pub(crate) struct Media {
    /// `image`, `document`, `video` or `audio`.
    pub(crate) kind: &'static str,
    pub(crate) format: String,
    /// Length of what was sent along; `None` for what lies elsewhere.
    pub(crate) bytes: Option<usize>,
}

#[derive(Debug)]
pub(crate) struct ToolResult {
    pub(crate) text: String,
    pub(crate) failed: bool,
}

#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) schema: Value,
}

#[derive(Debug, Default)]
pub(crate) enum ToolChoice {
    #[default]
    Auto,
    Any,
    Tool(String),
}

impl Prompt {
    /// Reads a request that has been validated; what is not there is left out.
    pub(crate) fn of(request: &Value) -> Self {
        let messages = list(&request["messages"]);
        let blocks = messages.last().map_or(&[][..], |message| list(&message["content"]));
        let inference = &request["inferenceConfig"];
        let tools = list(&request["toolConfig"]["tools"]);
        let text = text_without_directive(blocks);
        let guarded = Words::of(&text).have("guard");
        Self {
            media: blocks.iter().filter_map(media).collect(),
            tool_results: blocks.iter().filter_map(tool_result).collect(),
            documents: messages.iter().flat_map(documents).map(str::to_owned).collect(),
            tools: tools.iter().filter_map(tool).collect(),
            system_tools: tools
                .iter()
                .filter_map(|tool| Some(tool["systemTool"]["name"].as_str()?.to_owned()))
                .collect(),
            choice: choice(&request["toolConfig"]["toolChoice"]),
            max_tokens: inference["maxTokens"].as_u64().map(|tokens| tokens as usize),
            stop_sequences: list(&inference["stopSequences"])
                .iter()
                .filter_map(|sequence| Some(sequence.as_str()?.to_owned()))
                .collect(),
            thinking: matches!(
                request["additionalModelRequestFields"]["thinking"]["type"].as_str(),
                Some("enabled" | "adaptive")
            ),
            guardrail: Guardrail::of(&request["guardrailConfig"], guarded),
            variables: variables(&request["promptVariables"]),
            messages: messages.len(),
            text,
            ..Self::default()
        }
    }
}

/// The words of a text, in lower case.
#[derive(Debug)]
pub(crate) struct Words(Vec<String>);

impl Words {
    pub(crate) fn of(text: &str) -> Self {
        let text = text.to_lowercase();
        Self(text.split(|it: char| !it.is_alphanumeric()).map(str::to_owned).collect())
    }

    /// Whether a word starts like this.
    pub(crate) fn have(&self, start: &str) -> bool {
        self.0.iter().any(|word| word.starts_with(start))
    }
}

/// The faults a request asks for: what follows `sim:` in the last message's text, and the
/// request metadata `sim`.
pub(crate) fn directive(request: &Value) -> String {
    // CountTokens has the conversation inside.
    let request = request.pointer("/input/converse").unwrap_or(request);
    let last = list(&request["messages"]).last();
    let blocks = last.map_or(&[][..], |message| list(&message["content"]));
    let in_text = blocks.iter().filter_map(|block| block["text"].as_str());
    let in_text = in_text.flat_map(words).filter_map(|word| as_directive(word));
    let in_metadata = request["requestMetadata"]["sim"].as_str();
    in_text.chain(in_metadata).collect::<Vec<_>>().join(",")
}

/// An array's members, or none.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Length of the bytes in base64, which has been found valid.
fn decoded_length(base64: &str) -> usize {
    base64.trim_end_matches('=').len() * 3 / 4
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(char::is_whitespace)
}

/// `sim:` at the start of a word and something behind it; the sentence's end is not part of it.
fn as_directive(word: &str) -> Option<&str> {
    let directive = word.trim_end().strip_prefix("sim:")?;
    let directive = directive.trim_end_matches(['.', ',', ';', '!', '?', ')', '"']);
    (!directive.is_empty()).then_some(directive)
}

fn text_without_directive(blocks: &[Value]) -> String {
    let texts = blocks.iter().filter_map(|block| block["text"].as_str());
    let texts = texts.map(|text| {
        let kept: String = words(text).filter(|word| as_directive(word).is_none()).collect();
        kept.trim().to_owned()
    });
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

fn media(block: &Value) -> Option<Media> {
    let kinds = ["image", "document", "video", "audio"];
    let kind = kinds.into_iter().find(|kind| block.get(kind).is_some())?;
    let (media, source) = (&block[kind], &block[kind]["source"]);
    let bytes = match (source["bytes"].as_str(), source["text"].as_str()) {
        (Some(base64), _) => Some(decoded_length(base64)),
        (None, text) => text.map(str::len),
    };
    let format = media["format"].as_str().unwrap_or("unknown format").to_owned();
    Some(Media { kind, format, bytes })
}

fn tool_result(block: &Value) -> Option<ToolResult> {
    let result = block.get("toolResult")?;
    let parts = list(&result["content"]).iter().map(|part| match part["text"].as_str() {
        Some(text) => text.to_owned(),
        None => part.get("json").map_or_else(|| "(media)".to_owned(), Value::to_string),
    });
    Some(ToolResult {
        text: parts.collect::<Vec<_>>().join(" "),
        failed: result["status"] == "error",
    })
}

fn tool(tool: &Value) -> Option<Tool> {
    let specification = tool.get("toolSpec")?;
    Some(Tool {
        name: specification["name"].as_str()?.to_owned(),
        schema: specification["inputSchema"]["json"].clone(),
    })
}

fn documents(message: &Value) -> impl Iterator<Item = &str> {
    list(&message["content"]).iter().filter_map(|block| block["document"]["name"].as_str())
}

fn variables(variables: &Value) -> Vec<(String, String)> {
    let variables = variables.as_object().into_iter().flatten();
    let variables = variables
        .filter_map(|(name, value)| Some((name.clone(), value["text"].as_str()?.to_owned())));
    variables.collect()
}

fn choice(choice: &Value) -> ToolChoice {
    match choice["tool"]["name"].as_str() {
        Some(name) => ToolChoice::Tool(name.to_owned()),
        None if choice.get("any").is_some() => ToolChoice::Any,
        None => ToolChoice::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asking(text: &str) -> Value {
        json!({"messages": [{"role": "user", "content": [{"text": text}]}]})
    }

    #[test]
    fn a_directive_is_a_word_and_not_part_of_the_prompt() {
        let request = asking("Say hi sim:latency=5,hang. And sim:gate=2 bye");
        assert_eq!(directive(&request), "latency=5,hang,gate=2");
        assert_eq!(Prompt::of(&request).text, "Say hi And bye");
    }

    #[test]
    fn talk_about_a_sim_is_no_directive() {
        for text in ["my sim: it broke", "dual-sim:phone", "sim:"] {
            assert_eq!(directive(&asking(text)), "", "{text}");
            assert_eq!(Prompt::of(&asking(text)).text, text);
        }
    }

    #[test]
    fn words_are_known_by_how_they_start() {
        let words = Words::of("Thinking, rethink; don't");
        assert!(words.have("think") && words.have("don") && !words.have("hink"));
        assert!(!Words::of("excited").have("cite"));
    }

    #[test]
    fn request_metadata_is_a_directive_too() {
        let mut request = asking("sim:hang");
        request["requestMetadata"] = json!({"sim": "latency=1", "other": "x"});
        assert_eq!(directive(&request), "hang,latency=1");
    }

    #[test]
    fn media_have_the_length_of_their_bytes() {
        for (base64, length) in [("", 0), ("QQ==", 1), ("QUI=", 2), ("QUJD", 3), ("QUJDRA", 4)] {
            let block = json!({"image": {"format": "png", "source": {"bytes": base64}}});
            assert_eq!(media(&block).unwrap().bytes, Some(length), "{base64}");
        }
        let block =
            json!({"document": {"format": "pdf", "source": {"s3Location": {"uri": "s3://b/k"}}}});
        assert_eq!(media(&block).unwrap().bytes, None);
    }
}
