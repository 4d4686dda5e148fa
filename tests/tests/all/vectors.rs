//! The shared vectors through the real component, where the developer has them.

use crate::support::{Block, Outcome, ask, provider, replaying};
use base64::Engine as _;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn vectors() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors");
    let folder = std::env::var_os("CONVERSE_VECTORS").map_or_else(|| beside.into(), PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn expected_blocks(path: &Path) -> BTreeMap<u32, Block> {
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut blocks = BTreeMap::<u32, Block>::new();
    for event in file["events"].as_array().unwrap() {
        let payload = &event["payload"];
        let Some(index) = payload["contentBlockIndex"].as_u64() else { continue };
        let block = blocks.entry(index.try_into().unwrap()).or_default();
        let (delta, reasoning) = (&payload["delta"], &payload["delta"]["reasoningContent"]);
        block.text += &text(&delta["text"]);
        block.input += &text(&delta["toolUse"]["input"]);
        block.reasoning += &text(&reasoning["text"]);
        block.signature += &text(&reasoning["signature"]);
        let redacted = text(&reasoning["redactedContent"]);
        let redacted = base64::engine::general_purpose::STANDARD.decode(redacted).unwrap();
        block.redacted.extend(redacted);
        if let Some(tool) = payload["start"].get("toolUse") {
            block.tool = Some((text(&tool["toolUseId"]), text(&tool["name"])));
        }
    }
    blocks
}

#[tokio::test]
async fn recorded_streams_say_what_was_recorded() {
    let Some(vectors) = vectors() else { return };
    let mut seen = 0;
    for entry in fs::read_dir(vectors.join("eventstream/recorded")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "bin") {
            continue;
        }
        let sim = replaying(fs::read(&path).unwrap()).await;
        let provider = provider(&sim).await;
        for chunk in ["chunk=0", "chunk=1", "chunk=1000"] {
            sim.set_faults(chunk.parse().unwrap());
            let outcome = ask(&provider, "hi").await;
            let expected = expected_blocks(&path.with_extension("json"));
            assert_eq!(outcome.blocks(), expected, "{} {chunk}", path.display());
            assert!(outcome.summary().usage.is_some());
        }
        seen += 1;
    }
    assert!(seen > 0);
}

/// Events and end; the id is another one for each request.
fn shown(outcome: &Outcome) -> String {
    let end = outcome.end.as_ref().map(|summary| {
        let mut summary = summary.clone();
        summary.request_id = None;
        summary
    });
    let end = end.map_err(|error| (error.kind(), error.code().map(str::to_owned)));
    format!("{:?} {end:?}", outcome.events)
}

#[test]
fn pieces_of_any_size_say_the_same() {
    let Some(vectors) = vectors() else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sim = runtime.block_on(replaying(""));
    let provider = runtime.block_on(provider(&sim));
    let ask_in_pieces = |size: usize| {
        sim.set_faults(format!("chunk={size}").parse().unwrap());
        shown(&runtime.block_on(ask(&provider, "hi")))
    };
    for folder in ["recorded", "synthetic"] {
        for entry in fs::read_dir(vectors.join("eventstream").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "bin") {
                continue;
            }
            sim.set_replay(Some(fs::read(&path).unwrap()));
            let whole = ask_in_pieces(0);
            let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
            let outcome = TestRunner::new(config).run(&(1..400_usize), |size| {
                prop_assert_eq!(ask_in_pieces(size), whole.clone());
                Ok(())
            });
            outcome.unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
        }
    }
}

/// The guest's own tests judge each case; here it only matters that every one of them ends, in the
/// plugin as well, and that none breaks it.
#[tokio::test]
async fn broken_streams_all_end_in_an_error_of_the_stream() {
    let Some(vectors) = vectors() else { return };
    for entry in fs::read_dir(vectors.join("eventstream/malformed")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "bin") {
            continue;
        }
        let sim = replaying(fs::read(&path).unwrap()).await;
        let outcome = ask(&provider(&sim).await, "hi").await;
        if let Err(error) = &outcome.end {
            assert!(
                !matches!(error.kind(), converse_host::ErrorKind::Plugin),
                "{}: {error}",
                path.display()
            );
        }
    }
}
