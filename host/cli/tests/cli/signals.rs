//! Ctrl-C, and a reader that goes away.

use crate::support::World;
use std::io::Read as _;

#[test]
fn ctrl_c_ends_the_answer_and_closes_the_connection() {
    let world = World::new();
    let mut chat = world.converse(&["chat", "hi sim:gate=3"]).start();
    chat.close_stdin();
    chat.until_stdout_has("Hello! You");
    chat.signal("INT");
    let output = chat.wait();
    assert_eq!(output.stdout, "Hello! You\n");
    output.fails(130, &["interrupted"]);
    world.wait_until(|stats| stats.streams_open == 0 && stats.connections_open == 0);
}

#[test]
fn ctrl_c_is_the_last_line_of_json() {
    let world = World::new();
    let mut chat = world.converse(&["chat", "--json", "hi sim:gate=3"]).start();
    chat.close_stdin();
    chat.until_stdout_has("You");
    chat.signal("INT");
    let output = chat.wait();
    output.fails(130, &[]);
    let events = output.events();
    let last = events.last().unwrap();
    assert_eq!((&last["type"], &last["kind"]), (&"error".into(), &"cancelled".into()));
}

#[test]
fn ctrl_c_ends_the_wait_for_a_server_that_does_not_answer() {
    let world = World::new();
    let mut chat = world.converse(&["chat", "hi sim:hang"]).start();
    chat.close_stdin();
    world.wait_until(|stats| stats.streams_open == 1);
    chat.signal("INT");
    chat.wait().fails(130, &["interrupted"]);
    world.wait_until(|stats| stats.streams_open == 0);
}

#[test]
fn ctrl_c_ends_the_wait_for_standard_input() {
    let world = World::new();
    let mut chat = world.converse(&["chat", "hi"]).start();
    chat.until_stderr_has("waiting for the end of standard input");
    chat.signal("INT");
    chat.wait().fails(130, &["interrupted"]);
    assert_eq!(world.sim.stats().requests, 0);
}

#[test]
fn ctrl_c_ends_a_program_whose_output_nobody_takes() {
    let long: String = "All work and no play makes Jack a dull boy. ".repeat(10_000);
    let script = bedrock_sim::Script::assistant().text([long]).stop("end_turn").usage(1, 1);
    let world = World::with(bedrock_sim::Sim::builder().replay(script));
    let (chat, stdout) = world.converse(&["chat", "hi"]).start_with_own_stdout();
    world.wait_until(|stats| stats.requests == 1 && stats.streams_open == 0);
    std::thread::sleep(std::time::Duration::from_millis(300));
    chat.signal("INT");
    assert_eq!(chat.wait().code, Some(130));
    drop(stdout);
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let world = World::new();
    let chat = world.converse(&["chat", "hi sim:gate=3"]);
    let (chat, mut stdout) = chat.start_with_own_stdout();
    stdout.read_exact(&mut [0; 6]).unwrap();
    drop(stdout);
    world.sim.release();
    let output = chat.wait();
    assert_eq!((output.stderr.as_str(), output.code), ("", Some(0)));
    world.wait_until(|stats| stats.streams_open == 0);
}
