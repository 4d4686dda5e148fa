//! Answers on standard output and standard error.

use super::history::Finished;
use crate::terminal;
use converse_host::{
    BlockKind, Citation, CitationLocation, ContentBlock, Delta, Error, Event, MediaSource,
    StopReason, Summary,
};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write};

/// Shows an answer. Only what happens on standard output is an error.
pub(crate) trait Render {
    /// Shows an event, and the block it completes.
    fn event(&mut self, event: &Event, finished: Option<&Finished>) -> io::Result<()>;
    /// Lets everything so far be seen.
    fn flush(&mut self) -> io::Result<()>;
    /// Closes an answer that is not complete.
    fn failed(&mut self, error: &Error) -> io::Result<()>;
}

pub(crate) fn to_standard_streams(json: bool) -> Box<dyn Render> {
    let (stdout, stderr) = (io::stdout(), io::stderr());
    if json {
        return Box::new(Lines(stdout));
    }
    let look = Look {
        stdout_terminal: stdout.is_terminal(),
        stderr_terminal: stderr.is_terminal(),
        colours: terminal::colours_on_stderr(),
    };
    Box::new(Text::new(stdout, stderr, look))
}

/// Events as JSON, one a line.
struct Lines<O>(O);

impl<O: Write> Lines<O> {
    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.0.write_all(&line)?;
        self.0.flush()
    }
}

impl<O: Write> Render for Lines<O> {
    fn event(&mut self, event: &Event, _: Option<&Finished>) -> io::Result<()> {
        self.line(event)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    fn failed(&mut self, error: &Error) -> io::Result<()> {
        self.line(&ErrorLine { kind: "error", error })
    }
}

#[derive(Serialize)]
struct ErrorLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    error: &'a Error,
}

/// What the streams are.
#[derive(Debug, Clone, Copy, Default)]
struct Look {
    stdout_terminal: bool,
    stderr_terminal: bool,
    colours: bool,
}

/// Text on one stream, everything else on the other.
struct Text<O, E> {
    stdout: O,
    stderr: E,
    look: Look,
    /// Standard output is in the midst of a line.
    line_open: bool,
    /// Something came between two texts.
    broken_up: bool,
    /// Thoughts are in the midst of a line.
    thoughts_open: bool,
}

impl<O: Write, E: Write> Text<O, E> {
    fn new(stdout: O, stderr: E, look: Look) -> Self {
        let (line_open, broken_up, thoughts_open) = (false, false, false);
        Self { stdout, stderr, look, line_open, broken_up, thoughts_open }
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
        if let Finished::InvalidCall { name, problem } = finished {
            self.note(&format!("tool call: {name}, but its input is not JSON: {problem}"))?;
        }
        finished.blocks().iter().try_for_each(|block| self.block(block))
    }

    fn block(&mut self, block: &ContentBlock) -> io::Result<()> {
        match block {
            ContentBlock::ToolCall(call) => {
                let who = if call.server_kind.is_some() { " (run by the service)" } else { "" };
                self.note(&format!("tool call{who}: {} {} (id {})", call.name, call.input, call.id))
            }
            ContentBlock::ToolResult(result) => {
                self.note(&format!("tool result for {}", result.id))
            }
            ContentBlock::CitedText(text) => {
                text.citations.iter().try_for_each(|citation| self.note(&source(citation)))
            }
            ContentBlock::Image(image) => self.note(&match &image.source {
                MediaSource::Bytes(bytes) => {
                    format!("image: {}, {} bytes; --json has them", image.format, bytes.len())
                }
                _ => format!("image: {}; --json says where", image.format),
            }),
            _ => Ok(()),
        }
    }

    fn done(&mut self, summary: &Summary) -> io::Result<()> {
        self.close_thoughts();
        self.end_line()?;
        self.stdout.flush()?;
        if self.look.stderr_terminal {
            self.note(&ending(summary))
        } else if let Some(warning) = cut_short(&summary.stop_reason) {
            self.note(&format!("note: {warning} ({})", stop_name(&summary.stop_reason)))
        } else {
            Ok(())
        }
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

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.stderr.flush();
        self.stdout.flush()
    }

    fn failed(&mut self, _: &Error) -> io::Result<()> {
        self.close_thoughts();
        self.end_line()?;
        self.broken_up = false;
        self.flush()
    }
}

/// Text as it is, but on a terminal without commands to it.
fn shown(text: &str, on_terminal: bool) -> Cow<'_, str> {
    if on_terminal { terminal::harmless(text) } else { Cow::Borrowed(text) }
}

fn source(citation: &Citation) -> String {
    let place = match &citation.location {
        Some(CitationLocation::Web { url: Some(url), .. }) => Some(url),
        _ => citation.source.as_ref(),
    };
    let named = [citation.title.as_ref(), place].into_iter().flatten().map(String::as_str);
    let named: Vec<_> = named.collect();
    if named.is_empty() {
        "source: not named".to_owned()
    } else {
        format!("source: {}", named.join(", "))
    }
}

/// The last line of an answer on a terminal.
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

/// The reason's name as in `--json`.
fn stop_name(reason: &StopReason) -> String {
    match reason {
        StopReason::Other(name) => name.clone(),
        known => match serde_json::to_value(known) {
            Ok(serde_json::Value::String(name)) => name,
            _ => format!("{known:?}"),
        },
    }
}

/// What to tell of an ending that is not the answer's own.
fn cut_short(reason: &StopReason) -> Option<&'static str> {
    Some(match reason {
        StopReason::MaxTokens => "the answer was cut at the limit of tokens",
        StopReason::GuardrailIntervened => "a guardrail stepped in",
        StopReason::ContentFiltered => "the service withheld content",
        StopReason::MalformedModelOutput | StopReason::MalformedToolUse => {
            "the model's output could not be read"
        }
        StopReason::ContextWindowExceeded => "the model's context is full",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::history::Answer;
    use converse_host::{ErrorKind, Json};

    const TERMINAL: Look = Look { stdout_terminal: true, stderr_terminal: true, colours: false };

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
    fn json_lines_are_events_and_an_error() {
        let mut stdout = Vec::new();
        let mut lines = Lines(&mut stdout);
        lines.event(&text(0, "a\nb"), None).unwrap();
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

    #[test]
    fn stop_reasons_have_their_names() {
        assert_eq!(stop_name(&StopReason::EndTurn), "end_turn");
        assert_eq!(stop_name(&StopReason::Other("brand_new".to_owned())), "brand_new");
    }

    #[test]
    fn sources_are_named() {
        let mut citation = Citation {
            title: Some("Rust".to_owned()),
            source: Some("doc".to_owned()),
            source_content: Vec::new(),
            location: None,
        };
        assert_eq!(source(&citation), "source: Rust, doc");
        let url = Some("https://rust-lang.org".to_owned());
        citation.location = Some(CitationLocation::Web { url, domain: None });
        assert_eq!(source(&citation), "source: Rust, https://rust-lang.org");
    }

    #[test]
    fn tool_input_is_shown_as_it_came() {
        let input = Delta::ToolInput(r#"{"n":1.50}"#.to_owned());
        let events = [start(0, call()), Event::BlockDelta { index: 0, delta: input }, stop(0)];
        let (_, stderr) = render(Look::default(), &events, false);
        assert_eq!(stderr, "tool call: get_weather {\"n\":1.50} (id t1)\n");
        assert!(Json::parse("{\"n\":1.50}").is_ok());
    }
}
