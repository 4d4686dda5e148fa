//! Answers for people: text on one stream, everything else on the other.

use super::usage::Tally;
use super::{Render, words};
use crate::chat::answer::Finished;
use crate::terminal;
use converse_host::{BlockKind, ContentBlock, Delta, Error, Event, Response, Summary, ToolResult};
use std::borrow::Cow;
use std::io::{self, Write};
use std::mem;
use std::path::Path;

/// What the streams are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    pub(super) stdout_terminal: bool,
    pub(super) stderr_terminal: bool,
    pub(super) colours: bool,
    /// What it took is said at the end.
    pub(super) usage: bool,
    /// What a guardrail did is asked for.
    pub(super) traced: bool,
}

/// Text on one stream, everything else on the other.
pub(super) struct Text<O, E> {
    stdout: O,
    stderr: E,
    look: Look,
    /// Standard output is in the midst of a line.
    line_open: bool,
    /// Something came between two texts.
    broken_up: bool,
    /// Thoughts are in the midst of a line.
    thoughts_open: bool,
    /// The sources that the answers cite, each once.
    sources: Vec<String>,
    /// How many of them have been told.
    sources_told: usize,
    tally: Tally,
}

impl<O: Write, E: Write> Text<O, E> {
    pub(super) fn new(stdout: O, stderr: E, look: Look) -> Self {
        Self {
            stdout,
            stderr,
            look,
            line_open: false,
            broken_up: false,
            thoughts_open: false,
            sources: Vec::new(),
            sources_told: 0,
            tally: Tally::default(),
        }
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.close_thoughts();
        if self.broken_up {
            self.end_line()?;
            self.broken_up = false;
        }
        let text = shown(text, self.look.stdout_terminal);
        self.stdout.write_all(text.as_bytes())?;
        self.line_open = !text.ends_with('\n');
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        if self.line_open {
            self.stdout.write_all(b"\n")?;
            self.line_open = false;
        }
        Ok(())
    }

    /// On a terminal both streams share the line.
    fn make_room(&mut self) -> io::Result<()> {
        if self.look.stdout_terminal && self.look.stderr_terminal {
            self.end_line()?;
            self.stdout.flush()?;
        }
        Ok(())
    }

    fn thought(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.make_room()?;
        let text = shown(text, self.look.stderr_terminal);
        let dim =
            if self.look.colours { format!("\x1b[2m{text}\x1b[0m") } else { text.to_string() };
        let _ = self.stderr.write_all(dim.as_bytes());
        self.thoughts_open = !text.ends_with('\n');
        Ok(())
    }

    fn close_thoughts(&mut self) {
        if self.thoughts_open {
            let _ = self.stderr.write_all(b"\n");
            let _ = self.stderr.flush();
            self.thoughts_open = false;
        }
    }

    fn note(&mut self, note: &str) -> io::Result<()> {
        self.close_thoughts();
        self.make_room()?;
        let note = shown(note, self.look.stderr_terminal);
        let line =
            if self.look.colours { format!("\x1b[2m{note}\x1b[0m\n") } else { format!("{note}\n") };
        let _ = self.stderr.write_all(line.as_bytes());
        Ok(())
    }

    fn finished(&mut self, finished: &Finished) -> io::Result<()> {
        self.close_thoughts();
        for block in &finished.blocks {
            match (block, &finished.invalid) {
                (ContentBlock::ToolCall(call), Some(invalid)) => self.note(&format!(
                    "tool call: {}, but its input is no JSON object: {} (id {})",
                    call.name, invalid.message, call.id
                ))?,
                _ => self.block(block)?,
            }
        }
        Ok(())
    }

    /// Shows what is only shown when it is whole.
    fn block(&mut self, block: &ContentBlock) -> io::Result<()> {
        match block {
            ContentBlock::ToolCall(call) => {
                let who = if call.server_kind.is_some() { " (run by the service)" } else { "" };
                self.note(&format!("tool call{who}: {} {} (id {})", call.name, call.input, call.id))
            }
            ContentBlock::ToolResult(result) => self.note(&words::tool_result(result)),
            ContentBlock::CitedText(text) => {
                let sources = text.citations.iter().map(words::source);
                for source in sources {
                    if !self.sources.contains(&source) {
                        self.sources.push(source);
                    }
                }
                Ok(())
            }
            ContentBlock::Image(image) => self.note(&words::image(image)),
            ContentBlock::Other(raw) => self.note(&format!("{}: {}", raw.kind, raw.json)),
            _ => Ok(()),
        }
    }

    fn done(&mut self, summary: &Summary) -> io::Result<()> {
        self.close_thoughts();
        self.end_line()?;
        self.stdout.flush()?;
        self.broken_up = false;
        self.tell_sources()?;
        if let Some(trace) = &summary.guardrail_trace {
            self.note(&format!("guardrail: {trace}"))?;
        }
        let traced = self.look.traced || summary.guardrail_trace.is_some();
        if let Some(note) = words::cut_short(&summary.stop_reason, traced) {
            self.note(&note)?;
        }
        self.tally.add(summary);
        Ok(())
    }

    fn tell_sources(&mut self) -> io::Result<()> {
        for number in self.sources_told..self.sources.len() {
            let line = format!("[{}] {}", number + 1, self.sources[number]);
            self.note(&line)?;
        }
        self.sources_told = self.sources.len();
        Ok(())
    }
}

impl<O: Write, E: Write> Render for Text<O, E> {
    fn event(&mut self, event: &Event, finished: Option<&Finished>) -> io::Result<()> {
        match event {
            Event::BlockStart { kind: BlockKind::Text, .. } => {}
            Event::BlockStart { .. } => self.broken_up = true,
            Event::BlockDelta { delta: Delta::Text(text), .. } => self.text(text)?,
            Event::BlockDelta { delta: Delta::ReasoningText(text), .. } => self.thought(text)?,
            Event::Done(summary) => self.done(summary)?,
            _ => {}
        }
        finished.map_or(Ok(()), |finished| self.finished(finished))
    }

    fn whole(&mut self, response: &Response) -> io::Result<()> {
        for block in &response.content {
            match block {
                ContentBlock::Text(text) => self.text(text)?,
                ContentBlock::CitedText(text) => {
                    text.content.iter().try_for_each(|text| self.text(text))?;
                }
                ContentBlock::Reasoning(thoughts) => self.thought(&thoughts.text)?,
                _ => {}
            }
            self.close_thoughts();
            self.broken_up |= !matches!(block, ContentBlock::Text(_) | ContentBlock::CitedText(_));
            self.block(block)?;
        }
        self.done(&response.summary)
    }

    fn count(&mut self, tokens: u64) -> io::Result<()> {
        writeln!(self.stdout, "{tokens}")?;
        self.stdout.flush()
    }

    fn tool_result(&mut self, result: &ToolResult) -> io::Result<()> {
        self.note(&words::tool_result(result))
    }

    fn saved(&mut self, file: &Path) -> io::Result<()> {
        self.note(&format!("saved as {}", file.display()))
    }

    fn waiting(&mut self) -> io::Result<()> {
        self.note("note: the model waits for results (tool_use); --tool-command gives them")
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.stderr.flush();
        self.stdout.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        self.sources.clear();
        self.sources_told = 0;
        let line = mem::take(&mut self.tally).line();
        if let Some(line) = line.filter(|_| self.look.usage) {
            self.note(&line)?;
        }
        self.flush()
    }

    fn failed(&mut self, _: &Error) -> io::Result<()> {
        self.close_thoughts();
        self.end_line()?;
        self.broken_up = false;
        self.tell_sources()?;
        self.end()
    }
}

/// Text as it is, but on a terminal without commands to it.
fn shown(text: &str, on_terminal: bool) -> Cow<'_, str> {
    if on_terminal { terminal::harmless(text) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::answer::Answer;
    use converse_host::ErrorKind;

    const TERMINAL: Look = Look {
        stdout_terminal: true,
        stderr_terminal: true,
        colours: false,
        usage: false,
        traced: false,
    };

    fn start(index: u32, kind: BlockKind) -> Event {
        Event::BlockStart { index, kind }
    }

    fn text(index: u32, text: &str) -> Event {
        Event::BlockDelta { index, delta: Delta::Text(text.to_owned()) }
    }

    fn thought(index: u32, text: &str) -> Event {
        Event::BlockDelta { index, delta: Delta::ReasoningText(text.to_owned()) }
    }

    fn stop(index: u32) -> Event {
        Event::BlockStop { index, invalid_input: None }
    }

    fn call() -> BlockKind {
        let (id, name) = ("t1".to_owned(), "get_weather".to_owned());
        BlockKind::ToolCall { id, name, server_kind: None }
    }

    fn render(look: Look, events: &[Event], fails: bool) -> (String, String) {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut text = Text::new(&mut stdout, &mut stderr, look);
        let mut answer = Answer::default();
        for event in events {
            text.event(event, answer.apply(event)).unwrap();
        }
        if fails {
            text.failed(&Error::new(ErrorKind::Throttled, "x")).unwrap();
        }
        (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    #[test]
    fn only_text_is_on_standard_output() {
        let events = [
            start(0, BlockKind::Reasoning),
            thought(0, "Hm"),
            thought(0, "m"),
            stop(0),
            start(1, BlockKind::Text),
            text(1, "One "),
            text(1, "two"),
            stop(1),
            start(2, call()),
            stop(2),
        ];
        let (stdout, stderr) = render(Look::default(), &events, true);
        assert_eq!(stdout, "One two\n");
        assert_eq!(stderr, "Hmm\ntool call: get_weather {} (id t1)\n");
    }

    #[test]
    fn texts_side_by_side_are_one_text() {
        let events = [text(0, "cited"), stop(0), start(1, BlockKind::Text), text(1, " plain\n")];
        assert_eq!(render(Look::default(), &events, true).0, "cited plain\n");
        let events = [text(0, "before"), start(1, call()), stop(1), text(2, "after")];
        assert_eq!(render(Look::default(), &events, true).0, "before\nafter\n");
    }

    #[test]
    fn on_a_terminal_a_note_gets_a_line_of_its_own() {
        let events = [text(0, "Looking"), start(1, call()), stop(1), text(2, "Done")];
        assert_eq!(render(TERMINAL, &events, true).0, "Looking\nDone\n");
    }

    #[test]
    fn nothing_is_added_to_nothing() {
        assert_eq!(render(Look::default(), &[text(0, "")], true).0, "");
    }

    #[test]
    fn the_model_cannot_command_the_terminal() {
        let events = [text(0, "\x1b[2Jx"), thought(1, "\x1b[2Jy")];
        let (stdout, stderr) = render(TERMINAL, &events, true);
        assert!(!stdout.contains('\x1b') && !stderr.contains('\x1b'), "{stdout:?} {stderr:?}");
        assert_eq!(render(Look::default(), &events, true).0, "\x1b[2Jx\n");
    }

    #[test]
    fn tool_input_is_shown_as_it_came() {
        let input = Delta::ToolInput(r#"{"n":1.50}"#.to_owned());
        let events = [start(0, call()), Event::BlockDelta { index: 0, delta: input }, stop(0)];
        let (_, stderr) = render(Look::default(), &events, false);
        assert_eq!(stderr, "tool call: get_weather {\"n\":1.50} (id t1)\n");
    }
}
