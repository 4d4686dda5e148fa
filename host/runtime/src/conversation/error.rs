//! What can go wrong.

use super::json::Json;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// A failure: of the service, of the plugin, or of the host.
///
/// Programs decide by [`kind`](Error::kind) and by the predicates; the text is for people, and you
/// must not depend on it. It never holds a secret.
///
/// Written by `serde` it is an object with `kind`, `message` and what else is known.
#[derive(Clone)]
pub struct Error(Box<Inner>);

/// What an [`Error`] holds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Inner {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) raw: Option<Json>,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The service is busy, or too much was asked of it in a short time: soon it may work.
    Throttled,
    /// A quota of the account is used up. Waiting a moment does not help.
    QuotaExceeded,
    /// No credentials, or such as the service does not know.
    Auth,
    /// The credentials were good once.
    ExpiredCredentials,
    /// The credentials are good, but may not do this.
    AccessDenied,
    /// The request is wrong.
    InvalidRequest,
    /// The conversation is longer than the model can take.
    ContextLength,
    /// The model is being made ready: soon it may work.
    ModelNotReady,
    /// There is no such model, profile or prompt.
    NotFound,
    /// The content was refused.
    ContentFiltered,
    /// Something took too long.
    Timeout,
    /// The connection could not be made, or broke.
    Transport,
    /// The answer ended before it was complete.
    Truncated,
    /// The answer does not follow the service's protocol.
    Protocol,
    /// The caller, or the host, ended it.
    Cancelled,
    /// The provider or the model cannot do this.
    Unsupported,
    /// The service failed, or the provider did.
    Internal,
    /// The plugin cannot be loaded, or it broke: it trapped, or ran over a limit.
    Plugin,
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// The kind's name, as the contract writes it: `expired-credentials`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::QuotaExceeded => "quota-exceeded",
            Self::Auth => "auth",
            Self::ExpiredCredentials => "expired-credentials",
            Self::AccessDenied => "access-denied",
            Self::InvalidRequest => "invalid-request",
            Self::ContextLength => "context-length",
            Self::ModelNotReady => "model-not-ready",
            Self::NotFound => "not-found",
            Self::ContentFiltered => "content-filtered",
            Self::Timeout => "timeout",
            Self::Transport => "transport",
            Self::Truncated => "truncated",
            Self::Protocol => "protocol",
            Self::Cancelled => "cancelled",
            Self::Unsupported => "unsupported",
            Self::Internal => "internal",
            Self::Plugin => "plugin",
            Self::Other => "other",
        }
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    /// A failure of a kind, for callers who put providers of their own beside plugins.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::from_inner(Inner {
            kind,
            message: message.into(),
            status: None,
            code: None,
            retry_after_ms: None,
            request_id: None,
            raw: None,
        })
    }

    /// A failure of the plugin, with the whole chain of reasons.
    pub(crate) fn plugin(what: &str, error: &wasmtime::Error) -> Self {
        Self::new(ErrorKind::Plugin, format!("{what}: {error:#}"))
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self(Box::new(inner))
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What went wrong and what to do.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// HTTP status, where there was a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's own code, such as `ThrottlingException`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// How long to wait before another attempt, where the service said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after_ms.map(Duration::from_millis)
    }

    /// The service's id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What the service said, unchanged.
    #[must_use]
    pub fn raw(&self) -> Option<&Json> {
        self.0.raw.as_ref()
    }

    /// Whether the same request may work later without a change to it.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        use ErrorKind as K;
        matches!(
            self.kind(),
            K::Throttled
                | K::ModelNotReady
                | K::Timeout
                | K::Transport
                | K::Truncated
                | K::Internal
        )
    }

    /// Whether it is about who the caller is or what the caller may do.
    #[must_use]
    pub fn is_credentials(&self) -> bool {
        use ErrorKind as K;
        matches!(self.kind(), K::Auth | K::ExpiredCredentials | K::AccessDenied)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

impl Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
