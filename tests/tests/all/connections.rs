//! Connections: kept, closed, encrypted, through proxies, and none that is not allowed.

use crate::support::{MODEL, PATIENCE, access_key, ask, collect, host, load, next, provider};
use bedrock_sim::Sim;
use converse_host::{ErrorKind, Request};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io::Write as _;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn connection_is_kept_from_answer_to_answer() {
    let sim = Sim::start().await.unwrap();
    let provider = provider(&sim).await;
    for _ in 0..5 {
        assert!(ask(&provider, "hi").await.end.is_ok());
        // The rest of the body, if any, is read a moment after the answer's end.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!((sim.stats().requests, sim.stats().connections), (5, 1));
}

#[tokio::test]
async fn dropping_a_completion_closes_its_connection() {
    let sim = Sim::start().await.unwrap();
    sim.set_faults("gate=2".parse().unwrap());
    let provider = provider(&sim).await;
    let mut completion = provider.start(Request::new(MODEL).user("hi")).await.unwrap();
    assert!(next(&mut completion).await.is_some());
    assert_eq!(sim.stats().streams_open, 1);
    drop(completion);
    sim.wait_until(|stats| stats.streams_open == 0 && stats.connections_open == 0, PATIENCE)
        .await
        .expect("the connection stays open");
}

/// The same while the caller waits for an event, as a client that goes away would have it.
#[tokio::test]
async fn giving_up_the_wait_closes_the_connection() {
    let sim = Sim::start().await.unwrap();
    sim.set_faults("never-end,no-metadata".parse().unwrap());
    let provider = provider(&sim).await;
    let completion = provider.start(Request::new(MODEL).user("hi")).await.unwrap();
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(200), collect(completion));
    assert!(waiting.await.is_err(), "the answer never ends");
    sim.wait_until(|stats| stats.connections_open == 0, PATIENCE).await.expect("it stays open");
}

#[tokio::test]
async fn giving_up_before_the_answer_closes_the_connection() {
    let sim = Sim::start().await.unwrap();
    sim.set_faults("hang".parse().unwrap());
    let provider = provider(&sim).await;
    let start = provider.start(Request::new(MODEL).user("hi"));
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), start).await.is_err());
    sim.wait_until(|stats| stats.requests == 1 && stats.connections_open == 0, PATIENCE)
        .await
        .expect("it stays open");
}

/// A certificate for this machine that no one trusts, and the file to trust it by.
fn certificate() -> (Arc<rustls::ServerConfig>, tempfile::NamedTempFile) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]);
    let made = made.unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(made.cert.pem().as_bytes()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (Arc::new(config), file)
}

#[tokio::test]
async fn https_with_a_trusted_certificate_speaks_http2() {
    let (config, file) = certificate();
    let sim = Sim::builder().tls(config).start().await.unwrap();
    let trusted = file.path().to_str().unwrap().to_owned();
    let vars = move |name: &str| (name == "AWS_CA_BUNDLE").then(|| trusted.clone());
    let url = format!("https://localhost:{}", sim.addr().port());
    let provider = load(host().vars(vars).endpoint_url(url).credentials(access_key())).await;
    for _ in 0..2 {
        let outcome = ask(&provider, "hi").await;
        assert_eq!(outcome.text(), "Hello! You said: \"hi\".");
    }
    assert_eq!(format!("{:?}", sim.last_request().unwrap().version), "HTTP/2.0");
    assert_eq!(sim.stats().connections, 1);
}

#[tokio::test]
async fn https_with_an_unknown_certificate_is_refused() {
    let (config, _) = certificate();
    let sim = Sim::builder().tls(config).start().await.unwrap();
    let url = format!("https://localhost:{}", sim.addr().port());
    let provider = load(host().endpoint_url(url).credentials(access_key())).await;
    let outcome = ask(&provider, "hi").await;
    assert_eq!(outcome.error().kind(), ErrorKind::Transport);
    assert!(outcome.error().message().contains("certificate"), "{}", outcome.error());
    assert_eq!(sim.stats().requests, 0);
}

/// A proxy that tells what it was asked to connect to, and connects to `to` whatever that was.
async fn proxy(to: std::net::SocketAddr) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, requests) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            asked.send(head.lines().next().unwrap_or_default().to_owned()).unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut server = TcpStream::connect(to).await.unwrap();
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
    });
    (url, requests)
}

#[tokio::test]
async fn proxy_of_the_environment_is_used_for_https() {
    let (config, file) = certificate();
    let sim = Sim::builder().tls(config).start().await.unwrap();
    let (url, mut asked) = proxy(sim.addr()).await;
    let trusted = file.path().to_str().unwrap().to_owned();
    let vars = move |name: &str| match name {
        "AWS_CA_BUNDLE" => Some(trusted.clone()),
        "https_proxy" => Some(url.clone()),
        _ => None,
    };
    // The proxy resolves the name, so a port nobody listens on shows that it was asked.
    let host = host().vars(vars).endpoint_url("https://localhost:1").credentials(access_key());
    let outcome = ask(&load(host).await, "hi").await;
    assert!(outcome.end.is_ok(), "{outcome:?}");
    assert_eq!(asked.recv().await.unwrap(), "CONNECT localhost:1 HTTP/1.1");
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let provider = load(host().endpoint_url(url).credentials(access_key())).await;
    let outcome = ask(&provider, "hi").await;
    assert_eq!(outcome.error().kind(), ErrorKind::Transport);
    assert!(outcome.error().message().contains("refused"), "{}", outcome.error());
}

#[tokio::test]
async fn plain_http_to_another_machine_is_refused() {
    let error = host().endpoint_url("http://192.0.2.1:80").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("https"), "{error}");
}
