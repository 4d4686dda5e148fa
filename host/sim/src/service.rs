//! One request: received, routed, authenticated, spoilt if asked for, answered.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

use crate::body::Gate;
use crate::record::{AuthKind, Request};
use crate::reply::{Failure, Reply, Reset, ServiceError, date, json_reply};
use crate::route::Operation;
use crate::sigv4::SignedRequest;
use crate::state::State;
use crate::stats::Open;
use crate::{converse, discovery};

/// The largest request body taken; the service's own limit is below it.
const MAX_BODY: usize = 64 << 20;

type ReceivedRequest = http::Request<Bytes>;

/// Answers a request; errors are answers too, if they are not the connection's end.
pub(crate) async fn answer(
    state: &Arc<State>,
    connection: u64,
    request: http::Request<Incoming>,
) -> Result<Reply, Reset> {
    // Both from the head's arrival on: the gate knows which releases came before, and a client
    // that leaves while it waits drops all of this.
    let gate = Gate::new(state.releases.subscribe());
    let open = state.counters.stream();
    let request_id = state.request_id();

    let (request, received) = receive(request).await;
    let skew = converse::skew(state, request.body());
    let now = state.now(skew);
    let watch = state.settings.on_response.as_ref();
    let watch = watch.map(|watcher| watcher.watch(record(&request, connection)));
    let answered = match received {
        Ok(()) => {
            state.record(|| record(&request, connection));
            try_answer(state, &request, now, gate, open).await
        }
        Err(error) => Err(error.into()),
    };
    let mut reply = match answered {
        Ok(reply) => reply,
        Err(Failure::Reset) => return Err(Reset),
        Err(Failure::Error(error)) => {
            tracing::debug!(status = %error.status, code = error.code, "rejected");
            error.into_reply()
        }
    };
    if let Ok(request_id) = HeaderValue::from_str(&request_id) {
        reply.headers_mut().insert("x-amzn-requestid", request_id);
    }
    // Where the sim's clock is the machine's, the connection says what time it is.
    if skew != 0 || state.settings.fixed_time.is_some() {
        date(&mut reply, now);
    }
    Ok(match watch {
        Some(watch) => watch.answered(reply),
        None => reply,
    })
}

async fn try_answer(
    state: &Arc<State>,
    request: &ReceivedRequest,
    now: SystemTime,
    gate: Gate,
    open: Open,
) -> Result<Reply, Failure> {
    let (uri, method) = (request.uri(), request.method());
    let Some(operation) = Operation::of(&state.settings.base_path, method, uri.path()) else {
        return Err(Failure::Error(ServiceError::new(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            format!("No operation {method} {}", uri.path()),
        )));
    };
    authenticate(state, request, now)?;
    let body = request.body();
    match operation {
        Operation::Converse { model_id, stream: true } => {
            converse::converse_stream(state, &model_id, body, gate, open).await
        }
        Operation::Converse { model_id, stream: false } => {
            converse::converse(state, &model_id, body).await
        }
        Operation::CountTokens { model_id } => converse::count_tokens(state, &model_id, body).await,
        Operation::Discovery(operation) => {
            if let Some(reply) = converse::discovery_spoilt(state).await? {
                return Ok(reply);
            }
            let catalog = &state.settings.catalog;
            let found = discovery::answer(catalog, &operation, uri.query().unwrap_or_default())?;
            Ok(json_reply(StatusCode::OK, &found))
        }
    }
}

/// The request with its whole body, or without any when that cannot be had.
async fn receive(request: http::Request<Incoming>) -> (ReceivedRequest, Result<(), ServiceError>) {
    let (mut head, body) = request.into_parts();
    // HTTP/2 has the authority in its place.
    if let (false, Some(authority)) = (head.headers.contains_key(HOST), head.uri.authority())
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        head.headers.insert(HOST, host);
    }
    let received = Limited::new(body, MAX_BODY).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            ServiceError::usual(StatusCode::PAYLOAD_TOO_LARGE)
        } else {
            ServiceError::validation(format!("The request body could not be read: {error}"))
        }
    });
    let (body, received) = match received {
        Ok(body) => (body.to_bytes(), Ok(())),
        Err(error) => (Bytes::new(), Err(error)),
    };
    (http::Request::from_parts(head, body), received)
}

fn record(request: &ReceivedRequest, connection: u64) -> Request {
    Request {
        method: request.method().clone(),
        path: request.uri().path_and_query().map_or("", |path| path.as_str()).to_owned(),
        headers: request.headers().clone(),
        body: request.body().clone(),
        version: request.version(),
        auth: AuthKind::of(request.headers()),
        connection,
    }
}

fn authenticate(
    state: &State,
    request: &ReceivedRequest,
    now: SystemTime,
) -> Result<(), ServiceError> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let signed = SignedRequest {
        method: request.method().as_str(),
        path: request.uri().path(),
        query: request.uri().query().unwrap_or_default(),
        headers: request.headers(),
        host: host.unwrap_or_default(),
        body: request.body(),
    };
    state.settings.auth.check(&signed, now)
}
