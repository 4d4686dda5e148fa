//! HTTP through the host's `wasi:http`.
//!
//! One request, blocking, its answer read in pieces as they come. Connections, TLS, proxies and
//! time limits are the host's.

use crate::aws::endpoint::Endpoint;
use crate::bindings::types::{Error, ErrorKind};
use crate::bindings::wasi::http::outgoing_handler::{self, RequestOptions};
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method,
    OutgoingBody, OutgoingRequest, Scheme,
};
use crate::bindings::wasi::io::poll::poll;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};
use crate::error::{error, transport};

/// Bytes asked for in one read: a host hands over at most what came in one piece.
const READ: u64 = 64 * 1024;

/// Sends a request, a GET when there is no body and else a POST, and waits for the head of the
/// answer.
///
/// `headers` leaves out `host`, which the host sets, and `content-length`, which is set here: without
/// it a body would go out chunked.
///
/// # Errors
///
/// Kind `transport` or `timeout` when there is no answer, and whatever the host refuses.
pub fn send(
    endpoint: &Endpoint,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Result<Response, Error> {
    let length = body.unwrap_or_default().len().to_string();
    let length = body.map(|_| ("content-length", length.as_str()));
    let fields: Vec<(String, Vec<u8>)> = headers
        .iter()
        .chain(&length)
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect();
    let fields = Fields::from_list(&fields)
        .map_err(|problem| internal(&format!("a header was refused: {problem}")))?;

    let request = OutgoingRequest::new(fields);
    let scheme = if endpoint.is_tls() { Scheme::Https } else { Scheme::Http };
    request
        .set_method(if body.is_some() { &Method::Post } else { &Method::Get })
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(Some(endpoint.authority())))
        .and_then(|()| request.set_path_with_query(Some(path)))
        .map_err(|()| internal("the request's URL was refused"))?;
    let outgoing = request.body().map_err(|()| internal("the request has no body"))?;

    // A body larger than the host's buffer is only taken while the request is under way.
    let response = outgoing_handler::handle(request, None::<RequestOptions>)
        .map_err(|code| refused(code, endpoint))?;
    send_body(outgoing, body.unwrap_or_default(), &response);
    wait(&response, endpoint)
}

/// The head of an answer, and its body to read.
#[derive(Debug)]
pub struct Response {
    status: u16,
    // Order matters: a child resource is dropped before its parent.
    body: InputStream,
    _parent: IncomingBody,
    headers: Headers,
}

impl Response {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first value of a header, when it is text.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)
    }

    /// Waits for bytes of the body; `None` at its end.
    ///
    /// # Errors
    ///
    /// Kind `transport` when the connection breaks.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>, Error> {
        match self.body.blocking_read(READ) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(StreamError::Closed) => Ok(None),
            Err(StreamError::LastOperationFailed(reason)) => Err(transport(&format!(
                "the connection broke while the answer was read: {}",
                reason.to_debug_string()
            ))),
        }
    }

    /// Reads on until `limit` bytes are there or the body ends, whichever comes first. A body that
    /// breaks off gives what came of it.
    pub fn read_up_to(&mut self, limit: usize) -> Vec<u8> {
        let mut whole = Vec::new();
        while whole.len() < limit {
            match self.read() {
                Ok(Some(bytes)) => whole.extend_from_slice(&bytes),
                Ok(None) | Err(_) => break,
            }
        }
        whole.truncate(limit);
        whole
    }
}

#[derive(Debug)]
struct Headers(Fields);

impl Headers {
    fn get(&self, name: &str) -> Option<String> {
        let value = self.0.get(name).into_iter().next()?;
        String::from_utf8(value).ok()
    }
}

/// Writes the body as far as the server takes it. A server may answer before it has read all, as it
/// does with a request it refuses: then its answer is what counts, so nothing here is an error.
fn send_body(outgoing: OutgoingBody, body: &[u8], response: &FutureIncomingResponse) {
    let Ok(stream) = outgoing.write() else { return };
    let whole = write_all(&stream, body, response);
    drop(stream);
    if whole {
        let _ = OutgoingBody::finish(outgoing, None);
    }
}

fn write_all(stream: &OutputStream, mut rest: &[u8], response: &FutureIncomingResponse) -> bool {
    while !rest.is_empty() {
        let room = match stream.check_write() {
            Ok(0) => {
                let (writable, answered) = (stream.subscribe(), response.subscribe());
                if poll(&[&writable, &answered]).contains(&1) {
                    return false;
                }
                continue;
            }
            Ok(room) => usize::try_from(room).unwrap_or(usize::MAX),
            Err(_) => return false,
        };
        let (now, later) = rest.split_at(room.min(rest.len()));
        if stream.write(now).is_err() {
            return false;
        }
        rest = later;
    }
    true
}

fn wait(response: &FutureIncomingResponse, endpoint: &Endpoint) -> Result<Response, Error> {
    let incoming = loop {
        match response.get() {
            Some(Ok(result)) => break result.map_err(|code| refused(code, endpoint))?,
            Some(Err(())) => return Err(internal("the answer was taken twice")),
            None => response.subscribe().block(),
        }
    };
    let headers = Headers(incoming.headers());
    let (parent, body) = open(&incoming).ok_or_else(|| internal("the answer has no body"))?;
    Ok(Response { status: incoming.status(), body, _parent: parent, headers })
}

fn open(incoming: &IncomingResponse) -> Option<(IncomingBody, InputStream)> {
    let parent = incoming.consume().ok()?;
    let body = parent.stream().ok()?;
    Some((parent, body))
}

/// What the host says when a request did not go through.
fn refused(code: ErrorCode, endpoint: &Endpoint) -> Error {
    use ErrorCode as C;
    let there = endpoint.authority();
    match code {
        C::HttpRequestDenied | C::DestinationIpProhibited => error(
            ErrorKind::AccessDenied,
            &format!("the host does not let the plugin reach {there}"),
        ),
        C::DnsTimeout
        | C::ConnectionTimeout
        | C::ConnectionReadTimeout
        | C::ConnectionWriteTimeout
        | C::HttpResponseTimeout => {
            error(ErrorKind::Timeout, &format!("{there} did not answer in time"))
        }
        C::ConnectionRefused => transport(&format!("{there} refused the connection")),
        C::InternalError(Some(reason)) => transport(&format!("{there}: {reason}")),
        C::TlsProtocolError | C::TlsCertificateError | C::TlsAlertReceived(_) => {
            transport(&format!("no secure connection to {there} could be made"))
        }
        _ => transport(&format!("{there} could not be reached")),
    }
}

fn internal(message: &str) -> Error {
    error(ErrorKind::Internal, message)
}
