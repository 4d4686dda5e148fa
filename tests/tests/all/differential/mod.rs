//! The plugin beside the AWS SDK for Rust, on whatever there may be: the same bodies of the same
//! conversations, the same answers out of the same bytes.

mod content;
mod conversations;
mod reading;
mod sdk;
mod streams;

use crate::oracle::client;
use crate::support::{ask, provider, replaying, run};
use bedrock_sim::{Script, Sim};
use converse_host::Request;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::fmt::Debug;
use tokio::runtime::Runtime;

/// As many as take seconds.
const CASES: u32 = 128;

fn each<T: Debug>(
    cases: u32,
    made: impl Strategy<Value = T>,
    check: impl Fn(T) -> Result<(), TestCaseError>,
) {
    // The same each time: what fails here is what was changed.
    let rng_seed = RngSeed::Fixed(1);
    let config = Config { cases, failure_persistence: None, rng_seed, ..Config::default() };
    if let Err(problem) = TestRunner::new(config).run(&made, check) {
        panic!("{problem}");
    }
}

/// A sim that takes whatever comes.
async fn willing() -> Sim {
    replaying(Script::assistant().text(["Hello"]).stop("end_turn").usage(1, 2)).await
}

fn bodies_are_the_sdks(cases: u32, requests: impl Strategy<Value = Request>) {
    let runtime = Runtime::new().unwrap();
    let sim = runtime.block_on(willing());
    let (provider, client) = (runtime.block_on(provider(&sim)), client(&sim));
    each(cases, requests, |request| {
        let sent = runtime.block_on(sdk::call(&client, &request).send());
        prop_assert!(sent.is_ok(), "{sent:?}");
        let theirs = sim.last_request().unwrap();
        let outcome = runtime.block_on(run(&provider, request));
        prop_assert!(outcome.end.is_ok(), "{outcome:?}");
        let ours = sim.last_request().unwrap();
        prop_assert_ne!(ours.connection, theirs.connection);
        prop_assert_eq!(&ours.path, &theirs.path);
        prop_assert_eq!(ours.json(), theirs.json());
        Ok(())
    });
}

#[test]
fn bodies_of_conversations_are_the_sdks() {
    bodies_are_the_sdks(CASES, conversations::whole());
}

#[test]
fn bodies_for_stored_prompts_are_the_sdks() {
    bodies_are_the_sdks(CASES / 4, conversations::of_a_prompt());
}

#[test]
fn answers_are_the_sdks() {
    let runtime = Runtime::new().unwrap();
    let sim = runtime.block_on(willing());
    let (provider, client) = (runtime.block_on(provider(&sim)), client(&sim));
    each(CASES, streams::answer(), |answer| {
        sim.set_replay(Some(answer.bytes));
        sim.set_faults(format!("chunk={}", answer.chunk).parse().unwrap());
        let theirs = runtime.block_on(reading::with_sdk(&client));
        let ours = reading::of_outcome(&runtime.block_on(ask(&provider, "hi")));
        prop_assert_eq!(ours, theirs);
        Ok(())
    });
}
