//! Answers as JSON, one event a line.

use super::Render;
use super::usage::Tally;
use crate::chat::answer::Finished;
use crate::terminal;
use converse_host::{ContentBlock, Error, Event, Response, Role, ToolResult};
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;

pub(super) struct Lines<O> {
    stdout: O,
    /// What it took is said beside the lines too.
    usage: bool,
    tally: Tally,
}

/// A value that has no type of its own.
#[derive(Serialize)]
struct Typed<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    value: &'a T,
}

/// An answer that came in one piece, but for its end.
#[derive(Serialize)]
struct Message<'a> {
    role: &'a Role,
    content: &'a [ContentBlock],
}

#[derive(Serialize)]
struct Count {
    input_tokens: u64,
}

impl<O: Write> Lines<O> {
    pub(super) fn new(stdout: O, usage: bool) -> Self {
        Self { stdout, usage, tally: Tally::default() }
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.stdout.write_all(&line)?;
        self.stdout.flush()
    }

    fn tell_usage(&mut self) {
        let line = std::mem::take(&mut self.tally).line();
        if let Some(line) = line.filter(|_| self.usage) {
            terminal::note(&line);
        }
    }
}

impl<O: Write> Render for Lines<O> {
    fn event(&mut self, event: &Event, _: Option<&Finished>) -> io::Result<()> {
        if let Event::Done(summary) = event {
            self.tally.add(summary);
        }
        self.line(event)
    }

    fn whole(&mut self, response: &Response) -> io::Result<()> {
        let message = Message { role: &response.role, content: &response.content };
        self.line(&Typed { kind: "message", value: &message })?;
        self.event(&Event::Done(response.summary.clone()), None)
    }

    fn count(&mut self, input_tokens: u64) -> io::Result<()> {
        self.line(&Typed { kind: "count", value: &Count { input_tokens } })
    }

    fn tool_result(&mut self, result: &ToolResult) -> io::Result<()> {
        self.line(&Typed { kind: "tool_result", value: result })
    }

    fn saved(&mut self, file: &Path) -> io::Result<()> {
        terminal::note(&format!("saved as {}", file.display()));
        Ok(())
    }

    fn waiting(&mut self) -> io::Result<()> {
        // The stop reason says it.
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        self.tell_usage();
        Ok(())
    }

    fn failed(&mut self, error: &Error) -> io::Result<()> {
        self.line(&Typed { kind: "error", value: error })?;
        self.tell_usage();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use converse_host::{Delta, ErrorKind};

    #[test]
    fn lines_are_events_and_an_error() {
        let mut stdout = Vec::new();
        let mut lines = Lines::new(&mut stdout, false);
        let delta = Delta::Text("a\nb".to_owned());
        lines.event(&Event::BlockDelta { index: 0, delta }, None).unwrap();
        lines.failed(&Error::new(ErrorKind::Throttled, "slow down")).unwrap();
        let lines = String::from_utf8(stdout).unwrap();
        let lines: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["type"], "block_delta");
        assert_eq!(lines[0]["delta"]["text"], "a\nb");
        assert_eq!(lines[1]["type"], "error");
        assert_eq!(lines[1]["kind"], "throttled");
        assert_eq!(lines[1]["message"], "slow down");
    }
}
