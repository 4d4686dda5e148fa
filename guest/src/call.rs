//! One call of Bedrock: a request made ready and sent.

use crate::aws::model_id::ModelId;
use crate::bindings::converse::provider::log;
use crate::bindings::non_streaming;
use crate::bindings::types::{Error, KeyValue, Request};
use crate::converse::body::{Operation, body};
use crate::converse::prepare::{Origin, Target, prepare};
use crate::converse::repair::{Repair, Repairs};
use crate::converse::whole::{read_answer, read_count};
use crate::error::protocol;
use crate::models;
use crate::profile::base_model;
use crate::service::{Service, request_id};
use crate::wire::http::Response;

/// The endpoint prefix of the service that answers.
const SERVICE: &str = "bedrock-runtime";

/// Most bytes of an answer in one piece: as a stream the same content may take as much in one frame.
const MAX_ANSWER: usize = 32 << 20;

/// Sends a request and waits until the service accepts it.
pub fn call(request: Request, operation: Operation) -> Result<(Response, Origin), Error> {
    let id = request.model.clone();
    let model = ModelId::parse(&id)?;
    let service = Service::resolve(SERVICE, model.region())?;
    let base = base_model(model, &request, operation);
    let target = Target::new(base.as_deref().unwrap_or(&id), service.region());
    let prepared = prepare(request, &target, operation)?;
    log_repairs(&prepared.repairs);
    let body = body(operation, &prepared.request)?;
    let path =
        format!("/model/{}/{}", addressed(model, base.as_deref(), operation)?, operation.path());
    let response = service.send(&path, Some(&body))?;
    check_content_type(&response, operation)?;
    Ok((response, prepared.origin))
}

/// Refuses a page served with status 200 by what it calls itself. A server that says nothing, or
/// just "bytes", is believed until its first twelve bytes.
fn check_content_type(response: &Response, operation: Operation) -> Result<(), Error> {
    let Some(content_type) = response.header("content-type") else { return Ok(()) };
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let json = kind.ends_with("json");
    let readable = kind.starts_with("text/") || json || kind.ends_with("xml");
    if !readable || (json && operation != Operation::ConverseStream) {
        return Ok(());
    }
    let problem = format!(
        "HTTP status 200 with content of type {kind}; the endpoint is not Bedrock, or a proxy \
         answered in its place"
    );
    let request_id = request_id(response);
    Err(Error { status: Some(response.status()), request_id, ..protocol(&problem) })
}

/// The segment of the path that names the model. CountTokens takes no inference profile, which counts
/// as its model does.
fn addressed(
    model: ModelId<'_>,
    base: Option<&str>,
    operation: Operation,
) -> Result<String, Error> {
    match models::bare_id(base.unwrap_or(model.as_str())) {
        Some(bare) if operation == Operation::CountTokens => {
            Ok(ModelId::parse(&bare)?.path_segment())
        }
        _ => Ok(model.path_segment()),
    }
}

/// Waits for a whole answer.
pub fn complete(request: Request) -> Result<non_streaming::Response, Error> {
    let (mut response, origin) = call(request, Operation::Converse)?;
    let id = request_id(&response);
    let answer = read(&mut response, id.as_ref())?;
    let whole = read_answer(&answer, id.clone(), &origin);
    whole.map_err(|error| Error { request_id: id, ..error })
}

/// Asks how many tokens a request has.
pub fn count_tokens(request: Request) -> Result<u64, Error> {
    let (mut response, _) = call(request, Operation::CountTokens)?;
    let id = request_id(&response);
    let answer = read(&mut response, id.as_ref())?;
    read_count(&answer).map_err(|error| Error { request_id: id, ..error })
}

fn read(response: &mut Response, request_id: Option<&String>) -> Result<String, Error> {
    let identified = |error| Error { request_id: request_id.cloned(), ..error };
    let mut whole = Vec::new();
    while let Some(bytes) = response.read().map_err(identified)? {
        whole.extend_from_slice(&bytes);
        if whole.len() > MAX_ANSWER {
            return Err(identified(protocol("it is longer than any answer can be")));
        }
    }
    String::from_utf8(whole).map_err(|_| identified(protocol("it is not UTF-8")))
}

fn log_repairs(repairs: &Repairs) {
    for Repair { row, place, count } in repairs.list() {
        let field = |key: &str, value: &str| KeyValue { key: key.to_owned(), value: value.into() };
        let fields = [
            field("repair", row),
            field("member", &place.to_string()),
            field("times", &count.to_string()),
        ];
        log::write(level(row), "the request was repaired", &fields);
    }
}

/// What leaves out something that was asked for is worth a look.
fn level(row: &str) -> log::Level {
    match row {
        "automatic-caching" | "cache-unsupported" | "image-input" | "missing-result"
        | "reasoning-level" | "reasoning-turn" | "reasoning-room" | "temperature" | "top-p" => {
            log::Level::Warn
        }
        "max-tokens" => log::Level::Debug,
        _ => log::Level::Info,
    }
}
