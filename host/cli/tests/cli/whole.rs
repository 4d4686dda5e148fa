//! `converse chat --no-stream` and `--count`.

use crate::support::World;
use serde_json::json;

const CLAUDE: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

#[test]
fn an_answer_in_one_piece_is_shown_as_a_stream_is() {
    let world = World::new();
    let streamed = world.converse(&["chat", "--model", CLAUDE, "think redacted"]).run();
    let output =
        world.converse(&["chat", "--model", CLAUDE, "--no-stream", "think redacted"]).run();
    assert!(world.last_request().path.ends_with("/converse"));
    assert_eq!((&output.stdout, &output.stderr), (&streamed.stdout, &streamed.stderr));
    assert_eq!(
        (output.stdout.as_str(), output.code),
        ("Hello! You said: \"think redacted\".\n", Some(0))
    );
}

#[test]
#[cfg(unix)]
fn tools_are_run_for_it_too() {
    let world = World::new();
    let tools = world.file("tools.json", br#"[{"name": "f", "input_schema": {"type": "object"}}]"#);
    let chat = ["chat", "--model", CLAUDE, "--no-stream", "--tools", &tools, "--tool-command"];
    let output = world.converse(&[&chat[..], &["echo fine", "think, use tool"]].concat()).run();
    assert_eq!((output.stdout.as_str(), output.code), ("The tool returned: \"fine\".\n", Some(0)));
    assert!(output.stderr.contains("\ntool call: f {} (id "), "{output:?}");
    let turn = &world.last_request().json()["messages"][1]["content"];
    assert!(turn[0]["reasoningContent"]["reasoningText"]["signature"].is_string(), "{turn}");
}

#[test]
fn as_json_it_is_a_message_and_its_end() {
    let world = World::new();
    let output = world.converse(&["chat", "--json", "--no-stream", "hi"]).run();
    assert_eq!((output.stderr.as_str(), output.code), ("", Some(0)));
    let [message, done] = &output.events()[..] else { panic!("{output:?}") };
    let content = json!([{"text": "Hello! You said: \"hi\"."}]);
    assert_eq!(*message, json!({"type": "message", "role": "assistant", "content": content}));
    assert_eq!((&done["type"], &done["stop_reason"]), (&"done".into(), &"end_turn".into()));
    assert_eq!(done["usage"]["output_tokens"], 6);
    let output = world.converse(&["chat", "--json", "--no-stream", "hi sim:status=400"]).run();
    output.fails(1, &["error: invalid-request: "]);
    assert_eq!(output.events()[0]["type"], "error");
}

#[test]
fn tokens_are_counted_and_nothing_is_asked() {
    let world = World::new();
    let output = world.converse(&["chat", "--count", "--system", "Be brief", "Hello there"]).run();
    let counted: u64 = output.stdout.trim_end().parse().unwrap();
    assert_eq!((counted > 1, output.stderr.as_str(), output.code), (true, "", Some(0)));
    assert!(world.last_request().path.ends_with("/count-tokens"));
    let json = ["chat", "--count", "--json", "--system", "Be brief", "Hello there"];
    let events = world.converse(&json).run().events();
    assert_eq!(events, [json!({"type": "count", "input_tokens": counted})]);
    assert_eq!(world.sim.stats().requests, 2);
}
