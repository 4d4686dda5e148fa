//! Application inference profiles, whose ids do not say what model they lead to.

use crate::support::{access_key, host, load, provider, run};
use bedrock_sim::Sim;
use converse_host::{CacheRetention, Caching, Request};
use std::time::Duration;

const CLAUDE: &str =
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefgh1234";
const NOVA: &str =
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefgh5678";

fn cached(model: &str) -> Request {
    let mut request = Request::new(model).system("Be brief.").user("hi");
    request.caching = Some(Caching { retention: CacheRetention::Long, force: false });
    request
}

fn lookups(sim: &Sim) -> usize {
    sim.requests().iter().filter(|request| request.path.starts_with("/inference-profiles/")).count()
}

#[tokio::test]
async fn model_behind_a_profile_is_looked_up_once() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    for (model, ttl) in [(CLAUDE, Some("1h")), (CLAUDE, Some("1h")), (NOVA, None)] {
        let outcome = run(&provider, cached(model)).await;
        assert!(outcome.end.is_ok(), "{outcome:?}");
        let sent = sim.last_request().unwrap().json();
        let point = &sent["messages"][0]["content"][1]["cachePoint"];
        assert_eq!(point["type"], "default");
        assert_eq!(point["ttl"].as_str(), ttl, "{model}");
        assert!(sim.last_request().unwrap().path.contains("application-inference-profile%2F"));
    }
    assert_eq!(lookups(&sim), 2);
}

#[tokio::test]
async fn profile_is_not_looked_up_when_it_does_not_matter() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let mut plain = Request::new(CLAUDE).user("hi");
    plain.inference.max_tokens = Some(100);
    assert!(run(&provider, plain).await.end.is_ok());
    assert!(run(&provider, cached("us.amazon.nova-lite-v1:0")).await.end.is_ok());
    assert_eq!(lookups(&sim), 0);
}

/// What is done for Claude is done for a profile that leads to it.
#[tokio::test]
async fn profile_is_treated_as_its_model() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    assert!(run(&provider, Request::new(CLAUDE).user("hi")).await.end.is_ok());
    assert_eq!(sim.last_request().unwrap().json()["inferenceConfig"]["maxTokens"], 64_000);
    let counted = provider.count_tokens(Request::new(CLAUDE).user("hi")).await.unwrap();
    assert!(counted > 0);
    let path = sim.last_request().unwrap().path;
    assert_eq!(path, "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens");
    assert_eq!(lookups(&sim), 1);
}

#[tokio::test]
async fn who_may_not_look_asks_once() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    sim.push_fault("status=403".parse().unwrap());
    for _ in 0..3 {
        assert!(run(&provider, cached(CLAUDE)).await.end.is_ok());
        assert!(!sim.last_request().unwrap().json().to_string().contains("cachePoint"));
    }
    assert_eq!(lookups(&sim), 1);
}

#[tokio::test]
async fn profile_that_cannot_be_looked_at_is_a_model_not_known() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    sim.push_fault("status=404".parse().unwrap());
    let outcome = run(&provider, cached(CLAUDE)).await;
    assert!(outcome.end.is_ok(), "{outcome:?}");
    assert!(!sim.last_request().unwrap().json().to_string().contains("cachePoint"));
    // The failure was not kept.
    assert!(run(&provider, cached(CLAUDE)).await.end.is_ok());
    assert!(sim.last_request().unwrap().json().to_string().contains("cachePoint"));
    assert_eq!(lookups(&sim), 2);
}

/// What was known of a profile serves on when it is old and the service does not answer.
#[tokio::test]
async fn what_was_known_of_a_profile_outlives_its_time() {
    let sim = Sim::start().await.unwrap();
    let host = host().endpoint_url(sim.url()).credentials(access_key());
    let provider = load(host.discovery_ttl(Duration::ZERO)).await;
    assert!(run(&provider, cached(CLAUDE)).await.end.is_ok());
    sim.push_fault("status=403".parse().unwrap());
    assert!(run(&provider, cached(CLAUDE)).await.end.is_ok());
    assert!(sim.last_request().unwrap().json().to_string().contains("cachePoint"));
    assert_eq!(lookups(&sim), 2);
}
