//! Authentication of a request: Signature Version 4 by `aws-sigv4`, or a bearer token.

use crate::bindings::converse::provider::credentials::{Credential, Identity};
use crate::bindings::types::{Error, ErrorKind};
use crate::error::error;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use std::time::SystemTime;

/// Bedrock signs for one service name on both of its endpoints.
const SERVICE: &str = "bedrock";

/// The one header that is signed beside `host` and what signing adds.
pub const CONTENT_TYPE: (&str, &str) = ("content-type", "application/json");

/// The headers that authenticate a POST of `body` to `url`.
///
/// `url` must be the very URL that is sent, its path percent-encoded once: the service encodes it
/// again before it compares.
///
/// # Errors
///
/// Kind `auth` when the credentials cannot stand in a header.
pub fn authentication(
    credential: Credential,
    region: &str,
    url: &str,
    body: &[u8],
    now: SystemTime,
) -> Result<Vec<(&'static str, String)>, Error> {
    match credential.identity {
        Identity::BearerToken(token) => bearer(&token),
        Identity::AccessKey(key) => {
            // A blank token would be signed as an empty header, which the service refuses.
            let session_token = key.session_token.filter(|token| !token.trim().is_empty());
            let identity = Credentials::new(
                key.access_key_id,
                key.secret_access_key,
                session_token,
                None,
                "converse",
            );
            signature(identity, region, url, body, now)
        }
    }
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
    url: &str,
    body: &[u8],
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
    let request =
        SignableRequest::new("POST", url, [CONTENT_TYPE].into_iter(), SignableBody::Bytes(body))
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
