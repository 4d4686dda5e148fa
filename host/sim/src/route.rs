//! What a request asks for, by its method and path.

use http::Method;
use percent_encoding::percent_decode_str;

/// An operation of the runtime or the control plane.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Converse { model_id: String, stream: bool },
    CountTokens { model_id: String },
    Discovery(Discovery),
}

/// An operation of the control plane.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Discovery {
    ListFoundationModels,
    GetFoundationModel(String),
    GetFoundationModelAvailability(String),
    ListInferenceProfiles,
    GetInferenceProfile(String),
}

impl Operation {
    /// Ids and ARNs are one percent-encoded segment each.
    pub(crate) fn of(base_path: &str, method: &Method, path: &str) -> Option<Self> {
        let mut segments = path.strip_prefix(base_path)?.strip_prefix('/')?.split('/');
        let segments = (segments.next()?, segments.next(), segments.next(), segments.next());
        match (method, segments) {
            (&Method::GET, ("foundation-models", None, ..)) => {
                Some(Self::Discovery(Discovery::ListFoundationModels))
            }
            (&Method::GET, ("inference-profiles", None, ..)) => {
                Some(Self::Discovery(Discovery::ListInferenceProfiles))
            }
            (&Method::GET, (list, Some(id), None, _)) => {
                let operation = match list {
                    "foundation-models" => Discovery::GetFoundationModel,
                    "foundation-model-availability" => Discovery::GetFoundationModelAvailability,
                    "inference-profiles" => Discovery::GetInferenceProfile,
                    _ => return None,
                };
                decoded(id).map(operation).map(Self::Discovery)
            }
            (&Method::POST, ("model", Some(id), Some(operation), None)) => {
                let model_id = decoded(id)?;
                match operation {
                    "converse" => Some(Self::Converse { model_id, stream: false }),
                    "converse-stream" => Some(Self::Converse { model_id, stream: true }),
                    "count-tokens" => Some(Self::CountTokens { model_id }),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn decoded(id: &str) -> Option<String> {
    let id = percent_decode_str(id).decode_utf8().ok()?;
    (!id.is_empty()).then(|| id.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_id_is_one_encoded_segment() {
        let route = |path: &str| Operation::of("/base/v1", &Method::POST, path);
        let id = "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aapplication-inference-profile%2Fabc";
        assert_eq!(
            route(&format!("/base/v1/model/{id}/converse-stream")),
            Some(Operation::Converse {
                model_id: "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc".into(),
                stream: true,
            })
        );
        assert_eq!(
            route("/base/v1/model/a.b-v1%3A0/count-tokens"),
            Some(Operation::CountTokens { model_id: "a.b-v1:0".into() })
        );
        for wrong in [
            "/model/x/converse",
            "/base/v1/model/x/y/converse",
            "/base/v1/model//converse",
            "/base/v1/model/x/invoke",
            "/base/v1/model/%ff/converse",
            "/base/v1/foundation-models",
            "/base/v10/model/x/converse",
        ] {
            assert_eq!(route(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lists_and_what_is_in_them_are_got() {
        let route = |path: &str| Operation::of("", &Method::GET, path);
        let discovery = |operation| Some(Operation::Discovery(operation));
        assert_eq!(route("/foundation-models"), discovery(Discovery::ListFoundationModels));
        assert_eq!(
            route("/inference-profiles/arn%3Aaws%3A%2Fx"),
            discovery(Discovery::GetInferenceProfile("arn:aws:/x".into()))
        );
        for wrong in ["/foundation-models/", "/foundation-models/a/b", "/guardrails/x"] {
            assert_eq!(route(wrong), None, "{wrong}");
        }
    }
}
