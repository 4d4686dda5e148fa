//! Faults, as a client sees them.

mod support;

use std::time::{Duration, Instant};

use bedrock_sim::{Builder, Faults, Sim};
use http::HeaderMap;
use support::{
    Answer, MODEL, SOON, asking, bearer, finish, get, names, open, open_http2, post, send, stream,
    text,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A prompt with a directive, if there are faults.
fn prompt(faults: &str) -> String {
    let directive = if faults.is_empty() { String::new() } else { format!(" sim:{faults}") };
    format!("one two three{directive}")
}

async fn with(sim: &Sim, faults: &str) -> Answer {
    stream(sim, &asking(&prompt(faults))).await
}

fn faults(text: &str) -> Faults {
    text.parse().expect("faults")
}

#[tokio::test]
async fn statuses_have_their_codes_and_headers() {
    let sim = Sim::start().await.unwrap();
    for (status, code) in [
        (400, "ValidationException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (408, "ModelTimeoutException"),
        (413, "RequestEntityTooLargeException"),
        (424, "ModelErrorException"),
        (429, "ThrottlingException"),
        (500, "InternalServerException"),
        (503, "ServiceUnavailableException"),
    ] {
        let error = with(&sim, &format!("status={status}")).await.error();
        assert_eq!((error.0, error.1.as_str()), (status, code));
    }
    let answer =
        with(&sim, "status=429,code=ModelNotReadyException,message=Not%20yet,retry-after=7").await;
    assert_eq!(answer.error(), (429, "ModelNotReadyException".into(), "Not yet".into()));
    assert_eq!(answer.headers["retry-after"], "7");
}

#[tokio::test]
async fn faults_come_from_the_sim_the_queue_and_the_request() {
    let sim = Sim::builder().faults(faults("no-metadata")).start().await.unwrap();
    assert!(!names(&with(&sim, "").await.events()).contains(&"metadata"));
    sim.push_fault(faults("status=500"));
    sim.push_fault(faults("status=503"));
    // A rejected request does not use one up.
    let unknown = post(&sim, &format!("/model/{MODEL}/converse-stream"), &asking("hi"));
    assert_eq!(send(&sim, unknown).await.status, 403);
    assert_eq!(send(&sim, bearer(get(&sim, "/foundation-models"))).await.status, 500);
    assert_eq!(with(&sim, "status=404").await.status, 404);
    assert_eq!(with(&sim, "truncate=1").await.events().len(), 1);
    sim.set_faults(Faults::default());
    assert!(names(&with(&sim, "").await.events()).contains(&"metadata"));
    let mut request = asking("hi");
    request["requestMetadata"] = serde_json::json!({"sim": "status=424"});
    assert_eq!(stream(&sim, &request).await.status, 424);
}

#[tokio::test]
async fn exceptions_and_cut_bodies_end_a_stream() {
    let sim = Sim::start().await.unwrap();
    for exception in [
        "internalServerException",
        "modelStreamErrorException",
        "serviceUnavailableException",
        "throttlingException",
        "validationException",
    ] {
        let events = with(&sim, &format!("exception={exception},after=2")).await.events();
        assert_eq!(names(&events), ["messageStart", "contentBlockDelta", exception]);
        assert!(events[2].1["message"].is_string());
    }
    let error = with(&sim, "exception=error").await.events();
    assert_eq!(names(&error), ["messageStart", "InternalError"]);

    let whole = with(&sim, "").await.body;
    let truncated = with(&sim, "truncate=3").await;
    assert!(truncated.complete && truncated.events().len() == 3);
    let mid_frame = with(&sim, "truncate-bytes=200").await;
    assert!(mid_frame.complete);
    assert_eq!(mid_frame.body, whole[..200]);
}

#[tokio::test]
async fn an_aborted_body_does_not_end_well() {
    let sim = Sim::start().await.unwrap();
    let aborted = with(&sim, "abort=2").await;
    assert!(!aborted.complete);
    assert_eq!(aborted.events().len(), 2);
    let path = format!("/model/{MODEL}/converse-stream");
    let request = bearer(post(&sim, &path, &asking("sim:abort=2")));
    let aborted = finish(open_http2(&sim, request).await).await;
    assert!(!aborted.complete);
    assert_eq!(aborted.events().len(), 2);
}

#[tokio::test]
async fn checksums_can_be_wrong_in_one_message() {
    let sim = Sim::start().await.unwrap();
    let good = with(&sim, "").await.body;
    let length = |message: &[u8]| u32::from_be_bytes(message[..4].try_into().unwrap()) as usize;
    let first = length(&good);
    let end = first + length(&good[first..]);
    for (fault, place) in [("corrupt=2", "message"), ("corrupt-prelude=2", "prelude")] {
        sim.push_fault(faults(fault));
        let bad = with(&sim, "").await.body;
        assert!(bad[..first] == good[..first] && bad[end..] == good[end..], "{fault}");
        let (message, message_crc) = bad[first..end].split_at(end - first - 4);
        let prelude_fits = crc32fast::hash(&message[..8]).to_be_bytes() == message[8..12];
        let message_fits = crc32fast::hash(message).to_be_bytes() == message_crc;
        assert_eq!((prelude_fits, message_fits), (place == "message", place == "prelude"));
    }
}

#[tokio::test]
async fn the_body_comes_in_the_pieces_asked_for() {
    let sim = Sim::start().await.unwrap();
    let whole = with(&sim, "").await;
    let bytes = whole.body.len();
    for (fault, pieces) in [
        ("", whole.events().len()),
        ("chunk=0", 1),
        ("chunk=100", bytes.div_ceil(100)),
        ("drip=0,chunk=200", bytes.div_ceil(200)),
        ("drip=0", bytes),
    ] {
        sim.push_fault(faults(fault));
        let sizes = chunk_sizes(&raw_response(&sim).await);
        assert_eq!(sizes.iter().sum::<usize>(), bytes, "{fault}");
        assert_eq!(sizes.len(), pieces, "{fault}");
    }
}

/// The response to the usual prompt, as it is on the wire.
async fn raw_response(sim: &Sim) -> Vec<u8> {
    let body = asking(&prompt("")).to_string();
    let request = format!(
        "POST /model/{MODEL}/converse-stream HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
        sim.addr(),
        Builder::BEARER_TOKEN,
        body.len(),
    );
    let mut stream = TcpStream::connect(sim.addr()).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("a request sent");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.expect("a response");
    response
}

/// Sizes of the chunks of the transfer coding, the last, empty one left out.
fn chunk_sizes(response: &[u8]) -> Vec<usize> {
    let line_end = |bytes: &[u8]| bytes.windows(2).position(|it| it == b"\r\n").expect("a line");
    let head = response.windows(4).position(|it| it == b"\r\n\r\n").expect("a head");
    let mut rest = &response[head + 4..];
    let mut sizes = Vec::new();
    loop {
        let end = line_end(rest);
        let size = std::str::from_utf8(&rest[..end]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size");
        if size == 0 {
            return sizes;
        }
        sizes.push(size);
        rest = &rest[end + 2 + size + 2..];
    }
}

#[tokio::test]
async fn time_goes_by_where_it_should() {
    let sim = Sim::start().await.unwrap();
    for (fault, least) in [("latency=80", 80), ("frame-delay=10", 80), ("drip=20,chunk=200", 80)] {
        let start = Instant::now();
        let answer = with(&sim, fault).await;
        assert!(start.elapsed() >= Duration::from_millis(least), "{fault}");
        assert_eq!(text(&answer.events()), "Hello! You said: \"one two three\".");
    }
}

#[tokio::test]
async fn answers_can_be_something_else() {
    let sim = Sim::start().await.unwrap();
    let html = with(&sim, "html").await;
    assert_eq!(
        (html.status.as_u16(), &html.headers["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    assert!(html.body.starts_with(b"<!DOCTYPE html>"));
    let bare: HeaderMap = with(&sim, "no-content-type").await.headers;
    assert!(!bare.contains_key("content-type"));
}

#[tokio::test]
async fn a_gate_holds_the_stream_until_it_is_released() {
    let sim = Sim::start().await.unwrap();
    // Opened too early: this is for streams that are there.
    sim.release();
    let asked = tokio::spawn({
        let request =
            post(&sim, &format!("/model/{MODEL}/converse-stream"), &asking("a sim:gate=2"));
        let response = open(&sim, bearer(request)).await;
        async move { finish(response).await }
    });
    sim.wait_until(|stats| stats.frames_sent == 2, SOON).await.unwrap();
    let late = sim.wait_until(|stats| stats.frames_sent > 2, Duration::from_millis(50)).await;
    assert!(late.is_err(), "sent on before the release: {late:?}");
    assert!(!asked.is_finished());
    sim.release();
    assert_eq!(text(&asked.await.unwrap().events()), "Hello! You said: \"a\".");
}

#[tokio::test]
async fn faults_can_be_over_after_some_requests() {
    let statuses = async |sim: &Sim, text: &str| {
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(stream(sim, &asking(text)).await.status.as_u16());
        }
        statuses
    };
    let sim = Sim::builder().faults(faults("status=503,times=2")).start().await.unwrap();
    assert_eq!(statuses(&sim, "hi").await, [503, 503, 200, 200]);
    sim.set_faults(faults("status=500,times=1"));
    sim.push_fault(faults("status=429,times=2"));
    assert_eq!(statuses(&sim, "hi").await, [429, 429, 200, 200]);
    sim.push_fault(faults("status=429,times=2"));
    sim.push_fault(faults("status=424"));
    assert_eq!(statuses(&sim, "hi").await, [429, 429, 424, 200]);
    // The same question, sent again, is answered in the end; asked once more it starts over.
    let asked = "hi sim:status=503,times=3";
    assert_eq!(statuses(&sim, asked).await, [503, 503, 503, 200]);
    assert_eq!(statuses(&sim, asked).await, [503, 503, 503, 200]);
}

#[tokio::test]
async fn waits_can_be_asked_for_in_milliseconds() {
    let sim = Sim::start().await.unwrap();
    let answer = with(&sim, "status=503,retry-after-ms=250").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["x-amz-retry-after"]),
        (503, &"250".parse().unwrap())
    );
    assert!(!answer.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_connection_can_close_without_an_answer() {
    let sim = Sim::start().await.unwrap();
    sim.push_fault(faults("reset"));
    assert_eq!(raw_response(&sim).await, b"");
    assert!(!raw_response(&sim).await.is_empty());
    sim.push_fault(faults("reset,latency=1"));
    let mut connection = TcpStream::connect(sim.addr()).await.unwrap();
    let head = format!(
        "GET /foundation-models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
        Builder::BEARER_TOKEN
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    assert!(answer.is_empty(), "{answer:?}");
}
