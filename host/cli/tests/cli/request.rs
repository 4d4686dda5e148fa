//! `converse chat --request`.

use crate::support::World;
use serde_json::json;

const REQUEST: &str = r#"{
    "model": "us.amazon.nova-pro-v1:0",
    "system": "Be brief.",
    "inference": {"max_tokens": 50, "temperature": 0.5},
    "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
    "tools": [{"function": {"name": "f", "input_schema": {"type": "object"}}}],
    "service_tier": "flex",
    "request_metadata": {"team": "a"}
}"#;

#[test]
fn a_request_is_sent_as_it_is() {
    let world = World::new();
    let file = world.file("request.json", REQUEST.as_bytes());
    let chat = world.converse(&["chat", "--request", &file]).env("CONVERSE_MODEL", "no.such-model");
    chat.run().says("Hello! You said: \"Hello\".\n");
    let request = world.last_request();
    assert_eq!(request.path, "/model/us.amazon.nova-pro-v1%3A0/converse-stream");
    let expected = json!({
        "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 50, "temperature": 0.5},
        "toolConfig": {"tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}]},
        "serviceTier": {"type": "flex"},
        "requestMetadata": {"team": "a"},
    });
    assert_eq!(request.json(), expected);
}

#[test]
fn its_tools_may_be_written_as_those_of_a_file() {
    let world = World::new();
    let spec = r#"{"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}"#;
    let own = r#"{"function": {"name": "f", "input_schema": {"type": "object"}}}"#;
    let mcp = r#"{"name": "f", "inputSchema": {"type": "object"}}"#;
    let openai =
        r#"{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}"#;
    let sent: serde_json::Value = serde_json::from_str(spec).unwrap();
    for tool in [spec, own, mcp, openai] {
        let request = format!(r#"{{"tools": [{tool}]}}"#);
        let output = world
            .converse(&["chat", "--request", &world.file("r.json", request.as_bytes()), "Hello"])
            .run();
        assert_eq!(output.code, Some(0), "{output:?}");
        assert_eq!(world.last_request().json()["toolConfig"]["tools"], json!([sent]));
    }
}

#[test]
fn it_comes_from_standard_input_too() {
    let world = World::new();
    let output = world.converse(&["chat", "--request", "-"]).stdin(REQUEST).run();
    output.says("Hello! You said: \"Hello\".\n");
}

#[test]
fn a_stored_prompt_needs_no_message() {
    let world = World::new();
    let request = r#"{"model": "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ:1",
        "prompt_variables": {"city": "Oslo"}}"#;
    world.converse(&["chat", "--request", "-"]).stdin(request).run();
    let body = world.last_request().json();
    assert_eq!(body, json!({"promptVariables": {"city": {"text": "Oslo"}}}));
}

#[test]
fn options_go_before_what_it_says() {
    let world = World::new();
    let file = world.file("request.json", REQUEST.as_bytes());
    let tools = world.file("tools.json", br#"[{"name": "g", "input_schema": {}}]"#);
    let chat = "chat --model us.amazon.nova-lite-v1:0 --max-tokens 70 --system Long. --metadata team=b \
                --service-tier priority --tool-choice f World --request";
    let mut chat: Vec<&str> = chat.split_whitespace().collect();
    chat.extend([&file, "--tools", &tools]);
    let output = world.converse(&chat).run();
    assert_eq!(output.code, Some(0), "{output:?}");
    let request = world.last_request();
    assert_eq!(request.path, "/model/us.amazon.nova-lite-v1%3A0/converse-stream");
    let body = request.json();
    assert_eq!(body["inferenceConfig"], json!({"maxTokens": 70, "temperature": 0.5}));
    assert_eq!(body["system"], json!([{"text": "Long."}]));
    assert_eq!(body["requestMetadata"], json!({"team": "b"}));
    assert_eq!(body["serviceTier"], json!({"type": "priority"}));
    assert_eq!(body["toolConfig"]["tools"][1]["toolSpec"]["name"], "g");
    assert_eq!(body["toolConfig"]["toolChoice"], json!({"tool": {"name": "f"}}));
    // The service takes no two turns of the caller in a row.
    let content = json!([{"text": "Hello"}, {"text": "World"}]);
    assert_eq!(body["messages"], json!([{"role": "user", "content": content}]));
}

#[test]
fn what_is_no_request_is_told_with_its_place() {
    let world = World::new();
    let misspelt = world.file("misspelt.json", b"{\n  \"modle\": \"x\"}");
    let broken = world.file("broken.json", b"{\"model\": }");
    for (file, complaint) in [
        (&misspelt[..], "misspelt.json is not a request: unknown field `modle`"),
        (&misspelt, "line 2 column 9"),
        (&broken, "line 1 column 11"),
        ("nowhere.json", "cannot read the request nowhere.json"),
    ] {
        world.converse(&["chat", "--request", file, "Hello"]).run().fails(2, &[complaint]);
    }
    for (text, complaint) in [
        ("{\"tools\": []}", "nothing is asked"),
        ("{\"tools\": [{\"name\": \"f\"}]}", "`tools`: tool 1: f: `input_schema` is missing"),
        ("{\"tools\": [\n], \"modle\": 1}", "unknown field `modle`"),
        ("{\"tools\": [\n], \"modle\": 1}", "line 2 column 10"),
        ("[]", "standard input is not a request: an object is needed"),
        ("", "standard input is not a request: EOF"),
        ("{}", "nothing is asked"),
    ] {
        world.converse(&["chat", "--request", "-"]).stdin(text).run().fails(2, &[complaint]);
    }
    assert_eq!(world.sim.stats().requests, 0);
}
