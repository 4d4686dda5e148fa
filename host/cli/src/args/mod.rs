//! The command line.

pub(crate) mod chat;
mod sim;

pub(crate) use chat::Chat;
use clap::{ArgAction, Parser, Subcommand};
use clap_complete::Shell;
pub(crate) use sim::Sim;

macro_rules! heading {
    ($text:literal) => {
        concat!("\x1b[1m\x1b[4m", $text, "\x1b[0m\n")
    };
}
pub(crate) use heading;

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
    #[command(after_help = chat::HELP)]
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
    #[command(after_help = sim::HELP)]
    Sim(Sim),

    /// Print completions for a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
