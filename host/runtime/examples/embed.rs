//! Asks a model through the Bedrock plugin, as a gateway would: one host and one plugin for the
//! whole program, one request here.
//!
//! ```sh
//! cargo run --package converse-host --example embed -- "Why is the sky blue?"
//! ```
//!
//! Credentials, region and endpoint are the environment's: `AWS_BEARER_TOKEN_BEDROCK`, or
//! `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; `AWS_REGION`;
//! `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`. Without an AWS account, `converse sim` is a Bedrock too.

use bedrock_converse_component::COMPONENT;
use converse_host::{Delta, Error, Event, Host, Provider, Request, Summary};
use futures::StreamExt as _;
use std::io::Write as _;
use std::process::ExitCode;

const MODEL: &str = "us.amazon.nova-lite-v1:0";

#[tokio::main]
async fn main() -> ExitCode {
    let Some(prompt) = std::env::args().nth(1) else {
        eprintln!("usage: embed PROMPT");
        return ExitCode::from(2);
    };
    let outcome = async {
        let provider = open().await?;
        answer(&provider, &prompt).await
    };
    match outcome.await {
        Ok(summary) => {
            println!();
            eprintln!("{}", account(&summary));
            ExitCode::SUCCESS
        }
        Err(error) => {
            // The text so far stays: it was the model's. It is only not all of it.
            println!();
            eprintln!("{}", complaint(&error));
            ExitCode::FAILURE
        }
    }
}

/// Once, when the program starts. Keep the provider: its clones share the compiled plugin and the
/// connections, so give each task one.
async fn open() -> Result<Provider, Error> {
    // What is not set here comes from the environment. A gateway whose tenants have keys of their
    // own builds a host for each, with `credentials(...)`.
    let host = Host::builder().build()?;
    // Compiling takes some hundred milliseconds the first time; the result is kept on disk.
    // `load_file` takes a plugin from a path instead, so that it is replaced without a rebuild.
    host.load(COMPONENT).await
}

/// For each request.
async fn answer(provider: &Provider, prompt: &str) -> Result<Summary, Error> {
    let mut request = Request::new(MODEL).system("Answer in one sentence.").user(prompt);
    request.inference.max_tokens = Some(500);

    // Waits until Bedrock has accepted the request. What it refuses is an error here, with nothing
    // streamed yet: the time to choose an HTTP status of your own.
    let mut completion = provider.start(request).await?;

    // The plugin runs only while this is polled: a caller that reads slowly slows the service down,
    // and nothing piles up. To cancel, drop the completion; that closes the connection to Bedrock.
    while let Some(event) = completion.next().await {
        match event? {
            Event::BlockDelta { delta: Delta::Text(text), .. } => {
                print!("{text}");
                // Standard output keeps text until the end of a line; readers want it now.
                let _ = std::io::stdout().flush();
            }
            Event::Done(summary) => return Ok(summary),
            // Thoughts, tool calls, the beginnings and ends of blocks. New kinds may come, so the
            // compiler asks for this arm.
            _ => {}
        }
    }
    // Does not happen: a completion ends in `Done` or in an error.
    Err(Error::new(converse_host::ErrorKind::Truncated, "the answer ended without its end"))
}

fn account(summary: &Summary) -> String {
    let usage = match &summary.usage {
        Some(usage) => format!("{} tokens in, {} out", usage.input_tokens, usage.output_tokens),
        // Never estimated: what the service did not say is not known.
        None => "no usage".to_owned(),
    };
    let id = summary.request_id.as_deref().unwrap_or("none");
    format!("{:?}: {usage}; request id {id}", summary.stop_reason)
}

/// Programs decide by the kind, people read the message, and AWS's support asks for the request id.
fn complaint(error: &Error) -> String {
    let id = error.request_id().unwrap_or("none");
    let mut text = format!("{}: {}; request id {id}", error.kind(), error.message());
    // The library repeats nothing by itself: only the caller knows what was already passed on.
    if error.is_transient() {
        text += match error.retry_after() {
            Some(_) => "; may work after the time the service named",
            None => "; may work later",
        };
    }
    text
}
