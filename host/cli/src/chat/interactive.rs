//! A conversation on a terminal.

use super::history::{Answer, History};
use super::render::{self, Render};
use super::{Session, input, interrupt, interrupted, next_turn, template};
use crate::args;
use crate::failure::Failure;
use crate::terminal;
use converse_host::{Media, Request};
use rustyline::error::ReadlineError;
use rustyline::{Behavior, Config, DefaultEditor};

const HELP: &str = "\
/clear   forget the conversation
/exit    leave, as Ctrl-D does
/help    this
Ctrl-C   end the answer, or empty the line";

pub(crate) async fn run(args: &args::Chat) -> Result<(), Failure> {
    let images = input::images(&args.images)?;
    let session = Session::open(args).await?;
    let template = template(args);
    terminal::note(&format!(
        "{} in {}, through {}. /help helps, Ctrl-D leaves.",
        template.model,
        session.host.region(),
        session.provider.description().name,
    ));
    let renderer = render::to_standard_streams(args.json);
    let history = History::default();
    Conversation { session, template, images, history, renderer }.go_on(editor()?).await
}

struct Conversation {
    session: Session,
    template: Request,
    /// Go with the next question.
    images: Vec<Media>,
    history: History,
    renderer: Box<dyn Render>,
}

impl Conversation {
    async fn go_on(mut self, mut editor: DefaultEditor) -> Result<(), Failure> {
        loop {
            let line;
            (editor, line) = read(editor).await?;
            match line {
                Ok(line) => match Line::of(&line) {
                    Line::Blank => {}
                    Line::Exit => return Ok(()),
                    Line::Help => terminal::note(HELP),
                    Line::Clear => {
                        self.history.clear();
                        terminal::note("forgotten");
                    }
                    Line::Unknown(command) => {
                        terminal::note(&format!(
                            "there is no {command}; /help lists what there is"
                        ));
                    }
                    Line::Question(question) => self.turn(question.to_owned()).await?,
                },
                Err(ReadlineError::Eof) => return Ok(()),
                Err(ReadlineError::Interrupted) => terminal::note("Ctrl-D leaves"),
                Err(error) => return Err(Failure::Other(format!("cannot read a line: {error}"))),
            }
        }
    }

    /// Asks, and keeps question and answer. A failure is shown, and the conversation stays as it
    /// was; only where the answer cannot be shown it ends.
    async fn turn(&mut self, question: String) -> Result<(), Failure> {
        let message = self.history.follow_up(input::message(question, self.images.clone())?);
        let request = next_turn(&self.template, self.history.turns(), message.clone());
        let mut answer = Answer::default();
        let outcome = tokio::select! {
            outcome = self.session.stream(request, self.renderer.as_mut(), &mut answer) => outcome,
            () = interrupt() => Err(Failure::Interrupted),
        };
        let turn = match &outcome {
            Ok(()) => answer.into_message(),
            Err(failure @ Failure::Interrupted) => {
                self.renderer.failed(&interrupted())?;
                tell(failure);
                answer.into_interrupted_message()
            }
            Err(failure @ Failure::Call { error, .. }) => {
                self.renderer.failed(error)?;
                tell(failure);
                terminal::note("the conversation goes on without this question");
                return Ok(());
            }
            Err(_) => return outcome,
        };
        if let Some(turn) = turn {
            self.history.keep(message, turn);
            self.images.clear();
        }
        Ok(())
    }
}

fn tell(failure: &Failure) {
    if let Some(text) = failure.text() {
        terminal::note(&text);
    }
}

fn editor() -> Result<DefaultEditor, Failure> {
    // The prompt goes to the terminal even when standard output goes elsewhere.
    let config = Config::builder().behavior(Behavior::PreferTerm).auto_add_history(true).build();
    DefaultEditor::with_config(config)
        .map_err(|error| Failure::Other(format!("cannot use the terminal: {error}")))
}

/// Reads a line off the threads that answers run on.
async fn read(
    mut editor: DefaultEditor,
) -> Result<(DefaultEditor, rustyline::Result<String>), Failure> {
    let reading = tokio::task::spawn_blocking(move || {
        let line = editor.readline("> ");
        (editor, line)
    });
    reading.await.map_err(|error| Failure::Other(error.to_string()))
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
