//! The repair table: each row, what it makes of a request, and that it is reported.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bedrock_converse::bindings::types as wit;
use bedrock_converse::bindings::types::{ContentBlock, ErrorKind, Request};
use bedrock_converse::converse::body::Operation;
use bedrock_converse::converse::repair::ROWS;
use common::requests::*;
use serde_json::{Value, json};
use wit::ToolResultContent as C;

/// Sends a conversation; these rows, and no others, must have been applied.
#[track_caller]
fn repaired(request: Request, rows: &[&str]) -> Value {
    let sent = send(request);
    assert_eq!(sent.rows(), rows, "{}", sent.json);
    sent.json
}

#[track_caller]
fn messages(model: &str, messages: Vec<wit::Message>, rows: &[&str]) -> Value {
    repaired(conversation(model, messages), rows)["messages"].take()
}

fn with_tools(messages: Vec<wit::Message>) -> Request {
    Request { tools: vec![tool("f"), tool("g")], ..conversation(CLAUDE, messages) }
}

#[test]
fn every_row_is_documented() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/repairs.md");
    let page = std::fs::read_to_string(page).unwrap();
    let documented: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(row, _)| row))
        .collect();
    assert_eq!(documented, ROWS);
}

#[test]
fn what_is_right_stays_as_it_is() {
    let request = with_tools(vec![
        user(vec![text("a")]),
        assistant(vec![text("b"), call("t1", "f", r#"{"x":1}"#), call("t2", "g", "{}")]),
        user(vec![result("t1", "r1"), result("t2", "r2"), text("c")]),
    ]);
    repaired(request, &[]);
}

#[test]
fn blank_text() {
    let request = Request {
        system: vec![wit::SystemBlock::Text(" \n".to_owned())],
        ..conversation(NOVA, vec![user(vec![text(""), text("a"), text(" ")])])
    };
    let sent = repaired(request, &["blank-text"]);
    assert_eq!(sent["messages"], json!([{"role": "user", "content": [{"text": "a"}]}]));
    assert!(sent.get("system").is_none());
}

#[test]
fn empty_messages() {
    let turns = vec![
        user(vec![text("  ")]),
        assistant(vec![text("b")]),
        user(vec![]),
        assistant(vec![text("")]),
        user(vec![text("d")]),
    ];
    assert_eq!(
        messages(NOVA, turns, &["blank-text", "empty-message", "merged-turns"]),
        json!([
            {"role": "user", "content": [{"text": "<empty>"}]},
            {"role": "assistant", "content": [{"text": "b"}]},
            {"role": "user", "content": [{"text": "d"}]},
        ])
    );
}

#[test]
fn turns_of_one_speaker_are_joined() {
    let turns = vec![
        user(vec![text("a")]),
        user(vec![text("b")]),
        assistant(vec![text("c")]),
        assistant(vec![text("d")]),
        user(vec![text("e")]),
    ];
    assert_eq!(
        messages(NOVA, turns, &["merged-turns"]),
        json!([
            {"role": "user", "content": [{"text": "a"}, {"text": "b"}]},
            {"role": "assistant", "content": [{"text": "c"}, {"text": "d"}]},
            {"role": "user", "content": [{"text": "e"}]},
        ])
    );
}

#[test]
fn first_turn_is_the_users() {
    let turns = vec![assistant(vec![text("Hi!")]), user(vec![text("a")])];
    let sent = messages(NOVA, turns, &["first-turn", "empty-message"]);
    assert_eq!(sent[0], json!({"role": "user", "content": [{"text": "<empty>"}]}));
    assert_eq!(sent[1]["role"], "assistant");
}

#[test]
fn last_turn_of_the_assistant() {
    let turns = || vec![user(vec![text("a")]), assistant(vec![text("The answer is: \n")])];
    let sent = messages(NOVA, turns(), &["trailing-space"]);
    assert_eq!(sent[1]["content"], json!([{"text": "The answer is:"}]));
    // Opus 4.7 goes on from no such turn, which nothing can put right.
    let (kind, message) = refused(conversation(OPUS, turns()));
    assert_eq!(kind, ErrorKind::InvalidRequest);
    assert!(message.starts_with("messages[1]: "), "{message}");
}

#[test]
fn history_of_tools_without_tools() {
    let image = C::Image(image());
    let turns = || {
        vec![
            user(vec![text("a")]),
            assistant(vec![text("b"), call("t1", "f", r#"{"x":1}"#), call("t2", "g", "")]),
            user(vec![
                result("t1", "r1"),
                result_of("t2", vec![], Some(wit::ToolStatus::Error)),
                text("c"),
            ]),
        ]
    };
    let told = json!([
        {"role": "user", "content": [{"text": "a"}]},
        {"role": "assistant", "content": [{"text": "b"},
            {"text": "[Call of the tool f with {\"x\":1}]"},
            {"text": "[Call of the tool g with {}]"}]},
        {"role": "user", "content": [{"text": "[Result of the tool f: r1]"},
            {"text": "[The tool g failed: <empty>]"}, {"text": "c"}]},
    ]);
    assert_eq!(messages(CLAUDE, turns(), &["empty-result", "tool-history"]), told);
    // To choose none of the tools comes to the same.
    let choice = Some(wit::ToolChoice::None);
    let sent = repaired(
        Request { tool_choice: choice, ..with_tools(turns()) },
        &["tool-choice-none", "empty-result", "tool-history"],
    );
    assert!(sent.get("toolConfig").is_none());
    assert_eq!(sent["messages"], told);
    // What is no text stays what it is.
    let turns = vec![
        user(vec![text("a")]),
        assistant(vec![call("t1", "f", "{}")]),
        user(vec![result_of("t1", vec![image], None)]),
    ];
    let sent = messages(CLAUDE, turns, &["tool-history"]);
    assert_eq!(sent[2]["content"][0], json!({"text": "[Result of the tool f: as follows]"}));
    assert_eq!(sent[2]["content"][1]["image"]["format"], "png");
}

#[test]
fn results_stand_in_the_turn_after_the_calls_and_in_their_order() {
    // Two messages, the wrong order, and a text before them.
    let request = with_tools(vec![
        user(vec![text("a")]),
        assistant(vec![call("t1", "f", "{}"), call("t2", "g", "{}")]),
        user(vec![text("look"), result("t2", "r2")]),
        user(vec![result("t1", "r1")]),
    ]);
    let sent = repaired(request, &["merged-turns", "result-order"]);
    assert_eq!(
        sent["messages"][2]["content"],
        json!([
            {"toolResult": {"toolUseId": "t1", "content": [{"text": "r1"}]}},
            {"toolResult": {"toolUseId": "t2", "content": [{"text": "r2"}]}},
            {"text": "look"},
        ])
    );
    // A result that comes a turn too late.
    let request = with_tools(vec![
        user(vec![text("a")]),
        assistant(vec![call("t1", "f", "{}")]),
        user(vec![text("b")]),
        assistant(vec![text("c")]),
        user(vec![result("t1", "r1")]),
    ]);
    let sent = repaired(request, &["result-order", "empty-message"]);
    assert_eq!(sent["messages"][2]["content"][0]["toolResult"]["toolUseId"], "t1");
    assert_eq!(sent["messages"][4]["content"], json!([{"text": "<empty>"}]));
}

#[test]
fn missing_results() {
    let missing = |id: &str| {
        json!({"toolResult": {"toolUseId": id, "content": [{"text": "no result"}],
            "status": "error"}})
    };
    // In the midst, between two turns of the assistant, and at the end.
    let request = with_tools(vec![
        user(vec![text("a")]),
        assistant(vec![call("t1", "f", "{}"), call("t2", "f", "{}")]),
        user(vec![result("t2", "r2")]),
        assistant(vec![call("t3", "f", "{}")]),
    ]);
    let sent = repaired(request, &["missing-result", "result-order"]);
    assert_eq!(sent["messages"][2]["content"][0], missing("t1"));
    assert_eq!(sent["messages"][4], json!({"role": "user", "content": [missing("t3")]}));
}

#[test]
fn duplicate_and_orphan_results() {
    let request = with_tools(vec![
        user(vec![text("a"), result("t0", "lost")]),
        assistant(vec![call("t1", "f", "{}")]),
        user(vec![
            result("t1", "one"),
            result_of("t1", vec![C::Text("two".to_owned())], Some(wit::ToolStatus::Error)),
        ]),
    ]);
    let sent = repaired(request, &["orphan-result", "duplicate-result"]);
    assert_eq!(sent["messages"][0]["content"][1], json!({"text": "[Result of the tool t0: lost]"}));
    assert_eq!(
        sent["messages"][2]["content"],
        json!([{"toolResult": {"toolUseId": "t1", "status": "error",
            "content": [{"text": "one"}, {"text": "two"}]}}])
    );
}

#[test]
fn empty_results() {
    let request = with_tools(vec![
        user(vec![text("a")]),
        assistant(vec![call("t1", "f", "{}")]),
        user(vec![result("t1", " ")]),
    ]);
    let sent = repaired(request, &["blank-text", "empty-result"]);
    let result = &sent["messages"][2]["content"][0]["toolResult"];
    assert_eq!(result["content"], json!([{"text": "<empty>"}]));
}

#[test]
fn results_in_json_are_objects() {
    for (given, sent, rows) in [
        (r#"{"a":1.50}"#, json!({"json": {"a": 1.50}}), &[][..]),
        ("[1,2]", json!({"text": "[1,2]"}), &["result-json"]),
        (r#""said \"so\"""#, json!({"text": "said \"so\""}), &["result-json"]),
        ("null", json!({"text": "null"}), &["result-json"]),
    ] {
        let request = with_tools(vec![
            user(vec![text("a")]),
            assistant(vec![call("t1", "f", "{}")]),
            user(vec![result_of("t1", vec![C::Json(given.to_owned())], None)]),
        ]);
        let json = repaired(request, rows);
        assert_eq!(json["messages"][2]["content"][0]["toolResult"]["content"][0], sent);
    }
}

/// A stored prompt has its tools with it, and `extra-json` may bring some.
#[test]
fn history_of_tools_that_stand_elsewhere() {
    let turns = || {
        vec![
            user(vec![text("a")]),
            assistant(vec![call("t1", "f", "{}")]),
            user(vec![result("t1", "r")]),
        ]
    };
    let prompt = "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ";
    let stored = Request { model: prompt.to_owned(), messages: turns(), ..request() };
    let extra = Request {
        extra_json: some(r#"{"toolConfig":{"tools":[{"toolSpec":{"name":"f"}}]}}"#),
        ..conversation(NOVA, turns())
    };
    for request in [stored, extra] {
        let sent = repaired(request, &[]);
        assert_eq!(sent["messages"][1]["content"][0]["toolUse"]["name"], "f");
    }
}

#[test]
fn inputs_of_calls() {
    for (given, sent, rows) in [
        ("{}", json!({}), &[][..]),
        ("", json!({}), &["tool-input"]),
        ("null", json!({}), &["tool-input"]),
        (r#""{\"a\":1}""#, json!({"a": 1}), &["tool-input"]),
        ("[1,2]", json!({"invalid_input": "[1,2]"}), &["tool-input"]),
        (r#"{"a":"#, json!({"invalid_input": "{\"a\":"}), &["tool-input"]),
        (r#"{"":1,"b":{"":2}}"#, json!({"_": 1, "b": {"_": 2}}), &["empty-key"]),
        (r#"{"a":"\ud83d"}"#, json!({"a": "\u{fffd}"}), &["surrogate"]),
        (r#"{"a":"\ud83d\ude00"}"#, json!({"a": "😀"}), &[]),
        ("\u{3000}{\"a\":1}\u{a0}", json!({"a": 1}), &[]),
        (r#""{\"a\":\"\\ud83d\"}""#, json!({"a": "\u{fffd}"}), &["tool-input"]),
    ] {
        let request = with_tools(vec![
            user(vec![text("a")]),
            assistant(vec![call("t1", "f", given)]),
            user(vec![result("t1", "r")]),
        ]);
        let json = repaired(request, rows);
        assert_eq!(json["messages"][1]["content"][0]["toolUse"]["input"], sent, "{given}");
    }
}

#[test]
fn ids_of_calls() {
    let turns = || {
        vec![
            user(vec![text("a")]),
            assistant(vec![call("functions.f:0", "f", "{}")]),
            user(vec![result("functions.f:0", "one")]),
            assistant(vec![call("functions.f:0", "f", "{}"), call("ä b", "g", "{}")]),
            user(vec![result("functions.f:0", "two"), result("ä b", "three")]),
        ]
    };
    let ids = |sent: &Value, m: usize, member: &str| -> Vec<String> {
        let content = sent["messages"][m]["content"].as_array().unwrap().iter();
        content.map(|block| block[member]["toolUseId"].as_str().unwrap().to_owned()).collect()
    };
    // Claude takes no points and colons; and no model takes an id twice.
    let sent = repaired(with_tools(turns()), &["tool-id"]);
    assert_eq!(ids(&sent, 1, "toolUse"), ["functions_f_0"]);
    assert_eq!(ids(&sent, 2, "toolResult"), ["functions_f_0"]);
    assert_eq!(ids(&sent, 3, "toolUse"), ["functions_f_0_2", "__b"]);
    assert_eq!(ids(&sent, 4, "toolResult"), ["functions_f_0_2", "__b"]);
    assert_eq!(sent["messages"][4]["content"][0]["toolResult"]["content"][0]["text"], "two");

    let request = Request { model: NOVA.to_owned(), ..with_tools(turns()) };
    assert_eq!(ids(&repaired(request, &["tool-id"]), 1, "toolUse"), ["functions.f:0"]);
}

#[test]
fn names_of_tools_go_out_in_the_services_alphabet_and_come_back() {
    let long = "x".repeat(80);
    let request = Request {
        tools: vec![tool("mcp.server/read"), tool("mcp_server_read"), tool(&long)],
        tool_choice: Some(wit::ToolChoice::Tool("mcp.server/read".to_owned())),
        ..conversation(
            NOVA,
            vec![
                user(vec![text("a")]),
                assistant(vec![call("t1", "mcp.server/read", "{}"), call("t2", "gone.tool", "{}")]),
                user(vec![result("t1", "r"), result("t2", "r")]),
            ],
        )
    };
    let sent = send(request);
    assert_eq!(sent.rows(), ["tool-name"]);
    let name = |t: usize| sent.json["toolConfig"]["tools"][t]["toolSpec"]["name"].as_str().unwrap();
    assert_eq!((name(0), name(1)), ("mcp_server_read", "mcp_server_read_2"));
    assert_eq!(name(2).len(), 64);
    assert_eq!(sent.json["toolConfig"]["toolChoice"]["tool"]["name"], name(0));
    let calls = &sent.json["messages"][1]["content"];
    assert_eq!(calls[0]["toolUse"]["name"], name(0));
    assert_eq!(calls[1]["toolUse"]["name"], "gone_tool");
    for (t, original) in ["mcp.server/read", "mcp_server_read", &long].into_iter().enumerate() {
        assert_eq!(sent.origin.names.restore(name(t).to_owned()), original);
    }
}

#[test]
fn tools_of_one_name() {
    let request = |other: wit::Tool| Request {
        tools: vec![tool("f"), other],
        ..conversation(NOVA, vec![user(vec![text("a")])])
    };
    let sent = repaired(request(tool("f")), &["duplicate-tool"]);
    assert_eq!(sent["toolConfig"]["tools"].as_array().unwrap().len(), 1);
    let other = wit::Tool::Function(wit::ToolSpec {
        name: "f".to_owned(),
        description: some("another"),
        input_schema: r#"{"type":"object"}"#.to_owned(),
        strict: None,
    });
    let (kind, message) = refused(request(other));
    assert_eq!(kind, ErrorKind::InvalidRequest);
    assert!(message.starts_with("tools[1].name: "), "{message}");
}

#[test]
fn schema_says_that_it_is_of_an_object() {
    for (given, sent) in [
        ("{}", json!({"type": "object"})),
        (r#"{"properties":{"a":{}}}"#, json!({"type": "object", "properties": {"a": {}}})),
    ] {
        let spec = wit::ToolSpec {
            name: "f".to_owned(),
            description: some(" "),
            input_schema: given.to_owned(),
            strict: None,
        };
        let tools = vec![wit::Tool::Function(spec)];
        let request = Request { tools, ..conversation(NOVA, vec![user(vec![text("a")])]) };
        let json = repaired(request, &["blank-text", "tool-schema"]);
        let spec = &json["toolConfig"]["tools"][0]["toolSpec"];
        assert_eq!((&spec["inputSchema"]["json"], spec.get("description")), (&sent, None));
    }
}

#[test]
fn choices_that_no_tool_has() {
    let request = |tools, choice| Request {
        tools,
        tool_choice: Some(choice),
        ..conversation(NOVA, vec![user(vec![text("a")])])
    };
    for (tools, choice) in [
        (vec![tool("f")], wit::ToolChoice::Tool("h".to_owned())),
        (vec![], wit::ToolChoice::Any),
        (vec![], wit::ToolChoice::Tool("f".to_owned())),
    ] {
        let (kind, message) = refused(request(tools, choice));
        assert_eq!(kind, ErrorKind::InvalidRequest);
        assert!(message.starts_with("tool-choice: "), "{message}");
    }
    let sent = repaired(request(vec![], wit::ToolChoice::Auto), &[]);
    assert!(sent.get("toolConfig").is_none());
}

fn document(name: &str) -> wit::Document {
    wit::Document {
        name: name.to_owned(),
        format: some("pdf"),
        source: wit::DocumentSource::Bytes(vec![1]),
        context: None,
        citations: false,
    }
}

#[test]
fn names_of_documents() {
    let request = with_tools(vec![
        user(vec![
            text("a"),
            ContentBlock::Document(document("Q3  report.v2.pdf")),
            ContentBlock::Document(document("Q3 report_v2_pdf")),
        ]),
        assistant(vec![call("t1", "f", "{}")]),
        user(vec![result_of("t1", vec![C::Document(document("Q3 report.v2.pdf"))], None)]),
    ]);
    let sent = repaired(request, &["document-name"]);
    let first = &sent["messages"][0]["content"];
    assert_eq!(first[1]["document"]["name"], "Q3 report_v2_pdf");
    assert_eq!(first[2]["document"]["name"], "Q3 report_v2_pdf (2)");
    let third = &sent["messages"][2]["content"][0]["toolResult"]["content"][0];
    assert_eq!(third["document"]["name"], "Q3 report_v2_pdf (3)");
}

#[test]
fn document_alone_gets_a_text() {
    let turn = user(vec![
        ContentBlock::Document(document("one")),
        ContentBlock::Document(document("two")),
    ]);
    let sent = messages(NOVA, vec![turn], &["document-text"]);
    assert_eq!(sent[0]["content"][0], json!({"text": "Documents: one, two"}));
}

#[test]
fn images_for_a_model_without_eyes() {
    let turns = || {
        vec![
            user(vec![text("a"), ContentBlock::Image(image()), ContentBlock::Image(image())]),
            assistant(vec![call("t1", "f", "{}")]),
            user(vec![result_of("t1", vec![C::Image(image()), C::Image(image())], None)]),
        ]
    };
    let request = |model: &str| Request { model: model.to_owned(), ..with_tools(turns()) };
    let sent = repaired(request(TEXT_ONLY), &["image-input"]);
    let placeholder = json!({"text": "(image left out: the model takes none)"});
    let first = sent["messages"][0]["content"].as_array().unwrap();
    assert_eq!((first.len(), &first[1]), (2, &placeholder));
    let result = &sent["messages"][2]["content"][0]["toolResult"]["content"];
    assert_eq!(*result, json!([placeholder]));
    // A model that is not known may well see.
    for model in [NOVA, UNKNOWN] {
        repaired(request(model), &[]);
    }
}

#[test]
fn images_of_failed_results_for_claude() {
    let failed = || {
        let content = vec![C::Text("crashed".to_owned()), C::Image(image())];
        result_of("t1", content, Some(wit::ToolStatus::Error))
    };
    let request = |model: &str| Request {
        model: model.to_owned(),
        ..with_tools(vec![
            user(vec![text("a")]),
            assistant(vec![call("t1", "f", "{}"), call("t2", "f", "{}")]),
            user(vec![failed(), result("t2", "r2"), point(None)]),
        ])
    };
    let sent = repaired(request(CLAUDE), &["error-images"]);
    let content = sent["messages"][2]["content"].as_array().unwrap();
    assert_eq!(
        content[0]["toolResult"]["content"],
        json!([{"text": "crashed"}, {"text": "(image further down)"}])
    );
    assert_eq!(content[2], json!({"text": "Images of the failed tool call t1:"}));
    assert_eq!(content[3]["image"]["format"], "png");
    assert!(content[4].get("cachePoint").is_some() && content.len() == 5);
    repaired(request(NOVA), &[]);
}

fn thoughts(text: &str, signature: Option<&str>) -> ContentBlock {
    let signature = signature.map(str::to_owned);
    ContentBlock::Reasoning(wit::ReasoningText { text: text.to_owned(), signature })
}

/// Which thoughts of earlier turns each family of models takes back.
#[test]
fn thoughts_of_earlier_turns() {
    let reasoning = |text: &str| json!({"reasoningContent": {"reasoningText": {"text": text}}});
    let signed = json!({"reasoningContent": {"reasoningText":
        {"text": "s", "signature": "c2ln+/="}}});
    let redacted = json!({"reasoningContent": {"redactedContent": "AP8="}});
    let (foreign, blank) = ("reasoning-foreign", "reasoning-blank");
    for (model, sent, rows) in [
        (
            CLAUDE,
            vec![signed.clone(), json!({"text": "u"}), redacted.clone()],
            vec![foreign, blank],
        ),
        (NOVA_2, vec![json!({"text": "s"}), reasoning("u")], vec![foreign, blank]),
        (NOVA, vec![json!({"text": "s"}), json!({"text": "u"})], vec![foreign, blank]),
        ("openai.gpt-5.6-sol", vec![json!({"text": "s"}), redacted.clone()], vec![foreign, blank]),
        (UNKNOWN, vec![signed, reasoning("u"), redacted], vec![blank]),
    ] {
        let turns = vec![
            user(vec![text("a")]),
            assistant(vec![
                thoughts("s", Some("c2ln+/=")),
                thoughts("u", None),
                ContentBlock::RedactedReasoning(vec![0, 255]),
                thoughts(" ", None),
                text("b"),
            ]),
            user(vec![text("c")]),
        ];
        let json = messages(model, turns, &rows);
        let content = json[1]["content"].as_array().unwrap();
        assert_eq!(content[..content.len() - 1], sent, "{model}");
    }
}

/// A thought without words is all that some models give, and its signature is what counts.
#[test]
fn signature_alone_goes_back() {
    let turns = vec![
        user(vec![text("a")]),
        assistant(vec![thoughts("", Some("c2ln")), text("b")]),
        user(vec![text("c")]),
    ];
    let sent = messages(CLAUDE, turns, &[]);
    let block = &sent[1]["content"][0]["reasoningContent"]["reasoningText"];
    assert_eq!(*block, json!({"text": "", "signature": "c2ln"}));
}

#[test]
fn sampling_that_a_model_refuses() {
    let request = |model: &str| {
        let mut request = conversation(model, vec![user(vec![text("a")])]);
        request.inference.temperature = Some(0.5);
        request.inference.top_p = Some(0.5);
        request
    };
    let sent = repaired(request(OPUS), &["temperature", "top-p"]);
    assert_eq!(sent["inferenceConfig"], json!({"maxTokens": 8000}));
    let sent = repaired(request(CLAUDE), &["top-p"]);
    assert_eq!(sent["inferenceConfig"], json!({"maxTokens": 8000, "temperature": 0.5}));
    for model in [NOVA, UNKNOWN] {
        let sent = repaired(request(model), &[]);
        assert_eq!(sent["inferenceConfig"]["topP"], 0.5);
    }
}

#[test]
fn claude_is_told_how_much_it_may_write() {
    let request =
        |model: &str| Request { model: model.to_owned(), ..plain_request(vec![text("a")]) };
    let sent = repaired(request(CLAUDE), &["max-tokens"]);
    assert_eq!(sent["inferenceConfig"], json!({"maxTokens": 64000}));
    // As much as fits behind what was said.
    for (bytes, tokens) in [(480_000, 39_000..40_000), (900_000, 4096..4097)] {
        let long = text(&"x".repeat(bytes));
        let request = Request { model: CLAUDE.to_owned(), ..plain_request(vec![long]) };
        let sent = repaired(request, &["max-tokens"]);
        let most = sent["inferenceConfig"]["maxTokens"].as_u64().unwrap();
        assert!(tokens.contains(&most), "{most}");
    }
    for model in [NOVA, UNKNOWN, "anthropic.claude-unheard-of"] {
        assert!(repaired(request(model), &[]).get("inferenceConfig").is_none(), "{model}");
    }
}

fn plain_request(content: Vec<ContentBlock>) -> Request {
    Request { messages: vec![user(content)], ..request() }
}

#[test]
fn empty_stop_sequences() {
    let mut request = conversation(NOVA, vec![user(vec![text("a")])]);
    request.inference.stop_sequences = vec![String::new(), " ".to_owned()];
    let sent = repaired(request, &["stop-sequence"]);
    assert_eq!(sent["inferenceConfig"]["stopSequences"], json!([" "]));
}

#[test]
fn only_a_stream_waits_for_a_guardrail() {
    let request = || Request {
        guardrail: Some(wit::Guardrail {
            identifier: "g".to_owned(),
            version: "1".to_owned(),
            trace: None,
            stream_processing_mode: some("async"),
        }),
        ..conversation(NOVA, vec![user(vec![text("a")])])
    };
    let sent = repaired(request(), &[]);
    assert_eq!(sent["guardrailConfig"]["streamProcessingMode"], "async");
    let sent = send_from(request(), "us-east-1", Operation::Converse).unwrap();
    assert_eq!(sent.rows(), ["stream-processing-mode"]);
    assert!(sent.json["guardrailConfig"].get("streamProcessingMode").is_none());
}

fn point(ttl: Option<&str>) -> ContentBlock {
    ContentBlock::CachePoint(wit::CachePoint { ttl: ttl.map(str::to_owned) })
}

/// A request with a cache point for the tools, the system prompt and each turn of the user.
fn cached(model: &str, ttls: [Option<&str>; 5]) -> Request {
    let [tools, system, turns @ ..] = ttls;
    let turns = turns.into_iter().enumerate().flat_map(|(i, ttl)| {
        let answer = (i > 0).then(|| assistant(vec![text("b")]));
        answer.into_iter().chain([user(vec![text("a"), point(ttl)])])
    });
    let ttl = |ttl: Option<&str>| wit::CachePoint { ttl: ttl.map(str::to_owned) };
    Request {
        tools: vec![tool("f"), wit::Tool::CachePoint(ttl(tools))],
        system: vec![
            wit::SystemBlock::Text("s".to_owned()),
            wit::SystemBlock::CachePoint(ttl(system)),
        ],
        ..conversation(model, turns.collect())
    }
}

/// Each cache point that is sent: its place and its time.
fn points(sent: &Value) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut look = |place: &str, list: &Value| {
        for block in list.as_array().unwrap() {
            if let Some(point) = block.get("cachePoint") {
                found.push((place.to_owned(), point["ttl"].as_str().map(str::to_owned)));
            }
        }
    };
    look("tools", &sent["toolConfig"]["tools"]);
    look("system", &sent["system"]);
    for (m, message) in sent["messages"].as_array().unwrap().iter().enumerate() {
        look(&format!("messages[{m}]"), &message["content"]);
    }
    found
}

#[test]
fn cache_points_beyond_the_limit() {
    let sent = repaired(cached(CLAUDE, [None; 5]), &["cache-limit"]);
    let places: Vec<String> = points(&sent).into_iter().map(|(place, _)| place).collect();
    // The first turn's goes: what is cached up to a later one holds it too.
    assert_eq!(places, ["tools", "system", "messages[2]", "messages[4]"]);
}

#[test]
fn cache_points_do_not_outlive_those_before_them() {
    let long = Some("1h");
    let request =
        Request { tools: vec![tool("f")], ..cached(CLAUDE, [None, long, Some("5m"), long, None]) };
    let sent = repaired(request, &["cache-ttl"]);
    let ttls: Vec<Option<String>> = points(&sent).into_iter().map(|(_, ttl)| ttl).collect();
    assert_eq!(ttls, [some("1h"), some("5m"), None, None]);
    // A model that keeps nothing for an hour.
    let request = Request { tools: vec![], ..cached(NOVA, [None, long, long, None, None]) };
    let sent = repaired(request, &["cache-ttl"]);
    assert!(points_of_system_and_messages(&sent).iter().all(Option::is_none));
}

fn points_of_system_and_messages(sent: &Value) -> Vec<Option<String>> {
    let mut with_tools = sent.clone();
    with_tools["toolConfig"] = json!({"tools": []});
    points(&with_tools).into_iter().map(|(_, ttl)| ttl).collect()
}

#[test]
fn cache_points_that_a_model_refuses() {
    let sent =
        repaired(cached("meta.llama3-1-8b-instruct-v1:0", [None; 5]), &["cache-unsupported"]);
    assert_eq!(points(&sent), []);
    // Nova caches no tools.
    let sent = repaired(cached(NOVA, [None; 5]), &["cache-unsupported"]);
    assert_eq!(points(&sent).len(), 4);
    assert_eq!(points(&sent)[0].0, "system");
    // Of a model that is not known nothing is assumed but the limit.
    assert_eq!(points(&repaired(cached(UNKNOWN, [None; 5]), &["cache-limit"])).len(), 4);
}

#[test]
fn halves_of_surrogate_pairs() {
    let request = Request {
        additional_fields: some(r#"{"stop":"\udc00"}"#),
        extra_json: some(r#"{"a":"x\ud83d"}"#),
        ..conversation(
            NOVA,
            vec![user(vec![ContentBlock::Other(wit::Raw {
                kind: "new".to_owned(),
                json: r#"["\ud83d"]"#.to_owned(),
            })])],
        )
    };
    let sent = repaired(request, &["surrogate"]);
    assert_eq!(sent["additionalModelRequestFields"], json!({"stop": "\u{fffd}"}));
    assert_eq!(sent["a"], "x\u{fffd}");
    assert_eq!(sent["messages"][0]["content"][0], json!({"new": ["\u{fffd}"]}));
}
