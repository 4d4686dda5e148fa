//! Prompt caching: which beginnings of requests have been seen before.

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::prompt::list;
use crate::tokens::tokens_in;

/// Beginnings remembered; then all of them are forgotten, as caches do.
const MOST: usize = 10_000;

type Beginning = [u8; 32];

/// The beginnings the sim has seen.
#[derive(Debug, Default)]
pub(crate) struct PromptCache(HashSet<Beginning>);

/// How long something is to be kept, the longest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ttl {
    OneHour,
    FiveMinutes,
}

/// A request's input, block by block.
#[derive(Debug)]
pub(crate) struct CachedInput(Vec<Piece>);

#[derive(Debug)]
struct Piece {
    /// The request up to here, if a cache point is still to come.
    beginning: Beginning,
    tokens: usize,
    /// A cache point follows.
    point: Option<Ttl>,
}

/// Where a request's input tokens came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct InputUsage {
    /// Neither read from the cache nor written to it.
    pub(crate) fresh: usize,
    pub(crate) read: usize,
    pub(crate) written: Vec<(Ttl, usize)>,
}

impl Ttl {
    /// Of a `cachePoint`.
    pub(crate) fn of(point: &Value) -> Self {
        if point["ttl"] == "1h" { Self::OneHour } else { Self::FiveMinutes }
    }

    fn name(self) -> &'static str {
        match self {
            Self::OneHour => "1h",
            Self::FiveMinutes => "5m",
        }
    }
}

impl CachedInput {
    /// Of a valid request to a model.
    pub(crate) fn of(model_id: &str, request: &Value) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut hash = Sha256::new().chain_update(model_id);
        let is_point = |(_, item): &(String, &Value)| item.get("cachePoint").is_some();
        let mut points_to_come = items(request).filter(is_point).count();
        for (place, item) in items(request) {
            if let Some(point) = item.get("cachePoint") {
                points_to_come -= 1;
                if let Some(piece) = pieces.last_mut() {
                    piece.point = Some(Ttl::of(point));
                }
                continue;
            }
            let mut piece = Piece { beginning: [0; 32], tokens: tokens_in(item), point: None };
            // What comes behind the last point may be megabytes, and nobody asks for its hash.
            if points_to_come > 0 {
                // Without the index: a point that comes or goes must not change what it follows.
                let list = place.rsplit_once('.').map_or("", |(list, _)| list);
                hash.update(format!("\n{list} {item}"));
                piece.beginning = hash.clone().finalize().into();
            }
            pieces.push(piece);
        }
        Self(pieces)
    }
}

/// What can be cached, in the order in which it is: tools, system, messages. Each with its place.
pub(crate) fn items(request: &Value) -> impl Iterator<Item = (String, &Value)> {
    let tools = list(&request["toolConfig"]["tools"]).iter().enumerate();
    let tools = tools.map(|(index, tool)| (format!("toolConfig.tools.{index}"), tool));
    let system = list(&request["system"]).iter().enumerate();
    let system = system.map(|(index, block)| (format!("system.{index}"), block));
    let messages = list(&request["messages"]).iter().enumerate();
    let blocks = messages.flat_map(|(number, message)| {
        let blocks = list(&message["content"]).iter().enumerate();
        blocks.map(move |(index, block)| (format!("messages.{number}.content.{index}"), block))
    });
    tools.chain(system).chain(blocks)
}

impl InputUsage {
    /// Reads as much as is known, be it to a point of an earlier request that has moved on since,
    /// and writes what follows up to the last point.
    pub(crate) fn of(input: &CachedInput, cache: &mut PromptCache) -> Self {
        let pieces = &input.0;
        let last = pieces.iter().rposition(|piece| piece.point.is_some());
        let (cached, fresh) = pieces.split_at(last.map_or(0, |last| last + 1));
        let known = |piece: &Piece| cache.0.contains(&piece.beginning);
        let known = cached.iter().rposition(known).map_or(0, |last| last + 1);
        let (read, new) = cached.split_at(known);
        let mut usage = Self { fresh: sum(fresh), read: sum(read), written: Vec::new() };
        if cached.is_empty() {
            usage.fresh = usage.fresh.max(1);
        }
        let mut written = [(Ttl::OneHour, 0), (Ttl::FiveMinutes, 0)];
        for up_to_point in new.split_inclusive(|piece| piece.point.is_some()) {
            let ttl = up_to_point.last().and_then(|piece| piece.point);
            for (_, tokens) in written.iter_mut().filter(|(of, _)| Some(*of) == ttl) {
                *tokens += sum(up_to_point);
            }
        }
        usage.written.extend(written.into_iter().filter(|(_, tokens)| *tokens > 0));
        if cache.0.len() > MOST {
            cache.0.clear();
        }
        let at_points = new.iter().filter(|piece| piece.point.is_some());
        cache.0.extend(at_points.map(|piece| piece.beginning));
        usage
    }

    pub(crate) fn write(&self) -> usize {
        self.written.iter().map(|(_, tokens)| tokens).sum()
    }

    /// `TokenUsage`, with what the model said.
    pub(crate) fn to_json(&self, output: usize) -> Value {
        let mut usage = Map::new();
        let mut set = |name: &str, value: Value| usage.insert(name.to_owned(), value);
        set("inputTokens", self.fresh.into());
        set("outputTokens", output.into());
        set("totalTokens", (self.fresh + self.read + self.write() + output).into());
        set("cacheReadInputTokens", self.read.into());
        set("cacheWriteInputTokens", self.write().into());
        if !self.written.is_empty() {
            let details = self.written.iter();
            let details = details
                .map(|(ttl, tokens)| json!({"ttl": ttl.name(), "inputTokens": tokens}))
                .collect();
            set("cacheDetails", Value::Array(details));
        }
        set("serverToolUsage", json!({}));
        Value::Object(usage)
    }
}

fn sum(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.tokens).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(ttl: &str) -> Value {
        json!({"cachePoint": {"type": "default", "ttl": ttl}})
    }

    /// Tokens: one each of `tool`, `syst` and `ask1`.
    fn request(question: &str) -> Value {
        json!({
            "toolConfig": {"tools": [{"systemTool": {"name": "tool"}}, point("1h")]},
            "system": [{"text": "syst"}, point("5m")],
            "messages": [{"role": "user", "content": [{"text": question}]}],
        })
    }

    #[test]
    fn beginnings_are_written_once_and_then_read() {
        let mut cache = PromptCache::default();
        let mut used = |model: &str, request: &Value| {
            let usage = InputUsage::of(&CachedInput::of(model, request), &mut cache);
            (usage.fresh, usage.read, usage.write())
        };
        assert_eq!(used("a", &request("ask1")), (1, 0, 2));
        assert_eq!(used("a", &request("ask2 long")), (3, 2, 0));
        assert_eq!(used("b", &request("ask1")), (1, 0, 2));
        let mut other_system = request("ask1");
        other_system["system"][0]["text"] = json!("more");
        assert_eq!(used("a", &other_system), (1, 1, 1));
        let mut longer = request("ask1");
        longer["messages"][0]["content"] = json!([{"text": "ask1"}, point("5m"), {"text": "ask2"}]);
        assert_eq!(used("a", &longer), (1, 2, 1));
        // The point in the messages is gone, what was before it is still known.
        longer["messages"][0]["content"] = json!([{"text": "ask1"}, {"text": "ask2"}, point("5m")]);
        assert_eq!(used("a", &longer), (0, 3, 1));
        assert_eq!(used("a", &json!({})), (1, 0, 0));
    }

    #[test]
    fn usage_tells_how_long_what_is_kept() {
        let mut cache = PromptCache::default();
        let mut usage =
            || InputUsage::of(&CachedInput::of("a", &request("ask1")), &mut cache).to_json(10);
        let first = usage();
        let details = json!([{"ttl": "1h", "inputTokens": 1}, {"ttl": "5m", "inputTokens": 1}]);
        assert_eq!(first["cacheDetails"], details);
        assert_eq!(first["totalTokens"], 13);
        let second = usage();
        assert_eq!(second["cacheReadInputTokens"], 2);
        assert_eq!(second.get("cacheDetails"), None);
    }
}
