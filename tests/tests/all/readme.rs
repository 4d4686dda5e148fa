//! What the README shows is true: its program compiles, its `--json` lines come out, its links lead
//! somewhere.
//!
//! The program below is the README's, to the letter.

// README: begin
use bedrock_converse_component::COMPONENT;
use converse_host::{Delta, Error, Event, Host, Request};
use futures::StreamExt as _;
#[tokio::main]
async fn main() -> Result<(), Error> {
    let provider = Host::builder().build()?.load(COMPONENT).await?;
    let request = Request::new("us.amazon.nova-lite-v1:0").user("Why is the sky blue?");
    let mut completion = provider.start(request).await?;
    while let Some(event) = completion.next().await {
        if let Event::BlockDelta { delta: Delta::Text(text), .. } = event? {
            print!("{text}");
        }
    }
    Ok(())
}
// README: end

use crate::support::{MODEL, provider, run};
use bedrock_sim::Sim;
use converse_host::{Json, ToolSpec};
use serde_json::Value;
use std::fs;
use std::path::Path;

const MOST_LINES: usize = 15;

const WEATHER: &str =
    r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, after) = text.split_once(begin).unwrap_or_else(|| panic!("no {begin}"));
    after.split_once(end).unwrap_or_else(|| panic!("no {end}")).0
}

#[test]
fn its_program_is_the_one_above() {
    // In use, so that the compiler does not call it dead; not run: it would ask the real service.
    let _: fn() -> Result<(), Error> = main;
    let readme = readme();
    let shown = between(&readme, "```rust\n", "```");
    assert_eq!(shown, between(include_str!("readme.rs"), "// README: begin\n", "// README: end"));
    assert!(shown.lines().count() <= MOST_LINES, "{} lines", shown.lines().count());
}

#[tokio::test]
async fn its_json_lines_are_what_comes_out() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let weather = ToolSpec {
        name: "get_weather".to_owned(),
        description: None,
        input_schema: Json::parse(WEATHER).unwrap(),
        strict: None,
    };
    let mut lines = Vec::new();
    for request in [
        Request::new(MODEL).user("hi"),
        Request::new(MODEL).user("think and use redacted"),
        Request::new(MODEL).user("get_weather").tool(weather),
        Request::new(MODEL).user("hi sim:exception=throttlingException,after=3"),
    ] {
        let outcome = run(&provider, request).await;
        lines.extend(outcome.events.iter().map(|event| serde_json::to_value(event).unwrap()));
        lines.push(match outcome.end {
            Ok(summary) => serde_json::to_value(Event::Done(summary)).unwrap(),
            Err(error) => {
                let mut line = serde_json::to_value(&error).unwrap();
                line["type"] = "error".into();
                line
            }
        });
    }
    let readme = readme();
    let shown = readme.split('`').filter(|code| code.starts_with("{\"type\":"));
    let mut seen = 0;
    for line in shown {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        // Lines of the runner's own, which its tests look at.
        if ["tool_result", "message", "count"].iter().any(|kind| value["type"] == *kind) {
            continue;
        }
        assert!(lines.contains(&value), "{line}");
        seen += 1;
    }
    assert!(seen >= 6, "only {seen} lines were found");
}

#[test]
fn its_links_lead_somewhere() {
    for page in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        for (target, _) in targets.filter(|(target, _)| !target.contains("://")) {
            let file = target.split('#').next().unwrap_or_default();
            assert!(root().join(file).exists(), "{page} leads to {target}");
        }
    }
}
