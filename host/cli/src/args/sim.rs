//! `converse sim` on the command line.

use super::heading;
use bedrock_sim::Faults;
use clap::builder::NonEmptyStringValueParser;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

pub(super) const HELP: &str = concat!(
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
  times=N                          the first N requests only; of one that is sent again, as often
  status=CODE                      an HTTP error, 400 to 599; with code=NAME, message=TEXT,
                                   retry-after=SECONDS or retry-after-ms=N
  exception=NAME,after=N           an error in the stream, after so many events; with message=TEXT
  truncate=N, truncate-bytes=N     the stream ends too early, after so many events or bytes
  abort=N                          the connection breaks after so many events
  reset                            the connection is closed without an answer
  corrupt=N, corrupt-prelude=N     a wrong checksum in this message
  chunk=BYTES, drip=MS             pieces of this size, and the time between them
  frame-delay=MS                   the time between events
  never-end, hang                  no end of the stream, no answer at all
  skew=SECONDS                     its clock is ahead by so much, or behind if negative
  html                             a page in place of an answer
  no-metadata, no-content-type     what is left out

",
    heading!("Exit codes:"),
    "  0  ended by Ctrl-C or SIGTERM
  1  it failed; standard error says why
  2  the command line is wrong",
);

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

    /// Reject also what only the real models have against a request
    #[arg(long)]
    pub(crate) strict: bool,

    /// Only region to accept signatures for [default: any]
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) region: Option<String>,

    /// Path below which everything is served, as behind a gateway
    #[arg(long, value_name = "PATH")]
    pub(crate) base_path: Option<String>,
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

    #[test]
    fn help_names_every_fault() {
        for key in Faults::KEYS.iter().filter(|&&key| key != "gate") {
            assert!(HELP.contains(key), "{key}");
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
