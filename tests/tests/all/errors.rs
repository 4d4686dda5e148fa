//! Everything that can go wrong on the way, each told apart.

use crate::support::{MODEL, access_key, ask, host, load, provider, replaying, run};
use bedrock_sim::{Builder, Credentials, Sim};
use converse_host::{ErrorKind as K, Request, StaticCredentials, Timeouts};
use std::time::{Duration, Instant};

/// What a fault comes to: kind, status, code, and events before it.
async fn fault(spec: &str) -> (converse_host::Error, usize) {
    let sim = Sim::start().await.unwrap();
    sim.set_faults(spec.parse().unwrap());
    let outcome = ask(&provider(&sim).await, "hi").await;
    (outcome.error().clone(), outcome.events.len())
}

#[tokio::test]
async fn statuses() {
    for (status, kind) in [
        (400, K::InvalidRequest),
        (403, K::AccessDenied),
        (404, K::NotFound),
        (408, K::Timeout),
        (424, K::Internal),
        (429, K::Throttled),
        (500, K::Internal),
        (503, K::Internal),
    ] {
        let (error, events) = fault(&format!("status={status}")).await;
        assert_eq!((error.kind(), error.status()), (kind, Some(status)), "{error:?}");
        assert!(error.code().is_some() && error.request_id().is_some(), "{error:?}");
        assert_eq!(events, 0);
    }
}

#[tokio::test]
async fn code_goes_before_the_status() {
    for (spec, kind) in [
        ("status=403,code=ExpiredTokenException", K::ExpiredCredentials),
        ("status=403,code=UnrecognizedClientException", K::Auth),
        ("status=429,code=ModelNotReadyException", K::ModelNotReady),
        ("status=400,code=ThrottlingException", K::Throttled),
    ] {
        let (error, _) = fault(spec).await;
        assert_eq!(error.kind(), kind, "{error:?}");
    }
}

#[tokio::test]
async fn retry_after_is_kept() {
    let (error, _) = fault("status=429,retry-after=7").await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn exceptions_within_a_stream_follow_what_came_before() {
    for (exception, kind) in [
        ("internalServerException", K::Internal),
        ("modelStreamErrorException", K::Internal),
        ("validationException", K::InvalidRequest),
        ("throttlingException", K::Throttled),
        ("serviceUnavailableException", K::Internal),
    ] {
        let (error, events) = fault(&format!("exception={exception},after=3")).await;
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(error.code().unwrap().eq_ignore_ascii_case(exception), "{error:?}");
        assert!(error.request_id().is_some());
        // messageStart, the block's start, two deltas.
        assert_eq!(events, 4);
    }
    let (error, _) = fault("exception=error,after=1").await;
    assert!(error.code().is_some(), "{error:?}");
}

#[tokio::test]
async fn broken_streams_are_each_told_apart() {
    for (spec, kind, says) in [
        ("truncate=3", K::Truncated, "before the service said why"),
        ("truncate-bytes=200", K::Truncated, "within a frame"),
        ("abort=3", K::Transport, "connection broke"),
        ("corrupt=2", K::Protocol, "checksum"),
        ("corrupt-prelude=2", K::Protocol, "prelude checksum"),
        ("html", K::Protocol, "text/html"),
    ] {
        let (error, _) = fault(spec).await;
        assert_eq!(error.kind(), kind, "{spec}: {error:?}");
        assert!(error.message().contains(says), "{spec}: {error}");
    }
}

#[tokio::test]
async fn page_that_does_not_say_what_it_is_is_told_by_its_first_bytes() {
    let sim = replaying(*b"<!DOCTYPE html><title>Sign in to the network</title>").await;
    for more in ["no-content-type", "no-content-type,never-end"] {
        sim.set_faults(more.parse().unwrap());
        let outcome = ask(&provider(&sim).await, "hi").await;
        assert_eq!(outcome.error().kind(), K::Protocol);
        assert!(outcome.error().message().contains("<!DOCTYPE ht"), "{}", outcome.error());
    }
}

#[tokio::test]
async fn damaged_prelude_is_told_without_waiting_for_more() {
    let sim = Sim::start().await.unwrap();
    // The flipped length asks for more bytes than ever come, and the connection stays open.
    sim.set_faults("corrupt-prelude=2,never-end".parse().unwrap());
    let outcome = ask(&provider(&sim).await, "hi").await;
    assert_eq!(outcome.error().kind(), K::Protocol);
}

async fn impatient(spec: &str) -> (converse_host::Error, Duration) {
    let sim = Sim::start().await.unwrap();
    sim.set_faults(spec.parse().unwrap());
    let mut timeouts = Timeouts::default();
    timeouts.response = Duration::from_millis(300);
    timeouts.idle = Duration::from_millis(300);
    let host = host().endpoint_url(sim.url()).credentials(access_key()).timeouts(timeouts);
    let provider = load(host).await;
    let started = Instant::now();
    let error = ask(&provider, "hi").await.error().clone();
    (error, started.elapsed())
}

#[tokio::test]
async fn silence_ends_in_a_timeout() {
    for spec in ["hang", "gate=2"] {
        let (error, took) = impatient(spec).await;
        assert_eq!(error.kind(), K::Timeout, "{spec}: {error}");
        assert!(took >= Duration::from_millis(300) && took < Duration::from_secs(5), "{took:?}");
    }
}

/// Bytes alone are no event: a server that drips one at a time does not keep a caller waiting.
#[tokio::test]
async fn dripping_ends_in_a_timeout() {
    let (error, _) = impatient("drip=20,chunk=1").await;
    assert_eq!(error.kind(), K::Timeout, "{error}");
}

#[tokio::test]
async fn wrong_secret_is_an_error_of_credentials_and_shows_no_secret() {
    let sim = Sim::start().await.unwrap();
    let wrong = StaticCredentials::access_key(Builder::ACCESS_KEY_ID, "hunter2", None);
    let provider = load(host().endpoint_url(sim.url()).credentials(wrong)).await;
    let outcome = ask(&provider, "hi").await;
    let error = outcome.error();
    assert_eq!((error.kind(), error.status()), (K::Auth, Some(403)));
    assert_eq!(error.code(), Some("InvalidSignatureException"));
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}

#[tokio::test]
async fn expired_credentials_are_told_apart() {
    let expired = Credentials::new("AKIDEXPIRED", "secret").expired();
    let sim = Sim::builder().credentials(expired).start().await.unwrap();
    let given = StaticCredentials::access_key("AKIDEXPIRED", "secret", None);
    let provider = load(host().endpoint_url(sim.url()).credentials(given)).await;
    assert_eq!(ask(&provider, "hi").await.error().kind(), K::ExpiredCredentials);
}

#[tokio::test]
async fn no_credentials_says_what_to_set_and_sends_nothing() {
    let sim = Sim::start().await.unwrap();
    let provider = load(host().endpoint_url(sim.url())).await;
    let outcome = ask(&provider, "hi").await;
    assert_eq!(outcome.error().kind(), K::Auth);
    assert!(outcome.error().message().contains("AWS_BEARER_TOKEN_BEDROCK"), "{}", outcome.error());
    assert_eq!(sim.stats().requests, 0);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_before_it_is_sent() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let error = run(&provider, Request::new("no such model").user("hi")).await.error().clone();
    assert_eq!(error.kind(), K::InvalidRequest);
    assert!(error.message().starts_with("model: "), "{error}");
    let mut request = Request::new(MODEL).user("hi");
    request.inference.temperature = Some(2.0);
    let error = run(&provider, request).await.error().clone();
    assert!(error.message().starts_with("inference.temperature: "), "{error}");
    assert_eq!(sim.stats().requests, 0);
}

#[tokio::test]
async fn what_the_service_says_is_passed_on() {
    let sim = Sim::start().await.unwrap();
    let request = Request::new("vendor.unheard-of-v1:0").user("hi");
    let error = run(&provider(&sim).await, request).await.error().clone();
    assert_eq!((error.kind(), error.code()), (K::InvalidRequest, Some("ValidationException")));
    assert!(error.raw().is_some(), "{error:?}");
}
