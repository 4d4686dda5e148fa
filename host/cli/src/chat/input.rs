//! What is asked: the prompt's text, from the command line and from standard input.

use crate::failure::Failure;
use crate::terminal;
use converse_host::{ContentBlock, Message, Role};
use std::io::{self, IsTerminal as _, Read as _};
use std::time::Duration;

/// A program that inherits an open pipe would else wait without a word.
const PATIENCE: Duration = Duration::from_secs(3);

/// The prompt's text from the command line and, when it may be `piped`, from standard input that is
/// no terminal.
pub(crate) async fn prompt(given: Option<String>, piped: bool) -> Result<String, Failure> {
    if !piped || io::stdin().is_terminal() {
        return Ok(assemble(given, None));
    }
    Ok(assemble(given, Some(standard_input().await?)))
}

/// All of standard input.
pub(crate) async fn standard_input() -> Result<String, Failure> {
    let reading = tokio::task::spawn_blocking(read_standard_input);
    tokio::pin!(reading);
    let read = match tokio::time::timeout(PATIENCE, &mut reading).await {
        Ok(read) => read,
        Err(_) => {
            terminal::note("note: waiting for the end of standard input; </dev/null gives none");
            reading.await
        }
    };
    read.map_err(|error| Failure::Other(error.to_string()))?
}

fn read_standard_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::Other(format!("cannot read standard input: {error}")))?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::Usage(
            "standard input is not text (UTF-8); files go with --image and --document".to_owned(),
        )
    })
}

/// The prompt goes first; what is piped is what it is about.
fn assemble(given: Option<String>, piped: Option<String>) -> String {
    let given = given.filter(|text| !text.trim().is_empty());
    let piped = piped.filter(|text| !text.trim().is_empty());
    let piped = piped.as_deref().map(|text| text.trim_end_matches(['\r', '\n']));
    match (given, piped) {
        (Some(given), Some(piped)) => format!("{given}\n\n{piped}"),
        (Some(given), None) => given,
        (None, piped) => piped.unwrap_or_default().to_owned(),
    }
}

/// A turn of the caller: what is sent along, then what is asked about it. Nothing if there is
/// neither.
pub(crate) fn message(prompt: String, attached: Vec<ContentBlock>) -> Option<Message> {
    let mut content = attached;
    if !prompt.is_empty() {
        content.push(ContentBlock::Text(prompt));
    }
    (!content.is_empty()).then_some(Message { role: Role::User, content })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn prompt_goes_before_what_is_piped() {
        assert_eq!(assemble(text("Sum up"), text("a\n\nb\n")), "Sum up\n\na\n\nb");
        assert_eq!(assemble(text("Sum up"), None), "Sum up");
        assert_eq!(assemble(None, text("  a\r\n")), "  a");
    }

    #[test]
    fn blank_input_is_none() {
        assert_eq!(assemble(text("Sum up"), text("\n \n")), "Sum up");
        assert_eq!(assemble(text("  "), text("a")), "a");
        assert_eq!(assemble(None, text("\n")), "");
        assert_eq!(message(String::new(), Vec::new()), None);
    }

    #[test]
    fn what_is_sent_along_goes_before_the_text() {
        let image = ContentBlock::Image(converse_host::Media::bytes("png", vec![1]));
        let message = message("What is it?".to_owned(), vec![image.clone()]).unwrap();
        assert_eq!(message.content, [image, "What is it?".into()]);
    }
}
