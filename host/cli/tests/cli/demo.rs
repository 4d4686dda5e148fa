//! `converse demo`.

use crate::support::World;

#[test]
fn every_stage_is_shown() {
    let output = World::new().stranger(&["demo"]).run();
    assert_eq!((output.stderr.as_str(), output.code), ("", Some(0)), "{}", output.stdout);
    let mut rest = output.stdout.as_str();
    for shown in [
        "[1/7] A local Bedrock",
        "listens on http://127.0.0.1:",
        "[2/7] The plugin",
        "amazon-bedrock",
        "contract converse:provider@0.1.0",
        "sandboxed",
        "[3/7]",
        "> Hello Bedrock, I came through a plugin!",
        "< Hello! You said: \"Hello Bedrock, I came through a plugin!\".",
        "first event after",
        "end_turn",
        "[4/7]",
        "thinks: The user wants",
        "calls get_weather {\"city\":\"Lisbon\"}",
        "tool_use",
        "[5/7]",
        "< The tool returned: \"18 °C and a clear sky in Lisbon\".",
        "with their signature",
        "[6/7]",
        "< Hello! You\n",
        "error: throttled: ThrottlingException",
        "[7/7]",
        "POST /model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse-stream",
        "4 requests on ",
        ", each with a SigV4 signature that is right",
        "refuses: auth (InvalidSignatureException)",
        "converse chat",
    ] {
        let Some((_, after)) = rest.split_once(shown) else {
            panic!("no {shown:?} in its place in:\n{}", output.stdout);
        };
        rest = after;
    }
}

#[test]
fn environment_plays_no_part() {
    let world = World::new();
    let demo = world
        .converse(&["demo"])
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_SECRET_ACCESS_KEY", "hunter2")
        .env("AWS_BEARER_TOKEN_BEDROCK", "hunter2")
        .env("CONVERSE_MODEL", "none")
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("http_proxy", "http://127.0.0.1:1")
        .env("ALL_PROXY", "http://127.0.0.1:1");
    let output = demo.run();
    assert_eq!(output.code, Some(0), "{output:?}");
    output.shows_none_of(&["hunter2"]);
    assert_eq!(world.sim.stats().connections, 0);
}
