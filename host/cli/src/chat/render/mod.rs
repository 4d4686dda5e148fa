//! Answers on standard output and standard error.

mod lines;
mod text;
mod usage;
mod words;

use super::answer::Finished;
use crate::args::Chat;
use crate::terminal;
use converse_host::{Error, Event, Response, ToolResult};
use lines::Lines;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use text::{Look, Text};
pub(crate) use usage::ending;

/// Shows answers. Only what happens on standard output is an error.
pub(crate) trait Render {
    /// Shows an event, and the block it completes.
    fn event(&mut self, event: &Event, finished: Option<&Finished>) -> io::Result<()>;
    /// Shows an answer that came in one piece.
    fn whole(&mut self, response: &Response) -> io::Result<()>;
    /// Shows how many tokens a request has.
    fn count(&mut self, tokens: u64) -> io::Result<()>;
    /// Shows what the model is told of a tool.
    fn tool_result(&mut self, result: &ToolResult) -> io::Result<()>;
    /// Names the file that an image was written to.
    fn saved(&mut self, file: &Path) -> io::Result<()>;
    /// Says that the model waits for results that nobody gives.
    fn waiting(&mut self) -> io::Result<()>;
    /// Lets everything so far be seen.
    fn flush(&mut self) -> io::Result<()>;
    /// Ends the answers to a question.
    fn end(&mut self) -> io::Result<()>;
    /// The same after a failure, when the last answer is not complete.
    fn failed(&mut self, error: &Error) -> io::Result<()>;
}

pub(crate) fn to_standard_streams(args: &Chat) -> Box<dyn Render> {
    let output = &args.output;
    let (stdout, stderr) = (io::stdout(), io::stderr());
    if output.json {
        return Box::new(Lines::new(stdout, output.usage));
    }
    let look = Look {
        stdout_terminal: stdout.is_terminal(),
        stderr_terminal: stderr.is_terminal(),
        colours: terminal::colours_on_stderr(),
        usage: output.usage || stderr.is_terminal(),
        traced: args.service.guardrail_trace,
    };
    Box::new(Text::new(stdout, stderr, look))
}
