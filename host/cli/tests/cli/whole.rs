//! `converse chat --no-stream` and `--count`.

use crate::support::World;
use serde_json::json;
#[cfg(unix)]
use {
    serde_json::Value,
    std::io::{BufRead as _, BufReader, Read as _, Write as _},
    std::net::TcpListener,
    std::thread::JoinHandle,
};

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

/// A service that gives these answers, one a connection; the local Bedrock makes no wrong ones.
#[cfg(unix)]
fn service(answers: Vec<Value>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serve = move |answer: Value| {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(&stream);
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line).unwrap() > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let answer = answer.to_string();
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json";
        write!(&stream, "{head}\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).unwrap();
        String::from_utf8(body).unwrap()
    };
    (url, std::thread::spawn(move || answers.into_iter().map(serve).collect()))
}

#[cfg(unix)]
fn answer(content: Value, stop_reason: &str) -> Value {
    json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason,
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    })
}

#[test]
#[cfg(unix)]
fn a_call_without_an_object_is_not_run() {
    let call =
        |id: &str, input: Value| json!({"toolUse": {"toolUseId": id, "name": "f", "input": input}});
    let calls = json!([call("t1", json!([1])), call("t2", json!({}))]);
    let (url, served) =
        service(vec![answer(calls, "tool_use"), answer(json!([{"text": "Sorry."}]), "end_turn")]);
    let world = World::new();
    let tools = world.file("tools.json", br#"[{"name": "f", "input_schema": {"type": "object"}}]"#);
    let ran = world.path("ran");
    let command = format!("echo $CONVERSE_TOOL_ID >> {ran}");
    let chat = ["chat", "--no-stream", "--endpoint-url", &url, "--tools", &tools];
    let chat = [&chat[..], &["--tool-command", &command, "Weather?"]].concat();
    let output = world.converse(&chat).run();
    assert_eq!((output.stdout.as_str(), output.code), ("Sorry.\n", Some(0)), "{output:?}");
    assert_eq!(std::fs::read_to_string(ran).unwrap(), "t2\n");
    let sent: Value = serde_json::from_str(&served.join().unwrap()[1]).unwrap();
    assert_eq!(sent["messages"][1]["content"][0]["toolUse"]["input"], json!({}));
    let refused = &sent["messages"][2]["content"][0]["toolResult"];
    assert_eq!((&refused["toolUseId"], &refused["status"]), (&"t1".into(), &"error".into()));
    assert!(output.stderr.contains("tool error: The tool was not run"), "{output:?}");
}

#[test]
#[cfg(unix)]
fn blocks_of_a_kind_that_is_not_known_are_shown_as_they_are() {
    let content = json!([{"text": "Hi"}, {"brandNew": {"n": 1}}]);
    let (url, served) = service(vec![answer(content, "end_turn")]);
    let world = World::new();
    let output = world.converse(&["chat", "--no-stream", "--endpoint-url", &url, "Hello"]).run();
    assert_eq!((output.stdout.as_str(), output.code), ("Hi\n", Some(0)), "{output:?}");
    assert_eq!(output.stderr, "brandNew: {\"n\":1}\n");
    served.join().unwrap();
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
