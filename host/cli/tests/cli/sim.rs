//! `converse sim`.

use crate::support::{Output, Running, World};
use bedrock_sim::Script;

/// A `converse sim` that listens.
struct LocalBedrock {
    running: Running,
    url: String,
    /// What it told to put into the environment.
    exports: Vec<(String, String)>,
}

impl LocalBedrock {
    fn start(world: &World, args: &[&str]) -> Self {
        let mut running = world.stranger(&[&["sim"], args].concat()).start();
        let stdout = running.until_stdout_has("\n");
        let url = stdout.strip_prefix("listening on ").unwrap().trim_end().to_owned();
        let stderr = running.until_stderr_has("AWS_BEARER_TOKEN_BEDROCK");
        let exports = stderr.lines().filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("export ")?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        });
        Self { exports: exports.collect(), running, url }
    }

    /// Asks it, in the environment it told to use.
    fn chat(&self, world: &World, prompt: &str) -> Output {
        let chat = world.stranger(&["chat", prompt]);
        let chat = self.exports.iter().fold(chat, |chat, (name, value)| chat.env(name, value));
        chat.run()
    }

    #[cfg(unix)]
    fn end(self, signal: &str) -> Output {
        self.running.signal(signal);
        self.running.wait()
    }
}

#[cfg(unix)]
#[test]
fn serves_whoever_does_what_it_says() {
    let world = World::new();
    let bedrock = LocalBedrock::start(&world, &[]);
    assert!(bedrock.url.starts_with("http://127.0.0.1:"), "{}", bedrock.url);
    bedrock.chat(&world, "hi").says("Hello! You said: \"hi\".\n");
    bedrock.chat(&world, "again").says("Hello! You said: \"again\".\n");
    let url = bedrock.url.clone();
    let output = bedrock.end("TERM");
    assert_eq!((output.stdout, output.code), (format!("listening on {url}\n"), Some(0)));
    let logged: Vec<_> = output.stderr.lines().filter(|line| line.starts_with("POST ")).collect();
    assert_eq!(logged.len(), 2, "{}", output.stderr);
    for line in logged {
        assert!(
            line.contains("/model/us.amazon.nova-lite-v1%3A0/converse-stream -> 200 (SigV4"),
            "{line}"
        );
    }
}

#[cfg(unix)]
#[test]
fn each_request_is_logged_with_what_became_of_it() {
    let world = World::new();
    let bedrock = LocalBedrock::start(&world, &[]);
    bedrock.chat(&world, "hi sim:status=400").fails(1, &["error: invalid-request"]);
    let url = bedrock.url.clone();
    let stranger = world.converse(&["chat", "--endpoint-url", &url, "hi"]);
    stranger.env("AWS_SECRET_ACCESS_KEY", "wrong").run().fails(1, &["error: auth"]);
    let logged = bedrock.end("TERM").stderr;
    let outcomes: Vec<_> =
        logged.lines().filter_map(|line| Some(line.split_once(" -> ")?.1)).collect();
    assert!(outcomes[0].starts_with("400 ValidationException (SigV4, "), "{logged}");
    assert!(outcomes[1].starts_with("403 InvalidSignatureException (SigV4, "), "{logged}");
    assert_eq!(outcomes.len(), 2, "{logged}");
}

#[cfg(unix)]
#[test]
fn ends_with_ctrl_c_even_when_a_stream_does_not() {
    let world = World::new();
    let bedrock = LocalBedrock::start(&world, &["--fault", "never-end"]);
    let url = bedrock.url.clone();
    let mut chat = world.converse(&["chat", "--endpoint-url", &url, "hi"]).start();
    chat.close_stdin();
    chat.until_stdout_has("hi");
    assert_eq!(bedrock.end("INT").code, Some(0));
}

#[test]
fn replays_take_turns_and_the_last_one_stays() {
    let world = World::new();
    let body = |text: &str| Script::assistant().text([text]).stop("end_turn").usage(1, 1).encode();
    let (one, two) = (world.file("1.bin", &body("One.")), world.file("2.bin", &body("Two.")));
    let bedrock = LocalBedrock::start(&world, &["--replay", &one, "--replay", &two]);
    for expected in ["One.\n", "Two.\n", "Two.\n"] {
        bedrock.chat(&world, "hi").says(expected);
    }
}

#[test]
fn faults_happen_to_every_request() {
    let world = World::new();
    let bedrock = LocalBedrock::start(&world, &["--fault", "status=503"]);
    bedrock.chat(&world, "hi").fails(1, &["error: internal: ServiceUnavailable"]);
}

#[cfg(unix)]
#[test]
fn takes_given_credentials_and_does_not_show_them() {
    let world = World::new();
    let given = ["--access-key-id", "AKIDMINE", "--secret-access-key", "hunter2-secret"];
    let more = ["--session-token", "hunter2-session", "--bearer-token", "hunter2-bearer"];
    let bedrock = LocalBedrock::start(&world, &[given, more].concat());
    let chat = || world.converse(&["chat", "--endpoint-url", &bedrock.url, "hi"]);
    chat().run().fails(1, &["error: auth: UnrecognizedClientException"]);
    let output = chat()
        .env("AWS_ACCESS_KEY_ID", "AKIDMINE")
        .env("AWS_SECRET_ACCESS_KEY", "hunter2-secret")
        .env("AWS_SESSION_TOKEN", "hunter2-session")
        .run();
    output.says("Hello! You said: \"hi\".\n");
    let output = chat().env("AWS_BEARER_TOKEN_BEDROCK", "hunter2-bearer").run();
    output.says("Hello! You said: \"hi\".\n");
    bedrock.end("TERM").shows_none_of(&["hunter2"]);
}

#[test]
fn checks_as_little_as_it_is_told_to() {
    let world = World::new();
    let strangers = |url: &str| {
        let chat = world.stranger(&["chat", "--endpoint-url", url, "hi"]);
        let chat = chat.env("AWS_ACCESS_KEY_ID", "AKIDANY").env("AWS_SECRET_ACCESS_KEY", "any");
        chat.run()
    };
    let strict = LocalBedrock::start(&world, &[]);
    strangers(&strict.url).fails(1, &["error: auth: "]);
    let lenient = LocalBedrock::start(&world, &["--any-credentials"]);
    strangers(&lenient.url).says("Hello! You said: \"hi\".\n");
    let open = LocalBedrock::start(&world, &["--no-auth"]);
    let wrong = world.converse(&["chat", "--endpoint-url", &open.url, "hi"]);
    wrong.env("AWS_SECRET_ACCESS_KEY", "wrong").run().says("Hello! You said: \"hi\".\n");
}

#[test]
fn region_base_path_and_models_are_as_told() {
    let world = World::new();
    let args = ["--region", "eu-west-1", "--base-path", "/gateway", "--any-model"];
    let bedrock = LocalBedrock::start(&world, &args);
    assert!(bedrock.url.ends_with("/gateway"), "{}", bedrock.url);
    bedrock.chat(&world, "hi").says("Hello! You said: \"hi\".\n");
    let chat = |args: &[&str]| {
        world.converse(&[&["chat", "--endpoint-url", &bedrock.url], args].concat()).run()
    };
    chat(&["--region", "us-east-1", "hi"]).fails(1, &["error: auth: InvalidSignatureException"]);
    let output = chat(&["--region", "eu-west-1", "--model", "acme.brand-new-v1:0", "hi"]);
    output.says("Hello! You said: \"hi\".\n");
}

#[test]
fn warns_when_others_can_reach_it() {
    let world = World::new();
    let mut open = world.stranger(&["sim", "--listen", "0.0.0.0:0"]).start();
    open.until_stderr_has("warning: 0.0.0.0:0 can be reached from other machines");
    let mut local = world.stranger(&["sim", "--listen", ":0"]).start();
    assert!(!local.until_stderr_has("AWS_BEARER").contains("warning"));
}

#[test]
fn cannot_listen_twice_on_a_port() {
    let world = World::new();
    let address = world.sim.addr().to_string();
    let output = world.stranger(&["sim", "--listen", &address]).run();
    output.fails(1, &[&format!("error: cannot listen on {address}")]);
    assert_eq!(output.stdout, "");
}

#[test]
fn mistakes_are_found_before_it_listens() {
    let world = World::new();
    for (args, complaint) in [
        (&["--fault", "latncy=5"][..], "unknown fault `latncy`"),
        (&["--replay", "nowhere.bin"], "cannot read the stream nowhere.bin"),
        (&["--no-auth", "--bearer-token", "t"], "--bearer-token"),
    ] {
        let output = world.stranger(&[&["sim"], args].concat()).run();
        output.fails(2, &[complaint]);
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn a_strict_one_lets_only_claude_sign_its_thoughts() {
    let world = World::new();
    for (args, signed) in [(&[][..], true), (&["--strict"], false)] {
        let bedrock = LocalBedrock::start(&world, args);
        let chat = ["chat", "--json", "--endpoint-url", &bedrock.url, "think"];
        let output = world.converse(&chat).run();
        assert_eq!(output.code, Some(0), "{output:?}");
        assert_eq!(output.stdout.contains("reasoning_signature"), signed, "{args:?}");
    }
}
