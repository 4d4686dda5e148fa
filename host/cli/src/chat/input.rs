//! What is asked: the prompt's text and the images.

use crate::failure::Failure;
use crate::terminal;
use converse_host::{ContentBlock, Media, Message, Role};
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A program that inherits an open pipe would else wait without a word.
const PATIENCE: Duration = Duration::from_secs(3);

/// The prompt's text from the command line and from standard input, when that is no terminal.
pub(crate) async fn prompt(given: Option<String>) -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        return Ok(assemble(given, None));
    }
    let reading = tokio::task::spawn_blocking(read_standard_input);
    tokio::pin!(reading);
    let read = match tokio::time::timeout(PATIENCE, &mut reading).await {
        Ok(read) => read,
        Err(_) => {
            terminal::note("note: waiting for the end of standard input; </dev/null gives none");
            reading.await
        }
    };
    let piped = read.map_err(|error| Failure::Other(error.to_string()))??;
    Ok(assemble(given, Some(piped)))
}

fn read_standard_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::Other(format!("cannot read standard input: {error}")))?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::Usage("standard input is not text (UTF-8); images go with --image".to_owned())
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

/// Reads images. Their bytes say what they are; a file's name may not.
pub(crate) fn images(paths: &[PathBuf]) -> Result<Vec<Media>, Failure> {
    paths.iter().map(|path| image(path)).collect()
}

fn image(path: &Path) -> Result<Media, Failure> {
    let name = path.display();
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::Usage(format!("cannot read the image {name}: {error}")))?;
    match image_format(&bytes) {
        Some(format) => Ok(Media::bytes(format, bytes)),
        None => Err(Failure::Usage(format!(
            "{name} is not an image Bedrock takes: png, jpeg, gif or webp"
        ))),
    }
}

fn image_format(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

/// A turn of the caller: the images, then what is asked about them.
pub(crate) fn message(prompt: String, images: Vec<Media>) -> Result<Message, Failure> {
    let mut content: Vec<_> = images.into_iter().map(ContentBlock::Image).collect();
    if !prompt.is_empty() {
        content.push(ContentBlock::Text(prompt));
    }
    if content.is_empty() {
        return Err(Failure::Usage("nothing is asked: the prompt is empty".to_owned()));
    }
    Ok(Message { role: Role::User, content })
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
        assert!(matches!(message(String::new(), Vec::new()), Err(Failure::Usage(_))));
    }

    #[test]
    fn format_comes_from_the_bytes() {
        let cases: [(&[u8], Option<&str>); 8] = [
            (b"\x89PNG\r\n\x1a\n\0\0", Some("png")),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Some("jpeg")),
            (b"GIF87a\x01", Some("gif")),
            (b"GIF89a\x01", Some("gif")),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some("webp")),
            (b"RIFF\x24\0\0\0WAVEfmt ", None),
            (b"<svg xmlns=", None),
            (b"", None),
        ];
        for (bytes, format) in cases {
            assert_eq!(image_format(bytes), format, "{bytes:?}");
        }
    }

    #[test]
    fn images_go_before_the_text() {
        let image = Media::bytes("png", vec![1]);
        let message = message("What is it?".to_owned(), vec![image.clone()]).unwrap();
        assert_eq!(message.content, [ContentBlock::Image(image), "What is it?".into()]);
    }
}
