//! `--help` and `converse completions`.

use crate::support::World;

#[test]
fn help_has_examples_and_exit_codes() {
    let world = World::new();
    for (args, sections) in [
        (
            &["--help"][..],
            &["Usage:", "chat", "demo", "sim", "completions", "Examples:", "Exit codes:"][..],
        ),
        (
            &["chat", "--help"],
            &["Examples:", "Environment:", "CONVERSE_MODEL", "Exit codes:", "130"],
        ),
        (&["demo", "--help"], &["without an AWS account", "Exit codes:"]),
        (&["sim", "--help"], &["Examples:", "Faults, ", "Exit codes:"]),
        (&["completions", "--help"], &["Examples:", "bash, elvish, fish, powershell, zsh"]),
    ] {
        let output = world.stranger(args).run();
        assert_eq!((output.stderr.as_str(), output.code), ("", Some(0)), "{args:?}");
        for section in sections {
            assert!(output.stdout.contains(section), "no {section:?} in {}", output.stdout);
        }
        assert!(!output.stdout.contains('\x1b'), "colours for no terminal: {}", output.stdout);
        let longest = output.stdout.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(100), "{longest:?} columns in {}", output.stdout);
    }
}

#[test]
fn completions_know_the_commands() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = world.stranger(&["completions", shell]).run();
        assert_eq!((output.stderr.as_str(), output.code), ("", Some(0)), "{shell}");
        for word in ["converse", "chat", "demo", "sim", "endpoint-url"] {
            assert!(output.stdout.contains(word), "no {word} for {shell}");
        }
    }
}
