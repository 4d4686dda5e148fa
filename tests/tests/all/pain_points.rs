//! What breaks for others: the failures that users of gateways in front of Bedrock report most, each
//! shown not to happen here. The local Bedrock is as strict as it can be, so that what is mended would
//! be refused.

use crate::support::{MODEL, Outcome, access_key, host, load, provider, run};
use bedrock_sim::{Builder, Script, Sim};
use converse_host::{
    BlockKind, CachePoint, ContentBlock, Delta, Document, DocumentSource, ErrorKind as K, Event,
    Guardrail, Json, Message, Provider, Request, Role, StopReason, Tool, ToolCall, ToolChoice,
    ToolResult, ToolResultContent, ToolSpec,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const OPUS: &str = "us.anthropic.claude-opus-4-7";

async fn strict() -> (Sim, Provider) {
    let sim = Sim::builder().strict(true).start().await.unwrap();
    let provider = provider(&sim).await;
    (sim, provider)
}

/// Asks a strict Bedrock, which must accept. Gives what reached it.
#[track_caller]
fn accepted(request: Request) -> impl Future<Output = (serde_json::Value, Outcome)> {
    let place = std::panic::Location::caller();
    async move {
        let (sim, provider) = strict().await;
        let outcome = run(&provider, request).await;
        assert!(outcome.end.is_ok(), "{place}: {outcome:?}");
        (sim.last_request().unwrap().json(), outcome)
    }
}

/// Replays a stream.
async fn told(script: Script) -> Outcome {
    let sim = Sim::builder().unauthenticated().replay(script.encode()).start().await.unwrap();
    run(&provider(&sim).await, Request::new(MODEL).user("hi")).await
}

fn tool(name: &str) -> ToolSpec {
    let input_schema = Json::parse(r#"{"type":"object"}"#).unwrap();
    ToolSpec { name: name.to_owned(), description: None, input_schema, strict: None }
}

fn call(id: &str, name: &str, input: &str) -> ToolCall {
    let input = Json::parse(input).unwrap();
    ToolCall { id: id.to_owned(), name: name.to_owned(), input, server_kind: None }
}

/// Two calls, and what stands behind them.
fn after_two_calls(model: &str) -> Request {
    Request::new(model).user("a").message(
        Message::assistant(call("t1", "f", r#"{"x":1}"#)).and(call("t2", "g", r#"{"x":2}"#)),
    )
}

fn offering(mut request: Request) -> Request {
    request.tools = vec![Tool::Function(tool("f")), Tool::Function(tool("g"))];
    request
}

#[tokio::test]
async fn p01_failure_within_a_stream_is_a_failure() {
    let sim = Sim::start().await.unwrap();
    for name in ["throttlingException", "modelStreamErrorException", "error"] {
        sim.set_faults(format!("exception={name},after=5").parse().unwrap());
        let outcome = run(&provider(&sim).await, Request::new(MODEL).user("hi")).await;
        assert!(outcome.end.is_err() && !outcome.events.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn p02_history_of_tools_without_tools() {
    let request = after_two_calls(CLAUDE)
        .message(Message::user(ToolResult::text("t1", "r1")).and(ToolResult::text("t2", "r2")));
    let (sent, _) = accepted(request).await;
    assert!(sent.get("toolConfig").is_none());
    assert!(sent.to_string().contains("r2"), "the results were lost");
}

#[tokio::test]
async fn p03_blank_text() {
    let request = Request::new(CLAUDE)
        .system(" ")
        .message(Message::user("").and("a"))
        .message(Message::assistant("\n"))
        .user("b");
    accepted(request).await;
    accepted(Request::new(CLAUDE).user("   ")).await;
}

#[tokio::test]
async fn p04_results_of_parallel_calls_are_one_turn() {
    let request = offering(after_two_calls(CLAUDE))
        .message(Message::user(ToolResult::text("t1", "r1")))
        .message(Message::user(ToolResult::text("t2", "r2")));
    let (sent, _) = accepted(request).await;
    assert_eq!(sent["messages"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn p05_results_stand_in_the_order_of_the_calls_and_none_is_missing() {
    let request = offering(after_two_calls(CLAUDE))
        .message(Message::user("first a word").and(ToolResult::text("t2", "r2")))
        .message(Message::user(ToolResult::text("t1", "r1")));
    let (sent, _) = accepted(request).await;
    let ids: Vec<&serde_json::Value> = sent["messages"][2]["content"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|block| block["toolResult"].get("toolUseId"))
        .collect();
    assert_eq!(ids, ["t1", "t2"]);
    accepted(offering(after_two_calls(CLAUDE))).await;
    let asked_again = offering(after_two_calls(CLAUDE)).user("never mind");
    accepted(asked_again).await;
}

#[tokio::test]
async fn p06_every_one_of_concurrent_calls_is_kept() {
    let (_, outcome) = accepted(offering(Request::new(CLAUDE).user("call all the tools"))).await;
    let names: Vec<String> =
        outcome.blocks().into_values().filter_map(|block| Some(block.tool?.1)).collect();
    assert_eq!(names, ["f", "g"]);
}

/// What an answer said, as the turn that goes back.
fn turn(outcome: &Outcome) -> Message {
    let mut blocks = BTreeMap::<u32, ContentBlock>::new();
    for event in &outcome.events {
        let Event::BlockDelta { index, delta } = event else { continue };
        let thoughts = |text: &str, signature: Option<String>| {
            let text = text.to_owned();
            ContentBlock::Reasoning(converse_host::Reasoning { text, signature })
        };
        match (blocks.get_mut(index), delta) {
            (Some(ContentBlock::Text(said)), Delta::Text(more)) => said.push_str(more),
            (Some(ContentBlock::Reasoning(r)), Delta::ReasoningText(more)) => r.text.push_str(more),
            (Some(ContentBlock::Reasoning(r)), Delta::ReasoningSignature(signature)) => {
                r.signature.get_or_insert_default().push_str(signature);
            }
            (Some(ContentBlock::RedactedReasoning(all)), Delta::RedactedReasoning(more)) => {
                all.extend(more);
            }
            (None, Delta::Text(text)) => {
                blocks.insert(*index, ContentBlock::Text(text.clone()));
            }
            (None, Delta::ReasoningText(text)) => {
                blocks.insert(*index, thoughts(text, None));
            }
            (None, Delta::RedactedReasoning(bytes)) => {
                blocks.insert(*index, ContentBlock::RedactedReasoning(bytes.clone()));
            }
            other => panic!("{other:?}"),
        }
    }
    Message { role: Role::Assistant, content: blocks.into_values().collect() }
}

/// The sim signs what its Claude thinks, and takes back nothing it has not signed.
#[tokio::test]
async fn p07_signed_thoughts_go_back_unchanged() {
    let (_sim, provider) = strict().await;
    let first = run(&provider, Request::new(CLAUDE).user("think: Grüße\u{1F600}?")).await;
    let thoughts = turn(&first);
    assert!(
        matches!(&thoughts.content[0], ContentBlock::Reasoning(r) if r.signature.is_some()),
        "{thoughts:?}"
    );
    let next = Request::new(CLAUDE).user("think: Grüße\u{1F600}?").message(thoughts).user("go on");
    let outcome = run(&provider, next).await;
    assert!(outcome.end.is_ok(), "{outcome:?}");
}

#[tokio::test]
async fn p08_redacted_thoughts_go_back_unchanged() {
    let (_sim, provider) = strict().await;
    let first = run(&provider, Request::new(CLAUDE).user("redacted please")).await;
    let said = turn(&first);
    assert!(
        said.content.iter().any(|block| matches!(block, ContentBlock::RedactedReasoning(_))),
        "{said:?}"
    );
    let next = Request::new(CLAUDE).user("redacted please").message(said).user("go on");
    let outcome = run(&provider, next).await;
    assert!(outcome.end.is_ok(), "{outcome:?}");
}

#[tokio::test]
async fn p09_model_that_wants_a_profile_says_so() {
    let (_sim, provider) = strict().await;
    let id = "anthropic.claude-sonnet-4-5-20250929-v1:0";
    let outcome = run(&provider, Request::new(id).user("hi")).await;
    assert_eq!(outcome.error().kind(), K::InvalidRequest);
    assert!(outcome.error().message().contains("inference profile"), "{}", outcome.error());
}

#[tokio::test]
async fn p10_arns_are_encoded_and_signed_as_bedrock_does() {
    let (sim, provider) = strict().await;
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefgh1234";
    assert!(run(&provider, Request::new(arn).user("hi")).await.end.is_ok());
    let path = sim.last_request().unwrap().path;
    assert!(path.contains("%3A123456789012%3Aapplication-inference-profile%2Fabcdefgh1234/"));
}

fn cached(model: &str, ttls: [Option<&str>; 5]) -> Request {
    let point = |ttl: Option<&str>| CachePoint { ttl: ttl.map(str::to_owned) };
    let mut request = offering(Request::new(model).system("s"));
    request.tools.push(Tool::CachePoint(point(ttls[0])));
    request.system.push(converse_host::SystemBlock::CachePoint(point(ttls[1])));
    for (i, ttl) in ttls[2..].iter().enumerate() {
        if i > 0 {
            request = request.message(Message::assistant("b"));
        }
        request = request.message(Message::user("a").and(ContentBlock::CachePoint(point(*ttl))));
    }
    request
}

#[tokio::test]
async fn p11_cache_points_never_outlive_those_before_them() {
    accepted(cached(CLAUDE, [None, Some("1h"), Some("5m"), Some("1h"), Some("1h")])).await;
}

#[tokio::test]
async fn p12_cache_points_only_where_they_are_taken_and_no_more_than_that() {
    for model in [CLAUDE, MODEL, "us.meta.llama3-1-8b-instruct-v1:0"] {
        accepted(cached(model, [None; 5])).await;
    }
}

#[tokio::test]
async fn p13_usage_tells_what_caches_took_and_gave() {
    let (_sim, provider) = strict().await;
    let mut request = Request::new(CLAUDE).system("A long story.").user("hi");
    request.caching = Some(converse_host::Caching {
        retention: converse_host::CacheRetention::Long,
        force: false,
    });
    let written = run(&provider, request.clone()).await.summary().usage.clone().unwrap();
    assert!(written.cache_write_tokens.unwrap() > 0, "{written:?}");
    assert_eq!(written.cache_write_details[0].ttl, "1h");
    let read = run(&provider, request).await.summary().usage.clone().unwrap();
    assert_eq!(read.cache_read_tokens, written.cache_write_tokens);
    assert_eq!(read.cache_write_tokens.unwrap_or_default(), 0);
}

/// Numbers that look wrong are the service's: they are passed on as they are, and cost is by them.
#[tokio::test]
async fn p14_numbers_are_the_services() {
    let outcome = told(Script::assistant().text(["a"]).stop("end_turn").usage(7, 3)).await;
    let usage = outcome.summary().usage.clone().unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (7, 3, 10));
}

#[tokio::test]
async fn p15_throttling_is_neither_a_crash_nor_too_long_a_conversation() {
    let (sim, provider) = strict().await;
    let message = "message=Too%20many%20tokens%2C%20please%20wait%20before%20trying%20again.";
    sim.set_faults(format!("status=429,{message}").parse().unwrap());
    let outcome = run(&provider, Request::new(MODEL).user("hi")).await;
    assert_eq!(outcome.error().kind(), K::Throttled);
    let message = "message=Input%20is%20too%20long%20for%20requested%20model.";
    sim.set_faults(format!("status=400,{message}").parse().unwrap());
    let outcome = run(&provider, Request::new(MODEL).user("hi")).await;
    assert_eq!(outcome.error().kind(), K::ContextLength);
}

#[tokio::test]
async fn p16_bearer_token_is_all_that_is_looked_at() {
    let sim = Sim::start().await.unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let provider = load(host().endpoint_url(sim.url()).vars(move |name| {
        log.lock().unwrap().push(name.to_owned());
        (name == "AWS_BEARER_TOKEN_BEDROCK").then(|| Builder::BEARER_TOKEN.to_owned())
    }))
    .await;
    assert!(run(&provider, Request::new(MODEL).user("hi")).await.end.is_ok());
    let asked = asked.lock().unwrap();
    assert!(!asked.iter().any(|name| name.contains("ACCESS_KEY")), "{asked:?}");
}

// 17, credentials that expire while the program runs, is `retries::expired_credentials_are_renewed_once`.

#[tokio::test]
async fn p18_events_come_when_they_are_sent() {
    let sim = Sim::start().await.unwrap();
    let provider = load(host().endpoint_url(sim.url()).credentials(access_key())).await;
    let request = Request::new(MODEL).user("hi sim:gate=3");
    let mut completion = provider.start(request).await.unwrap();
    let mut text = String::new();
    while text.is_empty() {
        // The service has sent three messages and waits.
        if let Some(Ok(Event::BlockDelta { delta: Delta::Text(more), .. })) =
            crate::support::next(&mut completion).await
        {
            text = more;
        }
    }
    sim.release();
    let rest = crate::support::collect(completion).await;
    assert!(rest.end.is_ok());
}

#[tokio::test]
async fn p19_names_of_tools_that_bedrock_refuses() {
    let long = "x".repeat(70);
    let mut request = Request::new(CLAUDE).user("call all the tools");
    for name in ["mcp.files/read", "mcp_files_read", long.as_str()] {
        request = request.tool(tool(name));
    }
    let (_, outcome) = accepted(request).await;
    let names: Vec<String> =
        outcome.blocks().into_values().filter_map(|block| Some(block.tool?.1)).collect();
    assert_eq!(names, ["mcp.files/read", "mcp_files_read", &long]);
}

#[tokio::test]
async fn p20_calls_without_input_and_results_without_content() {
    for input in ["null", "\"\"", "[]", r#"{"":1}"#] {
        let request = offering(
            Request::new(CLAUDE)
                .user("a")
                .message(Message::assistant(call("t1", "f", input)))
                .message(Message::user(ToolResult {
                    id: "t1".to_owned(),
                    content: vec![ToolResultContent::Text(String::new())],
                    status: None,
                    server_kind: None,
                })),
        );
        accepted(request).await;
    }
    let outcome =
        told(Script::assistant().tool_use("t1", "f", [""]).stop("tool_use").usage(1, 1)).await;
    assert!(
        outcome
            .events
            .iter()
            .all(|event| !matches!(event, Event::BlockStop { invalid_input: Some(_), .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn p21_names_of_documents_that_bedrock_refuses() {
    let document = |name: &str| {
        ContentBlock::Document(Document {
            name: name.to_owned(),
            format: Some("pdf".to_owned()),
            source: DocumentSource::Bytes(vec![1]),
            context: None,
            citations: false,
        })
    };
    let names = ["Q3.final  v2.pdf", "Q3.final  v2.pdf", "報\u{3000}告", "", &"n".repeat(300)];
    let turn = names
        .iter()
        .fold(Message { role: Role::User, content: vec![] }, |turn, name| turn.and(document(name)));
    accepted(Request::new(CLAUDE).message(turn)).await;
}

#[tokio::test]
async fn p22_temperature_beside_top_p() {
    for model in [CLAUDE, OPUS, MODEL] {
        let mut request = Request::new(model).user("hi");
        request.inference.temperature = Some(0.5);
        request.inference.top_p = Some(0.9);
        accepted(request).await;
    }
}

#[tokio::test]
async fn p23_first_and_last_turn() {
    accepted(Request::new(CLAUDE).message(Message::assistant("Welcome!")).user("hi")).await;
    let prefilled =
        |model: &str| Request::new(model).user("hi").message(Message::assistant("My answer is: "));
    accepted(prefilled(CLAUDE)).await;
    // A model that does not go on from there: that is said before anything is sent.
    let (sim, provider) = strict().await;
    let outcome = run(&provider, prefilled(OPUS)).await;
    assert_eq!(outcome.error().kind(), K::InvalidRequest);
    assert!(outcome.error().message().starts_with("messages[1]: "), "{}", outcome.error());
    assert_eq!(sim.stats().requests, 0);
}

#[tokio::test]
async fn p24_guardrails_tell_that_they_stepped_in_and_why() {
    let mut request = Request::new(MODEL).user("something blocked");
    request.guardrail = Some(Guardrail {
        identifier: "abc123".to_owned(),
        version: "1".to_owned(),
        trace: Some("enabled".to_owned()),
        stream_processing_mode: Some("sync".to_owned()),
    });
    let (sent, outcome) = accepted(request).await;
    assert_eq!(sent["guardrailConfig"]["streamProcessingMode"], "sync");
    assert_eq!(outcome.summary().stop_reason, StopReason::GuardrailIntervened);
    assert!(outcome.summary().guardrail_trace.is_some());
}

#[tokio::test]
async fn p25_every_reason_to_stop_is_told() {
    for (name, reason) in [
        ("max_tokens", StopReason::MaxTokens),
        ("model_context_window_exceeded", StopReason::ContextWindowExceeded),
        ("malformed_tool_use", StopReason::MalformedToolUse),
        ("malformed_model_output", StopReason::MalformedModelOutput),
        ("refusal", StopReason::Other("refusal".to_owned())),
    ] {
        let outcome = told(Script::assistant().text(["a"]).stop(name).usage(1, 1)).await;
        assert_eq!(outcome.summary().stop_reason, reason);
    }
}

/// Choosing no tool is not the same as choosing any.
#[tokio::test]
async fn choice_of_no_tool() {
    let mut request = offering(Request::new(CLAUDE).user("call the tool f"));
    request.tool_choice = Some(ToolChoice::None);
    let (_, outcome) = accepted(request).await;
    assert_eq!(outcome.summary().stop_reason, StopReason::EndTurn);
}

/// Tools that the service runs are no calls for the client to answer.
#[tokio::test]
async fn tools_of_the_service_are_told_apart() {
    let mut request = Request::new("us.amazon.nova-2-lite-v1:0").user("search for bees");
    request.tools.push(Tool::System("nova_grounding".to_owned()));
    let (_, outcome) = accepted(request).await;
    let calls: Vec<&Option<String>> = outcome
        .events
        .iter()
        .filter_map(|event| match event {
            Event::BlockStart { kind: BlockKind::ToolCall { server_kind, .. }, .. } => {
                Some(server_kind)
            }
            _ => None,
        })
        .collect();
    assert!(!calls.is_empty() && calls.iter().all(|kind| kind.is_some()), "{outcome:?}");
    let cited = outcome
        .events
        .iter()
        .any(|event| matches!(event, Event::BlockDelta { delta: Delta::Citation(_), .. }));
    assert!(cited, "{outcome:?}");
}
