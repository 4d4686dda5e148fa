//! Which models and inference profiles there are, and what may be done with them.

use serde::{Deserialize, Serialize};

use crate::reply::ServiceError;
use crate::traits::Traits;

/// The models and profiles a sim has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// What `ListFoundationModels` lists.
    pub models: Vec<Model>,
    /// What `ListInferenceProfiles` lists.
    pub profiles: Vec<InferenceProfile>,
}

/// A foundation model's summary, with the member names of the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // The names are the API's own.
pub struct Model {
    pub model_arn: String,
    pub model_id: String,
    pub model_name: String,
    pub provider_name: String,
    pub input_modalities: Vec<String>,
    pub output_modalities: Vec<String>,
    pub response_streaming_supported: bool,
    #[serde(default)]
    pub customizations_supported: Vec<String>,
    /// `ON_DEMAND`, `PROVISIONED` and, though the API's model does not have it,
    /// `INFERENCE_PROFILE`.
    pub inference_types_supported: Vec<String>,
    pub model_lifecycle: Lifecycle,
}

/// Whether a model is still to be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// `ACTIVE` or `LEGACY`.
    pub status: String,
}

/// An inference profile's summary, with the member names of the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // The names are the API's own.
pub struct InferenceProfile {
    pub inference_profile_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    pub created_at: String,
    pub updated_at: String,
    pub inference_profile_arn: String,
    pub models: Vec<ProfileModel>,
    pub inference_profile_id: String,
    pub status: String,
    /// `SYSTEM_DEFINED` or `APPLICATION`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A model a profile routes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileModel {
    /// The foundation model's ARN; without a region in global profiles.
    pub model_arn: String,
}

impl Catalog {
    /// The model an id or ARN leads to: its own, or a profile's. `None` for what is not listed.
    pub(crate) fn resolve(&self, id: &str) -> Option<&Model> {
        self.model(id).or_else(|| self.model_of(self.profile(id)?))
    }

    /// The model with this id or ARN.
    pub(crate) fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.model_id == id || model.model_arn == id)
    }

    /// The profile with this id or ARN.
    pub(crate) fn profile(&self, id: &str) -> Option<&InferenceProfile> {
        self.profiles.iter().find(|profile| {
            profile.inference_profile_id == id || profile.inference_profile_arn == id
        })
    }

    /// Whether a model can be talked to by this id, or the service's error.
    pub(crate) fn check(&self, id: &str, stream: bool) -> Result<(), ServiceError> {
        if self.model(id).is_some_and(|model| !model.is_on_demand()) {
            return Err(ServiceError::validation(format!(
                "Invocation of model ID {id} with on-demand throughput isn\u{2019}t supported. \
                 Retry your request with the ID or ARN of an inference profile that contains \
                 this model."
            )));
        }
        let Some(model) = self.known(id)? else { return Ok(()) };
        if !model.output_modalities.iter().any(|modality| modality == "TEXT") {
            return Err(ServiceError::validation(
                "This action doesn't support the model that you provided. Try again with a \
                 supported text or chat model.",
            ));
        }
        if stream && !model.response_streaming_supported {
            return Err(ServiceError::validation(
                "The model that you provided doesn't support streaming. Try again with the \
                 Converse operation.",
            ));
        }
        Ok(())
    }

    /// Whether tokens can be counted by this id. Other than for an answer a model's own id will
    /// do, even if it answers through profiles only; the service wants no other, and `strict` is
    /// as strict.
    pub(crate) fn check_counting(&self, id: &str, strict: bool) -> Result<(), ServiceError> {
        let counts = self.known(id)?.is_some_and(|model| model.traits().counts_tokens);
        if counts && !(strict && self.model(id).is_none()) {
            return Ok(());
        }
        Err(ServiceError::validation("The provided model doesn't support counting tokens."))
    }

    /// What a prompt router chooses, if the id is one's: always the same.
    pub(crate) fn chosen_by_router(&self, id: &str) -> Option<&str> {
        if !matches!(resource(id), Some("default-prompt-router" | "prompt-router")) {
            return None;
        }
        let profile = self.profiles.iter().find(|profile| profile.kind == "SYSTEM_DEFINED");
        profile.map(|profile| profile.inference_profile_arn.as_str())
    }

    /// The model, if it is known which one it is; an error when there is nothing of this name.
    fn known(&self, id: &str) -> Result<Option<&Model>, ServiceError> {
        if let Some(model) = self.resolve(id) {
            return Ok(Some(model));
        }
        if self.profile(id).is_some() || names_other_resource(id) {
            return Ok(None);
        }
        if id.starts_with("arn:") {
            return Err(ServiceError::not_found("The provided ARN does not exist."));
        }
        Err(ServiceError::validation("The provided model identifier is invalid."))
    }

    fn model_of(&self, profile: &InferenceProfile) -> Option<&Model> {
        let id = profile.models.first()?.model_arn.rsplit('/').next()?;
        self.models.iter().find(|model| model.model_id == id)
    }
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self { status: "ACTIVE".to_owned() }
    }
}

impl Model {
    /// What is known of it besides its summary.
    pub(crate) fn traits(&self) -> Traits {
        Traits::of(&self.model_id)
    }

    /// Whether it takes this kind of input; a summary without any says nothing about it.
    pub(crate) fn takes(&self, modality: &str) -> bool {
        let inputs = &self.input_modalities;
        inputs.is_empty() || inputs.iter().any(|input| input == modality)
    }

    fn is_on_demand(&self) -> bool {
        self.inference_types_supported.iter().any(|kind| kind == "ON_DEMAND")
    }
}

/// ARNs of things the catalogue does not list, all of them taken to be there.
fn names_other_resource(id: &str) -> bool {
    const RESOURCES: &[&str] = &[
        "custom-model",
        "custom-model-deployment",
        "default-prompt-router",
        "endpoint",
        "prompt",
        "prompt-router",
        "provisioned-model",
    ];
    resource(id).is_some_and(|resource| RESOURCES.contains(&resource))
}

/// Whether an id is the ARN of a prompt that is kept at the service.
pub(crate) fn is_prompt(id: &str) -> bool {
    resource(id) == Some("prompt")
}

/// What kind of thing an ARN is of.
fn resource(id: &str) -> Option<&str> {
    id.strip_prefix("arn:")?.splitn(5, ':').nth(4)?.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, stream: bool) -> String {
        let checked = Catalog::built_in("us-east-1").check(id, stream);
        checked.map_or_else(|error| error.message, |()| "ok".to_owned())
    }

    #[test]
    fn models_are_called_the_way_they_can_be() {
        for id in [
            "amazon.nova-lite-v1:0",
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
            "us.anthropic.claude-sonnet-4-20250514-v1:0",
            "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefgh1234",
            "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ:12",
            "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdefghijkl",
        ] {
            assert_eq!(message(id, true), "ok", "{id}");
        }
        assert_eq!(message("ai21.jamba-instruct-v1:0", false), "ok");
        for (id, error) in [
            ("anthropic.claude-sonnet-4-20250514-v1:0", "on-demand throughput"),
            ("amazon.titan-embed-text-v2:0", "supported text or chat model"),
            ("amazon.nova-canvas-v1:0", "supported text or chat model"),
            ("ai21.jamba-instruct-v1:0", "doesn't support streaming"),
            ("amazon.nova-lite", "identifier is invalid"),
            ("arn:aws:bedrock:us-east-1:1:application-inference-profile/no", "does not exist"),
        ] {
            assert!(message(id, true).contains(error), "{id}: {}", message(id, true));
        }
    }

    #[test]
    fn tokens_are_counted_by_the_models_that_can() {
        let catalog = Catalog::built_in("us-east-1");
        let message = |id: &str, strict| {
            let checked = catalog.check_counting(id, strict);
            checked.map_or_else(|error| error.message, |()| "ok".to_owned())
        };
        for id in ["anthropic.claude-opus-4-7", "amazon.nova-2-lite-v1:0"] {
            assert_eq!(message(id, true), "ok", "{id}");
        }
        let profile = "us.amazon.nova-lite-v1:0";
        assert_eq!(message(profile, false), "ok");
        for (id, strict) in [
            (profile, true),
            ("deepseek.r1-v1:0", false),
            ("arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ", false),
        ] {
            assert!(message(id, strict).contains("doesn't support counting tokens"), "{id}");
        }
        assert!(message("nobody.nothing", false).contains("identifier is invalid"));
    }

    #[test]
    fn every_profile_leads_to_a_model_of_the_catalogue() {
        let catalog = Catalog::built_in("eu-west-1");
        for profile in &catalog.profiles {
            assert!(catalog.model_of(profile).is_some(), "{}", profile.inference_profile_id);
        }
        for model in catalog.models.iter().filter(|model| !model.is_on_demand()) {
            let led_to = |profile: &InferenceProfile| {
                profile
                    .models
                    .iter()
                    .any(|it| it.model_arn.ends_with(&format!("/{}", model.model_id)))
            };
            assert!(catalog.profiles.iter().any(led_to), "{}", model.model_id);
        }
    }
}
