//! Whoever types at the terminal.

use crate::failure::Failure;
use rustyline::error::ReadlineError;
use rustyline::{Behavior, Config, DefaultEditor};

/// The terminal's line editor, made when it is first needed.
#[derive(Debug, Default)]
pub(crate) struct Typist {
    editor: Option<DefaultEditor>,
}

/// What was typed.
#[derive(Debug)]
pub(crate) enum Typed {
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D.
    End,
}

impl Typist {
    /// Reads a line, and remembers it for the arrow keys.
    pub(crate) async fn line(&mut self, prompt: &str) -> Result<Typed, Failure> {
        let typed = self.read(prompt).await?;
        if let (Typed::Line(line), Some(editor)) = (&typed, &mut self.editor) {
            // That it is not remembered is no reason to end.
            let _ = editor.add_history_entry(line);
        }
        Ok(typed)
    }

    /// Reads an answer to a tool's call; nothing when there shall be none.
    pub(crate) async fn answer(&mut self, prompt: &str) -> Result<Option<String>, Failure> {
        match self.read(prompt).await? {
            Typed::Line(line) => Ok(Some(line)),
            Typed::End => Ok(None),
            Typed::Interrupt => Err(Failure::Interrupted),
        }
    }

    /// Reads off the threads that answers run on.
    async fn read(&mut self, prompt: &str) -> Result<Typed, Failure> {
        let mut editor = match self.editor.take() {
            Some(editor) => editor,
            None => editor()?,
        };
        let prompt = prompt.to_owned();
        let reading = tokio::task::spawn_blocking(move || {
            let line = editor.readline(&prompt);
            (editor, line)
        });
        let (editor, line) = reading.await.map_err(|error| Failure::Other(error.to_string()))?;
        self.editor = Some(editor);
        match line {
            Ok(line) => Ok(Typed::Line(line)),
            Err(ReadlineError::Interrupted) => Ok(Typed::Interrupt),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(Failure::Other(format!("cannot read a line: {error}"))),
        }
    }
}

fn editor() -> Result<DefaultEditor, Failure> {
    // The prompt goes to the terminal even when standard output goes elsewhere.
    let config = Config::builder().behavior(Behavior::PreferTerm).build();
    DefaultEditor::with_config(config)
        .map_err(|error| Failure::Other(format!("cannot use the terminal: {error}")))
}
