//! `converse sim`: a local Bedrock that runs until it is told to end.

use crate::args;
use crate::failure::Failure;
use crate::terminal;
use bedrock_sim::{AuthKind, Builder, Credentials, Request, Sim};
use http::response::Parts;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long the end waits: streams that never end, or a standard error that nobody reads, must not
/// keep the program.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) async fn run(args: args::Sim) -> Result<(), Failure> {
    if !args.listen.ip().is_loopback() {
        terminal::note(&format!(
            "warning: {} can be reached from other machines, in plain HTTP",
            args.listen
        ));
    }
    let (log, logged) = log_lines();
    let sim = builder(&args)?
        .on_response(move |request, head| {
            // Nobody is left to tell when the program ends.
            let _ = log.send(log_line(request, head));
        })
        .start()
        .await
        .map_err(|error| Failure::Other(format!("cannot listen on {}: {error}", args.listen)))?;
    announce(&sim)?;
    terminal::note(&how_to_use(&sim.url(), &args));
    told_to_end().await?;
    let _ = tokio::time::timeout(PATIENCE, sim.shutdown()).await;
    let _ = tokio::time::timeout(PATIENCE, logged).await;
    Ok(())
}

fn builder(args: &args::Sim) -> Result<Builder, Failure> {
    let mut builder = Sim::builder().listen(args.listen).record_limit(0);
    if let (Some(id), Some(secret)) = (&args.access_key_id, &args.secret_access_key) {
        let credentials = Credentials::new(id, secret);
        builder = builder.credentials(match &args.session_token {
            Some(token) => credentials.session_token(token),
            None => credentials,
        });
    }
    if let Some(token) = &args.bearer_token {
        builder = builder.bearer_token(token);
    }
    if args.any_credentials {
        builder = builder.any_credentials();
    }
    if args.no_auth {
        builder = builder.unauthenticated();
    }
    builder = builder.strict(args.strict);
    if args.any_model {
        builder = builder.any_model();
    }
    if let Some(region) = &args.region {
        builder = builder.region(region);
    }
    if let Some(path) = &args.base_path {
        builder = builder.base_path(path);
    }
    if let Some(faults) = &args.fault {
        builder = builder.faults(faults.clone());
    }
    if let Some((last, others)) = args.replay.split_last() {
        let others: Vec<_> = others.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
        builder = builder.replay_queue(others).replay(read(last)?);
    }
    Ok(builder)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::Usage(format!("cannot read the stream {}: {error}", path.display()))
    })
}

/// The one line that programs read.
fn announce(sim: &Sim) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening on {}", sim.url())?;
    stdout.flush()?;
    Ok(())
}

/// Lines to paste into a shell. Secrets the user gave are not among them.
fn how_to_use(url: &str, args: &args::Sim) -> String {
    let mut lines = vec![
        "to use it:".to_owned(),
        format!("  export AWS_ENDPOINT_URL_BEDROCK_RUNTIME={url}"),
        format!("  export AWS_ENDPOINT_URL_BEDROCK={url}"),
        format!("  export AWS_REGION={}", args.region.as_deref().unwrap_or("us-east-1")),
    ];
    match &args.access_key_id {
        Some(id) => {
            lines.push(format!("  export AWS_ACCESS_KEY_ID={id}"));
            lines.push("  and AWS_SECRET_ACCESS_KEY as given".to_owned());
            if args.session_token.is_some() {
                lines.push("  and AWS_SESSION_TOKEN as given".to_owned());
            }
        }
        None => {
            lines.push(format!("  export AWS_ACCESS_KEY_ID={}", Builder::ACCESS_KEY_ID));
            lines.push(format!("  export AWS_SECRET_ACCESS_KEY={}", Builder::SECRET_ACCESS_KEY));
        }
    }
    lines.push(match &args.bearer_token {
        Some(_) => "  or AWS_BEARER_TOKEN_BEDROCK as given".to_owned(),
        None => format!("  or export AWS_BEARER_TOKEN_BEDROCK={}", Builder::BEARER_TOKEN),
    });
    lines.join("\n")
}

/// Takes lines for standard error, and tells when the last one is written.
///
/// A thread writes them, so that answers go on when nobody reads standard error.
fn log_lines() -> (mpsc::Sender<String>, oneshot::Receiver<()>) {
    let (log, lines) = mpsc::channel::<String>();
    let (all_written, logged) = oneshot::channel();
    std::thread::spawn(move || {
        lines.iter().for_each(|line| terminal::note(&line));
        drop(all_written);
    });
    (log, logged)
}

/// A request and what became of it.
fn log_line(request: &Request, head: Option<&Parts>) -> String {
    let auth = match request.auth {
        AuthKind::None => "no credentials",
        AuthKind::SigV4 => "SigV4",
        AuthKind::Bearer => "bearer token",
        AuthKind::Other => "unknown credentials",
    };
    let outcome = match head {
        Some(head) => match error_code(head) {
            Some(code) => format!("{} {code}", head.status.as_u16()),
            None => head.status.as_u16().to_string(),
        },
        None => "not answered".to_owned(),
    };
    format!(
        "{} {} -> {outcome} ({auth}, {} bytes, connection {})",
        request.method,
        request.path,
        request.body.len(),
        request.connection
    )
}

/// The error's name, without the namespace behind it.
fn error_code(head: &Parts) -> Option<&str> {
    let code = head.headers.get("x-amzn-errortype")?.to_str().ok()?;
    Some(code.split_once(':').map_or(code, |(code, _)| code))
}

/// Ctrl-C, or SIGTERM where there are signals.
async fn told_to_end() -> Result<(), Failure> {
    let cannot = |error| Failure::Other(format!("cannot wait for signals: {error}"));
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
        tokio::select! {
            outcome = tokio::signal::ctrl_c() => outcome.map_err(cannot),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(cannot)
}
