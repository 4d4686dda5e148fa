//! One completion: a request sent, and its answer read step by step.

use crate::bindings::converse::provider::log;
use crate::bindings::provider::{GuestCompletion, Step};
use crate::bindings::types::{Error, ErrorKind, KeyValue, Request};
use crate::call::call;
use crate::converse::body::Operation;
use crate::converse::stream::AnswerStream;
use crate::error::error;
use crate::service::request_id;
use crate::wire::http::Response;
use std::cell::RefCell;

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
    pub fn start(request: Request) -> Result<Self, Error> {
        let (response, origin) = call(request, Operation::ConverseStream)?;
        let request_id = request_id(&response);
        let answer = AnswerStream::new(request_id, origin);
        Ok(Self(RefCell::new(State::Reading(Box::new(Reading { response, answer })))))
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
