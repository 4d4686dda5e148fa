//! Converse, ConverseStream and CountTokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use crate::body::{Gate, StreamBody};
use crate::cache::CachedInput;
use crate::delivery::steps;
use crate::prompt::{Prompt, directive};
use crate::reply::{Failure, Reply, ServiceError, html_reply, json_reply, stream_reply};
use crate::response::Response;
use crate::state::State;
use crate::stats::Open;
use crate::tokens::{conversation_tokens, native_tokens};
use crate::traits::Family;
use crate::validate::{self, Rules};
use crate::{Faults, catalog};

/// The answer in a stream.
pub(crate) async fn converse_stream(
    state: &State,
    model_id: &str,
    body: &Bytes,
    gate: Gate,
    open: Open,
) -> Result<Reply, Failure> {
    let replay = state.take_replay();
    // Parsing costs more than sending a replay does.
    let json = (replay.is_none() || may_hold_directive(body)).then(|| parsed(body)).flatten();
    let faults = faults(state, json.as_ref())?;
    if let Some(reply) = spoilt(&faults).await? {
        return Ok(reply);
    }
    let steps = match replay {
        Some(replay) => replay.steps(&faults),
        None => {
            let response = response(state, model_id, body, json, true)?;
            steps(response.to_script().frames(), &faults).into()
        }
    };
    let body = StreamBody::new(steps, gate, state.counters.clone(), open);
    Ok(stream_reply(body, !faults.no_content_type))
}

/// The answer in one piece.
pub(crate) async fn converse(
    state: &State,
    model_id: &str,
    body: &Bytes,
) -> Result<Reply, Failure> {
    let answer = |json| Ok(response(state, model_id, body, json, false)?.to_json());
    in_one_piece(state, body, answer).await
}

/// How many tokens a conversation, or a model's own request, puts in.
pub(crate) async fn count_tokens(
    state: &State,
    model_id: &str,
    body: &Bytes,
) -> Result<Reply, Failure> {
    in_one_piece(state, body, |json| counted(state, model_id, body, json)).await
}

/// The faults of a request to the control plane, which cannot ask for any itself.
pub(crate) async fn discovery_spoilt(state: &State) -> Result<Option<Reply>, Failure> {
    spoilt(&state.take_faults()).await
}

/// By how much the sim's clock is off for this request.
pub(crate) fn skew(state: &State, body: &Bytes) -> i64 {
    let asked = holds(body, b"skew=").then(|| parsed(body)).flatten();
    let asked = asked.and_then(|json| directive(&json).parse::<Faults>().ok()?.skew);
    asked.or_else(|| state.next_skew()).unwrap_or(0)
}

async fn in_one_piece(
    state: &State,
    body: &Bytes,
    answer: impl FnOnce(Option<Value>) -> Result<Value, ServiceError>,
) -> Result<Reply, Failure> {
    let json = parsed(body);
    if let Some(reply) = spoilt(&faults(state, json.as_ref())?).await? {
        return Ok(reply);
    }
    Ok(json_reply(StatusCode::OK, &answer(json)?))
}

fn response(
    state: &State,
    model_id: &str,
    body: &Bytes,
    json: Option<Value>,
    stream: bool,
) -> Result<Response, ServiceError> {
    let settings = &state.settings;
    if !settings.any_model {
        settings.catalog.check(model_id, stream)?;
    }
    let request = json.ok_or_else(|| no_json(body))?;
    let rules = rules(state, model_id);
    validate::converse(&request, &rules)?;
    let family = rules.model.map_or(Family::Other, |model| model.traits().family);
    let prompt = Prompt {
        family,
        unsigned: settings.strict && rules.model.is_some() && family != Family::Claude,
        ..Prompt::of(&request)
    };
    let input = state.use_cache(&CachedInput::of(model_id, &request));
    let chosen = settings.catalog.chosen_by_router(model_id);
    Ok(Response::to(&request, &prompt, &input, chosen))
}

fn counted(
    state: &State,
    model_id: &str,
    body: &Bytes,
    json: Option<Value>,
) -> Result<Value, ServiceError> {
    let settings = &state.settings;
    if !settings.any_model {
        settings.catalog.check_counting(model_id, settings.strict)?;
    }
    let input = &json.ok_or_else(|| no_json(body))?["input"];
    let tokens = match (input.get("converse"), input.get("invokeModel")) {
        (Some(conversation), None) => {
            validate::converse(conversation, &rules(state, model_id))?;
            conversation_tokens(conversation)
        }
        (None, Some(native)) => native_tokens(&native_request(native)?).max(1),
        _ => {
            return Err(ServiceError::validation(
                "The input must set exactly one of the following keys: converse, invokeModel.",
            ));
        }
    };
    Ok(json!({ "inputTokens": tokens }))
}

fn rules<'a>(state: &'a State, model_id: &str) -> Rules<'a> {
    Rules {
        model: state.settings.catalog.resolve(model_id),
        kept_prompt: catalog::is_prompt(model_id),
        strict: state.settings.strict,
    }
}

/// A model's own request, out of its base64.
fn native_request(native: &Value) -> Result<Value, ServiceError> {
    let body = native["body"].as_str().and_then(|body| STANDARD.decode(body).ok());
    let body = body.ok_or_else(|| {
        ServiceError::validation("The value at input.invokeModel.body is not valid base64.")
    })?;
    serde_json::from_slice(&body).map_err(|_| {
        ServiceError::validation(
            "Malformed input request at input.invokeModel.body, please reformat your input and \
             try again.",
        )
    })
}

fn parsed(body: &Bytes) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

fn no_json(body: &Bytes) -> ServiceError {
    let error = serde_json::from_slice::<Value>(body).err();
    let why = error.map(|error| format!(": {error}")).unwrap_or_default();
    ServiceError::validation(format!("The request body is not valid JSON{why}."))
}

/// What the request asks for over what the sim has for it.
fn faults(state: &State, json: Option<&Value>) -> Result<Faults, ServiceError> {
    let faults = state.take_faults();
    let Some(json) = json else { return Ok(faults) };
    let asked = directive(json).parse::<Faults>();
    let asked = asked.map_err(|error| ServiceError::validation(format!("sim: {error}")))?;
    Ok(state.asked_faults(asked).over(&faults))
}

fn may_hold_directive(body: &[u8]) -> bool {
    holds(body, b"sim")
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

/// The faults that come instead of, or before, any answer.
async fn spoilt(faults: &Faults) -> Result<Option<Reply>, Failure> {
    if let Some(latency) = faults.latency {
        tokio::time::sleep(latency).await;
    }
    if faults.hang {
        std::future::pending::<()>().await;
    }
    if faults.reset {
        return Err(Failure::Reset);
    }
    if faults.html {
        return Ok(Some(html_reply()));
    }
    let Some(status) = faults.status else {
        return Ok(None);
    };
    let usual = ServiceError::usual(status);
    Err(Failure::Error(ServiceError {
        status,
        code: faults.code.clone().unwrap_or(usual.code),
        message: faults.message.clone().unwrap_or(usual.message),
        retry_after: faults.retry_after,
        retry_after_ms: faults.retry_after_ms,
    }))
}
