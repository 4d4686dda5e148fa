//! The runner `converse`: conversations with Amazon Bedrock from a shell.
#![forbid(unsafe_code)]

mod args;
mod chat;
mod completions;
mod demo;
mod failure;
mod logging;
mod sim;
mod terminal;
mod version;

use args::{Args, Command};
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::from_command_line();
    logging::start(args.verbose);
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(args: Args) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(dispatch(args));
    // A read of standard input that nobody waits for any more would keep the program.
    runtime.shutdown_background();
    outcome
}

async fn dispatch(args: Args) -> Result<(), Failure> {
    match args.command {
        _ if args.version => version::run().await,
        Some(Command::Chat(chat)) => chat::run(chat).await,
        Some(Command::Demo) => demo::run().await,
        Some(Command::Sim(sim)) => sim::run(sim).await,
        Some(Command::Completions { shell }) => completions::run(shell),
        None => Err(Failure::Usage("a command is missing".to_owned())),
    }
}
