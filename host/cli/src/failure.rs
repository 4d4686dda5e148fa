//! Failures: what is said about them, what to do, and the exit code.

use crate::terminal;
use converse_host::{Error, ErrorKind, Host};
use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

/// Why the program ends before it has done its job.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line asks for what cannot be.
    Usage(String),
    /// The host, the plugin or the service failed.
    Call {
        error: Error,
        /// What to do about it.
        hint: Option<String>,
    },
    /// Anything else.
    Other(String),
    /// Ctrl-C.
    Interrupted,
    /// Nobody reads standard output any more.
    BrokenPipe,
}

const USAGE: u8 = 2;
const INTERRUPTED: u8 = 130;

impl Failure {
    /// Says what happened on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        if let Some(text) = self.text() {
            terminal::note(&text);
        }
        match self {
            Self::Usage(_) => USAGE.into(),
            Self::Call { .. } | Self::Other(_) => ExitCode::FAILURE,
            Self::Interrupted => INTERRUPTED.into(),
            Self::BrokenPipe => ExitCode::SUCCESS,
        }
    }

    /// What people read; nothing where the end needs no words.
    pub(crate) fn text(&self) -> Option<String> {
        Some(match self {
            Self::Usage(what) => {
                format!("error: {what}\n\nFor more information, try 'converse --help'.")
            }
            Self::Call { error, hint } => {
                let mut text = format!("error: {}", sentence(error));
                if let Some(hint) = hint {
                    let _ = write!(text, "\nhint: {hint}");
                }
                text
            }
            Self::Other(what) => format!("error: {what}"),
            Self::Interrupted => "interrupted".to_owned(),
            Self::BrokenPipe => return None,
        })
    }

    /// Adds what this program knows to a failure of a request to `model`.
    pub(crate) async fn with_hint(self, host: &Host, model: &str) -> Self {
        match self {
            Self::Call { error, hint: None } => {
                let circumstances = Circumstances::of(host, model).await;
                let hint = circumstances.hint(&error);
                Self::Call { error, hint }
            }
            other => other,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call { error, hint: None }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Other(format!("cannot write to standard output: {error}")),
        }
    }
}

/// An error in one sentence: its kind, what was said, and the request id to give to AWS.
fn sentence(error: &Error) -> String {
    let mut text = format!("{}: {}", error.kind(), error.message().trim_end());
    if let Some(id) = error.request_id() {
        let _ = write!(text, " (request id {id})");
    }
    text
}

/// What a request was made with.
struct Circumstances<'a> {
    model: &'a str,
    region: &'a str,
    endpoint: Option<String>,
    credentials: Option<String>,
}

impl<'a> Circumstances<'a> {
    async fn of(host: &'a Host, model: &'a str) -> Self {
        Self {
            model,
            region: host.region(),
            endpoint: host.endpoint("bedrock-runtime").ok().map(|endpoint| endpoint.url),
            credentials: host.credential().await.ok().map(|found| found.source().to_owned()),
        }
    }

    /// What this program can say beyond the message, which has what the plugin and the host know.
    fn hint(&self, error: &Error) -> Option<String> {
        use ErrorKind as K;
        let Self { model, region, .. } = self;
        Some(match error.kind() {
            K::Auth => match &self.credentials {
                Some(source) => format!(
                    "the credentials are from {source}, the request was for region {region}"
                ),
                None => {
                    "`converse chat --help` has the variables to set; `converse demo` needs none"
                        .to_owned()
                }
            },
            K::ExpiredCredentials => {
                let source = self.credentials.as_deref().unwrap_or("elsewhere");
                format!("the credentials are from {source}: set new ones there")
            }
            K::AccessDenied => {
                let source = self.credentials.as_deref().unwrap_or("elsewhere");
                format!(
                    "the request was for {model} in {region}, the credentials are from {source}"
                )
            }
            K::NotFound => self.other_model(),
            K::InvalidRequest if is_unknown_model(error.message()) => self.other_model(),
            K::InvalidRequest if needs_profile(error.message()) => match profile_of(model, region) {
                Some(profile) => format!("try --model {profile}"),
                None => {
                    "the model is only reached by an inference profile: put its geography before \
                         the id, as in us.amazon.nova-lite-v1:0"
                        .to_owned()
                }
            },
            K::Throttled => {
                let seconds = error.retry_after()?.as_secs_f64().ceil();
                format!("wait {seconds} s and try again")
            }
            K::Transport | K::Timeout => format!(
                "is {} reachable? --endpoint-url or AWS_ENDPOINT_URL_BEDROCK_RUNTIME names another, \
                 HTTPS_PROXY a proxy",
                self.endpoint()
            ),
            K::Protocol => format!(
                "is it Bedrock that answers at {}, with no proxy that changes what it says?",
                self.endpoint()
            ),
            K::Truncated => "ask again; the text so far is not all of it".to_owned(),
            K::Internal => "try again in a moment".to_owned(),
            _ => return None,
        })
    }

    fn other_model(&self) -> String {
        format!(
            "is {} offered in {}? Many models are only reached by an inference profile, with a \
             prefix such as us., eu. or global.; --model and --region choose others",
            self.model, self.region
        )
    }

    /// The endpoint's URL without a user's name and password.
    fn endpoint(&self) -> String {
        let Some(url) = &self.endpoint else { return "the endpoint".to_owned() };
        match url.split_once("://") {
            Some((scheme, rest)) => {
                let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
                format!("{scheme}://{host}")
            }
            None => url.clone(),
        }
    }
}

/// Bedrock has no code of its own for this, nor for the next.
fn is_unknown_model(message: &str) -> bool {
    message.contains("model identifier is invalid")
}

fn needs_profile(message: &str) -> bool {
    message.contains("on-demand throughput")
}

/// The inference profile of a model in a region's geography, as far as its name goes by rule.
fn profile_of(model: &str, region: &str) -> Option<String> {
    let geography = match region.split('-').next()? {
        "us" if region.starts_with("us-gov-") => "us-gov",
        "us" => "us",
        "eu" => "eu",
        "ap" => "apac",
        _ => return None,
    };
    let bare = !model.starts_with("arn:") && !model.contains('/') && model.contains('.');
    bare.then(|| format!("{geography}.{model}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_home() -> Circumstances<'static> {
        Circumstances {
            model: "anthropic.claude-x-v1:0",
            region: "eu-west-1",
            endpoint: Some("https://u:hunter2@bedrock.example/base".to_owned()),
            credentials: Some("env: AWS_BEARER_TOKEN_BEDROCK".to_owned()),
        }
    }

    fn hint(kind: ErrorKind, message: &str) -> Option<String> {
        at_home().hint(&Error::new(kind, message))
    }

    #[test]
    fn error_names_kind_and_hint() {
        let error = Error::new(ErrorKind::Throttled, "ThrottlingException: slow down\n");
        let hint = Some("wait".to_owned());
        let text = Failure::Call { error, hint }.text().unwrap();
        assert_eq!(text, "error: throttled: ThrottlingException: slow down\nhint: wait");
    }

    #[test]
    fn refused_credentials_are_named_by_their_source() {
        for kind in [ErrorKind::Auth, ErrorKind::ExpiredCredentials, ErrorKind::AccessDenied] {
            let hint = hint(kind, "refused").unwrap();
            assert!(hint.contains("env: AWS_BEARER_TOKEN_BEDROCK"), "{hint}");
        }
        let nobody = Circumstances { credentials: None, ..at_home() };
        let hint = nobody.hint(&Error::new(ErrorKind::Auth, "none")).unwrap();
        assert!(hint.contains("converse chat --help") && hint.contains("converse demo"), "{hint}");
    }

    #[test]
    fn nothing_is_said_twice() {
        assert_eq!(hint(ErrorKind::Throttled, "ThrottlingException: x (try again later)"), None);
    }

    #[test]
    fn model_without_on_demand_gets_its_profile() {
        let said = "Invocation of model ID x with on-demand throughput isn't supported.";
        let profile = "try --model eu.anthropic.claude-x-v1:0".to_owned();
        assert_eq!(hint(ErrorKind::InvalidRequest, said), Some(profile));
        let unknown = hint(ErrorKind::InvalidRequest, "The provided model identifier is invalid.");
        assert!(unknown.unwrap().contains("anthropic.claude-x-v1:0 offered in eu-west-1"));
        assert_eq!(hint(ErrorKind::InvalidRequest, "temperature is wrong"), None);
    }

    #[test]
    fn profiles_follow_the_geography() {
        let model = "amazon.nova-lite-v1:0";
        assert_eq!(profile_of(model, "us-east-1").unwrap(), "us.amazon.nova-lite-v1:0");
        assert_eq!(profile_of(model, "us-gov-west-1").unwrap(), "us-gov.amazon.nova-lite-v1:0");
        assert_eq!(profile_of(model, "ap-south-1").unwrap(), "apac.amazon.nova-lite-v1:0");
        assert_eq!(profile_of(model, "sa-east-1"), None);
        assert_eq!(
            profile_of("arn:aws:bedrock:us-east-1::foundation-model/x.y", "us-east-1"),
            None
        );
    }

    #[test]
    fn endpoint_is_shown_without_its_password() {
        for kind in [ErrorKind::Transport, ErrorKind::Protocol, ErrorKind::Timeout] {
            let hint = hint(kind, "x").unwrap();
            assert!(hint.contains("https://bedrock.example/base"), "{hint}");
            assert!(!hint.contains("hunter2"), "{hint}");
        }
    }

    #[test]
    fn a_closed_pipe_is_silent() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.text(), None);
        let failure = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert!(failure.text().unwrap().starts_with("error: cannot write to standard output"));
    }
}
