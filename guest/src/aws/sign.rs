//! Authentication of a request: Signature Version 4 by `aws-sigv4`, or a bearer token.

use crate::bindings::converse::provider::credentials::Identity;
use crate::bindings::types::{Error, ErrorKind};
use crate::error::error;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use std::time::SystemTime;

/// Bedrock signs for one service name on both of its endpoints.
const SERVICE: &str = "bedrock";

/// The header of a request with a body.
pub const CONTENT_TYPE: (&str, &str) = ("content-type", "application/json");

/// The headers that authenticate a request to `url`, which carries `headers` and no others.
///
/// It must be the very URL that is sent, its path percent-encoded once: the service encodes it
/// again before it compares.
///
/// # Errors
///
/// Kind `auth` when the credentials cannot stand in a header.
pub fn authentication(
    identity: &Identity,
    region: &str,
    request: &Signable<'_>,
    now: SystemTime,
) -> Result<Vec<(&'static str, String)>, Error> {
    match identity {
        Identity::BearerToken(token) => bearer(token),
        Identity::AccessKey(key) => {
            // A blank token would be signed as an empty header, which the service refuses.
            let session_token = key.session_token.clone().filter(|token| !token.trim().is_empty());
            let identity = Credentials::new(
                key.access_key_id.clone(),
                key.secret_access_key.clone(),
                session_token,
                None,
                "converse",
            );
            signature(identity, region, request, now)
        }
    }
}

/// What is signed of a request.
#[derive(Debug)]
pub struct Signable<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// The whole URL.
    pub url: &'a str,
    /// Headers beside `host` and what signing adds.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

fn bearer(token: &str) -> Result<Vec<(&'static str, String)>, Error> {
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(unusable("the bearer token is empty or holds spaces or control characters"));
    }
    Ok(vec![("authorization", format!("Bearer {token}"))])
}

fn signature(
    identity: Credentials,
    region: &str,
    request: &Signable<'_>,
    now: SystemTime,
) -> Result<Vec<(&'static str, String)>, Error> {
    let identity = identity.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| unusable("the credentials cannot be used to sign"))?
        .into();
    let Signable { method, url, headers, body } = *request;
    let headers = headers.iter().copied();
    let request = SignableRequest::new(method, url, headers, SignableBody::Bytes(body))
        .map_err(|_| unusable("the request's URL cannot be signed"))?;
    // What went wrong may repeat a part of the credentials, so it is not told.
    let (instructions, _) = sign(request, &params)
        .map_err(|_| {
            unusable("the access key id, region or session token cannot stand in a header")
        })?
        .into_parts();
    let (headers, _) = instructions.into_parts();
    Ok(headers.into_iter().map(|header| (header.name(), header.value().to_owned())).collect())
}

fn unusable(message: &str) -> Error {
    error(ErrorKind::Auth, message)
}
