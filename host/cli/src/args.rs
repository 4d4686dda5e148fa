//! The command line.

use bedrock_sim::Faults;
use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Parser, Subcommand};
use clap_complete::Shell;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

/// Model when neither `--model` nor `CONVERSE_MODEL` names one.
pub(crate) const DEFAULT_MODEL: &str = "us.amazon.nova-lite-v1:0";

macro_rules! heading {
    ($text:literal) => {
        concat!("\x1b[1m\x1b[4m", $text, "\x1b[0m\n")
    };
}

const EXIT_CODES: &str = concat!(
    heading!("Exit codes:"),
    "  0    it worked
  1    it failed; standard error says why
  2    the command line is wrong
  130  ended by Ctrl-C",
);

const HELP: &str = concat!(
    heading!("Examples:"),
    "  converse demo                     see it work: no AWS account, no network
  converse chat \"Hello\"             ask a model
  converse chat                     talk with a model
  converse sim --listen :9000       a local Bedrock for tests",
);

const CHAT_HELP: &str = concat!(
    heading!("Examples:"),
    "  converse chat \"Why is the sky blue?\"
  git diff | converse chat \"Write a commit message for this\"
  converse chat --model us.anthropic.claude-haiku-4-5-20251001-v1:0 --system \"Be brief\" Hello
  converse chat --image plan.png \"What does this show?\"
  converse chat --json Hello | jq .

",
    heading!("Environment:"),
    "  CONVERSE_MODEL                    the model when --model is not given
  AWS_BEARER_TOKEN_BEDROCK          a Bedrock API key; goes before access keys
  AWS_ACCESS_KEY_ID                 an access key,
  AWS_SECRET_ACCESS_KEY             its secret,
  AWS_SESSION_TOKEN                 and its token if it is temporary
  AWS_REGION, AWS_DEFAULT_REGION    the region when --region is not given; else us-east-1
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME  where Bedrock is when --endpoint-url is not given,
  AWS_ENDPOINT_URL                  else this
  HTTPS_PROXY, NO_PROXY             a proxy, and what goes past it
  RUST_LOG                          what is logged, such as converse_host=debug
  NO_COLOR                          no colours
  A variable that is blank counts as unset.

",
    heading!("Exit codes:"),
    "  0    the answer is complete
  1    it failed; standard error says why, and what came before the failure stays
  2    the command line is wrong
  130  ended by Ctrl-C",
);

const SIM_HELP: &str = concat!(
    heading!("Examples:"),
    "  converse sim --listen 127.0.0.1:9000
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME=http://127.0.0.1:9000 \\
    AWS_BEARER_TOKEN_BEDROCK=bedrock-sim-token converse chat \"Hello\"
  converse sim --fault status=429,retry-after=2
  converse sim --replay first.bin --replay then.bin

A request can ask for a fault of its own: the word sim:truncate=3 in its last message.

",
    heading!("Faults, several with commas:"),
    "  latency=MS                       wait before the answer
  status=CODE                      an HTTP error, 400 to 599; with code=NAME, message=TEXT,
                                   retry-after=SECONDS
  exception=NAME,after=N           an error in the stream, after so many events; with message=TEXT
  truncate=N, truncate-bytes=N     the stream ends too early, after so many events or bytes
  abort=N                          the connection breaks after so many events
  corrupt=N, corrupt-prelude=N     a wrong checksum in this message
  chunk=BYTES, drip=MS             pieces of this size, and the time between them
  frame-delay=MS                   the time between events
  never-end, hang                  no end of the stream, no answer at all
  html                             a page in place of an answer
  no-metadata, no-content-type     what is left out

",
    heading!("Exit codes:"),
    "  0  ended by Ctrl-C or SIGTERM
  1  it failed; standard error says why
  2  the command line is wrong",
);

const DEMO_HELP: &str = concat!(
    heading!("Exit codes:"),
    "  0  every stage did what it should
  1  one did not; the last lines say which",
);

const COMPLETIONS_HELP: &str = concat!(
    heading!("Examples:"),
    "  converse completions bash > ~/.local/share/bash-completion/completions/converse
  converse completions zsh > ~/.zfunc/_converse
  converse completions fish > ~/.config/fish/completions/converse.fish",
);

/// Conversations with Amazon Bedrock, through a sandboxed plugin.
#[derive(Parser)]
#[command(
    name = "converse",
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = format!("{HELP}\n\n{EXIT_CODES}"),
)]
pub(crate) struct Args {
    /// Log to standard error what happens; again for more, three times for all
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 900)]
    pub(crate) verbose: u8,

    /// Print the versions of the runner, the plugin and the contract
    #[arg(short = 'V', long)]
    pub(crate) version: bool,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Args {
    /// Reads the command line. Ends the program when it asks for help or is wrong.
    pub(crate) fn from_command_line() -> Self {
        Self::parse()
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Ask a model, or talk with it
    ///
    /// Standard output has the answer's text, as it arrives, and nothing else. Thoughts, tool calls
    /// and errors go to standard error. Without a prompt on a terminal the conversation goes on
    /// until Ctrl-D.
    #[command(after_help = CHAT_HELP)]
    Chat(Chat),

    /// Show all of it at work, without an AWS account
    ///
    /// Needs no network either. Starts a local Bedrock in this process, loads the plugin, and has a conversation: streamed
    /// text, thoughts and a tool call, the tool's result, and a failure on purpose. Each stage says
    /// what happened and is checked. The environment's credentials and endpoints are not used.
    #[command(after_help = DEMO_HELP)]
    Demo,

    /// Run a local Bedrock for tests
    ///
    /// It checks signatures, answers by simple rules or replays recorded streams, and fails on
    /// request.
    ///
    /// The only line on standard output is the address, once it listens. Requests are logged to
    /// standard error.
    #[command(after_help = SIM_HELP)]
    Sim(Sim),

    /// Print completions for a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(clap::Args)]
pub(crate) struct Chat {
    /// What to ask; piped standard input is added below it
    pub(crate) prompt: Option<String>,

    /// Model id, inference profile or ARN [default: CONVERSE_MODEL, else us.amazon.nova-lite-v1:0]
    #[arg(short, long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) model: Option<String>,

    /// System prompt
    #[arg(short, long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) system: Option<String>,

    /// Image to send along: png, jpeg, gif or webp; may be given again
    #[arg(short, long = "image", value_name = "FILE")]
    pub(crate) images: Vec<PathBuf>,

    /// Most tokens of the answer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_tokens: Option<u32>,

    /// Randomness, 0 to 1
    #[arg(long, value_name = "X", value_parser = from_0_to_1)]
    pub(crate) temperature: Option<f64>,

    /// Share of likely tokens to choose from, 0 to 1
    #[arg(long, value_name = "X", value_parser = from_0_to_1)]
    pub(crate) top_p: Option<f64>,

    /// Text that ends the answer; may be given again
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) stop: Vec<String>,

    /// Print events as JSON, one a line; the last is of type `done` or `error`
    #[arg(long)]
    pub(crate) json: bool,

    /// Plugin to use in place of the embedded one
    #[arg(long, value_name = "FILE")]
    pub(crate) plugin: Option<PathBuf>,

    /// AWS region
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) region: Option<String>,

    /// Where Bedrock is; plain http only to this machine
    #[arg(long, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) endpoint_url: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct Sim {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = address)]
    pub(crate) listen: SocketAddr,

    /// Recorded event stream to answer with; given again they take turns, the last one stays
    #[arg(long, value_name = "FILE")]
    pub(crate) replay: Vec<PathBuf>,

    /// What goes wrong with every request, such as latency=50,truncate=3
    #[arg(long, value_name = "SPEC")]
    pub(crate) fault: Option<Faults>,

    /// Access key to accept in place of the example
    #[arg(long, value_name = "ID", requires = "secret_access_key")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) access_key_id: Option<String>,

    /// Its secret
    #[arg(long, value_name = "SECRET", requires = "access_key_id")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) secret_access_key: Option<String>,

    /// The session token that requests with it must carry
    #[arg(long, value_name = "TOKEN", requires = "access_key_id")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) session_token: Option<String>,

    /// Bearer token to accept in place of the example
    #[arg(long, value_name = "TOKEN", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) bearer_token: Option<String>,

    /// Accept keys and tokens it does not know
    #[arg(long)]
    pub(crate) any_credentials: bool,

    /// Check no credentials at all
    #[arg(long, conflicts_with_all = ["any_credentials", "access_key_id", "bearer_token"])]
    pub(crate) no_auth: bool,

    /// Answer for models it does not know
    #[arg(long)]
    pub(crate) any_model: bool,

    /// Only region to accept signatures for [default: any]
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) region: Option<String>,

    /// Path below which everything is served, as behind a gateway
    #[arg(long, value_name = "PATH")]
    pub(crate) base_path: Option<String>,
}

fn from_0_to_1(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("a number from 0 to 1 is needed".to_owned()),
    }
}

/// `:9000` is this machine, not all the world.
fn address(text: &str) -> Result<SocketAddr, String> {
    let full = match text.strip_prefix(':') {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    let found = full.to_socket_addrs().map_err(|error| error.to_string())?.next();
    found.ok_or_else(|| "the name has no address".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn help_names_every_fault() {
        for key in Faults::KEYS.iter().filter(|&&key| key != "gate") {
            assert!(SIM_HELP.contains(key), "{key}");
        }
    }

    #[test]
    fn numbers_from_0_to_1() {
        assert_eq!(from_0_to_1("0.5"), Ok(0.5));
        for wrong in ["-0.1", "1.1", "nan", "inf", "warm", ""] {
            assert!(from_0_to_1(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_port_alone_is_on_this_machine() {
        assert_eq!(address(":9000"), Ok(([127, 0, 0, 1], 9000).into()));
        assert_eq!(address("0.0.0.0:1"), Ok(([0, 0, 0, 0], 1).into()));
        assert!(address("9000").is_err());
        assert!(address("127.0.0.1:99999").is_err());
    }
}
