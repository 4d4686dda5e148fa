//! Requests that are sent again, and those that are not.

use crate::support::{MODEL, access_key, ask, host, load, provider, run};
use bedrock_sim::{Builder, Credentials, Sim};
use converse_host::{
    Credential, CredentialsProvider, Error, ErrorKind as K, Request, StaticCredentials,
};
use futures::future::BoxFuture;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A sim on which this goes wrong, and what came of asking it.
async fn after(faults: &[&str]) -> (Sim, Result<String, Error>) {
    let sim = Sim::start().await.unwrap();
    for fault in faults {
        sim.push_fault(fault.parse().unwrap());
    }
    let outcome = ask(&provider(&sim).await, "hi").await;
    let said = outcome.end.as_ref().map(|_| outcome.text()).map_err(Clone::clone);
    (sim, said)
}

#[tokio::test]
async fn what_passes_is_waited_out() {
    for fault in [
        "status=500",
        "status=502",
        "status=503",
        "status=504",
        "status=429",
        "status=429,code=ModelNotReadyException",
        "reset",
    ] {
        let (sim, said) = after(&[fault, fault]).await;
        assert!(said.unwrap().starts_with("Hello!"), "{fault}");
        assert_eq!(sim.stats().requests, 3, "{fault}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_told_at_once() {
    for fault in [
        "status=400",
        "status=403",
        "status=404",
        "status=408,code=ModelTimeoutException",
        "status=424",
        "status=400,code=ServiceQuotaExceededException",
        "html",
    ] {
        let (sim, said) = after(&[fault]).await;
        assert!(said.is_err(), "{fault}");
        assert_eq!(sim.stats().requests, 1, "{fault}");
    }
}

#[tokio::test]
async fn three_attempts_are_all() {
    let (sim, said) = after(&["status=503"; 4]).await;
    let error = said.unwrap_err();
    assert_eq!((error.kind(), error.status()), (K::Internal, Some(503)));
    assert!(error.message().ends_with("(after 3 attempts)"), "{error}");
    assert_eq!(sim.stats().requests, 3);
}

/// An event that was delivered cannot be taken back.
#[tokio::test]
async fn stream_that_breaks_is_not_begun_again() {
    for fault in [
        "exception=throttlingException,after=2",
        "abort=2",
        "exception=throttlingException,after=0",
    ] {
        let (sim, said) = after(&[fault]).await;
        assert!(said.is_err(), "{fault}");
        assert_eq!(sim.stats().requests, 1, "{fault}");
    }
}

#[tokio::test]
async fn service_says_how_long_to_wait() {
    let started = Instant::now();
    let (sim, said) = after(&["status=503,retry-after-ms=700"]).await;
    assert!(said.is_ok());
    assert_eq!(sim.stats().requests, 2);
    assert!(started.elapsed() >= Duration::from_millis(700), "{:?}", started.elapsed());
}

/// A wait is no computing: a plugin may sleep longer than it may compute.
#[tokio::test]
async fn waiting_does_not_count_as_computing() {
    let sim = Sim::start().await.unwrap();
    sim.push_fault("status=503,retry-after-ms=1500".parse().unwrap());
    let mut limits = converse_host::Limits::default();
    limits.cpu = Duration::from_millis(300);
    let host = host().limits(limits).endpoint_url(sim.url()).credentials(access_key());
    assert!(ask(&load(host).await, "hi").await.end.is_ok());
}

#[tokio::test]
async fn every_attempt_is_signed_anew() {
    let (sim, said) = after(&["status=503,retry-after-ms=1100"]).await;
    assert!(said.is_ok());
    let dates: Vec<String> = sim
        .requests()
        .iter()
        .map(|request| request.header("x-amz-date").unwrap().to_owned())
        .collect();
    assert_ne!(dates[0], dates[1]);
}

#[tokio::test]
async fn clock_that_is_wrong_is_set_by_the_services_once() {
    for skew in ["skew=3600", "skew=-3600"] {
        let sim = Sim::start().await.unwrap();
        sim.set_faults(skew.parse().unwrap());
        let provider = provider(&sim).await;
        assert!(ask(&provider, "hi").await.end.is_ok(), "{skew}");
        assert_eq!(sim.stats().requests, 2, "{skew}");
    }
    // A wrong signature is no matter of time.
    let sim = Sim::start().await.unwrap();
    let wrong = StaticCredentials::access_key(Builder::ACCESS_KEY_ID, "wrong", None);
    let provider = load(host().endpoint_url(sim.url()).credentials(wrong)).await;
    assert_eq!(ask(&provider, "hi").await.error().kind(), K::Auth);
    assert_eq!(sim.stats().requests, 1);
}

/// Gives out credentials that have expired, until it is told.
#[derive(Debug)]
struct Rotated {
    fresh: bool,
    refreshed: AtomicUsize,
}

impl CredentialsProvider for Rotated {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        Box::pin(async { Ok(Credential::access_key("ASIAOLD", "old", None, "test")) })
    }

    fn refresh(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        self.refreshed.fetch_add(1, Ordering::Relaxed);
        let id = if self.fresh { "ASIANEW" } else { "ASIAOLD" };
        let secret = if self.fresh { "new" } else { "old" };
        Box::pin(async move { Ok(Credential::access_key(id, secret, None, "test")) })
    }
}

#[tokio::test]
async fn expired_credentials_are_renewed_once() {
    for fresh in [true, false] {
        let sim = Sim::builder()
            .credentials(Credentials::new("ASIAOLD", "old").expired())
            .credentials(Credentials::new("ASIANEW", "new"))
            .start()
            .await
            .unwrap();
        let rotated = Rotated { fresh, refreshed: AtomicUsize::new(0) };
        let provider = load(host().endpoint_url(sim.url()).credentials(rotated)).await;
        let outcome = run(&provider, Request::new(MODEL).user("hi")).await;
        if fresh {
            assert!(outcome.end.is_ok(), "{outcome:?}");
            assert_eq!(sim.stats().requests, 2);
        } else {
            // The same once more would fail once more.
            assert_eq!(outcome.error().kind(), K::ExpiredCredentials);
            assert_eq!(sim.stats().requests, 1);
        }
    }
}
