//! A conversation on a terminal.

use super::history::History;
use super::render::{self, Render};
use super::talk::{Ending, Talk};
use super::typist::Typed;
use super::{attached, input, interrupt, interrupted};
use crate::args::Chat;
use crate::failure::Failure;
use crate::terminal;
use converse_host::{ContentBlock, Request};

const HELP: &str = "\
/clear   forget the conversation
/exit    leave, as Ctrl-D does
/help    this
Ctrl-C   end the answer, or empty the line";

/// Goes on from a request until Ctrl-D.
pub(crate) async fn run(args: &Chat, request: Request) -> Result<(), Failure> {
    let attached = attached::read(&args.attached)?;
    let talk = Talk::open(args, request).await?;
    terminal::note(&format!(
        "{} in {}, through {}. /help helps, Ctrl-D leaves.",
        talk.template.model,
        talk.session.host.region(),
        talk.session.provider.description().name,
    ));
    let renderer = render::to_standard_streams(args);
    Conversation { talk, attached, renderer }.go_on().await
}

struct Conversation {
    talk: Talk,
    /// Goes with the next question.
    attached: Vec<ContentBlock>,
    renderer: Box<dyn Render>,
}

impl Conversation {
    async fn go_on(mut self) -> Result<(), Failure> {
        loop {
            match self.talk.typist.line("> ").await? {
                Typed::Line(line) => match Line::of(&line) {
                    Line::Blank => {}
                    Line::Exit => return Ok(()),
                    Line::Help => terminal::note(HELP),
                    Line::Clear => {
                        self.talk.history.clear();
                        terminal::note("forgotten");
                    }
                    Line::Unknown(command) => {
                        terminal::note(&format!(
                            "there is no {command}; /help lists what there is"
                        ));
                    }
                    Line::Question(question) => self.turn(question.to_owned()).await?,
                },
                Typed::End => return Ok(()),
                Typed::Interrupt => terminal::note("Ctrl-D leaves"),
            }
        }
    }

    /// Asks, and keeps question and answer. A failure is shown, and the conversation stays as it
    /// was, but for tools that were run; only where the answer cannot be shown it ends.
    async fn turn(&mut self, question: String) -> Result<(), Failure> {
        let Some(message) = input::message(question, self.attached.clone()) else { return Ok(()) };
        let before = self.talk.history.clone();
        self.talk.history.push(message);
        let outcome = tokio::select! {
            outcome = self.talk.ask(self.renderer.as_mut()) => outcome,
            () = interrupt() => Err(Failure::Interrupted),
        };
        let mut keep = true;
        match &outcome {
            Ok(Ending::Answered) => {}
            Ok(Ending::StillCalling) => {
                let what = self.talk.still_calling();
                self.renderer.failed(&what)?;
                terminal::note(&format!("note: {}", what.message()));
            }
            Err(failure @ Failure::Interrupted) => {
                self.renderer.failed(&interrupted())?;
                tell(failure);
                self.talk.keep_what_there_is();
            }
            Err(failure @ Failure::Call { error, .. }) => {
                self.renderer.failed(error)?;
                tell(failure);
                // Another may work, and tools may have done what need not be done again.
                keep = error.is_transient();
                let kept = keep && answered(&before, &self.talk.history);
                terminal::note(if kept {
                    "the conversation goes on from the tools' results"
                } else {
                    "the conversation goes on without this question"
                });
            }
            Err(_) => return outcome.map(|_| ()),
        }
        if keep && answered(&before, &self.talk.history) {
            self.attached.clear();
        } else {
            self.talk.history = before;
        }
        Ok(())
    }
}

/// Whether more than a question has been added.
fn answered(before: &History, after: &History) -> bool {
    after.answers() > before.answers()
}

fn tell(failure: &Failure) {
    if let Some(text) = failure.text() {
        terminal::note(&text);
    }
}

/// What a line asks for.
#[derive(Debug, PartialEq)]
enum Line<'a> {
    Blank,
    Exit,
    Clear,
    Help,
    /// Looks like a command, but is none.
    Unknown(&'a str),
    Question(&'a str),
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Self {
        match line.trim() {
            "" => Self::Blank,
            "/exit" | "/quit" => Self::Exit,
            "/clear" => Self::Clear,
            "/help" | "/?" => Self::Help,
            line if looks_like_command(line) => Self::Unknown(line),
            line => Self::Question(line),
        }
    }
}

/// A path or a sentence that begins with a slash is none.
fn looks_like_command(line: &str) -> bool {
    let name = line.strip_prefix('/');
    name.is_some_and(|name| name.chars().all(|c| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_commands_or_questions() {
        for (line, means) in [
            ("  ", Line::Blank),
            ("/exit ", Line::Exit),
            ("/clear", Line::Clear),
            ("/help", Line::Help),
            ("/claer", Line::Unknown("/claer")),
            (" What is this? ", Line::Question("What is this?")),
            ("/etc/passwd", Line::Question("/etc/passwd")),
            ("/etc has what?", Line::Question("/etc has what?")),
        ] {
            assert_eq!(Line::of(line), means, "{line}");
        }
    }
}
