//! What is shown to people: on standard error, and on a terminal without surprises.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};

/// Writes a line to standard error. That nobody reads it is no reason to fail.
pub(crate) fn note(text: &str) {
    let mut stderr = io::stderr().lock();
    let text = if io::stderr().is_terminal() { harmless(text) } else { Cow::Borrowed(text) };
    let _ = writeln!(stderr, "{text}");
}

/// Whether standard error takes colours.
pub(crate) fn colours_on_stderr() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !set("NO_COLOR") && !dumb
}

/// A text that cannot command a terminal: what a model or a server says must not move the cursor,
/// set the title or write to the clipboard.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().filter(|&c| c != '\r');
    Cow::Owned(shown.map(|c| if harmful(c) { char::REPLACEMENT_CHARACTER } else { c }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_command_a_terminal() {
        assert_eq!(harmless("é\tfine\n"), "é\tfine\n");
        assert_eq!(
            harmless("a\x1b]0;title\x07b\r\n\u{9b}2J"),
            "a\u{fffd}]0;title\u{fffd}b\n\u{fffd}2J"
        );
    }
}
