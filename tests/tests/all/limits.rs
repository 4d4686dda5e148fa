//! Bounds on what a completion may use up.

use crate::support::{MODEL, PATIENCE, access_key, ask, host, load};
use bedrock_sim::Sim;
use converse_host::{ContentBlock, ErrorKind, Limits, Media, Message, Request};

#[tokio::test]
async fn one_completion_more_than_allowed_is_refused_and_room_comes_back() {
    let sim = Sim::start().await.unwrap();
    let mut limits = Limits::default();
    limits.completions = 2;
    let host = host().endpoint_url(sim.url()).credentials(access_key()).limits(limits);
    let provider = load(host).await;
    sim.set_faults("gate=2".parse().unwrap());
    let request = || Request::new(MODEL).user("hi");
    let first = provider.start(request()).await.unwrap();
    let _second = provider.start(request()).await.unwrap();
    let error = provider.start(request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.message().contains("2 completions"), "{error}");
    drop(first);
    assert!(provider.start(request()).await.is_ok());
}

#[tokio::test]
async fn plugin_that_needs_more_memory_than_allowed_is_ended_and_the_next_goes_on() {
    let sim = Sim::start().await.unwrap();
    let mut limits = Limits::default();
    limits.memory = 8 << 20;
    let host = host().endpoint_url(sim.url()).credentials(access_key()).limits(limits);
    let provider = load(host).await;
    let large = Message::user("x").and(ContentBlock::Image(Media::bytes("png", vec![1; 6 << 20])));
    let started = provider.start(Request::new(MODEL).message(large));
    let error = tokio::time::timeout(PATIENCE, started).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Plugin, "{error}");
    assert!(ask(&provider, "hi").await.end.is_ok());
}

#[tokio::test]
async fn component_larger_than_allowed_is_refused_before_it_is_compiled() {
    let mut limits = Limits::default();
    limits.component_bytes = 1_000;
    let host = host().limits(limits).build().unwrap();
    let error = host.load(bedrock_converse_component::COMPONENT).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Plugin);
    assert!(error.message().contains("1000"), "{error}");
}
