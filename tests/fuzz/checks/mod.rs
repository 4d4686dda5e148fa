//! What the plugin promises of any input.
//!
//! Each module has a function `check`, which makes something of the bytes it is given and panics when a
//! promise is broken. libFuzzer calls them (`tests/fuzz/targets`), and so does an ordinary test
//! (`guest/tests/fuzz_corpus.rs`).

use arbitrary::{Result, Unstructured};

pub mod answer;
mod blocks;
mod body;
pub mod errors;
mod events;
pub mod frames;
mod json;
pub mod request;
mod talk;
mod tools;
mod validity;
pub mod whole;
mod wire;

/// A check by its name, which is also that of its fuzz target and of its corpus.
pub type Check = (&'static str, fn(&[u8]));

/// All of them.
pub const CHECKS: [Check; 5] = [
    ("answer", answer::check),
    ("errors", errors::check),
    ("frames", frames::check),
    ("request", request::check),
    ("whole", whole::check),
];

/// Bytes in pieces of these sizes, in turn.
fn cut(bytes: &[u8], sizes: [u8; 4]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    for size in sizes.into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, later) = rest.split_at(rest.len().min(usize::from(size).max(1)));
        pieces.push(piece);
        rest = later;
    }
    pieces
}

/// Prints what was made of an input, where `FUZZ_SHOW` is set: to see what a crash is about.
fn show(made: &impl std::fmt::Debug) {
    if std::env::var_os("FUZZ_SHOW").is_some() {
        eprintln!("{made:#?}");
    }
}

/// One of a few.
fn pick<'a>(u: &mut Unstructured<'_>, from: &[&'a str]) -> Result<&'a str> {
    u.choose(from).copied()
}

/// Something, or nothing.
fn maybe<'a, T>(
    u: &mut Unstructured<'a>,
    make: impl FnOnce(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Option<T>> {
    if u.arbitrary()? { make(u).map(Some) } else { Ok(None) }
}

/// A list of at most so many.
fn list<'a, T>(
    u: &mut Unstructured<'a>,
    most: usize,
    mut make: impl FnMut(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let length = u.int_in_range(0..=most)?;
    (0..length).map(|_| make(u)).collect()
}

/// A text: mostly one that has made trouble before.
fn text(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=15)? {
        0 => String::new(),
        1 => pick(u, &[" ", "\n\t", "\u{3000}", "\u{a0}\u{200b}", "\0"])?.to_owned(),
        2 => pick(u, &["a ", " a", "a\n", "\"", "\\", "\u{7f}\u{1b}[0m", "\u{fffd}"])?.to_owned(),
        3 => pick(u, &["\\ud83d", "null", "{}", "[]", "\"\"", "{\"\":0}"])?.to_owned(),
        4 => pick(u, &["Zürich", "\u{1f600}", "a\u{301}", "報告書"])?.to_owned(),
        5 => "long".repeat(u.int_in_range(1..=80)?),
        6..=8 => u.arbitrary::<&str>()?.to_owned(),
        _ => pick(u, &["a", "b", "Hello", "two words"])?.to_owned(),
    })
}
