//! `converse chat`: one question, or a conversation.

pub(crate) mod answer;
mod attached;
mod history;
mod input;
mod interactive;
mod render;
mod request;
mod saved;
mod session;
mod talk;
mod tools;
mod typist;

use crate::args::Chat;
use crate::failure::Failure;
use converse_host::{Error, ErrorKind, Request};
use render::Render;
pub(crate) use render::ending;
use std::io::{self, IsTerminal as _};
use std::time::Duration;
use talk::{Ending, Talk};

pub(crate) async fn run(args: Chat) -> Result<(), Failure> {
    if args.prompt.is_none() && io::stdin().is_terminal() {
        let request = request::complete(Request::default(), &args)?;
        interactive::run(&args, request).await
    } else {
        once(&args).await
    }
}

/// Asks one question.
async fn once(args: &Chat) -> Result<(), Failure> {
    end_when_stuck();
    let mut renderer = render::to_standard_streams(&args.output);
    let outcome = tokio::select! {
        outcome = ask(args, renderer.as_mut()) => outcome,
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

async fn ask(args: &Chat, renderer: &mut dyn Render) -> Result<(), Failure> {
    let request = request::complete(Request::default(), args)?;
    let attached = attached::read(&args.attached)?;
    let prompt = input::prompt(args.prompt.clone()).await?;
    let Some(message) = input::message(prompt, attached) else {
        return Err(Failure::Usage("nothing is asked: the prompt is empty".to_owned()));
    };
    let mut talk = Talk::open(args, request).await?;
    talk.history.push(message);
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
