//! What is said when it does not work.

use crate::support::World;
use bedrock_sim::{Builder, Credentials, Sim};

#[test]
fn text_before_a_failure_stays_and_the_error_follows() {
    let world = World::new();
    let output = world.converse(&["chat", "hi sim:exception=throttlingException,after=3"]).run();
    assert_eq!(output.stdout, "Hello! You\n");
    output.fails(
        1,
        &[
            "error: throttled: ThrottlingException: Too many tokens",
            "(request id 00000000-0000-4000-8000-000000000001)",
        ],
    );
}

#[test]
fn an_answer_without_its_end_is_a_failure() {
    let world = World::new();
    let output = world.converse(&["chat", "hi sim:truncate=3"]).run();
    assert_eq!(output.stdout, "Hello! You\n");
    output.fails(1, &["error: truncated: ", "hint: ask again"]);
}

#[test]
fn a_page_in_place_of_an_answer_is_a_failure() {
    let world = World::new();
    let output = world.converse(&["chat", "hi sim:html"]).run();
    assert_eq!(output.stdout, "");
    output.fails(
        1,
        &[
            "error: protocol: ",
            &format!("hint: is it Bedrock that answers at {},", world.sim.url()),
        ],
    );
}

#[test]
fn without_credentials_the_variables_are_named() {
    let world = World::new();
    let output = world.stranger(&["chat", "--endpoint-url", &world.sim.url(), "hi"]).run();
    output.fails(
        1,
        &[
            "error: auth: ",
            "AWS_BEARER_TOKEN_BEDROCK",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
        ],
    );
    assert_eq!(world.sim.stats().requests, 0);
}

#[test]
fn a_wrong_secret_is_refused_and_not_shown() {
    let world = World::new();
    let chat = world.converse(&["-vvv", "chat", "hi"]);
    let output = chat.env("AWS_SECRET_ACCESS_KEY", "hunter2hunter2").run();
    output.fails(1, &["error: auth: InvalidSignatureException", "env: AWS_ACCESS_KEY_ID"]);
    output.shows_none_of(&["hunter2", Builder::SECRET_ACCESS_KEY]);
    assert_eq!(output.stdout, "");
}

#[test]
fn expired_credentials_are_called_so() {
    let credentials =
        Credentials::new("AKIDOLD", "old-secret").session_token("old-token").expired();
    let world = World::with(Sim::builder().credentials(credentials));
    let chat = world.converse(&["chat", "hi"]).env("AWS_ACCESS_KEY_ID", "AKIDOLD");
    let chat =
        chat.env("AWS_SECRET_ACCESS_KEY", "old-secret").env("AWS_SESSION_TOKEN", "old-token");
    let output = chat.run();
    output.fails(
        1,
        &["error: expired-credentials: ", "hint: the credentials are from env: AWS_ACCESS_KEY_ID"],
    );
    output.shows_none_of(&["old-secret", "old-token"]);
}

#[test]
fn secrets_are_in_no_log() {
    let (secret, token) = ("hunter2-secret", "hunter2-token");
    let credentials = Credentials::new("AKIDTEMP", secret).session_token(token);
    let world = World::with(Sim::builder().credentials(credentials));
    let chat = world.converse(&["-vvv", "chat", "hi"]).env("AWS_ACCESS_KEY_ID", "AKIDTEMP");
    let output = chat.env("AWS_SECRET_ACCESS_KEY", secret).env("AWS_SESSION_TOKEN", token).run();
    assert_eq!((output.stdout.as_str(), output.code), ("Hello! You said: \"hi\".\n", Some(0)));
    assert!(output.stderr.contains("ready"), "nothing is logged: {output:?}");
    output.shows_none_of(&["hunter2"]);

    let chat = world.stranger(&["-vvv", "chat", "--endpoint-url", &world.sim.url(), "hi"]);
    let output = chat.env("AWS_BEARER_TOKEN_BEDROCK", Builder::BEARER_TOKEN).run();
    assert_eq!(output.code, Some(0), "{output:?}");
    output.shows_none_of(&[Builder::BEARER_TOKEN]);
}

#[test]
fn a_model_without_on_demand_gets_its_profile_named() {
    let world = World::new();
    let model = "anthropic.claude-haiku-4-5-20251001-v1:0";
    let output = world.converse(&["chat", "--model", model, "--region", "eu-west-1", "hi"]).run();
    output.fails(1, &["error: invalid-request: ", &format!("hint: try --model eu.{model}\n")]);
}

#[test]
fn an_endpoint_that_is_not_there_is_named() {
    let world = World::new();
    let gone = closed_port();
    let output = world.converse(&["chat", "--endpoint-url", &gone, "hi"]).run();
    output.fails(
        1,
        &["error: transport: ", &gone, "--endpoint-url", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"],
    );
}

#[test]
fn wrong_command_lines_are_usage_errors() {
    let world = World::new();
    for (args, complaint) in [
        (&["chat", "--tempreature", "1", "hi"][..], "--tempreature"),
        (&["chat", "--temperature", "3", "hi"], "from 0 to 1"),
        (&["chat", "--max-tokens", "0", "hi"], "0 is not in"),
        (&["chat", "--model", "", "hi"], "--model"),
        (&["chat", "--region", "US EAST", "hi"], "is not an AWS region"),
        (&["chat", "--endpoint-url", "http://bedrock.example", "hi"], "plain http"),
        (&["chat", "--endpoint-url", "bedrock.example", "hi"], "bedrock.example"),
        (&["chat", "a", "b"], "unexpected argument 'b'"),
        (&["tchat"], "tchat"),
        (&["sim", "--listen", "nowhere"], "nowhere"),
        (&["sim", "--access-key-id", "x"], "--secret-access-key"),
        (&["completions", "tcsh"], "tcsh"),
        (&[], "Usage:"),
        (&["-v"], "a command is missing"),
    ] {
        let output = world.converse(args).run();
        output.fails(2, &[complaint]);
        assert_eq!(output.stdout, "", "{args:?}");
    }
    assert_eq!(world.sim.stats().requests, 0);
}

#[test]
fn a_password_in_the_endpoint_is_not_shown() {
    let world = World::new();
    for url in ["https://me:hunter2@127.0.0.1:1", "http://me:hunter2@bedrock.example"] {
        let output = world.converse(&["chat", "--endpoint-url", url, "hi"]).run();
        assert_ne!(output.code, Some(0));
        output.shows_none_of(&["hunter2"]);
    }
}

fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
