//! What a plugin may export beside streamed completions.

use crate::stub::Stub;
use crate::support::{MODEL, PATIENCE, host};
use converse_host::{ContentBlock, Error, ErrorKind, Limits, Provider, Request, Role, StopReason};
use std::time::Duration;

async fn load(stub: Stub) -> Provider {
    load_within(stub, Duration::from_secs(2)).await
}

async fn load_within(stub: Stub, cpu: Duration) -> Provider {
    let mut limits = Limits::default();
    limits.cpu = cpu;
    limits.completions = 1;
    host().limits(limits).build().unwrap().load(&stub.build()).await.unwrap()
}

fn request() -> Request {
    Request::new(MODEL).user("hi")
}

async fn count(provider: &Provider) -> Result<u64, Error> {
    tokio::time::timeout(PATIENCE, provider.count_tokens(request())).await.expect("no answer came")
}

#[tokio::test]
async fn whole_answer_is_the_plugins_and_its_cost_the_hosts() {
    let provider = load(Stub::new().completing("Hello")).await;
    let response = provider.complete(request()).await.unwrap();
    assert_eq!(response.role, Role::Assistant);
    assert_eq!(response.content, [ContentBlock::from("Hello")]);
    assert_eq!(response.summary.stop_reason, StopReason::EndTurn);
    assert_eq!(response.summary.usage.unwrap().output_tokens, 10);
    // 100 tokens at 0.06 and 10 at 0.24 dollars a million.
    assert_eq!(response.summary.cost.unwrap().total, 0.0000084);
}

#[tokio::test]
async fn tokens_are_the_plugins() {
    let provider = load(Stub::new().counting("")).await;
    assert_eq!(count(&provider).await.unwrap(), 42);
    // Its room is free again, though there is room for one only.
    assert_eq!(count(&provider).await.unwrap(), 42);
}

#[tokio::test]
async fn what_a_plugin_does_not_export_is_unsupported_and_named() {
    for (stub, completes, counts) in [
        (Stub::new(), false, false),
        (Stub::new().counting(""), false, true),
        (Stub::new().completing("Hello"), true, false),
    ] {
        let provider = load(stub).await;
        let completed = provider.complete(request()).await.map(drop);
        let counted = count(&provider).await.map(drop);
        for (there, outcome, name) in [
            (completes, completed, "converse:provider/non-streaming@0.1.0"),
            (counts, counted, "converse:provider/token-counter@0.1.0"),
        ] {
            match outcome {
                Ok(()) => assert!(there, "{name}"),
                Err(error) => {
                    assert!(!there, "{name}: {error}");
                    assert_eq!(error.kind(), ErrorKind::Unsupported);
                    assert!(error.message().contains(name), "{error}");
                }
            }
        }
    }
}

/// Waits for 15 milliseconds, ten times.
const PAUSES: &str = r"
    (loop $again
        (local.set $pollable (call $pause (i64.const 15000000)))
        (call $block (local.get $pollable))
        (call $drop (local.get $pollable))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (i32.const 10))))";

#[tokio::test]
async fn waiting_is_not_computing() {
    let provider = load_within(Stub::new().counting(PAUSES), Duration::from_millis(40)).await;
    assert_eq!(count(&provider).await.unwrap(), 42);
}

#[tokio::test]
async fn plugin_that_computes_without_end_is_ended() {
    let endless = "(loop $again (br $again))";
    let provider = load_within(Stub::new().counting(endless), Duration::from_millis(40)).await;
    let error = count(&provider).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Plugin, "{error}");
}

/// Else a plugin could not be replaced while there is much to do.
#[tokio::test]
async fn plugin_can_be_loaded_at_full_load() {
    let mut limits = Limits::default();
    limits.completions = 0;
    let host = host().limits(limits).build().unwrap();
    let provider = host.load(&Stub::new().counting("").build()).await.unwrap();
    assert_eq!(count(&provider).await.unwrap_err().kind(), ErrorKind::Throttled);
    assert!(provider.describe().await.is_ok());
}
