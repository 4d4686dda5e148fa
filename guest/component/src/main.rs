//! Writes the component to a file and prints its size: `make guest`.
#![forbid(unsafe_code)]

use bedrock_converse_component::COMPONENT;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: bedrock-converse-component FILE");
        return ExitCode::from(2);
    };
    if let Err(problem) = std::fs::write(&path, COMPONENT) {
        eprintln!("cannot write {}: {problem}", path.display());
        return ExitCode::FAILURE;
    }
    println!("{}: {} bytes", path.display(), COMPONENT.len());
    ExitCode::SUCCESS
}
