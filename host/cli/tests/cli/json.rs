//! `converse chat --json`.

use crate::support::World;
use serde_json::Value;

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[test]
fn the_last_line_is_done() {
    let world = World::new();
    let output = world.converse(&["chat", "--json", "hi"]).run();
    assert_eq!((output.stderr.as_str(), output.code), ("", Some(0)));
    let events = output.events();
    let deltas = ["block_delta"; 4];
    let expected =
        [&["message_start", "block_start"], &deltas[..], &["block_stop", "done"]].concat();
    assert_eq!(types(&events), expected);
    let text: String = events.iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    assert_eq!(text, "Hello! You said: \"hi\".");
    let done = events.last().unwrap();
    assert_eq!(done["stop_reason"], "end_turn");
    assert_eq!(done["usage"]["output_tokens"], 6);
    assert_eq!(done["request_id"], "00000000-0000-4000-8000-000000000001");
}

#[test]
fn the_last_line_is_the_error_after_what_came_before() {
    let world = World::new();
    let prompt = "hi sim:exception=throttlingException,after=3";
    let output = world.converse(&["chat", "--json", prompt]).run();
    output.fails(1, &["error: throttled: "]);
    let events = output.events();
    assert_eq!(
        types(&events),
        ["message_start", "block_start", "block_delta", "block_delta", "error"]
    );
    let error = events.last().unwrap();
    assert_eq!(error["kind"], "throttled");
    assert_eq!(error["code"], "ThrottlingException");
    assert_eq!(error["request_id"], "00000000-0000-4000-8000-000000000001");
}

#[test]
fn a_refused_request_is_one_line() {
    let world = World::new();
    let output = world.converse(&["chat", "--json", "hi sim:status=429,retry-after=2"]).run();
    output.fails(1, &["error: throttled: ", "hint: wait 2 s"]);
    let events = output.events();
    assert_eq!(types(&events), ["error"]);
    assert_eq!(events[0]["status"], 429);
    assert_eq!(events[0]["retry_after_ms"], 2000);
}

#[test]
fn what_fails_before_the_request_is_a_line_too() {
    let world = World::new();
    let output = world.stranger(&["chat", "--json", "hi"]).run();
    output.fails(1, &["error: auth: "]);
    let events = output.events();
    assert_eq!((types(&events), &events[0]["kind"]), (vec!["error"], &Value::from("auth")));
}

#[test]
fn lines_are_there_as_soon_as_events_have_come() {
    let world = World::new();
    let mut chat = world.converse(&["chat", "--json", "hi sim:gate=2"]).start();
    chat.close_stdin();
    let seen = chat.until_stdout_has("Hello!");
    assert!(seen.contains("message_start") && !seen.contains("done"), "{seen}");
    world.sim.release();
    assert_eq!(types(&chat.wait().events()).last(), Some(&"done"));
}

#[test]
fn thoughts_and_tool_input_are_in_the_lines_and_nowhere_else() {
    let script = bedrock_sim::Script::assistant()
        .reasoning(["Hm, ", "well"], Some("c2ln"))
        .tool_use("t1", "get_weather", ["{\"city\":", "\"Oslo\"}"])
        .stop("tool_use")
        .usage(1, 2);
    let world = World::with(bedrock_sim::Sim::builder().replay(script));
    let output = world.converse(&["chat", "--json", "Weather?"]).run();
    assert_eq!((output.stderr.as_str(), output.code), ("", Some(0)));
    let events = output.events();
    let collect = |name: &str| -> String {
        events.iter().filter_map(|event| event["delta"][name].as_str()).collect()
    };
    assert_eq!(collect("reasoning_text"), "Hm, well");
    assert_eq!(collect("reasoning_signature"), "c2ln");
    assert_eq!(collect("tool_input"), "{\"city\":\"Oslo\"}");
    let call = events.iter().find_map(|event| event["kind"].get("tool_call")).unwrap();
    assert_eq!((&call["id"], &call["name"]), (&"t1".into(), &"get_weather".into()));
    assert_eq!(events.last().unwrap()["stop_reason"], "tool_use");
}
