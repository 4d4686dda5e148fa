//! A clock that is wrong: the service refuses signatures more than five minutes off.

use crate::bindings::types::Error;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Seconds a clock may be off before it is taken for the reason of a refusal, as in AWS's SDKs.
const TOLERATED: i64 = 4 * 60;

/// How many seconds the service's clock is ahead of ours, when that is why it refused the request.
/// `date` is the response's `Date`, `now` our time in seconds since 1970.
pub fn skew(error: &Error, date: Option<&str>, now: i64) -> Option<i64> {
    let about_time = matches!(
        error.code.as_deref(),
        Some(
            "InvalidSignatureException"
                | "SignatureDoesNotMatch"
                | "RequestExpired"
                | "RequestInTheFuture"
                | "RequestTimeTooSkewed"
                | "AuthFailure"
        )
    );
    if !about_time {
        return None;
    }
    let theirs = DateTime::from_str(date?.trim(), Format::HttpDate).ok()?.secs();
    let skew = theirs.checked_sub(now)?;
    (skew.abs() > TOLERATED).then_some(skew)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::types::ErrorKind;
    use crate::error::error;

    #[test]
    fn clock_is_blamed_only_when_it_is_off_and_the_signature_was_refused() {
        let refused =
            |code: &str| Error { code: Some(code.to_owned()), ..error(ErrorKind::Auth, "") };
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let theirs = 784_111_777;
        for (code, date, now, expected) in [
            ("InvalidSignatureException", date, theirs - 3600, Some(3600)),
            ("RequestTimeTooSkewed", date, theirs + 301, Some(-301)),
            ("InvalidSignatureException", date, theirs + 10, None),
            ("AccessDeniedException", date, theirs - 3600, None),
            ("InvalidSignatureException", None, theirs - 3600, None),
            ("InvalidSignatureException", Some("yesterday"), theirs - 3600, None),
            ("InvalidSignatureException", date, i64::MIN, None),
        ] {
            assert_eq!(skew(&refused(code), date, now), expected, "{code} {date:?} {now}");
        }
    }
}
