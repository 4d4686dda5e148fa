//! One request: received, routed, authenticated, spoilt if asked for, answered.

use std::sync::Arc;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::answer::Answer;
use crate::body::{Gate, StreamBody};
use crate::delivery::{Step, steps};
use crate::prompt::{Prompt, directive};
use crate::record::{AuthKind, Request};
use crate::reply::{Reply, ServiceError, html_reply, json_reply, stream_reply};
use crate::sigv4::SignedRequest;
use crate::state::State;
use crate::stats::Open;
use crate::{Faults, discovery, validate};

/// The largest request body taken; the service's own limit is below it.
const MAX_BODY: usize = 64 << 20;

type ReceivedRequest = http::Request<Bytes>;

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
enum Operation {
    Converse { model_id: String, stream: bool },
    ListFoundationModels,
    ListInferenceProfiles,
}

/// Answers a request; errors are answers too.
pub(crate) async fn answer(
    state: &Arc<State>,
    connection: u64,
    request: http::Request<Incoming>,
) -> Reply {
    // Both from the head's arrival on: the gate knows which releases came before, and a client
    // that leaves while it waits drops all of this.
    let gate = Gate::new(state.releases.subscribe());
    let open = state.counters.stream();
    let request_id = state.request_id();

    let (request, received) = receive(request).await;
    let watch = state.settings.on_response.as_ref();
    let watch = watch.map(|watcher| watcher.watch(record(&request, connection)));
    let answered = match received {
        Ok(()) => {
            state.record(|| record(&request, connection));
            try_answer(state, &request, gate, open).await
        }
        Err(error) => Err(error),
    };
    let mut reply = answered.unwrap_or_else(|error| {
        tracing::debug!(status = %error.status, code = error.code, "rejected");
        error.into_reply()
    });
    if let Ok(request_id) = HeaderValue::from_str(&request_id) {
        reply.headers_mut().insert("x-amzn-requestid", request_id);
    }
    match watch {
        Some(watch) => watch.answered(reply),
        None => reply,
    }
}

async fn try_answer(
    state: &Arc<State>,
    request: &ReceivedRequest,
    gate: Gate,
    open: Open,
) -> Result<Reply, ServiceError> {
    let (uri, method) = (request.uri(), request.method());
    let Some(operation) = route(&state.settings.base_path, method, uri.path()) else {
        return Err(ServiceError::new(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            format!("No operation {method} {}", uri.path()),
        ));
    };
    authenticate(state, request)?;
    let faults = state.take_faults();
    let catalog = &state.settings.catalog;
    let query = uri.query().unwrap_or_default();
    let (model_id, stream) = match operation {
        Operation::Converse { model_id, stream } => (model_id, stream),
        list => {
            if let Some(reply) = spoilt(&faults).await? {
                return Ok(reply);
            }
            let page = match list {
                Operation::ListFoundationModels => discovery::foundation_models(catalog, query)?,
                _ => discovery::inference_profiles(catalog, query)?,
            };
            return Ok(json_reply(StatusCode::OK, &page));
        }
    };

    let replay = if stream { state.take_replay() } else { None };
    let body = request.body();
    // Parsing costs more than sending a replay does.
    let json: Option<Value> = (replay.is_none() || may_hold_directive(body))
        .then(|| serde_json::from_slice(body).ok())
        .flatten();
    let faults = match &json {
        Some(json) => directive(json)
            .parse::<Faults>()
            .map_err(|error| ServiceError::validation(format!("sim: {error}")))?
            .over(&faults),
        None => faults,
    };
    if let Some(reply) = spoilt(&faults).await? {
        return Ok(reply);
    }
    let steps: Arc<[Step]> = match replay {
        Some(replay) => replay.steps(&faults),
        None => {
            if !state.settings.any_model {
                catalog.check(&model_id, stream)?;
            }
            let json = json
                .ok_or_else(|| ServiceError::validation("The request body is not valid JSON."))?;
            validate::converse(&json)?;
            let answer = Answer::to(&Prompt::of(&json));
            if !stream {
                return Ok(json_reply(StatusCode::OK, &answer.to_json()));
            }
            steps(answer.to_script().frames(), &faults).into()
        }
    };
    let body = StreamBody::new(steps, gate, state.counters.clone(), open);
    Ok(stream_reply(body, !faults.no_content_type))
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

fn route(base_path: &str, method: &Method, path: &str) -> Option<Operation> {
    let mut segments = path.strip_prefix(base_path)?.strip_prefix('/')?.split('/');
    let segments = (segments.next()?, segments.next(), segments.next(), segments.next());
    match (method, segments) {
        (&Method::GET, ("foundation-models", None, ..)) => Some(Operation::ListFoundationModels),
        (&Method::GET, ("inference-profiles", None, ..)) => Some(Operation::ListInferenceProfiles),
        (&Method::POST, ("model", Some(id), Some(operation), None)) if !id.is_empty() => {
            let stream = match operation {
                "converse" => false,
                "converse-stream" => true,
                _ => return None,
            };
            let model_id = percent_decode_str(id).decode_utf8().ok()?.into_owned();
            Some(Operation::Converse { model_id, stream })
        }
        _ => None,
    }
}

fn authenticate(state: &State, request: &ReceivedRequest) -> Result<(), ServiceError> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let signed = SignedRequest {
        method: request.method().as_str(),
        path: request.uri().path(),
        query: request.uri().query().unwrap_or_default(),
        headers: request.headers(),
        host: host.unwrap_or_default(),
        body: request.body(),
    };
    state.settings.auth.check(&signed, state.now())
}

fn may_hold_directive(body: &[u8]) -> bool {
    body.windows(3).any(|window| window == b"sim")
}

/// The faults that come instead of, or before, any answer.
async fn spoilt(faults: &Faults) -> Result<Option<Reply>, ServiceError> {
    if let Some(latency) = faults.latency {
        tokio::time::sleep(latency).await;
    }
    if faults.hang {
        std::future::pending::<()>().await;
    }
    if faults.html {
        return Ok(Some(html_reply()));
    }
    let Some(status) = faults.status else {
        return Ok(None);
    };
    let usual = ServiceError::usual(status);
    Err(ServiceError {
        status,
        code: faults.code.clone().unwrap_or(usual.code),
        message: faults.message.clone().unwrap_or(usual.message),
        retry_after: faults.retry_after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_id_is_one_encoded_segment() {
        let route = |path: &str| route("/base/v1", &Method::POST, path);
        let id = "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aapplication-inference-profile%2Fabc";
        assert_eq!(
            route(&format!("/base/v1/model/{id}/converse-stream")),
            Some(Operation::Converse {
                model_id: "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc".into(),
                stream: true,
            })
        );
        for wrong in [
            "/model/x/converse",
            "/base/v1/model/x/y/converse",
            "/base/v1/model//converse",
            "/base/v1/model/x/invoke",
            "/base/v1/model/%ff/converse",
            "/base/v1/foundation-models",
            "/base/v10/model/x/converse",
        ] {
            assert_eq!(route(wrong), None, "{wrong}");
        }
    }
}
