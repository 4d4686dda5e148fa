//! Requests as they reach the service, whose own code checks the signature.

use crate::support::{MODEL, access_key, ask, host, load, provider, run};
use bedrock_sim::{AuthKind, Builder, Credentials, Sim};
use converse_host::{ContentBlock, Media, Message, Request, StaticCredentials};

#[tokio::test]
async fn signature_is_right_for_every_kind_of_model_id() {
    let sim = Sim::builder().any_model().start().await.unwrap();
    let provider = provider(&sim).await;
    for (model, path) in [
        ("amazon.nova-micro", "/model/amazon.nova-micro/converse-stream"),
        (MODEL, "/model/us.amazon.nova-lite-v1%3A0/converse-stream"),
        (
            "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3",
            "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fa1b2c3/converse-stream",
        ),
    ] {
        let outcome = run(&provider, Request::new(model).user("hi")).await;
        assert!(outcome.end.is_ok(), "{model}: {outcome:?}");
        let seen = sim.last_request().unwrap();
        assert_eq!((seen.auth, seen.path.as_str()), (AuthKind::SigV4, path));
    }
}

#[tokio::test]
async fn region_of_an_arn_is_signed_for() {
    let sim = Sim::builder().any_model().region("eu-west-1").start().await.unwrap();
    let provider = provider(&sim).await;
    let arn = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.x.y-v1:0";
    assert!(run(&provider, Request::new(arn).user("hi")).await.end.is_ok());
    // Without one it is the host's own, which this Bedrock does not serve.
    assert!(run(&provider, Request::new("x.y-v1:0").user("hi")).await.end.is_err());
}

#[tokio::test]
async fn base_path_is_kept_and_signed() {
    let sim = Sim::builder().base_path("/base/v1").start().await.unwrap();
    assert!(ask(&provider(&sim).await, "hi").await.end.is_ok());
    assert!(sim.last_request().unwrap().path.starts_with("/base/v1/model/"));
}

#[tokio::test]
async fn session_token_is_sent_and_signed() {
    let token = "AQoDYXdzEPT//+/token==";
    let temporary = Credentials::new("ASIAEXAMPLE", "secret").session_token(token);
    let sim = Sim::builder().credentials(temporary).start().await.unwrap();
    let with = |token: Option<&str>| {
        let given =
            StaticCredentials::access_key("ASIAEXAMPLE", "secret", token.map(str::to_owned));
        load(host().endpoint_url(sim.url()).credentials(given))
    };
    assert!(ask(&with(Some(token)).await, "hi").await.end.is_ok());
    assert!(ask(&with(None).await, "hi").await.end.is_err());
    assert!(ask(&with(Some("another")).await, "hi").await.end.is_err());
}

/// A service that finds a signature wrong repeats all that should have been signed.
#[tokio::test]
async fn session_token_is_in_no_error() {
    let token = "AQoDYXdzEPT-very-secret-token";
    let temporary = Credentials::new("ASIAEXAMPLE", "secret").session_token(token);
    let sim = Sim::builder().credentials(temporary).start().await.unwrap();
    let wrong =
        StaticCredentials::access_key("ASIAEXAMPLE", "wrong-secret", Some(token.to_owned()));
    let provider = load(host().endpoint_url(sim.url()).credentials(wrong)).await;
    let error = ask(&provider, "hi").await.error().clone();
    assert_eq!(error.code(), Some("InvalidSignatureException"));
    assert!(error.message().contains("x-amz-security-token:[secret]"), "{error}");
    assert!(!format!("{error:?}").contains(token), "{error:?}");
}

#[tokio::test]
async fn bearer_token_is_sent_and_nothing_is_signed() {
    let sim = Sim::start().await.unwrap();
    let given = StaticCredentials::bearer_token(Builder::BEARER_TOKEN);
    let provider = load(host().endpoint_url(sim.url()).credentials(given)).await;
    assert!(ask(&provider, "hi").await.end.is_ok());
    let seen = sim.last_request().unwrap();
    assert_eq!(seen.auth, AuthKind::Bearer);
    assert_eq!(seen.header("x-amz-date"), None);
}

#[tokio::test]
async fn credentials_come_from_the_environment() {
    let sim = Sim::start().await.unwrap();
    let url = sim.url();
    let vars = move |name: &str| match name {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME" => Some(url.clone()),
        "AWS_ACCESS_KEY_ID" => Some(Builder::ACCESS_KEY_ID.to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some(Builder::SECRET_ACCESS_KEY.to_owned()),
        "AWS_BEARER_TOKEN_BEDROCK" | "AWS_SESSION_TOKEN" => Some(" ".to_owned()),
        _ => None,
    };
    let provider = load(host().vars(vars)).await;
    assert!(ask(&provider, "hi").await.end.is_ok());
    assert_eq!(sim.last_request().unwrap().auth, AuthKind::SigV4);
}

#[tokio::test]
async fn headers_are_these_and_no_others() {
    let sim = Sim::start().await.unwrap();
    ask(&provider(&sim).await, "hi").await;
    let seen = sim.last_request().unwrap();
    let mut names: Vec<&str> = seen.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["authorization", "content-length", "content-type", "host", "x-amz-date"]);
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("content-length"), Some(seen.body.len().to_string().as_str()));
}

/// Larger than what the host buffers, so that writing it waits for the server to read.
#[tokio::test]
async fn image_of_several_megabytes_does_not_get_stuck() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    let image: Vec<u8> = (0..3_700_000_u32).map(|i| (i % 251) as u8).collect();
    let message = Message::user("what is this?")
        .and(ContentBlock::Image(Media::bytes("png", image.clone())))
        .and(ContentBlock::Image(Media::bytes("png", image.clone())));
    let outcome = run(&provider, Request::new(MODEL).message(message)).await;
    assert!(outcome.text().contains("2 images"), "{outcome:?}");
    use base64::Engine as _;
    let sent = sim.last_request().unwrap().json();
    let sent = sent["messages"][0]["content"][2]["image"]["source"]["bytes"].clone();
    let sent = base64::engine::general_purpose::STANDARD.decode(sent.as_str().unwrap()).unwrap();
    assert!(sent == image, "the image arrived changed");
}

/// A server that refuses a large request may do so before it has read it.
#[tokio::test]
async fn large_body_that_is_refused_early_gives_the_servers_answer() {
    let sim = Sim::start().await.unwrap();
    let provider = load(host().endpoint_url(sim.url()).credentials(access_key())).await;
    sim.set_faults("status=413".parse().unwrap());
    let message =
        Message::user("x").and(ContentBlock::Image(Media::bytes("png", vec![7; 9 << 20])));
    let outcome = run(&provider, Request::new(MODEL).message(message)).await;
    assert_eq!(outcome.error().status(), Some(413), "{outcome:?}");
}
