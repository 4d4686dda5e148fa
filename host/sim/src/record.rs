//! Requests as they arrived, for the test to look at.

use std::fmt;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, Version};

/// A request the sim got, whether it was answered or rejected.
///
/// `Debug` shows neither the `Authorization` header nor the session token.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query exactly as sent, percent-encoding included.
    pub path: String,
    /// The headers as sent; over HTTP/2 with a `host` made from the authority.
    pub headers: HeaderMap,
    /// The body as sent.
    pub body: Bytes,
    /// The HTTP version.
    pub version: Version,
    /// How the request says it is authenticated; says nothing about whether that was accepted.
    pub auth: AuthKind,
    /// Number of the connection it came by, from 1 in order of acceptance.
    pub connection: u64,
}

/// The kind of the `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthKind {
    /// There is none.
    None,
    /// A signature.
    SigV4,
    /// A bearer token.
    Bearer,
    /// Something else.
    Other,
}

impl Request {
    /// A header's value, if there is exactly one and it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        values.next().is_none().then(|| value.to_str().ok())?
    }

    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl AuthKind {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        match headers.get(AUTHORIZATION).map(HeaderValue::as_bytes) {
            None => Self::None,
            Some(value) if value.starts_with(b"AWS4-HMAC-SHA256") => Self::SigV4,
            Some(value) if value.starts_with(b"Bearer") => Self::Bearer,
            Some(_) => Self::Other,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut headers = self.headers.clone();
        for name in [AUTHORIZATION.as_str(), "x-amz-security-token"] {
            if let Some(value) = headers.get_mut(name) {
                *value = HeaderValue::from_static("(redacted)");
            }
        }
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &headers)
            .field("body", &String::from_utf8_lossy(&self.body))
            .field("version", &self.version)
            .field("auth", &self.auth)
            .field("connection", &self.connection)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secrets() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer s3cret"));
        headers.insert("x-amz-security-token", HeaderValue::from_static("t0ken"));
        let request = Request {
            method: Method::POST,
            path: "/model/x/converse".into(),
            auth: AuthKind::of(&headers),
            headers,
            body: Bytes::from_static(b"{}"),
            version: Version::HTTP_11,
            connection: 1,
        };
        let shown = format!("{request:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("t0ken"), "{shown}");
        assert!(shown.contains("(redacted)") && shown.contains("/model/x/converse"));
        assert_eq!(request.auth, AuthKind::Bearer);
    }
}
