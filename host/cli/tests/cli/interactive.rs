//! A conversation on a terminal. `script` makes the terminal; where there is none of it, these tests
//! cannot be made.

use crate::support::{Running, World};
use serde_json::Value;
use std::io::Write as _;

const ENTER: &str = "\r";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

struct Terminal {
    running: Running,
    /// How much of what it showed has been looked at.
    seen: usize,
}

impl Terminal {
    fn start(world: &World, command_line: &str) -> Option<Self> {
        let script = ["/usr/bin/script", "/bin/script"].into_iter();
        let script = script.into_iter().find(|path| std::path::Path::new(path).exists())?;
        // Without a shell in between, which Ctrl-C would end.
        let command = format!("exec {} {command_line}", env!("CARGO_BIN_EXE_converse"));
        let running = world
            .program(script, &["-qefc", &command, "/dev/null"])
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .start();
        let mut terminal = Self { running, seen: 0 };
        terminal.shows("> ");
        Some(terminal)
    }

    fn type_in(&mut self, text: &str) {
        self.running.stdin().write_all(text.as_bytes()).unwrap();
    }

    /// Waits until it shows this, after what was waited for before.
    fn shows(&mut self, text: &str) {
        let deadline = std::time::Instant::now() + crate::support::PATIENCE;
        loop {
            let shown = self.running.until_stdout_has("");
            if let Some(at) = shown[self.seen..].find(text) {
                self.seen += at + text.len();
                return;
            }
            assert!(std::time::Instant::now() < deadline, "no {text:?} in {shown:?}");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

fn messages(world: &World) -> Vec<Value> {
    world.last_request().json()["messages"].as_array().unwrap().clone()
}

#[test]
fn conversation_goes_on_with_all_that_was_said() {
    let world = World::new();
    let args = "chat --model us.anthropic.claude-haiku-4-5-20251001-v1:0";
    let Some(mut terminal) = Terminal::start(&world, args) else { return };
    terminal.type_in(&format!("think redacted{ENTER}"));
    terminal.shows("You said: \"think redacted\".");
    terminal.shows(" tokens in · ");
    terminal.shows("> ");
    terminal.type_in(&format!("and now{ENTER}"));
    terminal.shows("You said: \"and now\".");
    let messages = messages(&world);
    assert_eq!(messages.len(), 3);
    let turn = &messages[1]["content"];
    assert!(turn[0]["reasoningContent"]["reasoningText"]["signature"].is_string(), "{turn}");
    assert!(turn[1]["reasoningContent"]["redactedContent"].is_string(), "{turn}");
    assert_eq!(turn[2]["text"], "Hello! You said: \"think redacted\".");
    terminal.shows("> ");
    terminal.type_in(CTRL_D);
    assert_eq!(terminal.running.wait().code, Some(0));
}

#[test]
fn ctrl_c_ends_the_answer_and_not_the_program() {
    let world = World::new();
    let Some(mut terminal) = Terminal::start(&world, "chat") else { return };
    terminal.type_in(&format!("hi sim:gate=3{ENTER}"));
    terminal.shows("Hello! You");
    terminal.type_in(CTRL_C);
    terminal.shows("interrupted");
    world.wait_until(|stats| stats.streams_open == 0);
    terminal.shows("> ");
    terminal.type_in(&format!("go on{ENTER}"));
    terminal.shows("You said: \"go on\".");
    assert_eq!(messages(&world)[1]["content"][0]["text"], "Hello! You");
    terminal.shows("> ");
    terminal.type_in(&format!("half a line{CTRL_C}"));
    terminal.shows("Ctrl-D leaves");
    terminal.shows("> ");
    terminal.type_in(&format!("/exit{ENTER}"));
    assert_eq!(terminal.running.wait().code, Some(0));
    assert_eq!(world.sim.stats().requests, 2);
}

#[test]
fn a_failed_question_is_told_and_forgotten() {
    let world = World::new();
    let Some(mut terminal) = Terminal::start(&world, "chat") else { return };
    terminal.type_in(&format!("hi sim:status=429{ENTER}"));
    terminal.shows("error: throttled: ");
    terminal.shows("goes on without this question");
    terminal.shows("> ");
    terminal.type_in(&format!("one{ENTER}"));
    terminal.shows("You said: \"one\".");
    assert_eq!(messages(&world).len(), 1);
    terminal.shows("> ");
    terminal.type_in(&format!("two{ENTER}"));
    terminal.shows("You said: \"two\".");
    assert_eq!(messages(&world).len(), 3);
    terminal.shows("> ");
    terminal.type_in(&format!("/clear{ENTER}"));
    terminal.shows("forgotten");
    terminal.type_in(&format!("three{ENTER}"));
    terminal.shows("You said: \"three\".");
    assert_eq!(messages(&world).len(), 1);
    terminal.shows("> ");
    terminal.type_in(&format!("/help{ENTER}"));
    terminal.shows("/clear   forget the conversation");
    terminal.type_in(CTRL_D);
    assert_eq!(terminal.running.wait().code, Some(0));
}

/// Offers a tool, and leaves its answers to whoever sits at the terminal.
fn with_tool(world: &World) -> Option<Terminal> {
    let tool = br#"[{"name": "get_weather", "input_schema": {"type": "object"}}]"#;
    let tools = world.file("tools.json", tool);
    Terminal::start(world, &format!("chat --tools {tools}"))
}

#[test]
fn a_tools_answer_is_typed() {
    let world = World::new();
    let Some(mut terminal) = with_tool(&world) else { return };
    terminal.type_in(&format!("get_weather{ENTER}"));
    terminal.shows("tool call: get_weather {} (id ");
    terminal.shows("answer for get_weather> ");
    terminal.type_in(&format!("fine{ENTER}"));
    terminal.shows("The tool returned: \"fine\".");
    terminal.shows("2 answers · ");
    terminal.shows("> ");
    terminal.type_in(&format!("get_weather again{ENTER}"));
    terminal.shows("answer for get_weather> ");
    terminal.type_in(ENTER);
    terminal.shows("The tool returned: \"(no output)\".");
    assert_eq!(messages(&world).len(), 7);
    terminal.shows("> ");
    terminal.type_in(CTRL_D);
    assert_eq!(terminal.running.wait().code, Some(0));
}

#[test]
fn a_call_that_stays_unanswered_is_refused_with_the_next_question() {
    let world = World::new();
    let Some(mut terminal) = with_tool(&world) else { return };
    for (key, shown) in [(CTRL_D, "waits for results"), (CTRL_C, "interrupted")] {
        terminal.type_in(&format!("get_weather{ENTER}"));
        terminal.shows("answer for get_weather> ");
        terminal.type_in(key);
        terminal.shows(shown);
        terminal.shows("> ");
        terminal.type_in(&format!("and now{ENTER}"));
        terminal.shows("You said: \"and now\".");
        let asked = messages(&world).pop().unwrap();
        let refused = &asked["content"][0]["toolResult"];
        assert_eq!(refused["content"][0]["text"], "The tool was not run.", "{asked}");
        assert_eq!(asked["content"][1]["text"], "and now");
        terminal.shows("> ");
    }
    terminal.type_in(CTRL_D);
    assert_eq!(terminal.running.wait().code, Some(0));
}

#[test]
fn what_tools_did_is_kept_when_the_next_answer_fails_for_a_while() {
    let world = World::new();
    let Some(mut terminal) = with_tool(&world) else { return };
    terminal.type_in(&format!("get_weather{ENTER}"));
    terminal.shows("answer for get_weather> ");
    world.sim.push_fault("exception=throttlingException".parse().unwrap());
    terminal.type_in(&format!("fine{ENTER}"));
    terminal.shows("goes on from the tools' results");
    terminal.shows("> ");
    terminal.type_in(&format!("well?{ENTER}"));
    terminal.shows("The tool returned: \"fine\". Hello! You said: \"well?\".");
    assert_eq!(messages(&world).len(), 3);
    terminal.shows("> ");
    terminal.type_in(CTRL_D);
    assert_eq!(terminal.running.wait().code, Some(0));
}

#[test]
fn one_question_on_a_terminal_asks_for_answers_too() {
    let world = World::new();
    let tools = world.file("tools.json", br#"[{"name": "f", "input_schema": {}}]"#);
    let args = format!("chat --tools {tools} tool");
    let Some(mut terminal) = Terminal::start(&world, &args) else { return };
    terminal.type_in(&format!("fine{ENTER}"));
    terminal.shows("The tool returned: \"fine\".");
    assert_eq!(terminal.running.wait().code, Some(0));
}
