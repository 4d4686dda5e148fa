//! A request to one of Bedrock's services: signed, sent, and sent again where that may help.

use crate::aws::clock::skew;
use crate::aws::endpoint::Endpoint;
use crate::aws::failure;
use crate::aws::retry::{MAX_ATTEMPTS, backoff};
use crate::aws::sign::{self, Signable};
use crate::bindings::converse::provider::credentials::{self, Identity};
use crate::bindings::converse::provider::{endpoints, log};
use crate::bindings::types::{Error, ErrorKind, KeyValue};
use crate::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use crate::wire::http::{self, Response};
use std::time::{Duration, SystemTime};

/// A service, as the host says where it is.
#[derive(Debug)]
pub struct Service {
    endpoint: Endpoint,
    region: String,
}

impl Service {
    /// Where a service is, by its endpoint prefix. `region` is what the request itself names.
    pub fn resolve(prefix: &str, region: Option<&str>) -> Result<Self, Error> {
        let endpoint = endpoints::resolve(prefix, region)?;
        Ok(Self { endpoint: Endpoint::parse(&endpoint.url)?, region: endpoint.region })
    }

    /// The region requests are signed for.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Sends a request, a GET when there is no body and else a POST, and waits until the service
    /// accepts it. Up to [`MAX_ATTEMPTS`] are made, each signed anew.
    pub fn send(&self, path: &str, body: Option<&[u8]>) -> Result<Response, Error> {
        let path = self.endpoint.path(path);
        let mut identity = credentials::get()?.identity;
        let (mut ahead, mut corrected, mut refreshed) = (0, false, false);
        let mut attempt = 1;
        loop {
            let Refusal { error, date } = match self.attempt(&path, body, &identity, ahead) {
                Ok(response) => return Ok(response),
                Err(refusal) => *refusal,
            };
            if attempt == MAX_ATTEMPTS {
                let message = format!("{} (after {attempt} attempts)", error.message);
                return Err(Error { message, ..error });
            }
            let wait = if let Some(skew) =
                skew(&error, date.as_deref(), seconds(now())).filter(|_| !corrected)
            {
                corrected = true;
                ahead = skew;
                Duration::ZERO
            } else if error.kind == ErrorKind::ExpiredCredentials && !refreshed {
                refreshed = true;
                match credentials::refresh() {
                    Ok(new) if differ(&new.identity, &identity) => identity = new.identity,
                    _ => return Err(error),
                }
                Duration::ZERO
            } else {
                match backoff(&error, attempt, random()) {
                    Some(wait) => wait,
                    None => return Err(error),
                }
            };
            log_retry(&error, attempt, wait);
            sleep(wait);
            attempt += 1;
        }
    }

    /// One attempt.
    fn attempt(
        &self,
        path: &str,
        body: Option<&[u8]>,
        identity: &Identity,
        ahead: i64,
    ) -> Result<Response, Box<Refusal>> {
        let plain = |error| Box::new(Refusal { error, date: None });
        let content_type = body.map(|_| sign::CONTENT_TYPE);
        let signable = Signable {
            method: if body.is_some() { "POST" } else { "GET" },
            url: &self.endpoint.url(path),
            headers: content_type.as_slice(),
            body: body.unwrap_or_default(),
        };
        let signed = sign::authentication(identity, &self.region, &signable, shifted(now(), ahead));
        let signed = signed.map_err(plain)?;
        let mut headers: Vec<(&str, &str)> = content_type.into_iter().collect();
        headers.extend(signed.iter().map(|(name, value)| (*name, value.as_str())));

        let mut response = http::send(&self.endpoint, path, &headers, body).map_err(plain)?;
        if response.status() == 200 {
            return Ok(response);
        }
        let head = failure::Head {
            status: response.status(),
            error_type: response.header("x-amzn-errortype"),
            request_id: request_id(&response),
            retry_after: response.header("retry-after"),
            retry_after_ms: response.header("x-amz-retry-after"),
        };
        let date = response.header("date");
        let body = response.read_up_to(failure::MAX_BODY);
        let error = without_secrets(failure::from_response(head, &body), identity);
        Err(Box::new(Refusal { error, date }))
    }
}

/// A service that finds a signature wrong repeats what should have been signed, the session token
/// among it.
fn without_secrets(error: Error, identity: &Identity) -> Error {
    let secrets = match identity {
        Identity::BearerToken(token) => [Some(token), None],
        Identity::AccessKey(key) => [Some(&key.secret_access_key), key.session_token.as_ref()],
    };
    let hide = |text: String| {
        let secrets = secrets.iter().flatten().filter(|secret| !secret.trim().is_empty());
        secrets.fold(text, |text, secret| text.replace(secret.as_str(), "[secret]"))
    };
    Error { message: hide(error.message), raw_json: error.raw_json.map(hide), ..error }
}

/// Why an attempt failed, and what time the service says it is.
struct Refusal {
    error: Error,
    date: Option<String>,
}

/// The service's id of a request.
pub fn request_id(response: &Response) -> Option<String> {
    response.header("x-amzn-requestid")
}

fn differ(new: &Identity, old: &Identity) -> bool {
    match (new, old) {
        (Identity::BearerToken(new), Identity::BearerToken(old)) => new != old,
        (Identity::AccessKey(new), Identity::AccessKey(old)) => {
            new.access_key_id != old.access_key_id
                || new.secret_access_key != old.secret_access_key
                || new.session_token != old.session_token
        }
        _ => true,
    }
}

fn log_retry(error: &Error, attempt: u32, wait: Duration) {
    let field = |key: &str, value: String| KeyValue { key: key.to_owned(), value };
    // What a body says may be what was asked.
    let status = || error.status.map_or_else(|| "no answer".to_owned(), |s| s.to_string());
    let why = error.code.clone().unwrap_or_else(status);
    let fields = [
        field("why", why),
        field("attempt", attempt.to_string()),
        field("wait-ms", wait.as_millis().to_string()),
    ];
    log::write(log::Level::Info, "trying again", &fields);
}

fn sleep(time: Duration) {
    if !time.is_zero() {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        monotonic_clock::subscribe_duration(nanos).block();
    }
}

fn now() -> SystemTime {
    let now = wall_clock::now();
    SystemTime::UNIX_EPOCH + Duration::new(now.seconds, now.nanoseconds)
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn shifted(time: SystemTime, seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    let shifted = if seconds < 0 { time.checked_sub(by) } else { time.checked_add(by) };
    shifted.unwrap_or(time)
}

/// Between 0 and 1, different for callers that fail together. A plugin is given no randomness; the
/// nanosecond at which it asks is enough to keep callers apart (the mixing is SplitMix64's).
fn random() -> f64 {
    let mut mixed = monotonic_clock::now().wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
