//! `converse demo`: the whole way at work, on this machine alone. Every stage checks what it shows.

mod show;
mod talk;

use crate::chat::ending;
use crate::failure::Failure;
use bedrock_converse_component::COMPONENT;
use bedrock_sim::{AuthKind, Credentials, Sim};
use converse_host::{
    ContentBlock, ErrorKind, Host, Json, Message, Provider, Reasoning, Request, StaticCredentials,
    StopReason, Timeouts, ToolCall, ToolResult, ToolSpec,
};
use show::Show;
use std::time::{Duration, Instant};
use talk::Told;

/// The example key of AWS's documentation.
const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const REGION: &str = "us-east-1";
const MODEL: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

/// Messages the local Bedrock sends before it waits to be seen.
const HELD_BACK_AFTER: u64 = 3;

pub(crate) async fn run() -> Result<(), Failure> {
    let mut show = Show::new();
    show.line("A conversation with a local Bedrock through the sandboxed plugin.")?;
    show.line("It needs no AWS account and no network.")?;

    let sim = start_bedrock(&mut show).await?;
    let provider = load_plugin(&mut show, &sim).await?;
    let mut demo = Demo { show, sim, provider, request: first_request()? };
    demo.text().await?;
    let (thoughts, call) = demo.tool_call().await?;
    demo.tool_result(&thoughts, &call).await?;
    demo.failure_on_purpose().await?;
    demo.look_back().await?;
    demo.farewell()?;
    demo.sim.shutdown().await;
    Ok(())
}

async fn start_bedrock(show: &mut Show) -> Result<Sim, Failure> {
    show.stage("A local Bedrock")?;
    let start = Instant::now();
    let sim = Sim::builder()
        .credentials(Credentials::new(KEY_ID, SECRET))
        .region(REGION)
        .start()
        .await
        .map_err(|error| Failure::Other(format!("the local Bedrock does not start: {error}")))?;
    show.line(&format!("listens on {} ({})", sim.url(), time(start.elapsed())))?;
    show.line("checks every signature with code of its own; no request leaves this machine")?;
    Ok(sim)
}

async fn load_plugin(show: &mut Show, sim: &Sim) -> Result<Provider, Failure> {
    show.stage("The plugin")?;
    let start = Instant::now();
    let provider = host(sim, SECRET)?.load(COMPONENT).await?;
    let (description, report) = (provider.description(), provider.load_report());
    let how = if report.cache_hit { "compiled before, read" } else { "compiled" };
    show.line(&format!(
        "{} {} ({}), contract {}",
        description.id,
        description.version,
        description.api,
        provider.contract()
    ))?;
    show.line(&format!(
        "a WebAssembly component of {} bytes; {how} in {}, ready after {}",
        report.bytes,
        time(report.compile),
        time(start.elapsed())
    ))?;
    show.line("sandboxed: it is given HTTP to the endpoint above, credentials, a clock, a cache and a log;")?;
    show.line("no files, no sockets, no environment, no standard streams")?;
    check(report.bytes == COMPONENT.len(), "the plugin that was loaded is not the embedded one")?;
    Ok(provider)
}

/// Nothing comes from the environment: the demo must work, and be harmless, whatever is set there.
fn host(sim: &Sim, secret: &str) -> Result<Host, Failure> {
    let mut timeouts = Timeouts::default();
    timeouts.response = Duration::from_secs(10);
    timeouts.idle = Duration::from_secs(10);
    let host = Host::builder()
        .vars(|_| None)
        .region(REGION)
        .endpoint_url(sim.url())
        .credentials(StaticCredentials::access_key(KEY_ID, secret, None))
        .timeouts(timeouts)
        .build()?;
    Ok(host)
}

fn first_request() -> Result<Request, Failure> {
    let schema = serde_json::json!({
        "type": "object",
        "properties": {"city": {"type": "string", "default": "Lisbon"}},
        "required": ["city"],
    });
    let weather = ToolSpec {
        name: "get_weather".to_owned(),
        description: Some("The weather in a city".to_owned()),
        input_schema: Json::from_value(&schema)
            .map_err(|error| Failure::Other(error.to_string()))?,
        strict: None,
    };
    Ok(Request::new(MODEL).system("Answer in one sentence.").tool(weather))
}

/// The tool of the conversation, which this program runs.
fn get_weather(call: &ToolCall) -> Option<String> {
    let input: serde_json::Value = call.input.read().ok()?;
    Some(format!("18 °C and a clear sky in {}", input["city"].as_str()?))
}

struct Demo {
    show: Show,
    sim: Sim,
    provider: Provider,
    /// Grows with the conversation.
    request: Request,
}

impl Demo {
    async fn text(&mut self) -> Result<(), Failure> {
        self.show.stage("First turn: text, as it is made")?;
        // It sends the rest only once the first words have been seen here.
        let faults = format!("gate={HELD_BACK_AFTER},frame-delay=25");
        let told =
            self.ask(Message::user("Hello Bedrock, I came through a plugin!"), &faults).await?;
        let summary = told.complete()?;
        self.show.line(&format!(
            "first event after {}, all after {}; {}",
            time(told.first_event),
            time(told.total),
            ending(summary)
        ))?;
        self.show
            .line("the local Bedrock held the rest back until the first words were on screen")?;
        check(
            told.text.contains("I came through a plugin!"),
            "the answer is not the one that was sent",
        )?;
        check(summary.stop_reason == StopReason::EndTurn, "the answer did not end by itself")?;
        check(told.sent_at_first_text <= HELD_BACK_AFTER, "the first words came late")?;
        self.keep(told)
    }

    async fn tool_call(&mut self) -> Result<(Reasoning, ToolCall), Failure> {
        self.show.stage("Second turn: thoughts, then a tool call")?;
        let question = "Think: how is the weather in Lisbon? Use get_weather.";
        let told = self.ask(Message::user(question), "frame-delay=25").await?;
        let summary = told.complete()?;
        check(summary.stop_reason == StopReason::ToolUse, "the model did not stop for a tool")?;
        let thoughts = told.blocks().find_map(|block| match block {
            ContentBlock::Reasoning(thoughts) => Some(thoughts.clone()),
            _ => None,
        });
        let call = told.blocks().find_map(|block| match block {
            ContentBlock::ToolCall(call) => Some(call.clone()),
            _ => None,
        });
        let (Some(thoughts), Some(call)) = (thoughts, call) else {
            return Err(Failure::Other("the answer lacks thoughts or a tool call".to_owned()));
        };
        check(thoughts.signature.is_some(), "the thoughts are not signed")?;
        self.show.line(&format!("calls {} {}", call.name, call.input))?;
        self.show.line(&ending(summary))?;
        self.keep(told)?;
        Ok((thoughts, call))
    }

    async fn tool_result(&mut self, thoughts: &Reasoning, call: &ToolCall) -> Result<(), Failure> {
        self.show.stage("Third turn: the tool's result")?;
        let Some(result) = get_weather(call) else {
            return Err(Failure::Other(format!("the tool cannot be run with {}", call.input)));
        };
        self.show.line(&format!("this program runs {}: {result}", call.name))?;
        let message = Message::user(ToolResult::text(&call.id, &result));
        let told = self.ask(message, "frame-delay=25").await?;
        let summary = told.complete()?;
        self.show.line(&ending(summary))?;
        check(told.text.contains(&result), "the answer does not use the tool's result")?;
        let sent = self.sim.last_request().map(|request| request.json()).unwrap_or_default();
        let signature =
            &sent["messages"][3]["content"][0]["reasoningContent"]["reasoningText"]["signature"];
        check(
            signature.as_str() == thoughts.signature.as_deref(),
            "the thoughts did not go back with their signature",
        )?;
        self.show.line("the thoughts went back unchanged, with their signature")?;
        self.keep(told)
    }

    async fn failure_on_purpose(&mut self) -> Result<(), Failure> {
        self.show.stage("A failure on purpose, in the midst of an answer")?;
        let question = "And tomorrow? sim:exception=throttlingException,after=3,frame-delay=25";
        let told = self.ask(Message::user(question), "").await?;
        let Err(error) = &told.outcome else {
            return Err(Failure::Other("the failure on purpose went unnoticed".to_owned()));
        };
        self.show.line(&format!("error: {}: {}", error.kind(), error.message()))?;
        self.show.line(&format!("request {}", error.request_id().unwrap_or("without id")))?;
        check(error.kind() == ErrorKind::Throttled, "the error is of another kind")?;
        check(error.request_id().is_some(), "the error has no request id")?;
        check(!told.text.is_empty(), "the text before the error is lost")?;
        self.show.line("the text so far stays, a real error follows, nothing is made up")
    }

    async fn look_back(&mut self) -> Result<(), Failure> {
        self.show.stage("What the local Bedrock saw")?;
        let seen = self.sim.requests();
        let mut lines: Vec<_> =
            seen.iter().map(|request| format!("{} {}", request.method, request.path)).collect();
        lines.dedup();
        lines.iter().try_for_each(|line| self.show.line(line))?;
        let signed = seen.iter().all(|request| request.auth == AuthKind::SigV4);
        check(signed, "a request was not signed")?;
        let connections = self.sim.stats().connections;
        let plural = if connections == 1 { "" } else { "s" };
        self.show.line(&format!(
            "{} requests on {connections} connection{plural}, each with a SigV4 signature that is right",
            seen.len()
        ))?;
        check(seen.len() == 4, "there were not as many requests as questions")?;
        // Not always one: a question may be faster than the pool gets the connection back.
        check(connections < 4, "connections were not kept alive")?;

        let forger = host(&self.sim, "not-the-secret")?.load(COMPONENT).await?;
        match forger.start(Request::new(MODEL).user("Hello")).await {
            Err(error) if error.kind() == ErrorKind::Auth => {
                let code = error.code().unwrap_or("no code");
                self.show.line(&format!(
                    "signed with another secret it refuses: {} ({code})",
                    error.kind()
                ))
            }
            Err(error) => Err(error.into()),
            Ok(_) => Err(Failure::Other("a wrong signature was accepted".to_owned())),
        }
    }

    fn farewell(&mut self) -> Result<(), Failure> {
        self.show.end("All of it did what it should. Next:")?;
        self.show
            .line("converse sim --listen :9000          a local Bedrock for your own tests")?;
        self.show.line("converse chat \"Hello\"                the real one, with credentials in the environment")?;
        self.show.line("converse chat --help                 which ones, and what else")
    }

    /// Asks, showing the answer as it comes.
    async fn ask(&mut self, message: Message, faults: &str) -> Result<Told, Failure> {
        let faults = faults.parse().map_err(|error| Failure::Other(format!("{error}")))?;
        self.sim.push_fault(faults);
        self.request.messages.push(message.clone());
        talk::ask(&self.provider, self.request.clone(), &self.sim, &mut self.show, &message).await
    }

    fn keep(&mut self, told: Told) -> Result<(), Failure> {
        let Some(turn) = told.answer.into_message() else {
            return Err(Failure::Other("the answer is empty".to_owned()));
        };
        self.request.messages.push(turn);
        Ok(())
    }
}

fn check(holds: bool, otherwise: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure::Other(otherwise.to_owned())) }
}

fn time(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}
