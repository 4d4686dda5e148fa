use super::*;

fn prompt(text: &str) -> Prompt {
    Prompt { text: text.to_owned(), messages: 1, ..Prompt::default() }
}

fn tool(name: &str) -> Tool {
    let schema = json!({
        "type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}
    });
    Tool { name: name.to_owned(), schema }
}

fn with_tools(text: &str, names: &[&str]) -> Prompt {
    Prompt { tools: names.iter().map(|name| tool(name)).collect(), ..prompt(text) }
}

fn called(answer: &Answer) -> Vec<&str> {
    let names = answer.blocks.iter().map(|block| match block {
        Block::ToolUse { name, .. } => name.as_str(),
        _ => "(no call)",
    });
    names.collect()
}

fn text(answer: &Answer) -> &str {
    match answer.blocks.last() {
        Some(Block::Text(text)) => text,
        other => panic!("no text at the end: {other:?}"),
    }
}

#[test]
fn without_a_rule_the_prompt_is_said_back() {
    let answer = Answer::to(&prompt("What is Rust?"));
    assert_eq!(text(&answer), "Hello! You said: \"What is Rust?\".");
    assert_eq!(answer.stop_reason, "end_turn");
    assert_eq!(answer, Answer::to(&prompt("What is Rust?")));
}

#[test]
fn tools_are_called_when_asked_for() {
    let names = ["weather", "news"];
    for (text, expected) in [
        ("use a tool", &["weather"][..]),
        ("use your TOOLS", &["weather", "news"]),
        ("any News?", &["news"]),
        ("news and weather", &["weather", "news"]),
        ("hello", &["(no call)"]),
    ] {
        assert_eq!(called(&Answer::to(&with_tools(text, &names))), expected, "{text}");
    }
    assert_eq!(called(&Answer::to(&prompt("use a tool"))), ["(no call)"]);
    for (choice, expected) in
        [(ToolChoice::Any, "weather"), (ToolChoice::Tool("news".into()), "news")]
    {
        let asked = Prompt { choice, ..with_tools("hello", &names) };
        let answer = Answer::to(&asked);
        assert_eq!(called(&answer), [expected]);
        assert_eq!(answer.stop_reason, "tool_use");
    }
}

#[test]
fn calls_have_fitting_input_and_ids_of_their_own() {
    let answer = Answer::to(&with_tools("tools", &["a", "b"]));
    let mut ids = Vec::new();
    for block in &answer.blocks {
        let Block::ToolUse { id, input, .. } = block else { panic!("{block:?}") };
        assert_eq!(input, r#"{"city":"example"}"#);
        assert!(id.starts_with("tooluse_") && id.len() <= 64);
        ids.push(id);
    }
    assert_ne!(ids[0], ids[1]);
    let later = Answer::to(&Prompt { messages: 3, ..with_tools("tools", &["a", "b"]) });
    assert_ne!(answer, later);
}

#[test]
fn results_and_media_are_talked_about() {
    let result = |text: &str, failed| crate::prompt::ToolResult { text: text.to_owned(), failed };
    let answered = Prompt {
        tool_results: vec![result("12 degrees", false), result("no network", true)],
        ..with_tools("", &["weather"])
    };
    let expected = "The tool returned: \"12 degrees\". The tool failed with: \"no network\".";
    assert_eq!(text(&Answer::to(&answered)), expected);

    let media = |kind, format: &str, bytes| Media { kind, format: format.to_owned(), bytes };
    let shown = Prompt {
        media: vec![
            media("image", "png", Some(68)),
            media("document", "pdf", Some(9)),
            media("image", "jpeg", None),
        ],
        ..prompt("Look")
    };
    let expected = "Hello! You said: \"Look\". I see 2 images (png, 68 bytes; jpeg, elsewhere). \
                    I see 1 document (pdf, 9 bytes).";
    assert_eq!(text(&Answer::to(&shown)), expected);
}

#[test]
fn reasoning_comes_before_the_text() {
    for asked in
        [prompt("Think hard"), prompt("give reasons"), Prompt { thinking: true, ..prompt("hi") }]
    {
        let answer = Answer::to(&asked);
        assert!(
            matches!(&answer.blocks[..], [Block::Reasoning { .. }, Block::Text(_)]),
            "{answer:?}"
        );
    }
    let redacted = Answer::to(&prompt("think, redacted"));
    assert!(matches!(
        &redacted.blocks[..],
        [Block::Reasoning { .. }, Block::Redacted(_), Block::Text(_)]
    ));
}

#[test]
fn stop_sequences_end_the_text_before_them() {
    let stopped = |sequences: &[&str]| {
        let stop_sequences = sequences.iter().map(|&it| it.to_owned()).collect();
        Answer::to(&Prompt { stop_sequences, ..prompt("one two three") })
    };
    let answer = stopped(&["three", "two", "absent"]);
    assert_eq!(text(&answer), "Hello! You said: \"one ");
    assert_eq!(answer.stop_reason, "stop_sequence");
    assert_eq!(stopped(&["absent"]).stop_reason, "end_turn");
    assert_eq!(text(&stopped(&["Hello"])), "");
}

#[test]
fn max_tokens_cut_the_answer() {
    let limited = |max_tokens, asked| Answer::to(&Prompt { max_tokens: Some(max_tokens), ..asked });
    let answer = limited(3, prompt("one two three"));
    assert_eq!(text(&answer), "Hello! You s");
    assert_eq!((answer.stop_reason, answer.output_tokens()), ("max_tokens", 3));
    assert_eq!(limited(1_000, prompt("one")).stop_reason, "end_turn");
    let answer = limited(2, prompt("think"));
    assert!(matches!(&answer.blocks[..], [Block::Reasoning { text, .. }] if text.len() == 8));
    let answer = limited(2, with_tools("tool", &["weather"]));
    assert_eq!((answer.blocks.len(), answer.stop_reason), (0, "max_tokens"));
}

#[test]
fn thoughts_that_were_cut_are_not_signed() {
    let whole = Answer::to(&prompt("think"));
    let Some(Block::Reasoning { text, signature: Some(signature) }) = whole.blocks.first() else {
        panic!("{whole:?}")
    };
    assert!(thoughts::is_signature(signature, text));
    for prompt in [
        Prompt { max_tokens: Some(2), ..prompt("think") },
        Prompt { unsigned: true, ..prompt("think") },
    ] {
        let answer = Answer::to(&prompt);
        let first = answer.blocks.first();
        assert!(matches!(first, Some(Block::Reasoning { signature: None, .. })), "{answer:?}");
    }
}

#[test]
fn words_change_how_it_ends() {
    for (text, expected) in [
        ("Please refuse.", "refusal"),
        ("the window will overflow", "model_context_window_exceeded"),
        ("that was blocked", "end_turn"),
        ("excited by research", "end_turn"),
    ] {
        assert_eq!(Answer::to(&prompt(text)).stop_reason, expected, "{text}");
    }
    let guardrail = crate::guardrail::Guardrail::of(&json!({}), false);
    let answer = Answer::to(&Prompt { guardrail, ..prompt("think, blocked") });
    assert_eq!(answer.blocks, [Block::Text(BLOCKED.to_owned())]);
    assert_eq!(answer.stop_reason, "guardrail_intervened");
}

#[test]
fn sources_are_the_documents_or_the_web() {
    let citations = |prompt: &Prompt| match Answer::to(prompt).blocks.pop() {
        Some(Block::Cited { citations, .. }) => citations,
        other => panic!("{other:?}"),
    };
    let web = citations(&prompt("cite it"));
    assert_eq!(web[0]["location"]["web"]["domain"], "example.com");
    let documents = vec!["Report".to_owned(), "Annex".to_owned()];
    let cited = citations(&Prompt { documents, ..prompt("cite it") });
    assert_eq!(cited.len(), 2);
    assert_eq!(cited[1]["title"], "Annex");
    assert_eq!(cited[1]["location"]["documentChar"]["documentIndex"], 1);
}

#[test]
fn the_services_own_tools_are_called_by_the_service() {
    let system_tools = vec!["nova_grounding".to_owned()];
    let asked = Prompt { system_tools, ..prompt("search for rust") };
    let answer = Answer::to(&asked);
    let [
        Block::ToolUse { id: call, kind: Some("server_tool_use"), .. },
        Block::ToolResult { id: result, kind, .. },
        Block::Cited { .. },
    ] = &answer.blocks[..]
    else {
        panic!("{answer:?}")
    };
    assert_eq!(call, result);
    assert_eq!((kind.as_str(), answer.stop_reason), ("nova_grounding_result", "end_turn"));
    assert!(matches!(&Answer::to(&prompt("search for rust")).blocks[..], [Block::Text(_)]));
}

#[test]
fn calls_can_be_broken_and_have_a_type_for_claude() {
    let answer = Answer::to(&with_tools("malformed", &["weather"]));
    let [Block::ToolUse { input, kind: None, .. }] = &answer.blocks[..] else {
        panic!("{answer:?}")
    };
    assert_eq!((input.as_str(), answer.stop_reason), (r#"{"city":"example""#, "tool_use"));
    let claude = Prompt { family: Family::Claude, ..with_tools("tool", &["weather"]) };
    let answer = Answer::to(&claude);
    assert!(matches!(&answer.blocks[..], [Block::ToolUse { kind: Some("tool_use"), .. }]));
}

#[test]
fn pictures_follow_the_text() {
    let answer = Answer::to(&prompt("a picture"));
    let [Block::Text(_), Block::Image { base64, .. }] = &answer.blocks[..] else {
        panic!("{answer:?}")
    };
    use base64::engine::general_purpose::STANDARD;
    assert!(STANDARD.decode(base64).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn variables_of_a_kept_prompt_are_said() {
    let variables = vec![("city".to_owned(), "Oslo".to_owned())];
    let answer = Answer::to(&Prompt { variables, ..prompt("") });
    assert_eq!(text(&answer), "The prompt's city is \"Oslo\".");
}
