//! What the environment decides, and what goes before it.

use crate::support::World;
use bedrock_sim::{AuthKind, Builder, Credentials, Sim};

/// Nothing listens here.
const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn endpoint_is_the_options_then_the_services_then_the_common_one() {
    let world = World::new();
    let url = world.sim.url();
    let hello = "Hello! You said: \"hi\".\n";
    let chat = world.converse(&["chat", "--endpoint-url", &url, "hi"]);
    chat.env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", NOWHERE).run().says(hello);
    let chat = world.converse(&["chat", "hi"]);
    chat.env("AWS_ENDPOINT_URL", NOWHERE).run().says(hello);
    let chat = world.converse(&["chat", "hi"]).env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", " ");
    chat.env("AWS_ENDPOINT_URL", &url).run().says(hello);
    let chat = world.converse(&["chat", "--endpoint-url", NOWHERE, "hi"]);
    chat.run().fails(1, &["error: transport"]);
}

#[test]
fn region_is_the_options_then_the_environments() {
    let world = World::new();
    for (args, variables, region) in [
        (&["chat", "hi"][..], &[][..], "us-east-1"),
        (&["chat", "hi"], &[("AWS_DEFAULT_REGION", "eu-west-3")], "eu-west-3"),
        (&["chat", "hi"], &[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "x")], "eu-west-1"),
        (&["chat", "hi"], &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "eu-west-2")], "eu-west-2"),
        (&["chat", "--region", "eu-north-1", "hi"], &[("AWS_REGION", "eu-west-1")], "eu-north-1"),
    ] {
        let chat = variables
            .iter()
            .fold(world.converse(args), |chat, (name, value)| chat.env(name, value));
        chat.run().says("Hello! You said: \"hi\".\n");
        let request = world.last_request();
        let scope = format!("/{region}/bedrock/aws4_request");
        assert!(
            request.header("authorization").unwrap().contains(&scope),
            "{args:?} {variables:?}"
        );
    }
}

#[test]
fn model_is_the_options_then_the_environments() {
    let world = World::new();
    for (args, variable, model) in [
        (&["chat", "hi"][..], "us.amazon.nova-micro-v1:0", "us.amazon.nova-micro-v1%3A0"),
        (&["chat", "hi"], " ", "us.amazon.nova-lite-v1%3A0"),
        (&["chat", "-m", "us.amazon.nova-pro-v1:0", "hi"], "x", "us.amazon.nova-pro-v1%3A0"),
    ] {
        let output = world.converse(args).env("CONVERSE_MODEL", variable).run();
        output.says("Hello! You said: \"hi\".\n");
        assert_eq!(world.last_request().path, format!("/model/{model}/converse-stream"));
    }
}

#[test]
fn temporary_credentials_need_their_token() {
    let credentials = Credentials::new("ASIATEMP", "temp-secret").session_token("temp-token");
    let world = World::with(Sim::builder().credentials(credentials));
    let chat = || {
        let chat = world.converse(&["chat", "hi"]).env("AWS_ACCESS_KEY_ID", "ASIATEMP");
        chat.env("AWS_SECRET_ACCESS_KEY", "temp-secret")
    };
    chat().env("AWS_SESSION_TOKEN", "temp-token").run().says("Hello! You said: \"hi\".\n");
    assert_eq!(world.last_request().header("x-amz-security-token"), Some("temp-token"));
    chat().run().fails(1, &["error: auth: UnrecognizedClientException"]);
    assert_eq!(world.last_request().header("x-amz-security-token"), None);
}

#[test]
fn bearer_token_goes_before_keys() {
    let world = World::new();
    let chat = world.converse(&["chat", "hi"]);
    let output = chat.env("AWS_BEARER_TOKEN_BEDROCK", Builder::BEARER_TOKEN).run();
    output.says("Hello! You said: \"hi\".\n");
    assert_eq!(world.last_request().auth, AuthKind::Bearer);

    let output = world.converse(&["chat", "hi"]).env("AWS_BEARER_TOKEN_BEDROCK", " ").run();
    output.says("Hello! You said: \"hi\".\n");
    assert_eq!(world.last_request().auth, AuthKind::SigV4);

    let output = world.converse(&["chat", "hi"]).env("AWS_BEARER_TOKEN_BEDROCK", "hunter2").run();
    output.fails(1, &["error: ", "(request id "]);
    output.shows_none_of(&["hunter2"]);
}

#[test]
fn base_path_of_the_endpoint_is_kept() {
    let world = World::with(Sim::builder().base_path("/gateway/v1"));
    world.converse(&["chat", "hi"]).run().says("Hello! You said: \"hi\".\n");
    let path = world.last_request().path;
    assert_eq!(path, "/gateway/v1/model/us.amazon.nova-lite-v1%3A0/converse-stream");
}

#[test]
fn logs_are_shown_when_they_are_asked_for() {
    let world = World::new();
    let output = world.converse(&["chat", "hi"]).env("RUST_LOG", "converse=info").run();
    assert!(
        output.stderr.contains("INFO converse") && output.stderr.contains("us-east-1"),
        "{output:?}"
    );
    assert_eq!(output.stdout, "Hello! You said: \"hi\".\n");
    let output = world.converse(&["chat", "hi"]).env("RUST_LOG", "=,=,").run();
    assert_eq!(output.stdout, "Hello! You said: \"hi\".\n");
    assert!(output.stderr.contains("warning: RUST_LOG is ignored"), "{output:?}");
    world.converse(&["chat", "hi"]).env("RUST_LOG", " ").run().says("Hello! You said: \"hi\".\n");
}
