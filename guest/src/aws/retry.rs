//! When a request is sent again, and after how long.
//!
//! The rules are those of the AWS SDKs' standard mode ("Retry behavior", AWS SDKs and Tools Reference
//! Guide): three attempts, a random part of a time that doubles, and no retry of what would fail
//! again.

use crate::bindings::types::{Error, ErrorKind};
use std::time::Duration;

/// Most attempts of a request, the first one counted.
pub const MAX_ATTEMPTS: u32 = 3;

/// Longest wait that is not the service's own wish.
const MAX_BACKOFF: Duration = Duration::from_secs(20);

/// How much longer than that a service may make us wait.
const MAX_WISH: Duration = Duration::from_secs(5);

/// How long to wait before another attempt, or `None` when there is to be none. `attempt` is the
/// number of those made, `random` lies between 0 and 1.
pub fn backoff(error: &Error, attempt: u32, random: f64) -> Option<Duration> {
    if attempt >= MAX_ATTEMPTS {
        return None;
    }
    let scale = match cause(error)? {
        Cause::Throttling => Duration::from_secs(1),
        Cause::Transient => Duration::from_millis(50),
    };
    let most = scale.saturating_mul(1 << attempt.saturating_sub(1)).min(MAX_BACKOFF);
    let backoff = most.mul_f64(random.clamp(0.0, 1.0));
    let wish = error.retry_after_ms.map_or(Duration::ZERO, Duration::from_millis);
    Some(wish.min(backoff.saturating_add(MAX_WISH)).max(backoff))
}

enum Cause {
    Throttling,
    Transient,
}

fn cause(error: &Error) -> Option<Cause> {
    // A quota that is used up is so for longer than anybody waits.
    if error.kind == ErrorKind::QuotaExceeded {
        return None;
    }
    match error.code.as_deref() {
        Some(
            "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "BandwidthLimitExceeded"
            | "LimitExceededException"
            | "SlowDown",
        ) => return Some(Cause::Throttling),
        Some("RequestTimeout" | "RequestTimeoutException" | "ModelNotReadyException") => {
            return Some(Cause::Transient);
        }
        _ => {}
    }
    match (error.status, error.kind) {
        (Some(500 | 502 | 503 | 504), _) => Some(Cause::Transient),
        (Some(429), _) => Some(Cause::Throttling),
        // Nothing came back: the connection could not be made, or broke.
        (None, ErrorKind::Transport | ErrorKind::Timeout) => Some(Cause::Transient),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::error;

    fn answer(status: u16, code: &str) -> Error {
        let kind = match code {
            "ServiceQuotaExceededException" => ErrorKind::QuotaExceeded,
            _ => ErrorKind::Other,
        };
        let code = Some(code.to_owned()).filter(|code| !code.is_empty());
        Error { status: Some(status), code, ..error(kind, "") }
    }

    #[test]
    fn what_the_sdks_retry_is_retried_and_nothing_else() {
        for (status, code, retried) in [
            (429, "ThrottlingException", true),
            (429, "ModelNotReadyException", true),
            (429, "", true),
            (429, "ServiceQuotaExceededException", false),
            (400, "ThrottlingException", true),
            (400, "ValidationException", false),
            (403, "AccessDeniedException", false),
            (404, "ResourceNotFoundException", false),
            (408, "ModelTimeoutException", false),
            (408, "RequestTimeout", true),
            (424, "ModelErrorException", false),
            (500, "InternalServerException", true),
            (501, "", false),
            (502, "", true),
            (503, "ServiceUnavailableException", true),
            (504, "", true),
        ] {
            let wait = backoff(&answer(status, code), 1, 0.5);
            assert_eq!(wait.is_some(), retried, "{status} {code}");
        }
        for (kind, retried) in [
            (ErrorKind::Transport, true),
            (ErrorKind::Timeout, true),
            (ErrorKind::AccessDenied, false),
            (ErrorKind::Protocol, false),
        ] {
            assert_eq!(backoff(&error(kind, ""), 1, 0.5).is_some(), retried, "{kind:?}");
        }
    }

    #[test]
    fn waits_double_and_are_random_and_end() {
        let (busy, slow) = (answer(503, ""), answer(429, ""));
        assert_eq!(backoff(&busy, 1, 1.0), Some(Duration::from_millis(50)));
        assert_eq!(backoff(&busy, 2, 1.0), Some(Duration::from_millis(100)));
        assert_eq!(backoff(&slow, 2, 0.25), Some(Duration::from_millis(500)));
        assert_eq!(backoff(&slow, 1, 0.0), Some(Duration::ZERO));
        assert_eq!(backoff(&slow, MAX_ATTEMPTS, 1.0), None);
    }

    #[test]
    fn wish_of_the_service_is_followed_for_five_seconds() {
        let wish = |ms| Error { retry_after_ms: Some(ms), ..answer(429, "") };
        assert_eq!(backoff(&wish(300), 1, 0.0), Some(Duration::from_millis(300)));
        assert_eq!(backoff(&wish(300), 1, 1.0), Some(Duration::from_secs(1)));
        assert_eq!(backoff(&wish(u64::MAX), 1, 1.0), Some(Duration::from_secs(6)));
    }
}
