//! Answers as they come.

use crate::support::{MODEL, Outcome, PATIENCE, ask, collect, next, provider, replaying, run};
use bedrock_sim::{Faults, Script, Sim};
use converse_host::{
    ContentBlock, Delta, Event, Json, Message, Reasoning, Request, StopReason, ToolCall,
    ToolChoice, ToolResult, ToolSpec,
};

fn faults(spec: &str) -> Faults {
    spec.parse().unwrap()
}

#[tokio::test]
async fn each_event_is_there_before_the_next_frame_is_sent() {
    let sim = Sim::start().await.unwrap();
    sim.set_faults(faults("gate=1"));
    let provider = provider(&sim).await;
    let mut completion = provider.start(Request::new(MODEL).user("hi")).await.unwrap();
    assert!(matches!(next(&mut completion).await, Some(Ok(Event::MessageStart { .. }))));
    assert_eq!(sim.stats().frames_sent, 1);
    sim.release();
    assert_eq!(collect(completion).await.summary().stop_reason, StopReason::EndTurn);

    // The same for text, of which a block's start is made on the first delta.
    sim.set_faults(faults("gate=2"));
    let sent = sim.stats().frames_sent;
    let mut completion = provider.start(Request::new(MODEL).user("hi")).await.unwrap();
    assert!(matches!(next(&mut completion).await, Some(Ok(Event::MessageStart { .. }))));
    assert!(matches!(next(&mut completion).await, Some(Ok(Event::BlockStart { .. }))));
    let text = next(&mut completion).await;
    assert!(matches!(text, Some(Ok(Event::BlockDelta { delta: Delta::Text(_), .. }))), "{text:?}");
    assert_eq!(sim.stats().frames_sent - sent, 2);
}

#[tokio::test]
async fn text_and_summary_are_the_services() {
    let sim = Sim::start().await.unwrap();
    let outcome = ask(&provider(&sim).await, "hi").await;
    assert_eq!(outcome.text(), "Hello! You said: \"hi\".");
    let summary = outcome.summary();
    assert_eq!(summary.stop_reason, StopReason::EndTurn);
    let usage = summary.usage.as_ref().unwrap();
    assert!(usage.input_tokens > 0 && usage.output_tokens > 0);
    assert_eq!(usage.total_tokens, usage.input_tokens + usage.output_tokens);
    assert!(summary.request_id.is_some() && summary.latency_ms.is_some());
}

/// However the bytes are cut, the events are the same.
#[tokio::test]
async fn chunks_of_any_size() {
    let script = Script::assistant()
        .reasoning(["Hm, ", "yes."], Some("c2ln"))
        .redacted("AAEC")
        .text(["Grüße", " ", "😀"])
        .tool_use("t1", "f", ["{\"a\"", ":\"ü\"}"])
        .stop("tool_use")
        .usage(3, 5);
    let sim = replaying(script.encode()).await;
    let provider = provider(&sim).await;
    let whole = ask(&provider, "hi").await;
    assert_eq!(whole.summary().stop_reason, StopReason::ToolUse);
    assert_eq!(whole.blocks()[&0].signature, "c2ln");
    assert_eq!(whole.blocks()[&1].redacted, [0, 1, 2]);
    assert_eq!(whole.text(), "Grüße 😀");
    assert_eq!(whole.blocks()[&3].input, "{\"a\":\"ü\"}");
    for chunk in [1, 2, 3, 7, 11, 12, 13, 16, 100, 1000, 0] {
        sim.set_faults(faults(&format!("chunk={chunk}")));
        let outcome = ask(&provider, "hi").await;
        assert_eq!(outcome.events, whole.events, "chunks of {chunk}");
    }
}

fn weather() -> ToolSpec {
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    ToolSpec {
        name: "get_weather".to_owned(),
        description: Some("Weather of a city".to_owned()),
        input_schema: Json::parse(schema).unwrap(),
        strict: None,
    }
}

/// A turn of the model as it must go back.
fn turn(outcome: &Outcome) -> Message {
    let blocks = outcome.blocks().into_values().map(|block| match block.tool {
        Some((id, name)) => ContentBlock::ToolCall(ToolCall {
            id,
            name,
            input: Json::parse(block.input).unwrap(),
            server_kind: None,
        }),
        None if !block.reasoning.is_empty() => ContentBlock::Reasoning(Reasoning {
            text: block.reasoning,
            signature: Some(block.signature),
        }),
        None => ContentBlock::Text(block.text),
    });
    let mut blocks = blocks.collect::<Vec<_>>().into_iter();
    let first = Message::assistant(blocks.next().unwrap());
    blocks.fold(first, Message::and)
}

#[tokio::test]
async fn tool_is_called_and_its_result_comes_back() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let mut request = Request::new(MODEL).user("think, then use the tool").tool(weather());
    request.tool_choice = Some(ToolChoice::Any);

    let asked = run(&provider, request.clone()).await;
    assert_eq!(asked.summary().stop_reason, StopReason::ToolUse);
    let turn = turn(&asked);
    assert!(matches!(turn.content[0], ContentBlock::Reasoning(_)), "{turn:?}");
    let (id, name) = asked.blocks().into_values().find_map(|block| block.tool).unwrap();
    assert_eq!(name, "get_weather");

    request.tool_choice = None;
    let result = Message::user(ToolResult::text(id, "sunny"));
    let answered = run(&provider, request.message(turn).message(result)).await;
    assert_eq!(answered.summary().stop_reason, StopReason::EndTurn);
    assert!(answered.text().contains("sunny"), "{}", answered.text());
}

#[tokio::test]
async fn limits_of_the_request_hold() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let mut request = Request::new(MODEL).user("hi");
    request.inference.max_tokens = Some(2);
    assert_eq!(run(&provider, request).await.summary().stop_reason, StopReason::MaxTokens);

    let mut request = Request::new(MODEL).user("hi");
    request.inference.stop_sequences = vec!["You".to_owned()];
    let outcome = run(&provider, request).await;
    assert_eq!(outcome.summary().stop_reason, StopReason::StopSequence);
    assert!(!outcome.text().contains("said"), "{}", outcome.text());
}

#[tokio::test]
async fn many_at_once_do_not_mix() {
    let sim = Sim::start().await.unwrap();
    sim.set_faults(faults("frame-delay=1"));
    let provider = provider(&sim).await;
    let prompts: Vec<String> = (0..40).map(|i| format!("number {i}")).collect();
    let all = prompts.iter().map(|prompt| ask(&provider, prompt));
    let outcomes =
        tokio::time::timeout(PATIENCE * 3, futures::future::join_all(all)).await.unwrap();
    for (prompt, outcome) in prompts.iter().zip(outcomes) {
        assert!(outcome.text().contains(prompt.as_str()), "{prompt}: {}", outcome.text());
    }
}

#[tokio::test]
async fn answer_without_metadata_is_complete_and_its_tokens_unknown() {
    let sim = Sim::start().await.unwrap();
    sim.set_faults(faults("no-metadata"));
    let outcome = ask(&provider(&sim).await, "hi").await;
    assert_eq!(outcome.summary().stop_reason, StopReason::EndTurn);
    assert_eq!(outcome.summary().usage, None);
}
