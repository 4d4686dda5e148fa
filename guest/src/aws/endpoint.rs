//! The endpoint the host names, and the paths below it.

use crate::bindings::types::{Error, ErrorKind};
use crate::error::error;
use http::Uri;

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    tls: bool,
    authority: String,
    base: String,
}

impl Endpoint {
    /// Takes a base URL apart. The host's name is lower-cased and a default port dropped, so that
    /// the authority that is signed is the one a server sees.
    ///
    /// # Errors
    ///
    /// Kind `invalid-request` for what is no base URL.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let bad = |problem: &str| {
            error(ErrorKind::InvalidRequest, &format!("endpoint URL `{url}`: {problem}"))
        };
        let uri: Uri = url.parse().map_err(|_| bad("is not a URL"))?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad("must begin with https:// or http://")),
        };
        let authority = uri.authority().ok_or_else(|| bad("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(error(
                ErrorKind::InvalidRequest,
                "endpoint URL: must not hold a user name or password",
            ));
        }
        if uri.query().is_some() {
            return Err(bad("must not hold a query"));
        }
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err(bad("has no host"));
        }
        let default_port = if tls { 443 } else { 80 };
        let authority = match authority.port_u16() {
            Some(port) if port != default_port => format!("{host}:{port}"),
            _ => host,
        };
        Ok(Self { tls, authority, base: uri.path().trim_end_matches('/').to_owned() })
    }

    /// Whether requests are encrypted.
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// Host, and port where it is not the scheme's own: what `Host` says and what is signed.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// A path below the base path. `path` begins with a slash.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The URL of a path as [`Endpoint::path`] gives it.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authority_is_what_a_server_sees() {
        for (url, authority) in [
            (
                "https://Bedrock-Runtime.us-east-1.amazonaws.com",
                "bedrock-runtime.us-east-1.amazonaws.com",
            ),
            ("https://example.com:443", "example.com"),
            ("http://example.com:80/", "example.com"),
            ("http://127.0.0.1:9000", "127.0.0.1:9000"),
            ("https://[::1]:8443/base", "[::1]:8443"),
            ("http://example.com:443", "example.com:443"),
        ] {
            assert_eq!(Endpoint::parse(url).unwrap().authority(), authority, "{url}");
        }
    }

    #[test]
    fn base_path_is_kept() {
        let endpoint = Endpoint::parse("https://gateway.example/aws/bedrock/").unwrap();
        let path = endpoint.path("/model/m/converse-stream");
        assert_eq!(path, "/aws/bedrock/model/m/converse-stream");
        assert_eq!(
            endpoint.url(&path),
            "https://gateway.example/aws/bedrock/model/m/converse-stream"
        );
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_repeating_a_password() {
        for url in
            ["", "example.com", "ftp://example.com", "https://", "https://a?b=c", "https://:9"]
        {
            assert_eq!(Endpoint::parse(url).unwrap_err().kind, ErrorKind::InvalidRequest, "{url}");
        }
        let error = Endpoint::parse("https://user:hunter2@example.com").unwrap_err();
        assert!(!error.message.contains("hunter2"));
    }
}
