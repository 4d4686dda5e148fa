//! Who may call: signatures and bearer tokens, rejected the way the service rejects them.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use subtle::ConstantTimeEq;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::reply::ServiceError;
use crate::sigv4::{self, Authorization, SignedRequest};

/// `20260115T123045Z`
const DATE_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// The service's signing name, for the runtime and the control plane alike.
const SERVICE: &str = "bedrock";

/// Credentials the sim knows.
#[derive(Clone)]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expired: bool,
}

impl Credentials {
    /// Long-term credentials.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            session_token: None,
            expired: false,
        }
    }

    /// Makes them temporary: requests must carry, and sign, this token.
    #[must_use]
    pub fn session_token(mut self, token: impl Into<String>) -> Self {
        self.session_token = Some(token.into());
        self
    }

    /// Makes them expired: rejected with `ExpiredTokenException`.
    #[must_use]
    pub fn expired(mut self) -> Self {
        self.expired = true;
        self
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("session_token", &self.session_token.as_ref().map(|_| "(redacted)"))
            .field("expired", &self.expired)
            .finish_non_exhaustive()
    }
}

/// Decides who may call.
pub(crate) struct Authenticator {
    pub(crate) credentials: HashMap<String, Credentials>,
    pub(crate) bearer_tokens: Vec<String>,
    pub(crate) any: bool,
    pub(crate) off: bool,
    /// The only region signatures may be for, if there is one.
    pub(crate) region: Option<String>,
    pub(crate) clock_skew: Duration,
}

impl Authenticator {
    /// Nobody but the credentials in `list`.
    pub(crate) fn key_by_id(list: Vec<Credentials>) -> HashMap<String, Credentials> {
        list.into_iter().map(|known| (known.access_key_id.clone(), known)).collect()
    }

    /// Lets the request through or says why not.
    pub(crate) fn check(
        &self,
        request: &SignedRequest<'_>,
        now: SystemTime,
    ) -> Result<(), ServiceError> {
        if self.off {
            return Ok(());
        }
        let mut headers = request.headers.get_all(AUTHORIZATION).iter();
        let authorization = match (headers.next(), headers.next()) {
            (None, _) => {
                return Err(ServiceError::forbidden(
                    "MissingAuthenticationTokenException",
                    "Missing Authentication Token",
                ));
            }
            (Some(value), None) => value.to_str().unwrap_or_default(),
            (Some(_), Some(_)) => return Err(incomplete("More than one Authorization header.")),
        };
        match authorization.split_once(' ').unwrap_or((authorization, "")) {
            (sigv4::ALGORITHM, parameters) => {
                let authorization = Authorization::parse(parameters).map_err(incomplete)?;
                self.check_signature(request, &authorization, now)
            }
            ("Bearer", token) => self.check_bearer(token.trim()),
            _ => Err(incomplete(format!(
                "Unsupported AWS 'algorithm': '{}'. Supported are {} and Bearer.",
                authorization.split(' ').next().unwrap_or_default(),
                sigv4::ALGORITHM,
            ))),
        }
    }

    fn check_bearer(&self, token: &str) -> Result<(), ServiceError> {
        let known = self
            .bearer_tokens
            .iter()
            .any(|known| bool::from(known.as_bytes().ct_eq(token.as_bytes())));
        if known || (self.any && !token.is_empty()) {
            return Ok(());
        }
        Err(ServiceError::forbidden(
            "AccessDeniedException",
            "Authentication failed: Please make sure your API Key is valid.",
        ))
    }

    fn check_signature(
        &self,
        request: &SignedRequest<'_>,
        authorization: &Authorization<'_>,
        now: SystemTime,
    ) -> Result<(), ServiceError> {
        let time = self.check_time(request.headers, authorization, now)?;
        self.check_scope(authorization)?;
        check_signed_headers(request.headers, &authorization.signed_headers)?;
        let Some(known) = self.credentials.get(authorization.access_key_id) else {
            // Without the secret all that can be seen is that it could be a signature.
            let well_formed = hex::decode(authorization.signature).is_ok_and(|it| it.len() == 32);
            return if !self.any {
                Err(invalid_token())
            } else if well_formed {
                Ok(())
            } else {
                Err(invalid("The signature is not 64 hexadecimal digits."))
            };
        };
        known.check_token(request.headers)?;
        let canonical = sigv4::canonical_request(request, &authorization.signed_headers);
        let to_sign = sigv4::string_to_sign(time, authorization.scope, &canonical);
        let secret = &known.secret_access_key;
        if sigv4::verify(secret, authorization.scope, &to_sign, authorization.signature) {
            return Ok(());
        }
        Err(invalid(format!(
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service \
             documentation for details.\n\n\
             The Canonical String for this request should have been\n'{canonical}'\n\n\
             The String-to-Sign should have been\n'{to_sign}'\n"
        )))
    }

    /// The request's time, as written, if it is near enough to the sim's own.
    fn check_time<'a>(
        &self,
        headers: &'a HeaderMap,
        authorization: &Authorization<'_>,
        now: SystemTime,
    ) -> Result<&'a str, ServiceError> {
        let Some(time) = text(headers, "x-amz-date") else {
            return Err(incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
            ));
        };
        let Ok(signed_at) = PrimitiveDateTime::parse(time, DATE_TIME) else {
            return Err(incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{time}'. See \
                 http://en.wikipedia.org/wiki/ISO_8601"
            )));
        };
        let date = authorization.scope.date;
        if !time.starts_with(&format!("{date}T")) {
            return Err(invalid(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{date}' != '{}', from '{time}'.",
                &time[..8],
            )));
        }
        let (signed_at, now) = (signed_at.assume_utc(), OffsetDateTime::from(now));
        let (earliest, latest) = (now - self.clock_skew, now + self.clock_skew);
        let minutes = self.clock_skew.as_secs() / 60;
        let (now, earliest_text, latest_text) = (basic(now), basic(earliest), basic(latest));
        if signed_at < earliest {
            return Err(invalid(format!(
                "Signature expired: {time} is now earlier than {earliest_text} ({now} - {minutes} min.)"
            )));
        }
        if signed_at > latest {
            return Err(invalid(format!(
                "Signature not yet current: {time} is still later than {latest_text} ({now} + {minutes} min.)"
            )));
        }
        Ok(time)
    }

    fn check_scope(&self, authorization: &Authorization<'_>) -> Result<(), ServiceError> {
        let scope = authorization.scope;
        let wrong = |what| Err(invalid(format!("Credential should be scoped to {what}. ")));
        if scope.service != SERVICE {
            return wrong(format!("correct service: '{SERVICE}'"));
        }
        if scope.terminator != sigv4::TERMINATOR {
            return wrong(format!("a valid terminator: '{}'", sigv4::TERMINATOR));
        }
        match &self.region {
            Some(region) if region != scope.region => wrong(format!("a valid region: '{region}'")),
            _ if scope.region.is_empty() => wrong("a valid region".to_owned()),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("credentials", &self.credentials.values())
            .field("bearer_tokens", &self.bearer_tokens.len())
            .field("any", &self.any)
            .field("off", &self.off)
            .field("region", &self.region)
            .field("clock_skew", &self.clock_skew)
            .finish()
    }
}

impl Credentials {
    fn check_token(&self, headers: &HeaderMap) -> Result<(), ServiceError> {
        if self.expired {
            return Err(ServiceError::forbidden(
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ));
        }
        let Some(expected) = &self.session_token else {
            return Ok(());
        };
        let token = text(headers, "x-amz-security-token").unwrap_or_default();
        if bool::from(expected.as_bytes().ct_eq(token.as_bytes())) {
            Ok(())
        } else {
            Err(invalid_token())
        }
    }
}

/// Everything that says who and when must be signed: the host, and whatever is `x-amz-`.
fn check_signed_headers(headers: &HeaderMap, signed: &[&str]) -> Result<(), ServiceError> {
    let is_signed = |name: &str| signed.iter().any(|signed| signed.eq_ignore_ascii_case(name));
    if !is_signed("host") {
        return Err(invalid(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    let amz = headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("x-amz-"));
    match amz.into_iter().find(|name| !is_signed(name)) {
        Some(name) => {
            Err(invalid(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")))
        }
        None => Ok(()),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn basic(time: OffsetDateTime) -> String {
    time.format(DATE_TIME).unwrap_or_default()
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::forbidden("InvalidSignatureException", message)
}

fn invalid_token() -> ServiceError {
    ServiceError::forbidden(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )
}

fn incomplete(message: impl Into<String>) -> ServiceError {
    ServiceError::new(StatusCode::BAD_REQUEST, "IncompleteSignatureException", message)
}
