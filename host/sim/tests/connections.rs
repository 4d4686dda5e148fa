//! Connections, clients that leave, and the sim's own end.

mod support;

use std::sync::Arc;
use std::time::Duration;

use bedrock_sim::{Error, Script, Sim};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use support::{MODEL, SOON, asking, bearer, get, open, open_http2, post, send, stream};
use tokio::net::TcpStream;

fn asks(sim: &Sim, text: &str) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    bearer(post(sim, &format!("/model/{MODEL}/converse-stream"), &asking(text)))
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed() {
    let sim = Sim::start().await.unwrap();
    for (fault, frames) in [("gate=2", 2), ("never-end,truncate=1", 1), ("frame-delay=60000", 1)] {
        let before = sim.stats().frames_sent;
        for http2 in [false, true] {
            let request = asks(&sim, &format!("hi sim:{fault}"));
            let mut response =
                if http2 { open_http2(&sim, request).await } else { open(&sim, request).await };
            response.frame().await.expect("a first message").unwrap();
            assert_eq!(sim.stats().streams_open, 1, "{fault}");
            drop(response);
            sim.wait_until(|stats| stats.streams_open == 0, SOON).await.expect(fault);
        }
        assert_eq!(sim.stats().frames_sent - before, frames * 2, "{fault}");
    }
    sim.wait_until(|stats| stats.connections_open == 0, SOON).await.unwrap();
}

#[tokio::test]
async fn a_client_that_gives_up_waiting_is_noticed() {
    let sim = Sim::start().await.unwrap();
    for fault in ["hang", "latency=60000"] {
        for http2 in [false, true] {
            let request = asks(&sim, &format!("hi sim:{fault}"));
            let sent = async {
                if http2 { open_http2(&sim, request).await } else { open(&sim, request).await }
            };
            let arrived = sim.wait_until(|stats| stats.streams_open == 1, SOON);
            tokio::select! {
                answer = sent => panic!("answered: {answer:?}"),
                arrived = arrived => arrived.expect(fault),
            };
            sim.wait_until(|stats| stats.streams_open == 0, SOON).await.expect(fault);
        }
    }
}

#[tokio::test]
async fn requests_are_recorded_with_their_connection() {
    let sim = Sim::builder().record_limit(2).start().await.unwrap();
    let stream = TcpStream::connect(sim.addr()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for text in ["one", "two"] {
        let response = sender.send_request(asks(&sim, text)).await.unwrap();
        response.into_body().collect().await.unwrap();
    }
    support::stream(&sim, &asking("three")).await;
    let requests = sim.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|it| (it.json()["messages"][0]["content"][0]["text"].clone(), it.connection))
        .collect();
    assert_eq!(seen, [("two".into(), 1), ("three".into(), 2)]);
    assert_eq!(requests[1].path, format!("/model/{MODEL}/converse-stream"));
    assert_eq!(requests[1].header("Content-Type"), Some("application/json"));
    let stats = sim.stats();
    assert_eq!((stats.connections, stats.requests), (2, 3));
    sim.clear_requests();
    assert!(sim.requests().is_empty() && sim.last_request().is_none());
}

#[tokio::test]
async fn each_request_is_told_once_with_its_answers_head() {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let sim = Sim::builder().record_limit(0).on_response(move |request, head| {
        let header = |name: &str| Some(head?.headers.get(name)?.to_str().ok()?.to_owned());
        let status = head.map(|head| head.status.as_u16());
        let seen = (request.body.len(), status, header("x-amzn-errortype"));
        told.send((seen, header("x-amzn-requestid"))).unwrap();
    });
    let sim = sim.start().await.unwrap();

    // What was told is there before the answer is.
    let body = asking("hi");
    let answer = stream(&sim, &body).await;
    let (seen, id) = heard.try_recv().unwrap();
    assert_eq!(seen, (body.to_string().len(), Some(200), None));
    assert_eq!(id.unwrap(), answer.headers["x-amzn-requestid"]);
    send(&sim, post(&sim, "/model/x/converse", &body)).await;
    let ((_, status, code), _) = heard.try_recv().unwrap();
    assert_eq!(status, Some(403));
    assert!(code.unwrap().starts_with("MissingAuthenticationTokenException"));
    assert!(heard.try_recv().is_err());

    for http2 in [false, true] {
        let request = asks(&sim, "hi sim:hang");
        let sent = async {
            if http2 { open_http2(&sim, request).await } else { open(&sim, request).await }
        };
        let requests = sim.stats().requests;
        tokio::select! {
            answer = sent => panic!("answered: {answer:?}"),
            arrived = sim.wait_until(|stats| stats.requests > requests, SOON) => arrived.unwrap(),
        };
        let ((_, status, _), id) = tokio::time::timeout(SOON, heard.recv()).await.unwrap().unwrap();
        assert_eq!((status, id), (None, None));
    }
    sim.shutdown().await;
    assert!(heard.recv().await.is_none());
}

#[tokio::test]
async fn waiting_gives_up_in_time_and_says_what_it_saw() {
    let sim = Sim::start().await.unwrap();
    let error = sim.wait_until(|stats| stats.requests > 0, Duration::from_millis(10)).await;
    let Err(Error::Timeout { last, .. }) = error else { panic!("{error:?}") };
    assert_eq!(last.requests, 0);
}

#[tokio::test]
async fn shutting_down_and_dropping_close_everything() {
    for dropped in [false, true] {
        let sim = Sim::start().await.unwrap();
        let addr = sim.addr();
        let mut response = open(&sim, asks(&sim, "hi sim:never-end,truncate=1")).await;
        response.frame().await.unwrap().unwrap();
        if dropped {
            drop(sim);
        } else {
            sim.shutdown().await;
            assert!(TcpStream::connect(addr).await.is_err());
        }
        let end = tokio::time::timeout(SOON, response.frame()).await.expect("an end");
        assert!(end.is_none_or(|frame| frame.is_err()));
    }
}

#[tokio::test]
async fn a_taken_address_is_an_error() {
    let sim = Sim::start().await.unwrap();
    let error = Sim::builder().listen(sim.addr()).start().await.unwrap_err();
    assert!(error.to_string().contains(&sim.addr().to_string()), "{error}");
}

#[tokio::test]
async fn a_long_replay_arrives_whole_at_many_clients() {
    let words: Vec<String> = (0..3_000).map(|number| format!("{number} ")).collect();
    let script = Script::assistant().text(words).stop("end_turn").usage(1, 3_000);
    let sim = Sim::builder().unauthenticated().replay(script.clone()).start().await.unwrap();
    let body = asking("hi");
    let all = (0..8).map(|_| stream(&sim, &body));
    for answer in futures::future::join_all(all).await {
        assert_eq!(answer.body, script.encode());
    }
    assert_eq!(sim.stats().frames_sent, 8 * script.frames().len() as u64);
}

#[tokio::test]
async fn tls_speaks_both_http_versions() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let sim = Sim::builder().tls(Arc::new(config)).start().await.unwrap();
    assert!(sim.url().starts_with("https://127.0.0.1:"));

    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    for (protocol, version) in [("h2", http::Version::HTTP_2), ("http/1.1", http::Version::HTTP_11)]
    {
        let mut config = rustls::ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.into()];
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = TcpStream::connect(sim.addr()).await.unwrap();
        let stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        let status = if protocol == "h2" {
            let executor = hyper_util::rt::TokioExecutor::new();
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(executor, TokioIo::new(stream))
                    .await
                    .unwrap();
            tokio::spawn(connection);
            let mut request = bearer(get(&sim, "/foundation-models"));
            request.headers_mut().remove("host");
            sender.send_request(request).await.unwrap().status()
        } else {
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(bearer(get(&sim, "/foundation-models"))).await.unwrap().status()
        };
        assert_eq!(status, 200, "{protocol}");
        assert_eq!(sim.last_request().unwrap().version, version);
    }
    // Somebody who does not speak TLS does no harm.
    let plain = TcpStream::connect(sim.addr()).await.unwrap();
    plain.try_write(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    sim.wait_until(|stats| stats.connections == 3, SOON).await.unwrap();
}

#[tokio::test]
async fn a_body_too_large_is_told_so() {
    let (told, heard) = std::sync::mpsc::channel();
    let sim = Sim::builder().on_response(move |request, head| {
        told.send((request.body.len(), head.map(|head| head.status.as_u16()))).unwrap();
    });
    let sim = sim.start().await.unwrap();
    let mut request = asks(&sim, "hi");
    *request.body_mut() = vec![b' '; (64 << 20) + 1].into();
    assert_eq!(send(&sim, request).await.error().0, 413);
    assert_eq!(heard.recv().unwrap(), (0, Some(413)));
}
