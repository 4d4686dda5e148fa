//! `converse chat`: one question, or a conversation.

pub(crate) mod answer;
mod attached;
mod history;
mod input;
mod interactive;
mod render;
mod request;
mod request_file;
mod saved;
mod session;
mod talk;
mod tools;
mod typist;

use crate::args::Chat;
use crate::failure::Failure;
use converse_host::{Error, ErrorKind, Request, Role};
use render::Render;
pub(crate) use render::ending;
use request_file::Given;
use std::io::{self, IsTerminal as _};
use std::time::Duration;
use talk::{Ending, Talk};

pub(crate) async fn run(args: Chat) -> Result<(), Failure> {
    let given = Given::read(args.asked.request.as_deref())?;
    match given {
        Given::Request(request) if is_conversation(&args, &request) => {
            interactive::run(&args, request::complete(*request, &args)?).await
        }
        given => once(&args, given).await,
    }
}

/// Whether someone at the terminal is to say what is asked.
fn is_conversation(args: &Chat, request: &Request) -> bool {
    let asks = request.messages.last().is_some_and(|message| message.role == Role::User);
    args.prompt.is_none() && !asks && !args.output.count && io::stdin().is_terminal()
}

/// Asks one question.
async fn once(args: &Chat, given: Given) -> Result<(), Failure> {
    end_when_stuck();
    let mut renderer = render::to_standard_streams(args);
    let outcome = tokio::select! {
        outcome = ask(args, given, renderer.as_mut()) => outcome,
        () = interrupt() => Err(Failure::Interrupted),
    };
    match &outcome {
        Err(Failure::Call { error, .. }) => renderer.failed(error)?,
        Err(Failure::Interrupted) => renderer.failed(&interrupted())?,
        Err(Failure::Other(what)) => renderer.failed(&Error::new(ErrorKind::Other, what))?,
        _ => {}
    }
    outcome
}

async fn ask(args: &Chat, given: Given, renderer: &mut dyn Render) -> Result<(), Failure> {
    let piped = !matches!(given, Given::StandardInput);
    let request = request::complete(given.request().await?, args)?;
    let attached = attached::read(&args.attached)?;
    let prompt = input::prompt(args.prompt.clone(), piped).await?;
    let message = input::message(prompt, attached);
    // A stored prompt asks by itself.
    let stored = request.model.contains(":prompt/");
    if message.is_none() && request.messages.is_empty() && !stored {
        return Err(Failure::Usage("nothing is asked: the prompt is empty".to_owned()));
    }
    let mut talk = Talk::open(args, request).await?;
    if let Some(message) = message {
        talk.history.push(message);
    }
    if args.output.count {
        return talk.count(renderer).await;
    }
    match talk.ask(renderer).await? {
        Ending::Answered => Ok(()),
        Ending::StillCalling => Err(talk.still_calling().into()),
    }
}

/// Waits for Ctrl-C; for ever where that cannot be seen, so that the signal does what it always does.
async fn interrupt() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "cannot wait for Ctrl-C");
        std::future::pending::<()>().await;
    }
}

/// Sees to it that Ctrl-C ends the program even while it writes to a pipe that nobody empties.
fn end_when_stuck() {
    tokio::spawn(async {
        interrupt().await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        std::process::exit(130);
    });
}

fn interrupted() -> Error {
    Error::new(ErrorKind::Cancelled, "interrupted")
}
