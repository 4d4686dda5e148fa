//! `converse chat`: one question, or a conversation.

pub(crate) mod history;
mod input;
mod interactive;
mod render;

use crate::args;
use crate::failure::Failure;
use bedrock_converse_component::COMPONENT;
use converse_host::{Error, ErrorKind, Host, Message, Provider, Request};
use futures::StreamExt as _;
use history::Answer;
use render::Render;
pub(crate) use render::ending;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::time::Duration;

pub(crate) async fn run(args: args::Chat) -> Result<(), Failure> {
    if args.prompt.is_none() && io::stdin().is_terminal() {
        interactive::run(&args).await
    } else {
        once(&args).await
    }
}

/// What a request goes through.
struct Session {
    host: Host,
    provider: Provider,
}

/// Asks one question.
async fn once(args: &args::Chat) -> Result<(), Failure> {
    end_when_stuck();
    let mut renderer = render::to_standard_streams(args.json);
    let outcome = tokio::select! {
        outcome = ask(args, renderer.as_mut()) => outcome,
        () = interrupt() => Err(Failure::Interrupted),
    };
    match &outcome {
        Err(Failure::Call { error, .. }) => renderer.failed(error)?,
        Err(Failure::Interrupted) => renderer.failed(&interrupted())?,
        _ => {}
    }
    outcome
}

async fn ask(args: &args::Chat, renderer: &mut dyn Render) -> Result<(), Failure> {
    let images = input::images(&args.images)?;
    let prompt = input::prompt(args.prompt.clone()).await?;
    let message = input::message(prompt, images)?;
    let session = Session::open(args).await?;
    let request = template(args).message(message);
    session.stream(request, renderer, &mut Answer::default()).await
}

impl Session {
    async fn open(args: &args::Chat) -> Result<Self, Failure> {
        let host = host(args)?;
        let provider = load(&host, args.plugin.as_deref()).await?;
        tracing::info!(
            region = host.region(),
            plugin = provider.description().id,
            version = provider.description().version,
            cached = provider.load_report().cache_hit,
            compile = ?provider.load_report().compile,
            "ready"
        );
        Ok(Self { host, provider })
    }

    /// Streams an answer: to the renderer as it comes, and into `answer` for the conversation to go
    /// on. Ends well only after the service said that the answer is complete.
    async fn stream(
        &self,
        request: Request,
        renderer: &mut dyn Render,
        answer: &mut Answer,
    ) -> Result<(), Failure> {
        let model = request.model.clone();
        match stream(&self.provider, request, renderer, answer).await {
            Err(failure) => Err(failure.with_hint(&self.host, &model).await),
            complete => complete,
        }
    }
}

/// Most events between two flushes.
const BATCH: usize = 64;

async fn stream(
    provider: &Provider,
    request: Request,
    renderer: &mut dyn Render,
    answer: &mut Answer,
) -> Result<(), Failure> {
    let mut batches = provider.start(request).await?.ready_chunks(BATCH);
    while let Some(batch) = batches.next().await {
        for event in batch {
            let event = event?;
            let finished = answer.apply(&event);
            renderer.event(&event, finished)?;
            if answer.is_complete() {
                return Ok(renderer.flush()?);
            }
        }
        renderer.flush()?;
    }
    Err(Error::new(ErrorKind::Truncated, "the answer ended, but was not said to be complete")
        .into())
}

fn host(args: &args::Chat) -> Result<Host, Failure> {
    let mut builder = Host::builder();
    if let Some(region) = &args.region {
        builder = builder.region(region);
    }
    if let Some(url) = &args.endpoint_url {
        builder = builder.endpoint_url(url);
    }
    let on_command_line = args.region.is_some() || args.endpoint_url.is_some();
    builder.build().map_err(|error| match error.kind() {
        ErrorKind::InvalidRequest if on_command_line => Failure::Usage(error.message().to_owned()),
        _ => error.into(),
    })
}

async fn load(host: &Host, plugin: Option<&Path>) -> Result<Provider, Error> {
    match plugin {
        Some(path) => host.load_file(path).await,
        None => host.load(COMPONENT).await,
    }
}

/// A request with all but the conversation.
fn template(args: &args::Chat) -> Request {
    let from_environment = std::env::var("CONVERSE_MODEL").ok();
    let mut request = Request::new(model(args.model.as_deref(), from_environment.as_deref()));
    if let Some(system) = &args.system {
        request = request.system(system);
    }
    request.inference.max_tokens = args.max_tokens;
    request.inference.temperature = args.temperature;
    request.inference.top_p = args.top_p;
    request.inference.stop_sequences.clone_from(&args.stop);
    request
}

fn model<'a>(given: Option<&'a str>, from_environment: Option<&'a str>) -> &'a str {
    let from_environment = from_environment.map(str::trim).filter(|model| !model.is_empty());
    given.or(from_environment).unwrap_or(args::DEFAULT_MODEL)
}

/// The request for the next turn of a conversation.
fn next_turn(template: &Request, history: &[Message], message: Message) -> Request {
    let mut request = template.clone();
    request.messages.extend_from_slice(history);
    request.message(message)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_is_the_options_then_the_environments() {
        assert_eq!(model(Some("a"), Some("b")), "a");
        assert_eq!(model(None, Some(" b ")), "b");
        assert_eq!(model(None, Some(" ")), args::DEFAULT_MODEL);
        assert_eq!(model(None, None), args::DEFAULT_MODEL);
    }

    #[test]
    fn a_turn_comes_after_the_conversation_so_far() {
        let history = [Message::user("a"), Message::assistant("b")];
        let request = next_turn(&Request::new("m").system("s"), &history, Message::user("c"));
        assert_eq!(
            request.messages,
            [&history[0], &history[1], &Message::user("c")].map(Clone::clone)
        );
        assert_eq!(request.system.len(), 1);
    }
}
