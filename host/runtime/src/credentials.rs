//! Who requests are made for.
//!
//! Bedrock's bearer token goes before access keys, as it does in AWS's own SDKs. A variable that is
//! blank counts as unset: shells and container platforms leave such behind.

use crate::conversation::error::{Error, ErrorKind};
use crate::settings::Vars;
use futures::future::BoxFuture;
use std::fmt;
use std::time::SystemTime;
use zeroize::Zeroizing;

/// Where credentials come from. The host asks before each request, so a source that has to fetch them
/// keeps them.
pub trait CredentialsProvider: Send + Sync + fmt::Debug {
    /// Credentials that are good now.
    ///
    /// # Errors
    ///
    /// Kind [`Auth`](ErrorKind::Auth) when there are none, saying what was looked at.
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>>;

    /// New credentials, after the service refused the last ones as expired. Asked for once in a
    /// request, which is sent again only if they differ from the last.
    ///
    /// # Errors
    ///
    /// As [`credential`](Self::credential).
    fn refresh(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        self.credential()
    }
}

/// What a request is authenticated with. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct Credential {
    pub(crate) identity: Identity,
    pub(crate) expires_at: Option<SystemTime>,
    source: String,
}

#[derive(Clone)]
pub(crate) enum Identity {
    BearerToken(Zeroizing<String>),
    AccessKey { id: String, secret: Zeroizing<String>, session_token: Option<Zeroizing<String>> },
}

impl Credential {
    /// A Bedrock API key, sent as `Authorization: Bearer`. `source` tells people where it is from.
    pub fn bearer_token(token: impl Into<String>, source: impl Into<String>) -> Self {
        let identity = Identity::BearerToken(Zeroizing::new(token.into()));
        Self { identity, expires_at: None, source: source.into() }
    }

    /// An access key to sign with. A blank session token counts as none.
    pub fn access_key(
        id: impl Into<String>,
        secret: impl Into<String>,
        session_token: Option<String>,
        source: impl Into<String>,
    ) -> Self {
        let identity = Identity::AccessKey {
            id: id.into(),
            secret: Zeroizing::new(secret.into()),
            session_token: session_token.filter(|t| !t.trim().is_empty()).map(Zeroizing::new),
        };
        Self { identity, expires_at: None, source: source.into() }
    }

    /// The same, good until a time.
    #[must_use]
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires_at = Some(time);
        self
    }

    /// Where they come from, for people: `env: AWS_BEARER_TOKEN_BEDROCK`.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.identity {
            Identity::BearerToken(_) => "bearer token",
            Identity::AccessKey { .. } => "access key",
        };
        f.debug_struct("Credential")
            .field("kind", &kind)
            .field("source", &self.source)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Credentials that were given once and for all.
#[derive(Debug, Clone)]
pub struct StaticCredentials(Credential);

impl StaticCredentials {
    /// A Bedrock API key.
    pub fn bearer_token(token: impl Into<String>) -> Self {
        Self(Credential::bearer_token(token, "given by the program: bearer token"))
    }

    /// An access key.
    pub fn access_key(
        id: impl Into<String>,
        secret: impl Into<String>,
        session_token: Option<String>,
    ) -> Self {
        Self(Credential::access_key(id, secret, session_token, "given by the program: access key"))
    }
}

impl CredentialsProvider for StaticCredentials {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }
}

/// Credentials from the environment, read anew each time: `AWS_BEARER_TOKEN_BEDROCK`, else
/// `AWS_ACCESS_KEY_ID` with `AWS_SECRET_ACCESS_KEY` and perhaps `AWS_SESSION_TOKEN`.
#[derive(Clone, Debug, Default)]
pub struct EnvCredentials {
    vars: Vars,
}

const BEARER: &str = "AWS_BEARER_TOKEN_BEDROCK";
const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const SESSION: &str = "AWS_SESSION_TOKEN";

impl EnvCredentials {
    pub(crate) fn new(vars: Vars) -> Self {
        Self { vars }
    }

    fn read(&self) -> Result<Credential, Error> {
        if let Some(token) = self.vars.get(BEARER) {
            return Ok(Credential::bearer_token(token, format!("env: {BEARER}")));
        }
        match (self.vars.get(KEY_ID), self.vars.get(SECRET)) {
            (Some(id), Some(secret)) => {
                let source = format!("env: {KEY_ID} + {SECRET}");
                Ok(Credential::access_key(id, secret, self.vars.get(SESSION), source))
            }
            (Some(_), None) => Err(missing(&format!("{KEY_ID} is set, but {SECRET} is not"))),
            (None, Some(_)) => Err(missing(&format!("{SECRET} is set, but {KEY_ID} is not"))),
            (None, None) => Err(missing("no credentials in the environment")),
        }
    }
}

fn missing(what: &str) -> Error {
    Error::new(
        ErrorKind::Auth,
        format!(
            "{what}; set {BEARER}, or {KEY_ID} and {SECRET} (and {SESSION} if they are temporary)"
        ),
    )
}

impl CredentialsProvider for EnvCredentials {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        Box::pin(std::future::ready(self.read()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Credential, Error> {
        EnvCredentials::new(Vars::fixed(vars)).read()
    }

    #[test]
    fn bearer_token_goes_before_keys() {
        let found = read(&[(BEARER, "t"), (KEY_ID, "id"), (SECRET, "s")]).unwrap();
        assert_eq!(found.source(), "env: AWS_BEARER_TOKEN_BEDROCK");
        assert!(matches!(found.identity, Identity::BearerToken(t) if *t == "t"));
    }

    #[test]
    fn blank_counts_as_unset() {
        let found = read(&[(BEARER, " \t"), (KEY_ID, "id"), (SECRET, "s"), (SESSION, "")]).unwrap();
        assert_eq!(found.source(), "env: AWS_ACCESS_KEY_ID + AWS_SECRET_ACCESS_KEY");
        assert!(matches!(found.identity, Identity::AccessKey { session_token: None, .. }));
    }

    #[test]
    fn half_a_key_is_named() {
        let error = read(&[(KEY_ID, "id"), (SECRET, " ")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth);
        assert!(error.message().starts_with("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY"));
    }

    #[test]
    fn debug_shows_no_secret() {
        let bearer = Credential::bearer_token("hunter2", "test");
        let key = Credential::access_key("id", "hunter2", Some("hunter2".to_owned()), "test");
        let provider = StaticCredentials::bearer_token("hunter2");
        let vars = EnvCredentials::new(Vars::fixed(&[(BEARER, "hunter2")]));
        assert!(!format!("{bearer:?} {key:?} {provider:?} {vars:?}").contains("hunter2"));
    }
}
