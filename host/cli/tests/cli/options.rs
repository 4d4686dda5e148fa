//! Options of `converse chat` that become parts of the request, and what is shown of the answer.

use crate::support::World;
use bedrock_sim::{Script, Sim};
use serde_json::json;

#[test]
fn service_options_reach_the_service() {
    let world = World::new();
    let arn = "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc";
    let guardrail = format!("{arn}:7");
    let chat = "chat --service-tier flex --latency optimized --metadata team=a --metadata x=y=z \
                --metadata team=b --guardrail-trace --guardrail";
    let mut chat: Vec<&str> = chat.split_whitespace().collect();
    chat.extend([&guardrail, "--additional-fields", r#"{"top_k": 5}"#, "Hello"]);
    assert_eq!(world.converse(&chat).run().code, Some(0));
    let body = world.last_request().json();
    assert_eq!(body["serviceTier"], json!({"type": "flex"}));
    assert_eq!(body["performanceConfig"], json!({"latency": "optimized"}));
    assert_eq!(body["requestMetadata"], json!({"x": "y=z", "team": "b"}));
    let expected = json!({"guardrailIdentifier": arn, "guardrailVersion": "7", "trace": "enabled"});
    assert_eq!(body["guardrailConfig"], expected);
    assert_eq!(body["additionalModelRequestFields"], json!({"top_k": 5}));
}

#[test]
fn thinking_and_caching_are_set_as_the_model_takes_them() {
    let world = World::new();
    let model = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
    let chat = ["chat", "--model", model, "--thinking-budget", "2000", "--cache=long", "Hello"];
    let output = world.converse(&chat).run();
    assert_eq!((output.stdout.as_str(), output.code), ("Hello! You said: \"Hello\".\n", Some(0)));
    let body = world.last_request().json();
    let thinking = &body["additionalModelRequestFields"]["thinking"];
    assert_eq!((&thinking["type"], &thinking["budget_tokens"]), (&json!("enabled"), &json!(2000)));
    let last = body["messages"][0]["content"].as_array().unwrap().last().unwrap();
    assert_eq!(*last, json!({"cachePoint": {"type": "default", "ttl": "1h"}}));

    let chat = ["chat", "--model", model, "--thinking", "off", "--cache", "Hello"];
    assert_eq!(world.converse(&chat).run().code, Some(0));
    let body = world.last_request().json();
    assert_eq!(body.get("additionalModelRequestFields"), None, "{body}");
    assert!(body.to_string().contains("cachePoint") && !body.to_string().contains("1h"), "{body}");
}

#[test]
fn a_schema_is_named_after_its_file() {
    let world = World::new();
    let schema = world.file("an answer.json", br#"{"type": "object", "properties": {}}"#);
    assert_eq!(world.converse(&["chat", "--schema", &schema, "Hello"]).run().code, Some(0));
    let body = world.last_request().json();
    let form = &body["outputConfig"]["textFormat"]["structure"]["jsonSchema"];
    assert_eq!(form["name"], "an_answer");
    let schema: serde_json::Value = serde_json::from_str(form["schema"].as_str().unwrap()).unwrap();
    assert_eq!(schema, json!({"type": "object", "properties": {}}));
}

#[test]
fn wrong_values_are_told_before_anything_is_sent() {
    let world = World::new();
    let broken = world.file("broken.json", b"{\"type\":\n object}");
    for (args, complaint) in [
        (&["--schema", &broken][..], "broken.json is not JSON: expected value at line 2 column 2"),
        (&["--schema", "nowhere.json"], "cannot read the schema nowhere.json"),
        (&["--additional-fields", "[1]"], "--additional-fields is JSON, but not an object"),
        (&["--additional-fields", "{"], "--additional-fields is not JSON"),
        (&["--guardrail-trace"], "--guardrail-trace needs --guardrail"),
        (&["--guardrail", ""], "the guardrail's id is empty"),
        (&["--guardrail", ":1"], "the guardrail's id is empty"),
        (&["--guardrail", "abc:"], "the guardrail's version is empty"),
        (&["--metadata", "team"], "KEY=VALUE"),
        (&["--service-tier", "gold"], "priority, default, flex, reserved"),
        (&["--temperature", "-1"], "a number from 0 to 1 is needed"),
        (&["--top-p", "-1"], "a number from 0 to 1 is needed"),
        (&["--thinking", "some"], "off, minimal, low, medium, high, xhigh, max"),
        (&["--thinking-budget", "0"], "0 is not in"),
        (&["--cache=day"], "short, long"),
    ] {
        let output = world.converse(&[&["chat"], args, &["Hello"]].concat()).run();
        output.fails(2, &[complaint]);
        assert_eq!(output.stdout, "");
    }
    assert_eq!(world.sim.stats().requests, 0);
}

#[test]
fn usage_is_told_when_asked_for() {
    let metadata = json!({
        "usage": {"inputTokens": 1234, "outputTokens": 56, "totalTokens": 1290,
            "cacheReadInputTokens": 1000, "cacheWriteInputTokens": 50},
        "metrics": {"latencyMs": 1234},
        "serviceTier": {"type": "flex"},
    });
    let script = Script::assistant().text(["Hi"]).stop("stop_sequence");
    let world = World::with(Sim::builder().replay(script.event("metadata", metadata)));
    let output = world.converse(&["chat", "--usage", "Hello"]).run();
    assert_eq!(output.stdout, "Hi\n");
    let told = "stop_sequence · 1,234 tokens in (1,000 read from the cache, 50 written to the cache) · \
                56 out · 1.2 s · tier flex · request 00000000-0000-4000-8000-000000000001\n";
    assert_eq!(output.stderr, told);
    assert_eq!(world.converse(&["chat", "Hello"]).run().stderr, "");
}

#[test]
fn what_an_answer_costs_is_told_where_the_price_is_known() {
    let world = World::new();
    let output = world.converse(&["chat", "--usage", "hi"]).run();
    assert!(output.stderr.starts_with("1 token in · 6 out · 160 ms · $0.0000015 · "), "{output:?}");
}

#[test]
#[cfg(unix)]
fn usage_is_the_sum_of_all_answers() {
    let world = World::new();
    let tools = world.file("tools.json", br#"[{"name": "f", "input_schema": {}}]"#);
    let chat = ["chat", "--usage", "--json", "--tools", &tools, "--tool-command", "echo x"];
    let output = world.converse(&[&chat[..], &["use tool"]].concat()).run();
    let done: Vec<_> =
        output.events().into_iter().filter(|event| event["type"] == "done").collect();
    let sum =
        |name: &str| done.iter().map(|done| done["usage"][name].as_u64().unwrap()).sum::<u64>();
    let told =
        format!("2 answers · {} tokens in · {} out · ", sum("input_tokens"), sum("output_tokens"));
    assert!(output.stderr.starts_with(&told), "{told:?} in {output:?}");
}

#[test]
fn sources_are_listed_after_the_answer() {
    let page = |start: u32, end: u32| {
        json!({"citation": {"title": "Report", "source": "report.pdf", "sourceContent": [{"text": "x"}],
            "location": {"documentPage": {"documentIndex": 0, "start": start, "end": end}}}})
    };
    let script = Script::assistant()
        .delta(json!({"text": "It grew"}))
        .delta(page(3, 4))
        .block_stop()
        .delta(json!({"text": " twice."}))
        .delta(page(3, 4))
        .delta(page(9, 9))
        .block_stop()
        .stop("end_turn")
        .usage(1, 2);
    let world = World::with(Sim::builder().replay(script));
    let output = world.converse(&["chat", "Growth?"]).run();
    assert_eq!(output.stdout, "It grew twice.\n");
    assert_eq!(output.stderr, "[1] Report, report.pdf, page 3-4\n[2] Report, report.pdf, page 9\n");
}

#[test]
fn images_of_the_answer_are_saved_and_overwrite_nothing() {
    let script = Script::assistant()
        .text(["Here:"])
        .block_start(json!({"image": {"format": "png"}}))
        .delta(json!({"image": {"source": {"bytes": "AQID"}}}))
        .block_stop()
        .stop("end_turn")
        .usage(1, 2);
    let world = World::with(Sim::builder().replay(script));
    let folder = world.path("pictures");
    for number in 1..=2 {
        let output = world.converse(&["chat", "--save-images", &folder, "Draw"]).run();
        assert_eq!((output.stdout.as_str(), output.code), ("Here:\n", Some(0)));
        let file = format!("{folder}/image-{number}.png");
        assert_eq!(output.stderr, format!("image (png, 3 bytes)\nsaved as {file}\n"));
        assert_eq!(std::fs::read(file).unwrap(), [1, 2, 3]);
    }
    let file = world.file("file", b"");
    let output = world.converse(&["chat", "--save-images", &file, "Draw"]).run();
    output.fails(2, &["cannot make the folder"]);
}

#[test]
fn a_guardrail_that_steps_in_is_told() {
    let trace = json!({"guardrail": {"actionReason": "topic"}});
    let metadata = json!({
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
        "trace": trace,
    });
    let script = Script::assistant().text(["No."]).stop("guardrail_intervened");
    let world = World::with(Sim::builder().replay(script.clone().event("metadata", metadata)));
    let output = world.converse(&["chat", "--guardrail", "abc", "--guardrail-trace", "Hi"]).run();
    assert_eq!((output.stdout.as_str(), output.code), ("No.\n", Some(0)));
    let note = "note: a guardrail stepped in (guardrail_intervened)";
    assert!(
        output.stderr.starts_with("guardrail: {") && output.stderr.ends_with(&format!("{note}\n")),
        "{output:?}"
    );
    assert!(output.stderr.contains("topic"), "{output:?}");
    world.sim.set_replay(Some(script.usage(1, 1).encode()));
    let chat = ["chat", "--guardrail", "abc", "Hi", "--guardrail-trace"];
    assert_eq!(world.converse(&chat).run().stderr, format!("{note}\n"));
    let output = world.converse(&chat[..4]).run();
    assert_eq!(output.stderr, format!("{note}; --guardrail-trace shows why\n"));
}
