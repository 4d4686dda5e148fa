//! Thinking: what each family of models is told for each level.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use bedrock_converse::bindings::types as wit;
use bedrock_converse::bindings::types::{ErrorKind, Request};
use bedrock_converse::converse::body::Operation;
use common::requests::*;
use serde_json::{Value, json};
use wit::ReasoningEffort as Effort;

const GPT_OSS: &str = "openai.gpt-oss-120b-1:0";
const GPT: &str = "openai.gpt-5.6-sol";
const R1: &str = "us.deepseek.r1-v1:0";
const FABLE: &str = "us.anthropic.claude-fable-5-v1:0";
const OPUS_4_6: &str = "us.anthropic.claude-opus-4-6-v1";

fn options(effort: Option<Effort>) -> wit::Reasoning {
    wit::Reasoning { effort, budget_tokens: None, interleaved: None, display: None }
}

fn thinking(model: &str, effort: Effort) -> Request {
    with(model, options(Some(effort)))
}

fn with(model: &str, reasoning: wit::Reasoning) -> Request {
    let mut request = conversation(model, vec![user(vec![text("a")])]);
    request.inference.max_tokens = (!model.contains("nova-2")).then_some(40_000);
    Request { reasoning: Some(reasoning), ..request }
}

fn fields(request: Request) -> Value {
    send(request).json["additionalModelRequestFields"].take()
}

#[test]
fn every_level_of_every_family() {
    let adaptive = |effort: &str| {
        json!({"thinking": {"type": "adaptive", "display": "summarized",
                "block_binding": {"prefix_mismatch_behavior": "drop_block"}},
            "output_config": {"effort": effort},
            "anthropic_beta": ["thinking-binding-controls-2026-08-01"]})
    };
    let plain = |effort: &str| {
        json!({"thinking": {"type": "adaptive", "display": "summarized"},
            "output_config": {"effort": effort}})
    };
    let budget = |tokens: u32| {
        json!({"thinking": {"type": "enabled", "budget_tokens": tokens, "display": "summarized"},
            "anthropic_beta": ["interleaved-thinking-2025-05-14"]})
    };
    let nova = |effort: &str| json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": effort}});
    let flat = |effort: &str| json!({"reasoning_effort": effort});
    let nested = |effort: &str| json!({"reasoning": {"effort": effort}});
    let disabled = json!({"thinking": {"type": "disabled"}});
    let levels = ["off", "minimal", "low", "medium", "high", "xhigh", "max"];
    let none = Value::Null;
    for (model, expected) in [
        (
            OPUS,
            [
                disabled.clone(),
                adaptive("low"),
                adaptive("low"),
                adaptive("medium"),
                adaptive("high"),
                adaptive("xhigh"),
                adaptive("max"),
            ],
        ),
        (
            OPUS_4_6,
            [
                disabled,
                plain("low"),
                plain("low"),
                plain("medium"),
                plain("high"),
                plain("high"),
                plain("max"),
            ],
        ),
        // It cannot be told not to think.
        (FABLE, ["low", "low", "low", "medium", "high", "xhigh", "max"].map(adaptive)),
        (
            CLAUDE,
            [
                none.clone(),
                budget(1024),
                budget(2048),
                budget(8192),
                budget(16_384),
                budget(16_384),
                budget(16_384),
            ],
        ),
        (
            NOVA_2,
            [
                json!({"reasoningConfig": {"type": "disabled"}}),
                nova("low"),
                nova("low"),
                nova("medium"),
                nova("high"),
                nova("high"),
                nova("high"),
            ],
        ),
        (GPT_OSS, ["low", "low", "low", "medium", "high", "high", "high"].map(flat)),
        (GPT, ["none", "low", "low", "medium", "high", "xhigh", "max"].map(nested)),
    ] {
        for (level, expected) in levels.into_iter().zip(expected) {
            let effort = effort(level);
            assert_eq!(fields(thinking(model, effort)), expected, "{model} {level}");
        }
    }
    // Left out, it does not think; a budget does not change that.
    assert_eq!(fields(thinking("deepseek.v3-v1:0", Effort::Off)), none);
    assert_eq!(fields(thinking("deepseek.v3-v1:0", Effort::High)), flat("high"));
    let off = wit::Reasoning { budget_tokens: Some(2048), ..options(Some(Effort::Off)) };
    assert_eq!(fields(with(CLAUDE, off)), none);
    // What is told it thinks as it likes.
    assert_eq!(fields(thinking(R1, Effort::High)), none);
    assert_eq!(fields(with(OPUS, options(None))), none);
}

fn effort(level: &str) -> Effort {
    match level {
        "off" => Effort::Off,
        "minimal" => Effort::Minimal,
        "low" => Effort::Low,
        "medium" => Effort::Medium,
        "high" => Effort::High,
        "xhigh" => Effort::Xhigh,
        "max" => Effort::Max,
        other => Effort::Other(other.to_owned()),
    }
}

#[test]
fn level_that_is_not_there_is_reported() {
    assert_eq!(send(thinking(OPUS_4_6, Effort::Xhigh)).rows(), ["reasoning-level"]);
    assert_eq!(send(thinking(FABLE, Effort::Off)).rows(), ["reasoning-level"]);
    assert_eq!(send(thinking(R1, Effort::Low)).rows(), ["reasoning-level"]);
    assert!(send(thinking(OPUS, Effort::Max)).rows().is_empty());
}

#[test]
fn level_of_the_models_own_is_passed_on() {
    let sent = fields(thinking(GPT, effort("ultra")));
    assert_eq!(sent, json!({"reasoning": {"effort": "ultra"}}));
}

#[test]
fn what_a_model_cannot_do_is_said() {
    for (request, member) in [
        (thinking(NOVA, Effort::Low), "reasoning: "),
        (thinking(UNKNOWN, Effort::Low), "reasoning: "),
        (thinking(R1, Effort::Off), "reasoning.effort: "),
        (thinking(CLAUDE, effort("ultra")), "reasoning.effort: "),
        (budgeted(OPUS, 2000), "reasoning.budget-tokens: "),
        (budgeted(GPT, 2000), "reasoning.budget-tokens: "),
    ] {
        let (kind, message) = refused(request);
        assert_eq!(kind, ErrorKind::Unsupported, "{message}");
        assert!(message.starts_with(member), "{message}");
    }
    for model in [NOVA, UNKNOWN] {
        assert_eq!(fields(thinking(model, Effort::Off)), Value::Null);
    }
}

fn budgeted(model: &str, tokens: u32) -> Request {
    with(model, wit::Reasoning { budget_tokens: Some(tokens), ..options(None) })
}

#[test]
fn budget_that_is_asked_for_must_fit() {
    let sent = fields(budgeted(CLAUDE, 5000));
    assert_eq!(sent["thinking"]["budget_tokens"], 5000);
    for tokens in [1023, 40_000] {
        let (kind, message) = refused(budgeted(CLAUDE, tokens));
        assert_eq!(kind, ErrorKind::InvalidRequest);
        assert!(message.starts_with("reasoning.budget-tokens: "), "{message}");
    }
}

#[test]
fn budget_of_a_level_leaves_room_for_the_answer() {
    let request = |max_tokens| {
        let mut request = thinking(CLAUDE, Effort::High);
        request.inference.max_tokens = max_tokens;
        send(request)
    };
    let budget = |sent: &Sent| {
        sent.json["additionalModelRequestFields"]["thinking"]["budget_tokens"].as_u64()
    };
    let sent = request(Some(10_000));
    assert_eq!((budget(&sent), sent.rows()), (Some(8976), vec!["reasoning-room"]));
    // Too little to think at all.
    let sent = request(Some(2000));
    assert_eq!((budget(&sent), sent.rows()), (None, vec!["reasoning-room"]));
    assert_eq!(sent.json["inferenceConfig"]["maxTokens"], 2000);
    let sent = request(None);
    assert_eq!((budget(&sent), sent.rows()), (Some(16_384), vec!["max-tokens"]));
    assert_eq!(sent.json["inferenceConfig"]["maxTokens"], 64_000);
}

#[test]
fn interleaved_thinking_and_display_can_be_chosen() {
    let chosen = wit::Reasoning {
        interleaved: Some(false),
        display: some("omitted"),
        ..options(Some(Effort::Low))
    };
    assert_eq!(
        fields(with(CLAUDE, chosen)),
        json!({"thinking": {"type": "enabled", "budget_tokens": 2048, "display": "omitted"}})
    );
    let display = wit::Reasoning { display: some("omitted"), ..options(None) };
    let sent = fields(with(OPUS_4_6, display));
    assert_eq!(sent, json!({"thinking": {"type": "adaptive", "display": "omitted"}}));
}

#[test]
fn newer_switches_are_not_known_in_govcloud() {
    let sent = |request| send_from(request, "us-gov-west-1", Operation::ConverseStream).unwrap();
    let plain = json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}});
    let from_region = sent(thinking(OPUS, Effort::High));
    assert_eq!(from_region.json["additionalModelRequestFields"], plain);
    for id in [
        "us-gov.anthropic.claude-opus-4-7",
        "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.anthropic.claude-opus-4-7",
    ] {
        assert_eq!(fields(thinking(id, Effort::High)), plain, "{id}");
    }
    let display =
        |display| wit::Reasoning { display: some(display), ..options(Some(Effort::High)) };
    let same = sent(with(OPUS, display("summarized")));
    assert_eq!(same.rows(), ["reasoning-display"]);
    let refused = send_from(with(OPUS, display("omitted")), "us-gov-west-1", Operation::Converse);
    assert_eq!(refused.err().unwrap().kind, ErrorKind::Unsupported);
}

#[test]
fn fields_of_the_callers_own_are_kept_and_betas_joined() {
    let request = Request {
        additional_fields: some(
            r#"{"top_k":5,"output_config":{"format":1.50},"anthropic_beta":["mine","interleaved-thinking-2025-05-14"]}"#,
        ),
        ..thinking(CLAUDE, Effort::Low)
    };
    assert_eq!(
        fields(request),
        json!({"thinking": {"type": "enabled", "budget_tokens": 2048, "display": "summarized"},
            "top_k": 5, "output_config": {"format": 1.50},
            "anthropic_beta": ["mine", "interleaved-thinking-2025-05-14"]})
    );
    let request = Request {
        additional_fields: some(r#"{"thinking":{"type":"disabled"}}"#),
        ..thinking(CLAUDE, Effort::Low)
    };
    let (kind, message) = refused(request);
    assert_eq!(kind, ErrorKind::InvalidRequest);
    assert!(message.starts_with("additional-fields.thinking.type: "), "{message}");
}

#[test]
fn what_does_not_go_with_thinking() {
    // Sampling is left out, and reported.
    let mut request = thinking(CLAUDE, Effort::Low);
    request.inference.temperature = Some(0.5);
    let sent = send(request);
    assert_eq!(sent.rows(), ["temperature"]);
    assert!(sent.json["inferenceConfig"].get("temperature").is_none());
    let mut request = thinking(NOVA_2, Effort::High);
    request.inference.temperature = Some(0.5);
    request.inference.top_p = Some(0.5);
    assert_eq!(send(request).rows(), ["temperature", "top-p"]);
    // What would change what is asked is an error.
    let mut request = thinking(NOVA_2, Effort::High);
    request.inference.max_tokens = Some(100);
    assert!(refused(request).1.starts_with("inference.max-tokens: "));
    // Nor does Claude go on from the beginning of an answer while it thinks.
    let mut request = thinking(CLAUDE, Effort::Low);
    request.messages.push(assistant(vec![text("So")]));
    assert!(refused(request).1.starts_with("messages[1]: "));
    let forced = |model: &str| Request {
        tools: vec![tool("f")],
        tool_choice: Some(wit::ToolChoice::Any),
        ..thinking(model, Effort::Low)
    };
    let (kind, message) = refused(forced(CLAUDE));
    assert_eq!(kind, ErrorKind::InvalidRequest);
    assert!(message.starts_with("tool-choice: "), "{message}");
    assert!(send(forced("anthropic.claude-opus-4-8")).rows().is_empty());
}

/// Bedrock wants a turn that called tools to begin with a thought, when there is thinking.
#[test]
fn calls_made_without_thinking_are_answered_without() {
    let calling = |model: &str, mut turn: Vec<wit::ContentBlock>| {
        turn.push(call("t1", "f", "{}"));
        let mut request = thinking(model, Effort::Low);
        request.messages.push(assistant(turn));
        request.messages.push(user(vec![result("t1", "r")]));
        send(Request { tools: vec![tool("f")], ..request })
    };
    let sent = calling(CLAUDE, vec![]);
    assert_eq!(sent.rows(), ["reasoning-turn"]);
    assert!(sent.json.get("additionalModelRequestFields").is_none());
    let thought = || {
        let reasoning = wit::ReasoningText { text: "t".to_owned(), signature: some("s") };
        vec![wit::ContentBlock::Reasoning(reasoning)]
    };
    for sent in [calling(CLAUDE, thought()), calling(OPUS, vec![])] {
        assert!(sent.rows().is_empty());
        assert!(sent.json["additionalModelRequestFields"].get("thinking").is_some());
    }
}

#[test]
fn tokens_of_thoughts_are_asked_for_and_nothing_else_shows_it() {
    let sent = send(thinking(CLAUDE, Effort::Low));
    let paths = &sent.json["additionalModelResponseFieldPaths"];
    assert_eq!(*paths, json!(["/usage/output_tokens_details"]));
    assert!(sent.origin.own_response_fields);
    // A caller who asks for fields gets them.
    for path in ["/stop_sequence", "/usage"] {
        let request = Request {
            response_field_paths: vec![path.to_owned()],
            ..thinking(CLAUDE, Effort::Low)
        };
        let sent = send(request);
        assert!(!sent.origin.own_response_fields);
        assert_eq!(sent.json["additionalModelResponseFieldPaths"][0], path);
    }
    for request in [thinking(CLAUDE, Effort::Off), thinking(NOVA_2, Effort::Low)] {
        assert!(send(request).json.get("additionalModelResponseFieldPaths").is_none());
    }
}
