//! Who is let in, and how the others are told.

mod support;

use std::time::{Duration, SystemTime};

use bedrock_sim::{AuthKind, Credentials, Sim};
use support::{Answer, MODEL, Signer, asking, bearer, finish, get, open_http2, post, send};

async fn converse(sim: &Sim, signer: Signer) -> Answer {
    let request = post(sim, &format!("/model/{MODEL}/converse"), &asking("hi"));
    send(sim, signer.sign(request).await).await
}

async fn rejected(sim: &Sim, signer: Signer) -> (u16, String, String) {
    converse(sim, signer).await.error()
}

#[tokio::test]
async fn a_signed_request_is_answered() {
    let sim = Sim::start().await.unwrap();
    let answer = converse(&sim, Signer::default()).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.json()["stopReason"], "end_turn");
    assert!(answer.headers.contains_key("x-amzn-requestid"));
    assert_eq!(sim.last_request().unwrap().auth, AuthKind::SigV4);
}

#[tokio::test]
async fn base_paths_queries_and_http2_are_signed_too() {
    let sim = Sim::builder().base_path("/base/v1/").start().await.unwrap();
    assert!(sim.url().ends_with("/base/v1"));
    assert_eq!(converse(&sim, Signer::default()).await.status, 200);
    let path = "/inference-profiles?type=APPLICATION&maxResults=1";
    let signed = Signer::default().sign(get(&sim, path)).await;
    assert_eq!(send(&sim, signed.clone()).await.status, 200);
    let answer = finish(open_http2(&sim, signed).await).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(sim.last_request().unwrap().path, format!("/base/v1{path}"));
    assert_eq!(sim.last_request().unwrap().version, http::Version::HTTP_2);
}

#[tokio::test]
async fn a_wrong_signature_is_shown_what_should_have_been_signed() {
    let sim = Sim::start().await.unwrap();
    let (status, code, message) =
        rejected(&sim, Signer { secret: "other".into(), ..Signer::default() }).await;
    assert_eq!((status, code.as_str()), (403, "InvalidSignatureException"));
    assert!(message.contains("POST\n/model/amazon.nova-lite-v1%253A0/converse\n"), "{message}");
    assert!(message.contains("String-to-Sign should have been\n'AWS4-HMAC-SHA256\n"), "{message}");
}

#[tokio::test]
async fn whatever_is_changed_after_signing_breaks_the_signature() {
    let sim = Sim::start().await.unwrap();
    let path = format!("/model/{MODEL}/converse");
    let signed = Signer::default().sign(post(&sim, &path, &asking("hi"))).await;
    assert_eq!(send(&sim, signed.clone()).await.status, 200);

    let mut other_type = signed.clone();
    other_type.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    let mut other_path = signed.clone();
    *other_path.uri_mut() =
        format!("{}/model/amazon.nova-pro-v1%3A0/converse", sim.url()).parse().unwrap();
    let other_body = signed.clone().map(|_| asking("ho").to_string().into());
    let mut unsigned_header = signed.clone();
    unsigned_header.headers_mut().insert("x-amz-extra", "1".parse().unwrap());
    for request in [other_type, other_path, other_body, unsigned_header] {
        let (status, code, message) = send(&sim, request).await.error();
        assert_eq!((status, code.as_str()), (403, "InvalidSignatureException"), "{message}");
    }
}

#[tokio::test]
async fn scope_and_time_must_be_right() {
    let region = Sim::builder().region("eu-west-1").start().await.unwrap();
    let hour = Duration::from_secs(3600);
    let now = SystemTime::now();
    for (signer, named) in [
        (Signer { service: "bedrock-runtime", ..Signer::default() }, "service: 'bedrock'"),
        (Signer::default(), "region: 'eu-west-1'"),
        (Signer { time: now - hour, ..Signer::default() }, "Signature expired: "),
        (Signer { time: now + hour, ..Signer::default() }, "Signature not yet current: "),
    ] {
        let (status, code, message) = rejected(&region, signer).await;
        assert_eq!((status, code.as_str()), (403, "InvalidSignatureException"));
        assert!(message.contains(named), "{message}");
    }
    let (_, _, message) = rejected(&region, Signer { time: now - hour, ..Signer::default() }).await;
    assert!(
        message.contains(" is now earlier than ") && message.contains(" - 5 min.)"),
        "{message}"
    );
    let stopped = Sim::builder().fixed_time(now - hour).start().await.unwrap();
    let answer = converse(&stopped, Signer { time: now - hour, ..Signer::default() }).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn keys_and_tokens_must_be_known() {
    let sim = Sim::builder()
        .credentials(Credentials::new("TEMPORARY", "secret").session_token("the/token+="))
        .credentials(Credentials::new("OLD", "secret").expired())
        .start()
        .await
        .unwrap();
    let with = |key: &str, token: Option<&str>| Signer {
        key: key.into(),
        secret: "secret".into(),
        token: token.map(Into::into),
        ..Signer::default()
    };
    assert_eq!(converse(&sim, with("TEMPORARY", Some("the/token+="))).await.status, 200);
    for (signer, expected) in [
        (with("TEMPORARY", Some("another")), "UnrecognizedClientException"),
        (with("TEMPORARY", None), "UnrecognizedClientException"),
        (with("NOBODY", None), "UnrecognizedClientException"),
        (Signer::default(), "UnrecognizedClientException"),
        (with("OLD", None), "ExpiredTokenException"),
    ] {
        let (status, code, _) = rejected(&sim, signer).await;
        assert_eq!((status, code.as_str()), (403, expected));
    }
}

#[tokio::test]
async fn headers_that_are_no_authentication_are_named_so() {
    let sim = Sim::start().await.unwrap();
    let path = format!("/model/{MODEL}/converse");
    let missing = send(&sim, post(&sim, &path, &asking("hi"))).await.error();
    assert_eq!((missing.0, missing.1.as_str()), (403, "MissingAuthenticationTokenException"));
    for (value, status, code) in [
        ("Basic dXNlcg==", 400, "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c", 400, "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256", 400, "IncompleteSignatureException"),
        ("Bearer wrong", 403, "AccessDeniedException"),
        ("Bearer ", 403, "AccessDeniedException"),
    ] {
        let mut request = post(&sim, &path, &asking("hi"));
        request.headers_mut().insert("authorization", value.parse().unwrap());
        let error = send(&sim, request).await.error();
        assert_eq!((error.0, error.1.as_str()), (status, code), "{value}: {}", error.2);
    }
    assert_eq!(send(&sim, bearer(post(&sim, &path, &asking("hi")))).await.status, 200);
    assert_eq!(sim.last_request().unwrap().auth, AuthKind::Bearer);
    let without_date = {
        let mut signed = Signer::default().sign(post(&sim, &path, &asking("hi"))).await;
        signed.headers_mut().remove("x-amz-date");
        send(&sim, signed).await.error()
    };
    assert_eq!(without_date.1, "IncompleteSignatureException");
}

#[tokio::test]
async fn checks_can_be_loosened() {
    let any = Sim::builder().any_credentials().start().await.unwrap();
    let unknown = Signer { key: "NOBODY".into(), ..Signer::default() };
    assert_eq!(converse(&any, unknown).await.status, 200);
    let known_but_wrong = Signer { secret: "x".into(), ..Signer::default() };
    assert_eq!(rejected(&any, known_but_wrong).await.1, "InvalidSignatureException");
    let off = Sim::builder().unauthenticated().start().await.unwrap();
    let bare = post(&off, &format!("/model/{MODEL}/converse"), &asking("hi"));
    assert_eq!(send(&off, bare).await.status, 200);
}

#[tokio::test]
async fn settings_show_no_secrets() {
    let credentials = Credentials::new("KEY", "s3cret").session_token("t0ken");
    let builder = Sim::builder().credentials(credentials.clone()).bearer_token("b3arer");
    let shown = format!("{credentials:?} {builder:?}");
    let sim = builder.start().await.unwrap();
    let shown = format!("{shown} {sim:?}");
    for secret in ["s3cret", "t0ken", "b3arer"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("KEY"));
}
