//! One completion: a request sent, and its answer read step by step.

use crate::aws::endpoint::Endpoint;
use crate::aws::failure;
use crate::aws::model_id::ModelId;
use crate::aws::sign;
use crate::bindings::converse::provider::{credentials, endpoints, log};
use crate::bindings::provider::{GuestCompletion, Step};
use crate::bindings::types::{Error, ErrorKind, KeyValue, Request};
use crate::bindings::wasi::clocks::wall_clock;
use crate::converse::body::body;
use crate::converse::stream::AnswerStream;
use crate::error::{error, protocol};
use crate::wire::http::{self, Response};
use std::cell::RefCell;
use std::time::{Duration, SystemTime};

/// The endpoint prefix of the service that answers.
const SERVICE: &str = "bedrock-runtime";

/// An answer in progress.
#[derive(Debug)]
pub struct Completion(RefCell<State>);

#[derive(Debug)]
enum State {
    Reading(Box<Reading>),
    Ended,
}

#[derive(Debug)]
struct Reading {
    response: Response,
    answer: AnswerStream,
}

impl Completion {
    /// Sends a request and waits until the service accepts it.
    pub fn start(request: &Request) -> Result<Self, Error> {
        let model = ModelId::parse(&request.model)?;
        let body = body(request)?;
        let endpoint = endpoints::resolve(SERVICE, model.region())?;
        let target = Endpoint::parse(&endpoint.url)?;
        let path = target.path(&format!("/model/{}/converse-stream", model.path_segment()));

        let credential = credentials::get()?;
        let headers =
            sign::authentication(credential, &endpoint.region, &target.url(&path), &body, now())?;
        let mut fields = vec![sign::CONTENT_TYPE];
        fields.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));

        let mut response = http::post(&target, &path, &fields, &body)?;
        let request_id = response.header("x-amzn-requestid");
        if response.status() != 200 {
            return Err(refusal(&mut response, request_id));
        }
        check_content_type(&response, request_id.clone())?;
        Ok(Self(RefCell::new(State::Reading(Box::new(Reading {
            response,
            answer: AnswerStream::new(request_id),
        })))))
    }
}

impl GuestCompletion for Completion {
    fn next(&self) -> Result<Step, Error> {
        let mut state = self.0.borrow_mut();
        let State::Reading(reading) = &mut *state else {
            return Err(error(ErrorKind::InvalidRequest, "the completion has already ended"));
        };
        let step = reading.step();
        if !matches!(step, Ok(Step::Events(_))) {
            *state = State::Ended;
        }
        step
    }
}

impl Reading {
    fn step(&mut self) -> Result<Step, Error> {
        loop {
            let step = self.answer.step();
            self.log_skipped();
            if let Some(step) = step? {
                return Ok(step);
            }
            match self.response.read()? {
                Some(bytes) => self.answer.feed(&bytes),
                None => return self.answer.end(),
            }
        }
    }

    fn log_skipped(&mut self) {
        for event in self.answer.take_skipped() {
            let fields = [KeyValue { key: "event".to_owned(), value: event }];
            let message = "skipped an event of a kind this version does not know";
            log::write(log::Level::Debug, message, &fields);
        }
    }
}

/// The error a response that is not 200 stands for.
fn refusal(response: &mut Response, request_id: Option<String>) -> Error {
    let head = failure::Head {
        status: response.status(),
        error_type: response.header("x-amzn-errortype"),
        request_id,
        retry_after: response.header("retry-after"),
        retry_after_ms: response.header("x-amz-retry-after"),
    };
    let body = response.read_up_to(failure::MAX_BODY);
    failure::from_response(head, &body)
}

/// Refuses a page served with status 200 by what it calls itself. A server that says nothing, or
/// just "bytes", is believed until its first twelve bytes.
fn check_content_type(response: &Response, request_id: Option<String>) -> Result<(), Error> {
    let Some(content_type) = response.header("content-type") else { return Ok(()) };
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let readable = kind.starts_with("text/") || kind.ends_with("json") || kind.ends_with("xml");
    if !readable {
        return Ok(());
    }
    let problem = format!(
        "HTTP status 200 with content of type {kind}; the endpoint is not Bedrock, or a proxy \
         answered in its place"
    );
    Err(Error { status: Some(response.status()), request_id, ..protocol(&problem) })
}

fn now() -> SystemTime {
    let now = wall_clock::now();
    SystemTime::UNIX_EPOCH + Duration::new(now.seconds, now.nanoseconds)
}
