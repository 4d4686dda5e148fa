//! What models can do: a table matched by model id.
//!
//! The table is data, `models.json5`, which says what each member means; `build.rs` makes Rust of it.
//! A model that is not in it is treated as unknown: nothing is assumed of it, nothing repaired on its
//! behalf, and what needs the table says so.

use std::borrow::Cow;

include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// What is known of a family of models.
#[derive(Debug)]
pub struct Model {
    /// Bare ids, `*` standing for any characters; as all lists here with spaces between, which takes
    /// less room than slices.
    patterns: &'static str,
    /// Most tokens of conversation and answer together.
    pub context: Option<u32>,
    /// Most tokens of an answer.
    pub output: Option<u32>,
    /// What it takes: `text`, `image`, `document`, `video`, `audio`; empty when not known.
    input: &'static str,
    /// How it is told to think; `None` when not known.
    pub thinking: Option<Thinking>,
    /// The levels of thinking it has, by its own names, least first.
    efforts: &'static str,
    /// It always thinks.
    pub mandatory: bool,
    /// It takes the beta for thinking between tool calls.
    pub interleaved: bool,
    /// It can be told to leave out thoughts that no longer fit the conversation.
    pub block_binding: bool,
    /// How long it keeps a cache point at most; `None` when not known.
    pub caching: Option<Caching>,
    /// Which of `temperature` and `top_p` it takes.
    pub sampling: Sampling,
    /// It goes on from an assistant's turn at the end.
    pub prefill: bool,
    /// It can be made to call a tool while it thinks.
    pub forced_tool: bool,
    /// Which thoughts of earlier turns it takes; `None` when not known.
    pub replay: Option<Replay>,
}

/// How a model is told to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinking {
    /// Not at all.
    None,
    /// Claude: `thinking.type` `adaptive`, and `output_config.effort`.
    Adaptive,
    /// Claude: `thinking.type` `enabled`, with a budget of tokens.
    Budget,
    /// Nova 2: `reasoningConfig`.
    Nova,
    /// gpt-oss: `reasoning_effort`.
    GptOss,
    /// GPT: `reasoning.effort`.
    Gpt,
    /// It thinks, and nobody can say how much.
    Always,
}

/// Which thoughts of earlier turns a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Those the service signed, and redacted ones.
    Signed,
    /// Plain text.
    Text,
    /// Redacted ones only.
    Redacted,
    /// None.
    None,
}

/// How long a model keeps a cache point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// It takes none.
    None,
    /// Five minutes.
    Short,
    /// Up to an hour.
    Long,
}

/// Which of `temperature` and `top_p` a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// Both at once.
    Both,
    /// One of them at once.
    One,
    /// Neither.
    None,
}

impl Model {
    /// The family a model id belongs to, by an id, an inference profile's id or an ARN.
    pub fn find(id: &str) -> Option<&'static Self> {
        let bare = bare_id(id)?;
        MODELS.iter().find(|model| model.patterns.split(' ').any(|pattern| matches(pattern, &bare)))
    }

    /// Whether it is known not to take a kind of input.
    pub fn refuses(&self, kind: &str) -> bool {
        !self.input.is_empty() && !self.input.split(' ').any(|input| input == kind)
    }

    /// The levels of thinking it has, by its own names, least first.
    pub fn efforts(&self) -> impl DoubleEndedIterator<Item = &'static str> + Clone {
        self.efforts.split(' ').filter(|level| !level.is_empty())
    }
}

/// Whether the model is one of Anthropic's, whose rules about thoughts differ from all others'.
pub fn is_claude(id: &str) -> bool {
    bare_id(id).is_some_and(|bare| bare.starts_with("anthropic.") || bare.contains("claude"))
}

/// The id of the foundation model within an id or ARN, in lower case; `None` for an ARN that does not
/// say, as that of an application inference profile.
pub fn bare_id(id: &str) -> Option<Cow<'_, str>> {
    let id = match id.strip_prefix("arn:") {
        None => id,
        Some(arn) => {
            // partition:service:region:account:kind/name
            let resource = arn.splitn(5, ':').nth(4)?;
            let (kind, name) = resource.split_once('/')?;
            match kind {
                "foundation-model" | "inference-profile" => name,
                // Named after its base, then an id of its own.
                "custom-model" => name.split_once('/')?.0,
                _ => return None,
            }
        }
    };
    let bare = match id.split_once('.') {
        Some((prefix, rest)) if is_geography(prefix) && rest.contains('.') => rest,
        _ => id,
    };
    Some(if bare.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(bare.to_ascii_lowercase())
    } else {
        Cow::Borrowed(bare)
    })
}

/// Cross-region inference profiles begin with where they may go: `us`, `eu`, `us-gov`, `apac`,
/// `global`. No vendor has a name of two letters.
fn is_geography(prefix: &str) -> bool {
    let prefix = prefix.as_bytes();
    matches!(prefix, b"apac" | b"global")
        || (prefix.iter().all(|b| b.is_ascii_lowercase() || *b == b'-')
            && (prefix.len() == 2 || prefix.get(2) == Some(&b'-')))
}

fn matches(pattern: &str, id: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == id };
    let Some(mut id) = id.strip_prefix(start) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return id.ends_with(part);
        }
        match id.find(part) {
            Some(at) => id = &id[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_id_is_what_stands_behind_prefixes_and_arns() {
        for (id, bare) in [
            ("amazon.nova-lite-v1:0", Some("amazon.nova-lite-v1:0")),
            ("us.anthropic.claude-opus-4.8", Some("anthropic.claude-opus-4.8")),
            ("us-gov.anthropic.claude-3-haiku", Some("anthropic.claude-3-haiku")),
            ("global.Anthropic.Claude-x", Some("anthropic.claude-x")),
            ("openai.gpt-5.5", Some("openai.gpt-5.5")),
            ("ai21.jamba-1.5", Some("ai21.jamba-1.5")),
            (
                "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
                Some("amazon.nova-lite-v1:0"),
            ),
            (
                "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.a.b-v1:0",
                Some("a.b-v1:0"),
            ),
            (
                "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1/abcdef123456",
                Some("amazon.nova-lite-v1"),
            ),
            ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2", None),
            ("arn:aws:bedrock:us-east-1:123456789012:provisioned-model/a1b2", None),
            ("arn:", None),
        ] {
            assert_eq!(bare_id(id).as_deref(), bare, "{id}");
        }
    }

    #[test]
    fn stars_match_any_characters() {
        for (pattern, id, is) in [
            ("a.b", "a.b", true),
            ("a.b", "a.bc", false),
            ("a.b*", "a.b", true),
            ("a.*-v1*", "a.b-v1:0", true),
            ("a.*-v1*", "a.b-v2:0", false),
            ("*x", "yx", true),
            ("*x", "xy", false),
            ("a*b*b", "ab", false),
        ] {
            assert_eq!(matches(pattern, id), is, "{pattern} {id}");
        }
    }

    #[test]
    fn table_is_well_formed() {
        let mut seen: Vec<&str> = Vec::new();
        for model in MODELS {
            let first = model.patterns;
            for pattern in model.patterns.split(' ') {
                assert!(!pattern.is_empty(), "a row without patterns");
                assert_eq!(pattern, pattern.to_lowercase(), "{pattern}");
                // An id made of the pattern finds this row, or an earlier one hides it.
                let id = pattern.replace('*', "");
                let hidden = seen.iter().find(|earlier| matches(earlier, &id));
                assert_eq!(hidden, None, "{pattern} is hidden");
            }
            seen.extend(model.patterns.split(' '));
            for kind in model.input.split(' ').filter(|kind| !kind.is_empty()) {
                let kinds = ["text", "image", "document", "video", "audio"];
                assert!(kinds.contains(&kind), "{first}: {kind}");
            }
            assert!(!model.refuses("text"), "{first}");
            if let (Some(context), Some(output)) = (model.context, model.output) {
                assert!(output <= context, "{first}: {output} of {context}");
            }
            assert!(model.output.is_none_or(|output| output > 0), "{first}");
            let levels = matches!(
                model.thinking,
                Some(Thinking::Adaptive | Thinking::Nova | Thinking::Gpt | Thinking::GptOss)
            );
            assert_eq!(levels, !model.efforts.is_empty(), "{first}: levels of thinking");
            let thinks = !matches!(model.thinking, None | Some(Thinking::None));
            assert!(!thinks || model.replay.is_some(), "{first}: which thoughts it takes");
            assert!(!model.mandatory || levels, "{first}: mandatory thinking without levels");
        }
    }
}
