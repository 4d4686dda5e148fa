//! What the plugin does besides streaming: whole answers, counts, costs.

use crate::support::{MODEL, provider, run};
use bedrock_sim::Sim;
use converse_host::{
    CitationLocation, ContentBlock, ErrorKind as K, ReasoningEffort, ReasoningOptions, Request,
    StopReason, Tool, ToolSpec,
};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn weather() -> ToolSpec {
    ToolSpec {
        name: "home.get_weather".to_owned(),
        description: None,
        input_schema: converse_host::Json::parse(
            r#"{"type":"object","properties":{"city":{"type":"string"}}}"#,
        )
        .unwrap(),
        strict: None,
    }
}

#[tokio::test]
async fn whole_answer_says_what_the_stream_says() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let request = || Request::new(MODEL).user("Tell me of bees");
    let streamed = run(&provider, request()).await;
    let whole = provider.complete(request()).await.unwrap();
    assert_eq!(whole.content, [ContentBlock::Text(streamed.text())]);
    assert_eq!(whole.summary.stop_reason, StopReason::EndTurn);
    assert_eq!(whole.summary.usage, streamed.summary().usage);
    assert_eq!(whole.summary.cost, streamed.summary().cost);
    assert!(whole.summary.cost.is_some() && whole.summary.request_id.is_some());
    assert!(sim.last_request().unwrap().path.ends_with("/converse"));
}

#[tokio::test]
async fn connection_is_kept_after_a_whole_answer() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    for _ in 0..3 {
        provider.complete(Request::new(MODEL).user("hi")).await.unwrap();
        // The rest of the body, if any, is read a moment after the answer's end.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!((sim.stats().requests, sim.stats().connections), (3, 1));
}

#[tokio::test]
async fn blocks_of_whole_answers_are_those_of_streams() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let whole =
        provider.complete(Request::new(MODEL).user("use the tool").tool(weather())).await.unwrap();
    let call = whole.content.iter().find_map(|block| match block {
        ContentBlock::ToolCall(call) => Some(call),
        _ => None,
    });
    // The name is the caller's, though Bedrock was sent another.
    let call = call.unwrap_or_else(|| panic!("{whole:?}"));
    assert_eq!((call.name.as_str(), &call.server_kind), ("home.get_weather", &None));
    assert_eq!(whole.summary.stop_reason, StopReason::ToolUse);

    let mut request = Request::new(MODEL).user("search for bees");
    request.tools.push(Tool::System("nova_grounding".to_owned()));
    let whole = provider.complete(request).await.unwrap();
    let shown = format!("{:?}", whole.content);
    assert!(shown.contains("server_tool_use") && shown.contains("nova_grounding"), "{shown}");
    let cited = whole.content.iter().any(|block| match block {
        ContentBlock::CitedText(cited) => cited
            .citations
            .iter()
            .any(|citation| matches!(citation.location, Some(CitationLocation::Web { .. }))),
        _ => false,
    });
    assert!(cited, "{shown}");
}

#[tokio::test]
async fn thoughts_are_counted_where_the_model_says_how_many() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let mut request = Request::new(CLAUDE).user("think about bees");
    let effort = Some(ReasoningEffort::Low);
    request.reasoning = Some(ReasoningOptions { effort, ..ReasoningOptions::default() });
    let streamed = run(&provider, request.clone()).await;
    let tokens = streamed.summary().usage.as_ref().unwrap().reasoning_tokens;
    assert!(tokens.is_some_and(|tokens| tokens > 0), "{streamed:?}");
    assert_eq!(streamed.summary().response_fields, None);
    let whole = provider.complete(request).await.unwrap();
    assert_eq!(whole.summary.usage.as_ref().unwrap().reasoning_tokens, tokens);
    // Signed thoughts come back in the next turn: the sim refuses all but its own.
    let next = Request::new(CLAUDE)
        .user("think about bees")
        .message(converse_host::Message {
            role: converse_host::Role::Assistant,
            content: whole.content,
        })
        .user("go on");
    assert!(run(&provider, next).await.end.is_ok());
}

#[tokio::test]
async fn tokens_are_counted_before_they_are_paid_for() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let request = || Request::new(MODEL).system("Be brief.").user("Tell me of bees");
    let counted = provider.count_tokens(request()).await.unwrap();
    // An inference profile is counted as its model.
    let path = sim.last_request().unwrap().path;
    assert_eq!(path, "/model/amazon.nova-lite-v1%3A0/count-tokens");
    let used = run(&provider, request()).await.summary().usage.clone().unwrap();
    assert_eq!(counted, used.input_tokens);
    let error = provider
        .count_tokens(Request::new("us.meta.llama3-1-8b-instruct-v1:0").user("hi"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), K::InvalidRequest);
}

#[tokio::test]
async fn cost_goes_by_the_models_price() {
    let sim = Sim::builder().any_model().start().await.unwrap();
    let provider = provider(&sim).await;
    let outcome = run(&provider, Request::new("amazon.nova-lite-v1:0").user("hi")).await;
    let (usage, cost) = (outcome.summary().usage.clone().unwrap(), outcome.summary().cost);
    let cost = cost.unwrap();
    // Nova Lite: $0.06 and $0.24 a million tokens.
    let expected = (usage.input_tokens as f64 * 0.06 + usage.output_tokens as f64 * 0.24) / 1e6;
    assert!((cost.total - expected).abs() < 1e-12, "{cost:?}");
    // A price that is not known is not made up.
    let outcome = run(&provider, Request::new("vendor.unheard-of").user("hi")).await;
    assert!(outcome.summary().cost.is_none());
}

#[tokio::test]
async fn failures_are_those_of_streams() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    sim.push_fault("status=400".parse().unwrap());
    let error = provider.complete(Request::new(MODEL).user("hi")).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (K::InvalidRequest, Some(400)));
    sim.push_fault("html".parse().unwrap());
    let error = provider.complete(Request::new(MODEL).user("hi")).await.unwrap_err();
    assert_eq!(error.kind(), K::Protocol, "{error:?}");
    sim.push_fault("status=503".parse().unwrap());
    assert!(provider.complete(Request::new(MODEL).user("hi")).await.is_ok());
}
