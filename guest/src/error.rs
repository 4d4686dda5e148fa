//! Errors as the contract wants them.

use crate::bindings::types::{Error, ErrorKind};

/// An error of a kind with a message, and nothing known besides.
pub fn error(kind: ErrorKind, message: &str) -> Error {
    Error {
        kind,
        message: message.to_owned(),
        status: None,
        code: None,
        retry_after_ms: None,
        request_id: None,
        raw_json: None,
    }
}

/// The request cannot be sent as it is. `member` names what is wrong in it, such as
/// `messages[0].content[1].image.format`.
pub fn invalid(member: &str, problem: &str) -> Error {
    error(ErrorKind::InvalidRequest, &format!("{member}: {problem}"))
}

/// The provider cannot do what the request's `member` asks.
pub fn unsupported(member: &str, problem: &str) -> Error {
    error(ErrorKind::Unsupported, &format!("{member}: {problem}"))
}

/// The answer does not follow the protocol.
pub fn protocol(problem: &str) -> Error {
    error(ErrorKind::Protocol, &format!("the answer is not one of Bedrock's: {problem}"))
}

/// The answer ended too early.
pub fn truncated(problem: &str) -> Error {
    error(ErrorKind::Truncated, &format!("the answer is incomplete: {problem}"))
}

/// The connection failed.
pub fn transport(problem: &str) -> Error {
    error(ErrorKind::Transport, problem)
}
