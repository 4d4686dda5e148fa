//! `converse chat` on the command line.

use super::heading;
use clap::ValueEnum;
use clap::builder::NonEmptyStringValueParser;
use std::path::PathBuf;

/// Model when neither `--model` nor `CONVERSE_MODEL` names one.
pub(crate) const DEFAULT_MODEL: &str = "us.amazon.nova-lite-v1:0";

pub(super) const HELP: &str = concat!(
    heading!("Examples:"),
    "  converse chat \"Why is the sky blue?\"
  git diff | converse chat \"Write a commit message for this\"
  converse chat --model us.anthropic.claude-haiku-4-5-20251001-v1:0 --system \"Be brief\" Hello
  converse chat --image plan.png \"What does this show?\"
  converse chat --document report.pdf --cite \"What is new?\"
  converse chat --tools tools.json --tool-command ./run-tool \"How is the weather in Oslo?\"
  converse chat --request request.json --no-stream
  converse chat --json Hello | jq .

",
    heading!("How tools are run:"),
    "  FILE of --tools is a list: [{\"name\": \"get_weather\", \"description\": \"The weather in a city\",
    \"input_schema\": {\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}}}}]
  CMD of --tool-command is run by the shell for each call. It reads the input as JSON, and what it
  writes is the result; a code other than 0 tells the model of a failure. Its environment has
  CONVERSE_TOOL_NAME and CONVERSE_TOOL_ID. Without it you are asked, where there is a terminal.

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

#[derive(clap::Args)]
pub(crate) struct Chat {
    /// What to ask; piped standard input is added below it
    pub(crate) prompt: Option<String>,

    #[command(flatten)]
    pub(crate) asked: Asked,
    #[command(flatten)]
    pub(crate) attached: Attached,
    #[command(flatten)]
    pub(crate) tools: Tools,
    #[command(flatten)]
    pub(crate) service: Service,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// What the model is asked for, and how.
#[derive(clap::Args, Default)]
#[command(next_help_heading = "What is asked")]
pub(crate) struct Asked {
    /// Request to start from, as JSON; `-` is standard input. Options go before what it says, and
    /// the prompt is added to its messages
    #[arg(long, value_name = "FILE")]
    pub(crate) request: Option<PathBuf>,

    /// Model id, inference profile or ARN [default: CONVERSE_MODEL, else us.amazon.nova-lite-v1:0]
    #[arg(short, long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) model: Option<String>,

    /// System prompt
    #[arg(short, long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) system: Option<String>,

    /// Most tokens of the answer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_tokens: Option<u32>,

    /// Randomness, 0 to 1
    #[arg(long, value_name = "X", value_parser = from_0_to_1, allow_negative_numbers = true)]
    pub(crate) temperature: Option<f64>,

    /// Share of likely tokens to choose from, 0 to 1
    #[arg(long, value_name = "X", value_parser = from_0_to_1, allow_negative_numbers = true)]
    pub(crate) top_p: Option<f64>,

    /// Text that ends the answer; may be given again
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) stop: Vec<String>,

    /// How much the model thinks before it answers
    #[arg(long, value_name = "LEVEL")]
    pub(crate) thinking: Option<Thinking>,

    /// Most tokens spent on thinking
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) thinking_budget: Option<u32>,

    /// JSON schema that the answer must follow; the file's name is the schema's
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,

    /// Parameters of the model itself: a JSON object
    #[arg(long, value_name = "JSON")]
    pub(crate) additional_fields: Option<String>,
}

/// What goes along with the prompt.
#[derive(clap::Args)]
#[command(next_help_heading = "What is sent along")]
pub(crate) struct Attached {
    /// Image: png, jpeg, gif or webp; may be given again, as may those below
    #[arg(short, long = "image", value_name = "FILE")]
    pub(crate) images: Vec<PathBuf>,

    /// Document: pdf, csv, doc, docx, xls, xlsx, html, txt or md
    #[arg(short, long = "document", value_name = "FILE")]
    pub(crate) documents: Vec<PathBuf>,

    /// Have the answer cite the documents
    #[arg(long, requires = "documents")]
    pub(crate) cite: bool,

    /// Video: mkv, mov, mp4, webm, flv, mpeg, mpg, wmv or 3gp
    #[arg(long = "video", value_name = "FILE")]
    pub(crate) videos: Vec<PathBuf>,

    /// Sound: mp3, wav, flac, ogg, opus, aac, m4a and others
    #[arg(long = "audio", value_name = "FILE")]
    pub(crate) sounds: Vec<PathBuf>,
}

/// What the model may call.
#[derive(clap::Args)]
#[command(next_help_heading = "Tools")]
pub(crate) struct Tools {
    /// Tools to offer: a JSON list, see below
    #[arg(long, value_name = "FILE")]
    pub(crate) tools: Option<PathBuf>,

    /// `auto`, `any`, `none`, or the tool that the model must call first
    #[arg(long, value_name = "CHOICE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) tool_choice: Option<String>,

    /// Command that answers calls, see below
    #[arg(long, value_name = "CMD", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) tool_command: Option<String>,

    /// Time for each run of the command
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) tool_timeout: u64,

    /// Most answers to one question; each one that calls tools asks for another
    #[arg(long, value_name = "N", default_value = "25")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_turns: u32,
}

/// How the service treats the request.
#[derive(clap::Args)]
#[command(next_help_heading = "How it is served")]
pub(crate) struct Service {
    /// Have what is sent cached: `short` is 5 minutes, `long` an hour [default: short]
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "short")]
    pub(crate) cache: Option<Retention>,

    /// Guardrail to apply; its version is DRAFT if not given
    #[arg(long, value_name = "ID[:VERSION]", value_parser = guardrail)]
    pub(crate) guardrail: Option<String>,

    /// Show what the guardrail did
    #[arg(long)]
    pub(crate) guardrail_trace: bool,

    /// Service tier
    #[arg(long, value_name = "TIER")]
    pub(crate) service_tier: Option<Tier>,

    /// Latency mode
    #[arg(long, value_name = "MODE")]
    pub(crate) latency: Option<Latency>,

    /// What the service logs with the request; may be given again
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) metadata: Vec<(String, String)>,
}

/// What is shown, and how.
#[derive(clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Have the answer in one piece, rather than as it is made
    #[arg(long)]
    pub(crate) no_stream: bool,

    /// Print how many tokens the request has, and ask nothing
    #[arg(long, conflicts_with_all = ["no_stream", "usage", "save_images"])]
    pub(crate) count: bool,

    /// Print events as JSON, one a line; the last is of type `done` or `error`
    #[arg(long)]
    pub(crate) json: bool,

    /// Say how many tokens it took, also where there is no terminal
    #[arg(long)]
    pub(crate) usage: bool,

    /// Write images of the answer into a folder
    #[arg(long, value_name = "DIR")]
    pub(crate) save_images: Option<PathBuf>,
}

/// Through what it goes.
#[derive(clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
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

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Thinking {
    Off,
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Retention {
    Short,
    Long,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Tier {
    Priority,
    Default,
    Flex,
    Reserved,
}

impl Tier {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Priority => "priority",
            Self::Default => "default",
            Self::Flex => "flex",
            Self::Reserved => "reserved",
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Latency {
    Standard,
    Optimized,
}

impl Latency {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Optimized => "optimized",
        }
    }
}

fn from_0_to_1(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("a number from 0 to 1 is needed".to_owned()),
    }
}

/// Both halves are told apart later, as an ARN has colons of its own.
fn guardrail(text: &str) -> Result<String, String> {
    match text.trim() {
        id if id.is_empty() || id.starts_with(':') => Err("the guardrail's id is empty".to_owned()),
        id if id.ends_with(':') => Err("the guardrail's version is empty".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("KEY=VALUE is needed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_from_0_to_1() {
        assert_eq!(from_0_to_1("0.5"), Ok(0.5));
        for wrong in ["-0.1", "1.1", "nan", "inf", "warm", ""] {
            assert!(from_0_to_1(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_value_may_have_equals_signs() {
        assert_eq!(key_value("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(key_value("a").is_err() && key_value("=b").is_err());
    }
}
