//! What Bedrock says when it fails, as the contract's errors: HTTP responses, and exceptions within
//! a stream.

use crate::bindings::types::{Error, ErrorKind};
use crate::error::error;
use crate::json::Members;

/// Most of an error's body that is kept.
pub const MAX_BODY: usize = 16 * 1024;

/// The head of a response that is no answer.
#[derive(Debug, Default)]
pub struct Head {
    /// HTTP status.
    pub status: u16,
    /// `x-amzn-errortype`.
    pub error_type: Option<String>,
    /// `x-amzn-requestid`.
    pub request_id: Option<String>,
    /// `retry-after`, in seconds.
    pub retry_after: Option<String>,
    /// `x-amz-retry-after`, in milliseconds.
    pub retry_after_ms: Option<String>,
}

/// The error an HTTP response stands for.
///
/// The code is the header's, else the body's `code`, else its `__type`; without any, the status
/// decides.
pub fn from_response(head: Head, body: &[u8]) -> Error {
    let parsed = Body::parse(body);
    let code = head
        .error_type
        .as_deref()
        .or_else(|| parsed.as_ref().and_then(|body| body.code.as_deref()))
        .map(bare_code)
        .filter(|code| !code.is_empty());
    let said = match &parsed {
        Some(parsed) => parsed.message.clone().unwrap_or_default(),
        None => page_text(body),
    };
    let kind = kind_of(code, &said).unwrap_or_else(|| kind_of_status(head.status));
    Error {
        status: Some(head.status),
        code: code.map(str::to_owned),
        retry_after_ms: retry_after_ms(&head),
        request_id: head.request_id.clone(),
        raw_json: parsed.is_some().then(|| String::from_utf8_lossy(body).into_owned()),
        ..error(kind, &sentence(kind, code, Some(head.status), &said))
    }
}

/// The error an exception within a stream stands for. `code` is what the frame names it: in lower
/// camel case where the service models it.
pub fn from_exception(code: &str, payload: &[u8]) -> Error {
    let text = String::from_utf8_lossy(payload);
    match Body::parse(payload) {
        Some(body) => {
            let said = body.message.unwrap_or_default();
            let error = from_stream(code, &said, body.original_status_code);
            Error { raw_json: Some(text.into_owned()), ..error }
        }
        None => from_stream(code, &text, None),
    }
}

/// The error that a frame of type `error` stands for: a code and a text, not modelled.
pub fn from_error_frame(code: &str, message: &str) -> Error {
    from_stream(code, message, None)
}

fn from_stream(code: &str, said: &str, status: Option<u16>) -> Error {
    let code = Some(pascal_case(bare_code(code))).filter(|code| !code.is_empty());
    let kind = kind_of(code.as_deref(), said).unwrap_or(ErrorKind::Other);
    let message = sentence(kind, code.as_deref(), status, said);
    Error { status, code, ..error(kind, &message) }
}

/// An error's body. Services disagree about the names and their case.
struct Body {
    message: Option<String>,
    code: Option<String>,
    original_status_code: Option<u16>,
}

impl Body {
    fn parse(json: &[u8]) -> Option<Self> {
        let members = Members::parse("error", json).ok()?;
        let first =
            |names: [&str; 3]| names.into_iter().find_map(|name| members.text(name).ok().flatten());
        let status = members.number("originalStatusCode").ok().flatten();
        Some(Self {
            message: first(["message", "Message", "errorMessage"]),
            code: first(["code", "Code", "__type"]),
            original_status_code: status.and_then(|status| u16::try_from(status).ok()),
        })
    }
}

/// A code without its namespace (`com.amazon#Code`) and its address (`Code:http://...`).
fn bare_code(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code).trim()
}

fn pascal_case(code: &str) -> String {
    let mut code = code.to_owned();
    // All codes are ASCII, and the tables for what is not would be a part of the component.
    if let Some(first) = code.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    code
}

/// Codes of Bedrock's model (botocore `bedrock-runtime/2023-09-30`) and those every AWS service may
/// send ("Common error types" in Bedrock's API reference).
fn kind_of(code: Option<&str>, message: &str) -> Option<ErrorKind> {
    use ErrorKind as K;
    Some(match code? {
        // One code stands for a moment's rush and for a day's quota.
        "ThrottlingException" | "TooManyRequestsException" if is_daily(message) => K::QuotaExceeded,
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "LimitExceededException" => K::Throttled,
        "ServiceQuotaExceededException" => K::QuotaExceeded,
        "ExpiredTokenException" | "ExpiredToken" => K::ExpiredCredentials,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "RequestExpired"
        | "RequestInTheFuture"
        | "RequestTimeTooSkewed"
        | "NotAuthorized" => K::Auth,
        "AccessDeniedException" | "AccessDenied" | "OptInRequired" | "FTUFormNotFilled" => {
            K::AccessDenied
        }
        "ValidationException"
        | "ValidationError"
        | "ModelErrorException"
        | "ModelStreamErrorException"
            if is_too_long(message) =>
        {
            K::ContextLength
        }
        "ValidationException"
        | "ValidationError"
        | "SerializationException"
        | "RequestEntityTooLarge"
        | "UnknownOperationException" => K::InvalidRequest,
        "ModelNotReadyException" => K::ModelNotReady,
        "ResourceNotFoundException" => K::NotFound,
        "ModelTimeoutException" | "RequestTimeout" | "RequestTimeoutException" => K::Timeout,
        "InternalServerException"
        | "InternalFailure"
        | "InternalServerError"
        | "ServiceUnavailableException"
        | "ServiceUnavailable"
        | "ModelErrorException"
        | "ModelStreamErrorException" => K::Internal,
        _ => return None,
    })
}

fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        400 | 413 | 422 => ErrorKind::InvalidRequest,
        401 => ErrorKind::Auth,
        403 => ErrorKind::AccessDenied,
        404 => ErrorKind::NotFound,
        408 | 504 => ErrorKind::Timeout,
        424 | 500..=599 => ErrorKind::Internal,
        429 => ErrorKind::Throttled,
        _ => ErrorKind::Other,
    }
}

fn is_daily(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("per day") || message.contains("daily")
}

/// Too long a conversation has no code of its own: it is told apart only by what models say. Only
/// codes that say nothing else are read so; throttling speaks of tokens too.
fn is_too_long(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let said = |words: &[&str]| words.iter().all(|word| message.contains(word));
    said(&["input is too long"])
        || said(&["prompt is too long"])
        || said(&["context length"])
        || said(&["exceed", "context limit"])
        || said(&["exceed", "context window"])
        || said(&["input token", "exceed"])
        || said(&["max", "input token"])
        || said(&["too many", "token"])
}

fn retry_after_ms(head: &Head) -> Option<u64> {
    let parse = |text: &Option<String>| text.as_deref()?.trim().parse::<u64>().ok();
    parse(&head.retry_after_ms)
        .or_else(|| parse(&head.retry_after).map(|seconds| seconds.saturating_mul(1000)))
}

/// A page that is not JSON: its beginning when it is text, nothing of it when it is HTML.
fn page_text(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.starts_with('<') {
        return "the body is a page, not an answer of Bedrock: a proxy may stand between"
            .to_owned();
    }
    text.chars().take(1000).collect()
}

fn sentence(kind: ErrorKind, code: Option<&str>, status: Option<u16>, said: &str) -> String {
    let mut sentence = match (code, status) {
        (Some(code), _) => code.to_owned(),
        (None, Some(status)) => format!("HTTP status {status}"),
        (None, None) => "an error without a name".to_owned(),
    };
    if !said.trim().is_empty() {
        sentence.push_str(": ");
        sentence.push_str(said.trim());
    }
    if let Some(advice) = advice(kind) {
        sentence.push_str(" (");
        sentence.push_str(advice);
        sentence.push(')');
    }
    sentence
}

fn advice(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::Throttled => "try again later, or ask AWS for a higher quota",
        ErrorKind::QuotaExceeded => "ask AWS for a higher quota",
        ErrorKind::Auth => "check the credentials, the region and this machine's clock",
        ErrorKind::ExpiredCredentials => "get new credentials",
        ErrorKind::AccessDenied => {
            "check that the credentials are valid and allow bedrock:InvokeModelWithResponseStream, and \
             that the account has access to the model"
        }
        ErrorKind::NotFound => "check the model id and that the region offers it",
        ErrorKind::ModelNotReady => "try again in a moment",
        ErrorKind::ContextLength => "shorten the conversation",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, error_type: Option<&str>, body: &str) -> Error {
        let head = Head { status, error_type: error_type.map(str::to_owned), ..Head::default() };
        from_response(head, body.as_bytes())
    }

    #[test]
    fn code_is_the_headers_then_the_bodys_then_none() {
        let url = "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/";
        let error = response(429, Some(url), r#"{"message":"slow down","code":"Other"}"#);
        assert_eq!(error.code.as_deref(), Some("ThrottlingException"));
        assert_eq!(error.kind, ErrorKind::Throttled);
        assert!(error.message.contains("slow down"));

        let error =
            response(400, None, r#"{"Message":"m","__type":"com.amazon#ValidationException"}"#);
        assert_eq!(error.code.as_deref(), Some("ValidationException"));

        let error = response(403, None, "{}");
        assert_eq!((error.code, error.kind), (None, ErrorKind::AccessDenied));
    }

    #[test]
    fn every_modelled_exception_has_its_kind() {
        use ErrorKind as K;
        for (code, kind) in [
            ("AccessDeniedException", K::AccessDenied),
            ("ThrottlingException", K::Throttled),
            ("ServiceQuotaExceededException", K::QuotaExceeded),
            ("ResourceNotFoundException", K::NotFound),
            ("ModelTimeoutException", K::Timeout),
            ("InternalServerException", K::Internal),
            ("ServiceUnavailableException", K::Internal),
            ("ValidationException", K::InvalidRequest),
            ("ModelNotReadyException", K::ModelNotReady),
            ("ModelErrorException", K::Internal),
            ("ModelStreamErrorException", K::Internal),
            ("ExpiredTokenException", K::ExpiredCredentials),
            ("UnrecognizedClientException", K::Auth),
        ] {
            assert_eq!(response(400, Some(code), "{}").kind, kind, "{code}");
        }
    }

    #[test]
    fn unknown_code_goes_by_the_status() {
        let error = response(429, Some("BrandNewException"), "{}");
        assert_eq!(error.kind, ErrorKind::Throttled);
        assert_eq!(error.code.as_deref(), Some("BrandNewException"));
    }

    #[test]
    fn throttling_that_speaks_of_tokens_is_no_context_length() {
        let said = r#"{"message":"Too many tokens, please wait before trying again."}"#;
        assert_eq!(response(429, Some("ThrottlingException"), said).kind, ErrorKind::Throttled);
        let said = r#"{"message":"Too many tokens per day, please wait before trying again."}"#;
        let kind = response(429, Some("ThrottlingException"), said).kind;
        assert_eq!(kind, ErrorKind::QuotaExceeded);
        for (code, said) in [
            ("ValidationException", "Input is too long for requested model."),
            ("ValidationException", "prompt is too long: 201000 tokens > 200000 maximum"),
            ("ValidationException", "The input token count exceeds the limit"),
            ("ValidationException", "This model's maximum context length is 128000 tokens."),
            ("ModelStreamErrorException", "Too many input tokens"),
            (
                "ValidationException",
                "input length and `max_tokens` exceed context limit: 198765 + 8192 > 200000",
            ),
        ] {
            let said = format!(r#"{{"message":"{said}"}}"#);
            assert_eq!(response(400, Some(code), &said).kind, ErrorKind::ContextLength, "{said}");
        }
        let said = r#"{"message":"max_tokens must be at least 1"}"#;
        assert_eq!(
            response(400, Some("ValidationException"), said).kind,
            ErrorKind::InvalidRequest
        );
    }

    #[test]
    fn page_of_a_proxy_is_named_and_not_repeated() {
        let error = response(502, None, "<html><body>nginx</body></html>");
        assert!(error.message.contains("proxy") && !error.message.contains("nginx"));
        assert_eq!((error.status, error.raw_json), (Some(502), None));
    }

    #[test]
    fn exception_in_a_stream_keeps_status_and_raw_text() {
        let payload = br#"{"message":"m","originalStatusCode":500,"originalMessage":"o"}"#;
        let error = from_exception("modelStreamErrorException", payload);
        assert_eq!(error.code.as_deref(), Some("ModelStreamErrorException"));
        assert_eq!((error.kind, error.status), (ErrorKind::Internal, Some(500)));
        assert_eq!(error.raw_json.as_deref().map(str::as_bytes), Some(&payload[..]));
    }

    #[test]
    fn exception_that_is_not_json_keeps_its_text() {
        let error = from_exception("validationException", b"not json");
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        assert!(error.message.contains("not json"));
    }

    #[test]
    fn exception_without_a_name_is_still_an_error_that_says_so() {
        let error = from_exception("", b"");
        assert_eq!((error.code, error.message.as_str()), (None, "an error without a name"));
        assert_eq!(from_exception(":", b"it broke").message, "an error without a name: it broke");
    }

    #[test]
    fn retry_after_is_milliseconds() {
        let head = |ms: Option<&str>, s: Option<&str>| Head {
            retry_after_ms: ms.map(str::to_owned),
            retry_after: s.map(str::to_owned),
            ..Head::default()
        };
        assert_eq!(retry_after_ms(&head(Some("1500"), Some("9"))), Some(1500));
        assert_eq!(retry_after_ms(&head(None, Some("2"))), Some(2000));
        assert_eq!(retry_after_ms(&head(None, Some("soon"))), None);
        assert_eq!(retry_after_ms(&head(None, Some("18446744073709551615"))), Some(u64::MAX));
    }
}
