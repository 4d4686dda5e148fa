//! Responses as Amazon's services shape them.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{Either, Full};
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::body::StreamBody;

pub(crate) type Reply = Response<Either<Full<Bytes>, StreamBody>>;

/// An error of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceError {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) retry_after: Option<u64>,
    pub(crate) retry_after_ms: Option<Duration>,
}

/// Why there is no answer that the service would give when all is well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It says so.
    Error(ServiceError),
    /// The connection breaks.
    Reset,
}

/// Breaks the connection.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed as asked for")]
pub(crate) struct Reset;

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::Error(error)
    }
}

impl ServiceError {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.to_owned(), message.into());
        Self { status, code, message, retry_after: None, retry_after_ms: None }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationException", message)
    }

    pub(crate) fn forbidden(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// The error that usually has this status.
    pub(crate) fn usual(status: StatusCode) -> Self {
        let (code, message) = match status.as_u16() {
            400 => ("ValidationException", "The input is not valid."),
            403 => (
                "AccessDeniedException",
                "You don't have access to the model with the specified model ID.",
            ),
            404 => (
                "ResourceNotFoundException",
                "Could not resolve the foundation model from the provided model identifier.",
            ),
            408 => (
                "ModelTimeoutException",
                "Model has timed out in processing the request. Try your request again.",
            ),
            413 => (
                "RequestEntityTooLargeException",
                "The request is larger than the service accepts.",
            ),
            424 => (
                "ModelErrorException",
                "The system encountered an unexpected error during processing. Try your request again.",
            ),
            429 => ("ThrottlingException", "Too many requests, please wait before trying again."),
            500 => (
                "InternalServerException",
                "The system encountered an unexpected error during processing. Try your request again.",
            ),
            503 => ("ServiceUnavailableException", "Bedrock is unable to process your request."),
            _ => ("InternalFailure", "The request could not be processed."),
        };
        Self::new(status, code, message)
    }

    pub(crate) fn into_reply(self) -> Reply {
        let mut reply = json_reply(self.status, &json!({"message": self.message}));
        let headers = reply.headers_mut();
        let error_type =
            format!("{}:http://internal.amazon.com/coral/com.amazon.bedrock/", self.code);
        // A code given by a test may be no header value; the status still says what it is.
        if let Ok(error_type) = HeaderValue::from_str(&error_type) {
            headers.insert("x-amzn-errortype", error_type);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Some(delay) = self.retry_after_ms {
            let milliseconds = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            headers.insert("x-amz-retry-after", milliseconds.into());
        }
        reply
    }
}

/// A JSON body.
pub(crate) fn json_reply(status: StatusCode, body: &impl Serialize) -> Reply {
    // Only maps with keys that are not strings can fail, and there are none.
    let body = serde_json::to_vec(body).unwrap_or_default();
    whole(status, "application/json", body)
}

/// A page as a captive portal or a proxy sends it.
pub(crate) fn html_reply() -> Reply {
    const PAGE: &str = "<!DOCTYPE html><html><head><title>Welcome</title></head>\
        <body><h1>Please sign in to the network</h1></body></html>";
    whole(StatusCode::OK, "text/html; charset=utf-8", PAGE)
}

/// An event stream.
pub(crate) fn stream_reply(body: StreamBody, content_type: bool) -> Reply {
    let mut reply = Response::new(Either::Right(body));
    if content_type {
        let value = HeaderValue::from_static("application/vnd.amazon.eventstream");
        reply.headers_mut().insert(CONTENT_TYPE, value);
    }
    reply
}

/// Says when it was answered, by a clock that may not be this machine's.
pub(crate) fn date(reply: &mut Reply, now: SystemTime) {
    const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let date = OffsetDateTime::from(now).format(HTTP_DATE).unwrap_or_default();
    if let Ok(date) = HeaderValue::from_str(&date) {
        reply.headers_mut().insert(DATE, date);
    }
}

fn whole(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Either::Left(Full::new(body.into())));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}
