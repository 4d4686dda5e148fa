//! Answers in one piece and token counts, by the plugin itself.

use crate::support::{MODEL, PATIENCE, ask, provider};
use bedrock_sim::Sim;
use converse_host::{ContentBlock, Error, ErrorKind, Provider, Request, Response, StopReason};

async fn complete(provider: &Provider, prompt: &str) -> Result<Response, Error> {
    let completed = provider.complete(Request::new(MODEL).user(prompt));
    tokio::time::timeout(PATIENCE, completed).await.expect("no answer came")
}

#[tokio::test]
#[ignore = "the plugin does not export `non-streaming` yet"]
async fn whole_answer_says_what_a_streamed_one_does() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let streamed = ask(&provider, "hi").await;
    let whole = complete(&provider, "hi").await.unwrap();
    assert_eq!(whole.content, [ContentBlock::from(streamed.text())]);
    assert_eq!(whole.summary.stop_reason, StopReason::EndTurn);
    assert_eq!(whole.summary.usage, streamed.summary().usage);
    assert_eq!(whole.summary.cost, streamed.summary().cost);
    assert!(whole.summary.cost.is_some() && whole.summary.request_id.is_some());
    assert!(sim.last_request().unwrap().path.ends_with("/converse"));
}

#[tokio::test]
#[ignore = "the plugin does not export `non-streaming` yet"]
async fn connection_is_kept_after_a_whole_answer() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    for _ in 0..3 {
        complete(&provider, "hi").await.unwrap();
        // The rest of the body, if any, is read a moment after the answer's end.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!((sim.stats().requests, sim.stats().connections), (3, 1));
}

#[tokio::test]
#[ignore = "the plugin does not export `non-streaming` yet"]
async fn refusal_has_the_kind_it_has_elsewhere() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    sim.set_faults("status=413".parse().unwrap());
    let error = complete(&provider, "hi").await.unwrap_err();
    assert_eq!(error.status(), Some(413));
    assert_eq!(error.kind(), ask(&provider, "hi").await.error().kind());
}

#[tokio::test]
#[ignore = "the plugin does not export `token-counter` yet"]
async fn longer_request_has_more_tokens() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let count = |text: &str| provider.count_tokens(Request::new(MODEL).user(text));
    let (short, long) = (count("hi").await.unwrap(), count(&"hi ".repeat(500)).await.unwrap());
    assert!(0 < short && short < long, "{short} {long}");
    let error = provider.count_tokens(Request::new("")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}
