//! Who answers the model's calls of tools.

mod command;
pub(crate) mod file;

use super::answer::OpenCall;
use super::typist::Typist;
use crate::args;
use crate::failure::Failure;
use crate::terminal;
use command::Outcome;
use converse_host::{InvalidInput, Json, ToolCall, ToolResult, ToolResultContent, ToolStatus};
use std::io::{self, IsTerminal as _};
use std::time::Duration;

/// In place of a result that is empty: the service does not take blank texts.
const NO_OUTPUT: &str = "(no output)";

#[derive(Debug)]
pub(crate) enum Answerer {
    Command {
        command: String,
        limit: Duration,
    },
    /// Whoever sits at the terminal.
    Person,
    Nobody,
}

impl Answerer {
    pub(crate) fn new(args: &args::chat::Tools) -> Self {
        match &args.tool_command {
            Some(command) => Self::Command {
                command: command.clone(),
                limit: Duration::from_secs(args.tool_timeout),
            },
            None if io::stdin().is_terminal() => Self::Person,
            None => Self::Nobody,
        }
    }

    pub(crate) fn is_nobody(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    /// Answers a call, or refuses it where it must not be run. Nothing when the person does not want
    /// to answer.
    pub(crate) async fn answer(
        &self,
        open: &OpenCall,
        typist: &mut Typist,
    ) -> Result<Option<ToolResult>, Failure> {
        let OpenCall { call, invalid } = open;
        if let Some(invalid) = invalid {
            return Ok(Some(not_json(call, invalid)));
        }
        match self {
            Self::Command { command, limit } => {
                let outcome = command::run(command, call, *limit).await?;
                Ok(Some(result(call, outcome, *limit)))
            }
            Self::Person => {
                let prompt = format!("answer for {}> ", terminal::harmless(&call.name));
                let line = typist.answer(&prompt.replace('\n', " ")).await?;
                Ok(line.map(|line| success(call, &line)))
            }
            Self::Nobody => Ok(None),
        }
    }
}

/// The model sees what it wrote, as the call itself goes back without it.
fn not_json(call: &ToolCall, invalid: &InvalidInput) -> ToolResult {
    let InvalidInput { text, message } = invalid;
    let text = format!(
        "The tool was not run: its input was not valid JSON for an object ({message}). The input \
         was: {text}"
    );
    failure(call, text)
}

fn result(call: &ToolCall, outcome: Outcome, limit: Duration) -> ToolResult {
    match outcome {
        Outcome::Ended { status, stdout, stderr } if status.success() => {
            if !stderr.trim().is_empty() {
                terminal::note(stderr.trim_end());
            }
            success(call, &stdout)
        }
        Outcome::Ended { status, stdout, stderr } => {
            let said = [stdout.trim_end(), stderr.trim_end()];
            let said = said.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
            match said.join("\n") {
                said if said.is_empty() => failure(call, format!("The tool failed: {status}.")),
                said => failure(call, said),
            }
        }
        Outcome::TookTooLong => {
            let seconds = limit.as_secs();
            failure(call, format!("The tool took longer than {seconds} s and was ended."))
        }
        Outcome::SaidTooMuch => {
            failure(call, "The tool said more than 8 MiB and was ended.".to_owned())
        }
    }
}

/// An object goes as JSON, as the service takes no other there; anything else is text.
fn success(call: &ToolCall, said: &str) -> ToolResult {
    let said = said.trim_end();
    let object = Json::parse(said).ok().filter(|json| json.as_str().starts_with('{'));
    match object {
        Some(json) => {
            let content = vec![ToolResultContent::Json(json)];
            ToolResult { content, ..ToolResult::text(&call.id, "") }
        }
        None if said.trim().is_empty() => ToolResult::text(&call.id, NO_OUTPUT),
        None => ToolResult::text(&call.id, said),
    }
}

fn failure(call: &ToolCall, text: String) -> ToolResult {
    ToolResult { status: Some(ToolStatus::Error), ..ToolResult::text(&call.id, text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_results_in_json() {
        let call = ToolCall {
            id: "t1".to_owned(),
            name: "f".to_owned(),
            input: Json::parse("{}").unwrap(),
            server_kind: None,
        };
        let said = |text: &str| success(&call, text).content;
        assert_eq!(
            said("{\"n\": 1.50}\n"),
            [ToolResultContent::Json(Json::parse("{\"n\": 1.50}").unwrap())]
        );
        let text = |text: &str| [ToolResultContent::Text(text.to_owned())];
        for (given, result) in
            [("[1]", "[1]"), ("18 °C\n\n", "18 °C"), ("{a}", "{a}"), (" \n", NO_OUTPUT)]
        {
            assert_eq!(said(given), text(result));
        }
    }
}
