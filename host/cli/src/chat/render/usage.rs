//! What answers took: tokens, time, money.

use super::words::{counted, dollars, stop_name};
use converse_host::{StopReason, Summary};
use std::fmt::Write as _;

/// The sum over the answers to one question.
#[derive(Debug, Default)]
pub(super) struct Tally {
    answers: u32,
    /// Answers whose tokens the service did not count.
    uncounted: u32,
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write: u64,
    thoughts: u64,
    latency_ms: u64,
    cost: f64,
    /// Answers whose cost is not known.
    unpriced: u32,
    last: Option<Summary>,
}

impl Tally {
    pub(super) fn add(&mut self, summary: &Summary) {
        self.answers += 1;
        match &summary.usage {
            Some(usage) => {
                self.input += usage.input_tokens;
                self.output += usage.output_tokens;
                self.cache_read += usage.cache_read_tokens.unwrap_or(0);
                self.cache_write += usage.cache_write_tokens.unwrap_or(0);
                self.thoughts += usage.reasoning_tokens.unwrap_or(0);
            }
            None => self.uncounted += 1,
        }
        self.latency_ms += summary.latency_ms.unwrap_or(0);
        match summary.cost {
            Some(cost) => self.cost += cost.total,
            None => self.unpriced += 1,
        }
        self.last = Some(summary.clone());
    }

    /// The line for people; nothing when no answer has come to its end.
    pub(super) fn line(&self) -> Option<String> {
        let last = self.last.as_ref()?;
        let mut parts = Vec::new();
        if last.stop_reason != StopReason::EndTurn {
            parts.push(stop_name(&last.stop_reason));
        }
        if self.answers > 1 {
            parts.push(format!("{} answers", self.answers));
        }
        if self.uncounted < self.answers {
            let least = if self.uncounted > 0 { "at least " } else { "" };
            let plural = if self.input == 1 { "" } else { "s" };
            let (input, output) = (counted(self.input), counted(self.output));
            let read = part(self.cache_read, "read from the cache");
            let written = part(self.cache_write, "written to the cache");
            let thoughts = part(self.thoughts, "thoughts");
            parts.push(format!("{least}{input} token{plural} in{}", aside([read, written])));
            parts.push(format!("{output} out{}", aside([thoughts, None])));
        }
        if self.latency_ms > 0 {
            parts.push(time(self.latency_ms));
        }
        if self.unpriced == 0 {
            parts.push(dollars(self.cost));
        }
        if let Some(tier) = last.service_tier.as_deref().filter(|&tier| tier != "default") {
            parts.push(format!("tier {tier}"));
        }
        if let Some(mode) = last.performance_latency.as_deref().filter(|&mode| mode != "standard") {
            parts.push(format!("latency {mode}"));
        }
        if let Some(model) = &last.invoked_model {
            parts.push(format!("by {model}"));
        }
        if let (1, Some(id)) = (self.answers, &last.request_id) {
            parts.push(format!("request {id}"));
        }
        Some(parts.join(" · "))
    }
}

fn part(tokens: u64, what: &str) -> Option<String> {
    (tokens > 0).then(|| format!("{} {what}", counted(tokens)))
}

fn aside(parts: [Option<String>; 2]) -> String {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

fn time(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { format!("{:.1} s", ms as f64 / 1000.0) }
}

/// An answer's end in one line, with all its names.
pub(crate) fn ending(summary: &Summary) -> String {
    let mut line = stop_name(&summary.stop_reason);
    if let Some(usage) = &summary.usage {
        let _ = write!(line, " · {} tokens in, {} out", usage.input_tokens, usage.output_tokens);
    }
    if let Some(latency) = summary.latency_ms {
        let _ = write!(line, " · {latency} ms");
    }
    if let Some(id) = &summary.request_id {
        let _ = write!(line, " · request {id}");
    }
    line
}
