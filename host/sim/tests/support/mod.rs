//! A small client: HTTP from hyper, signatures and event streams from the AWS SDK's own crates.

#![allow(dead_code, unreachable_pub, missing_docs)] // Every test file uses another part of it.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_runtime_api::client::identity::Identity;
use bedrock_sim::{Builder, Sim};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpStream;

pub const MODEL: &str = "amazon.nova-lite-v1%3A0";
pub const SOON: Duration = Duration::from_secs(10);

/// A message of a stream: its type and its payload.
pub type Event = (String, Value);

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The body ended as HTTP wants it to.
    pub complete: bool,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// Status, error code and message.
    pub fn error(&self) -> (u16, String, String) {
        let code = self.headers["x-amzn-errortype"].to_str().expect("text");
        let (code, source) = code.split_once(':').expect("a source behind the code");
        assert!(source.starts_with("http://internal.amazon.com/"), "{source}");
        let message = self.json()["message"].as_str().expect("a message").to_owned();
        (self.status.as_u16(), code.to_owned(), message)
    }

    pub fn events(&self) -> Vec<Event> {
        assert_eq!(self.status, 200, "{:?}", self.body);
        assert_eq!(self.headers["content-type"], "application/vnd.amazon.eventstream");
        events(&self.body)
    }
}

/// Decodes whole messages; anything else is a panic.
pub fn events(body: &[u8]) -> Vec<Event> {
    let mut buffer = BytesMut::from(body);
    let mut decoder = MessageFrameDecoder::new();
    let mut events = Vec::new();
    while let DecodedFrame::Complete(message) =
        decoder.decode_frame(&mut buffer).expect("a sound message")
    {
        let header = |name: &str| {
            let mut headers = message.headers().iter();
            let header = headers.find(|header| header.name().as_str() == name)?;
            Some(header.value().as_string().ok()?.as_str().to_owned())
        };
        let names = [":event-type", ":exception-type", ":error-code"];
        let name = names.into_iter().find_map(header).expect("a type");
        let payload = serde_json::from_slice(message.payload()).unwrap_or(Value::Null);
        events.push((name, payload));
    }
    assert!(buffer.is_empty(), "{} bytes are left over", buffer.len());
    events
}

/// The text of all text deltas.
pub fn text(events: &[Event]) -> String {
    events.iter().filter_map(|(_, payload)| payload["delta"]["text"].as_str()).collect()
}

pub fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|(name, _)| name.as_str()).collect()
}

pub fn asking(text: &str) -> Value {
    json!({"messages": [{"role": "user", "content": [{"text": text}]}]})
}

pub fn post(sim: &Sim, path: &str, body: &Value) -> Request<Full<Bytes>> {
    let body = Bytes::from(body.to_string());
    Request::post(format!("{}{path}", sim.url()))
        .header("content-type", "application/json")
        .header("host", sim.addr().to_string())
        .body(Full::new(body))
        .expect("a request")
}

pub fn get(sim: &Sim, path: &str) -> Request<Full<Bytes>> {
    Request::get(format!("{}{path}", sim.url()))
        .header("host", sim.addr().to_string())
        .body(Full::default())
        .expect("a request")
}

pub fn bearer(mut request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    let value = format!("Bearer {}", Builder::BEARER_TOKEN).parse().expect("a header value");
    request.headers_mut().insert("authorization", value);
    request
}

/// How a request is signed.
pub struct Signer {
    pub key: String,
    pub secret: String,
    pub token: Option<String>,
    pub region: &'static str,
    pub service: &'static str,
    pub time: SystemTime,
}

impl Default for Signer {
    fn default() -> Self {
        Self {
            key: Builder::ACCESS_KEY_ID.into(),
            secret: Builder::SECRET_ACCESS_KEY.into(),
            token: None,
            region: "us-east-1",
            service: "bedrock",
            time: SystemTime::now(),
        }
    }
}

impl Signer {
    pub async fn sign(&self, request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        let mut request = Request::from_parts(parts, Full::new(body.clone()));
        let credentials =
            Credentials::new(&self.key, &self.secret, self.token.clone(), None, "test");
        let identity = Identity::from(credentials);
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(SigningSettings::default())
            .build()
            .expect("parameters");
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().expect("text")));
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            headers,
            SignableBody::Bytes(&body),
        )
        .expect("a request to sign");
        let (instructions, _) =
            sign(signable, &parameters.into()).expect("a signature").into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}

/// Sends over a new HTTP/1.1 connection and gives the response with its body still to come.
pub async fn open(sim: &Sim, mut request: Request<Full<Bytes>>) -> Response<Incoming> {
    let stream = TcpStream::connect(sim.addr()).await.expect("a connection");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
    tokio::spawn(connection);
    let path = request.uri().path_and_query().expect("a path").as_str().parse().expect("a URI");
    *request.uri_mut() = path;
    sender.send_request(request).await.expect("a response")
}

/// The same over HTTP/2, known in advance.
pub async fn open_http2(sim: &Sim, mut request: Request<Full<Bytes>>) -> Response<Incoming> {
    request.headers_mut().remove("host");
    let stream = TcpStream::connect(sim.addr()).await.expect("a connection");
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .expect("HTTP/2");
    tokio::spawn(connection);
    sender.send_request(request).await.expect("a response")
}

/// Reads a response to its end, whatever the end is.
pub async fn finish(response: Response<Incoming>) -> Answer {
    let (parts, mut incoming) = response.into_parts();
    let mut body = BytesMut::new();
    let mut complete = true;
    while let Some(frame) = incoming.frame().await {
        let Ok(frame) = frame else {
            // HTTP/2 would give the same error for ever.
            complete = false;
            break;
        };
        body.extend(frame.into_data().unwrap_or_default());
    }
    Answer { status: parts.status, headers: parts.headers, body: body.freeze(), complete }
}

pub async fn send(sim: &Sim, request: Request<Full<Bytes>>) -> Answer {
    finish(open(sim, request).await).await
}

/// Asks in a stream, with the bearer token.
pub async fn stream(sim: &Sim, body: &Value) -> Answer {
    send(sim, bearer(post(sim, &format!("/model/{MODEL}/converse-stream"), body))).await
}
