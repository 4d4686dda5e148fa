//! AWS Signature Version 4 as the service computes it: from the published algorithm, and with no
//! code in common with any signer, so that a signer's mistakes show.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use sha2::{Digest, Sha256};

/// The only algorithm spoken here.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The last part of every credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// Everything but the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An `Authorization` header of this algorithm, taken apart.
#[derive(Debug)]
pub(crate) struct Authorization<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) scope: Scope<'a>,
    pub(crate) signed_headers: Vec<&'a str>,
    pub(crate) signature: &'a str,
}

/// What a signing key is good for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) date: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) terminator: &'a str,
}

/// The parts of an HTTP request that are signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedRequest<'a> {
    pub(crate) method: &'a str,
    /// As on the wire, still encoded.
    pub(crate) path: &'a str,
    /// As on the wire, without the question mark.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    /// The `Host` header, or the authority of HTTP/2.
    pub(crate) host: &'a str,
    pub(crate) body: &'a [u8],
}

impl<'a> Authorization<'a> {
    /// Reads what follows the algorithm's name; the error is the service's text.
    pub(crate) fn parse(parameters: &'a str) -> Result<Self, String> {
        let parameter = |name: &str| {
            parameters
                .split(',')
                .filter_map(|part| part.trim().split_once('='))
                .find_map(|(key, value)| (key == name && !value.is_empty()).then_some(value))
        };
        let found = (parameter("Credential"), parameter("SignedHeaders"), parameter("Signature"));
        let (Some(credential), Some(signed_headers), Some(signature)) = found else {
            let missing = ["Credential", "SignedHeaders", "Signature"].into_iter();
            let missing = missing.filter(|name| parameter(name).is_none());
            return Err(missing
                .map(|name| format!("Authorization header requires '{name}' parameter. "))
                .chain([format!("Authorization={ALGORITHM}")])
                .collect());
        };
        // From the right: a key id may not hold a slash, but then the message should show it.
        let mut parts = credential.rsplitn(5, '/');
        let mut part = || parts.next();
        let scope = (part(), part(), part(), part(), part());
        let (Some(terminator), Some(service), Some(region), Some(date), Some(access_key_id)) =
            scope
        else {
            return Err(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{credential}'"
            ));
        };
        Ok(Self {
            access_key_id,
            scope: Scope { date, region, service, terminator },
            signed_headers: signed_headers.split(';').collect(),
            signature,
        })
    }
}

/// The canonical request.
pub(crate) fn canonical_request(request: &SignedRequest<'_>, signed_headers: &[&str]) -> String {
    let mut names: Vec<String> =
        signed_headers.iter().map(|name| name.to_ascii_lowercase()).collect();
    names.sort();
    let headers: String =
        names.iter().map(|name| format!("{name}:{}\n", header_value(request, name))).collect();
    format!(
        "{}\n{}\n{}\n{headers}\n{}\n{}",
        request.method,
        canonical_path(request.path),
        canonical_query(request.query),
        names.join(";"),
        hex::encode(Sha256::digest(request.body)),
    )
}

/// The string to sign.
pub(crate) fn string_to_sign(time: &str, scope: Scope<'_>, canonical_request: &str) -> String {
    let Scope { date, region, service, terminator } = scope;
    let hash = hex::encode(Sha256::digest(canonical_request));
    format!("{ALGORITHM}\n{time}\n{date}/{region}/{service}/{terminator}\n{hash}")
}

/// Whether this is the string's signature, in a time that does not depend on the answer.
pub(crate) fn verify(
    secret: &str,
    scope: Scope<'_>,
    string_to_sign: &str,
    signature: &str,
) -> bool {
    let key = [scope.date, scope.region, scope.service, scope.terminator]
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| {
            mac(&key, part).finalize().into_bytes().to_vec()
        });
    // The service compares text: the same digits in capitals are not the signature.
    let lower_case = !signature.bytes().any(|byte| byte.is_ascii_uppercase());
    lower_case
        && hex::decode(signature)
            .is_ok_and(|signature| mac(&key, string_to_sign).verify_slice(&signature).is_ok())
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of every length").chain_update(text)
}

/// Trimmed, inner runs of spaces made one, values of a repeated header joined.
fn header_value(request: &SignedRequest<'_>, name: &str) -> String {
    let trimmed = |value: &str| value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    if name == "host" {
        return trimmed(request.host);
    }
    let values = request.headers.get_all(name).iter();
    values
        .map(|value| trimmed(&String::from_utf8_lossy(value.as_bytes())))
        .collect::<Vec<_>>()
        .join(",")
}

/// The path without dot segments and empty segments, encoded once more: what is `%3A` on the
/// wire is `%253A` here.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    let mut canonical = String::new();
    for segment in &segments {
        canonical.push('/');
        canonical.extend(percent_encode(segment.as_bytes(), ENCODED));
    }
    if segments.is_empty() || path.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

/// Names and values encoded anew, sorted by name, then by value.
fn canonical_query(query: &str) -> String {
    let encoded = |text: &str| {
        let decoded: Vec<u8> = percent_decode_str(text).collect();
        percent_encode(&decoded, ENCODED).to_string()
    };
    let mut parameters: Vec<(String, String)> = query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    parameters.sort();
    let parameters = parameters.iter().map(|(name, value)| format!("{name}={value}"));
    parameters.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
#[path = "sigv4_tests.rs"]
mod tests;
