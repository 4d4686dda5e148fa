//! `converse chat --tools`.

use crate::support::World;
use bedrock_sim::{Script, Sim};
use serde_json::{Value, json};

const TOOLS: &str = r#"[{"name": "get_weather", "description": "The weather in a city",
    "input_schema": {"type": "object", "required": ["city"],
        "properties": {"city": {"type": "string", "default": "Oslo"}}}},
    {"toolSpec": {"name": "get_time", "inputSchema": {"json": {"type": "object"}}}}]"#;

/// One that signs its thoughts.
const CLAUDE: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

/// Asks with the tools above, and answers calls with a command.
fn ask(world: &World, command: &str, prompt: &str) -> crate::support::Output {
    let tools = world.file("tools.json", TOOLS.as_bytes());
    let chat = ["chat", "--model", CLAUDE, "--tools", &tools, "--tool-command", command, prompt];
    world.converse(&chat).run()
}

/// The bodies of all requests so far.
fn bodies(world: &World) -> Vec<Value> {
    world.sim.requests().iter().map(|request| request.json()).collect()
}

fn last_result(world: &World) -> Value {
    let body = bodies(world).pop().unwrap();
    let messages = body["messages"].as_array().unwrap();
    messages.last().unwrap()["content"][0]["toolResult"].clone()
}

#[test]
#[cfg(unix)]
fn calls_are_answered_by_the_command_until_there_are_no_more() {
    let world = World::new();
    let command = "echo \"$CONVERSE_TOOL_NAME: $(cat)\"";
    let output = ask(&world, command, "think, then get_weather");
    assert_eq!(output.code, Some(0), "{output:?}");
    let answer = "The tool returned: \"get_weather: {\"city\":\"Oslo\"}\".\n";
    assert_eq!(output.stdout, answer);
    let told = output.stderr.lines().collect::<Vec<_>>();
    assert!(told[1].starts_with("tool call: get_weather {\"city\":\"Oslo\"} (id tooluse_"));
    assert!(told[2].starts_with("tool result: get_weather: {\"city\":\"Oslo\"} (id tooluse_"));
    let [first, second] = &bodies(&world)[..] else { panic!("not two requests") };
    let offered = &first["toolConfig"]["tools"];
    assert_eq!(offered[0]["toolSpec"]["description"], "The weather in a city");
    assert_eq!(offered[1]["toolSpec"]["name"], "get_time");
    assert_eq!(second["toolConfig"], first["toolConfig"]);
    let turn = &second["messages"][1]["content"];
    assert!(turn[0]["reasoningContent"]["reasoningText"]["signature"].is_string(), "{turn}");
    let id = &turn[1]["toolUse"]["toolUseId"];
    assert_eq!(second["messages"][2]["content"][0]["toolResult"]["toolUseId"], *id);
}

#[test]
#[cfg(unix)]
fn all_calls_of_an_answer_are_answered_in_one_turn() {
    let world = World::new();
    let output = ask(&world, "echo $CONVERSE_TOOL_ID", "use tools");
    assert_eq!(output.code, Some(0), "{output:?}");
    let messages = bodies(&world)[1]["messages"].clone();
    assert_eq!(messages.as_array().unwrap().len(), 3);
    let results = messages[2]["content"].as_array().unwrap().clone();
    assert_eq!(results.len(), 2);
    for (call, result) in messages[1]["content"].as_array().unwrap().iter().zip(&results) {
        let id = &call["toolUse"]["toolUseId"];
        assert_eq!(result["toolResult"]["toolUseId"], *id);
        assert_eq!(result["toolResult"]["content"], json!([{"text": id}]));
    }
}

#[test]
#[cfg(unix)]
fn what_a_command_leaves_becomes_the_result() {
    for (command, content, status) in [
        ("echo '{\"n\": 1.50}'", json!([{"json": {"n": 1.5}}]), None),
        ("printf 'a\\nb\\n\\n'", json!([{"text": "a\nb"}]), None),
        ("true", json!([{"text": "(no output)"}]), None),
        (
            "echo out; echo no such city >&2; exit 3",
            json!([{"text": "out\nno such city"}]),
            Some("error"),
        ),
        ("exit 3", json!([{"text": "The tool failed: exit status: 3."}]), Some("error")),
    ] {
        let world = World::new();
        let output = ask(&world, command, "get_weather");
        assert_eq!(output.code, Some(0), "{command}: {output:?}");
        let result = last_result(&world);
        assert_eq!(
            (&result["content"], result["status"].as_str()),
            (&content, status),
            "{command}"
        );
    }
}

#[test]
#[cfg(unix)]
fn a_command_that_takes_too_long_is_ended_with_all_it_started() {
    let world = World::new();
    let tools = world.file("tools.json", TOOLS.as_bytes());
    let left = world.path("left");
    let command = format!("(sleep 2; touch {left}) & wait");
    let chat = ["chat", "--tools", &tools, "--tool-command", &command, "--tool-timeout", "1"];
    let start = std::time::Instant::now();
    let output = world.converse(&[&chat[..], &["get_weather"]].concat()).run();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(output.stdout.contains("failed with: \"The tool took longer than 1 s"), "{output:?}");
    std::thread::sleep(std::time::Duration::from_millis(3200).saturating_sub(start.elapsed()));
    assert!(!std::path::Path::new(&left).exists(), "the command went on");
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_command() {
    let world = World::new();
    let tools = world.file("tools.json", TOOLS.as_bytes());
    let (started, left) = (world.path("started"), world.path("left"));
    let command = format!("touch {started}; sleep 2; touch {left}");
    let chat = ["chat", "--tools", &tools, "--tool-command", &command, "get_weather"];
    let mut chat = world.converse(&chat).start();
    chat.close_stdin();
    crate::support::until(|| std::path::Path::new(&started).exists());
    chat.signal("INT");
    chat.wait().fails(130, &["interrupted"]);
    std::thread::sleep(std::time::Duration::from_millis(2500));
    assert!(!std::path::Path::new(&left).exists(), "the command went on");
}

#[test]
#[cfg(unix)]
fn a_call_that_is_not_json_is_not_run() {
    let broken = Script::assistant()
        .tool_use("t1", "get_weather", ["{\"city\": Oslo"])
        .tool_use("t2", "get_weather", ["{}"])
        .stop("tool_use")
        .usage(1, 2);
    let world = World::new();
    world.sim.push_replay(broken);
    let ran = world.path("ran");
    let output = ask(&world, &format!("echo $CONVERSE_TOOL_ID >> {ran}"), "Weather?");
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(std::fs::read_to_string(ran).unwrap(), "t2\n");
    let sent = &bodies(&world)[1]["messages"];
    assert_eq!(sent[1]["content"][0]["toolUse"]["input"], json!({}));
    let refused = &sent[2]["content"][0]["toolResult"];
    assert_eq!((&refused["toolUseId"], &refused["status"]), (&"t1".into(), &"error".into()));
    let told = refused["content"][0]["text"].as_str().unwrap();
    assert!(told.contains("not valid JSON") && told.contains("{\"city\": Oslo"), "{told}");
}

#[test]
#[cfg(unix)]
fn tools_the_service_runs_are_not_answered() {
    let start =
        json!({"toolUse": {"toolUseId": "s1", "name": "search", "type": "server_tool_use"}});
    let found = json!({"toolResult": {"toolUseId": "s1", "type": "search_result"}});
    let script = Script::assistant()
        .block_start(start)
        .delta(json!({"toolUse": {"input": "{\"query\":\"x\"}"}}))
        .block_stop()
        .block_start(found)
        .delta(json!({"toolResult": [{"text": "found it"}]}))
        .block_stop()
        .text(["It is so."])
        .stop("end_turn")
        .usage(1, 2);
    let world = World::with(Sim::builder().replay(script));
    let ran = world.path("ran");
    let output = ask(&world, &format!("touch {ran}"), "Search");
    assert_eq!((output.stdout.as_str(), output.code), ("It is so.\n", Some(0)));
    let told = "tool call (run by the service): search {\"query\":\"x\"} (id s1)\n\
                tool result (run by the service): found it (id s1)\n";
    assert_eq!(output.stderr, told);
    assert!(!std::path::Path::new(&ran).exists());
    assert_eq!(world.sim.stats().requests, 1);
}

#[test]
#[cfg(unix)]
fn a_model_that_calls_for_ever_is_stopped() {
    let script = Script::assistant().tool_use("t1", "get_weather", ["{}"]).stop("tool_use");
    let world = World::with(Sim::builder().replay(script.usage(1, 2)));
    let tools = world.file("tools.json", TOOLS.as_bytes());
    let ran = world.path("ran");
    let command = format!("echo >> {ran}");
    let chat = ["chat", "--json", "--tools", &tools, "--tool-command", &command];
    let output = world.converse(&[&chat[..], &["--max-turns", "3", "Weather?"]].concat()).run();
    output.fails(1, &["still calls tools after 3 answers", "--max-turns"]);
    assert_eq!(output.events().last().unwrap()["type"], "error");
    assert_eq!(world.sim.stats().requests, 3);
    // The last calls are not answered, as nobody would hear of it.
    assert_eq!(std::fs::read_to_string(ran).unwrap(), "\n\n");
}

#[test]
#[cfg(unix)]
fn a_cut_answer_calls_nothing() {
    let script = Script::assistant().tool_use("t1", "get_weather", [""]).stop("max_tokens");
    let world = World::with(Sim::builder().replay(script.usage(1, 2)));
    let ran = world.path("ran");
    let output = ask(&world, &format!("touch {ran}"), "Weather?");
    assert_eq!(output.code, Some(0));
    assert!(output.stderr.contains("limit of tokens (max_tokens); --max-tokens"), "{output:?}");
    assert!(!std::path::Path::new(&ran).exists());
}

#[test]
#[cfg(unix)]
fn a_forced_tool_is_forced_once() {
    let world = World::new();
    let tools = world.file("tools.json", TOOLS.as_bytes());
    let chat = ["chat", "--tools", &tools, "--tool-command", "echo noon", "--tool-choice"];
    let output = world.converse(&[&chat[..], &["get_time", "Hello"]].concat()).run();
    assert_eq!((output.stdout.as_str(), output.code), ("The tool returned: \"noon\".\n", Some(0)));
    let choices: Vec<_> =
        bodies(&world).iter().map(|body| body["toolConfig"]["toolChoice"].clone()).collect();
    assert_eq!(choices, [json!({"tool": {"name": "get_time"}}), json!({"auto": {}})]);
}

#[test]
fn without_anyone_to_answer_the_calls_are_all_there_is() {
    let world = World::new();
    let tools = world.file("tools.json", TOOLS.as_bytes());
    let output = world.converse(&["chat", "--tools", &tools, "get_weather"]).run();
    assert_eq!((output.stdout.as_str(), output.code), ("", Some(0)));
    assert!(output.stderr.contains("tool call: get_weather {\"city\":\"Oslo\"}"), "{output:?}");
    assert!(output.stderr.contains("waits for results (tool_use)"), "{output:?}");
    let output = world.converse(&["chat", "--json", "--tools", &tools, "get_weather"]).run();
    assert_eq!((output.stderr.as_str(), output.code), ("", Some(0)));
    assert_eq!(output.events().last().unwrap()["stop_reason"], "tool_use");
    assert_eq!(world.sim.stats().requests, 2);
}

#[test]
#[cfg(unix)]
fn results_are_lines_of_json() {
    let world = World::new();
    let tools = world.file("tools.json", TOOLS.as_bytes());
    let chat = ["chat", "--json", "--tools", &tools, "--tool-command", "echo fine; exit 1"];
    let output = world.converse(&[&chat[..], &["get_weather"]].concat()).run();
    assert_eq!((output.stderr.as_str(), output.code), ("", Some(0)));
    let events = output.events();
    let at = events.iter().position(|event| event["type"] == "tool_result").unwrap();
    assert_eq!(events[at - 1]["type"], "done");
    assert_eq!(events[at]["content"], json!([{"text": "fine"}]));
    assert_eq!(events[at]["status"], "error");
    assert_eq!(events[at + 1]["type"], "message_start");
    assert_eq!(events.last().unwrap()["stop_reason"], "end_turn");
}

#[test]
fn bad_tools_are_told_before_anything_is_sent() {
    let world = World::new();
    let good = world.file("good.json", TOOLS.as_bytes());
    let broken = world.file("broken.json", b"[\n  {\"name\": \"f\",}\n]");
    let empty = world.file("empty.json", b"[]");
    let nameless = world.file("nameless.json", b"[{\"input_schema\": {}}]");
    let twice = r#"[{"name": "f", "input_schema": {}}, {"name": "f", "input_schema": {}}]"#;
    let twice = world.file("twice.json", twice.as_bytes());
    for (args, complaint) in [
        (&["--tools", "nowhere.json"][..], "cannot read the tools nowhere.json"),
        (&["--tools", &broken], "line 2 column 16"),
        (&["--tools", &empty], "empty.json: the list of tools is empty"),
        (&["--tools", &nameless], "nameless.json: tool 1: `name` is missing"),
        (&["--tools", &twice], "two tools of the name f"),
        (&["--tools", &good, "--tool-choice", "get_rain"], "no tool get_rain, only get_weather, "),
        (&["--tool-choice", "any"], "--tool-choice needs --tools"),
        (&["--tool-command", "true"], "--tool-command needs --tools"),
        (&["--tools", &good, "--tool-timeout", "0"], "0 is not in"),
        (&["--tools", &good, "--max-turns", "0"], "0 is not in"),
    ] {
        let output = world.converse(&[&["chat"], args, &["Hello"]].concat()).run();
        output.fails(2, &[complaint]);
    }
    assert_eq!(world.sim.stats().requests, 0);
}
