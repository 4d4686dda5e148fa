use super::*;

fn prompt(text: &str) -> Prompt {
    Prompt { text: text.to_owned(), input_tokens: 3, messages: 1, ..Prompt::default() }
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
        assert_eq!(*input, json!({"city": "example"}));
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
fn words_and_fragments_put_together_are_the_text() {
    for text in ["", " ", "one", " one  two\n\nthree ", "a\u{301} \u{1f600} b"] {
        assert_eq!(words(text).concat(), text);
        assert_eq!(fragments(text).concat(), text);
    }
    assert_eq!(words("Hello you two"), ["Hello", " you", " two"]);
}

#[test]
fn both_operations_give_the_same_answer() {
    let answer = Answer::to(&prompt("think"));
    let whole = answer.to_json();
    assert_eq!(whole["output"]["message"]["content"].as_array().map(Vec::len), Some(2));
    assert_eq!(whole["usage"]["totalTokens"], 3 + answer.output_tokens());
    let metadata = answer.to_script().frames().last().cloned().unwrap_or_default();
    let metadata = String::from_utf8_lossy(&metadata).into_owned();
    assert!(metadata.contains(&whole["usage"].to_string()), "{metadata}");
}
