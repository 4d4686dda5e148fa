//! Which models and inference profiles there are.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::reply::ServiceError;

/// Account of the built-in profiles.
const ACCOUNT: &str = "123456789012";

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

/// A row of the built-in catalogue: id, name, provider, input, output, streaming, ways to call.
type Row =
    (&'static str, &'static str, &'static str, &'static str, &'static str, bool, &'static str);

#[rustfmt::skip]
const MODELS: &[Row] = &[
    ("anthropic.claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", "Anthropic", "TEXT,IMAGE", "TEXT", true, "ON_DEMAND"),
    ("anthropic.claude-3-5-haiku-20241022-v1:0", "Claude 3.5 Haiku", "Anthropic", "TEXT", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE"),
    ("anthropic.claude-3-5-sonnet-20240620-v1:0", "Claude 3.5 Sonnet", "Anthropic", "TEXT,IMAGE", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE"),
    ("anthropic.claude-3-5-sonnet-20241022-v2:0", "Claude 3.5 Sonnet v2", "Anthropic", "TEXT,IMAGE", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE"),
    ("anthropic.claude-3-7-sonnet-20250219-v1:0", "Claude 3.7 Sonnet", "Anthropic", "TEXT,IMAGE", "TEXT", true, "INFERENCE_PROFILE"),
    ("anthropic.claude-sonnet-4-20250514-v1:0", "Claude Sonnet 4", "Anthropic", "TEXT,IMAGE", "TEXT", true, "INFERENCE_PROFILE"),
    ("anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", "Anthropic", "TEXT,IMAGE", "TEXT", true, "INFERENCE_PROFILE"),
    ("anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", "Anthropic", "TEXT,IMAGE", "TEXT", true, "INFERENCE_PROFILE"),
    ("amazon.nova-micro-v1:0", "Nova Micro", "Amazon", "TEXT", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE"),
    ("amazon.nova-lite-v1:0", "Nova Lite", "Amazon", "TEXT,IMAGE,VIDEO", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE"),
    ("amazon.nova-pro-v1:0", "Nova Pro", "Amazon", "TEXT,IMAGE,VIDEO", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE"),
    ("amazon.nova-canvas-v1:0", "Nova Canvas", "Amazon", "TEXT,IMAGE", "IMAGE", false, "ON_DEMAND"),
    ("amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", "Amazon", "TEXT", "EMBEDDING", false, "ON_DEMAND"),
    ("meta.llama3-3-70b-instruct-v1:0", "Llama 3.3 70B Instruct", "Meta", "TEXT", "TEXT", true, "INFERENCE_PROFILE"),
    ("mistral.mistral-large-2402-v1:0", "Mistral Large (24.02)", "Mistral AI", "TEXT", "TEXT", true, "ON_DEMAND"),
    ("ai21.jamba-instruct-v1:0", "Jamba-Instruct", "AI21 Labs", "TEXT", "TEXT", false, "ON_DEMAND"),
];

/// Built-in models that are to be left behind.
const LEGACY: &[&str] = &["anthropic.claude-3-5-sonnet-20240620-v1:0", "ai21.jamba-instruct-v1:0"];

/// Built-in models with a profile for the regions of a continent or for the whole world.
const PROFILES: &[(&str, &[usize])] =
    &[("us", &[1, 3, 4, 5, 6, 7, 8, 9, 10, 13]), ("eu", &[5, 6, 8, 9, 10]), ("global", &[5, 6, 7])];

/// Built-in application profiles and the model they lead to.
const APPLICATIONS: &[(&str, &str, usize)] =
    &[("abcdefgh1234", "Team chat", 6), ("abcdefgh5678", "Batch summaries", 8)];

impl Catalog {
    /// The built-in catalogue with the ARNs of a region.
    pub fn built_in(region: &str) -> Self {
        let mut profiles = Vec::new();
        for (prefix, models) in PROFILES {
            profiles
                .extend(models.iter().map(|&model| system_profile(region, prefix, &MODELS[model])));
        }
        for (id, name, model) in APPLICATIONS {
            profiles.push(application_profile(region, id, name, &MODELS[*model]));
        }
        Self { models: MODELS.iter().map(|row| model(region, row)).collect(), profiles }
    }

    /// Whether a model can be talked to by this id, or the service's error.
    pub(crate) fn check(&self, id: &str, stream: bool) -> Result<(), ServiceError> {
        let on_demand =
            self.models.iter().find(|model| model.model_id == id || model.model_arn == id);
        let profile = self.profiles.iter().find(|profile| {
            profile.inference_profile_id == id || profile.inference_profile_arn == id
        });
        let model = match (on_demand, profile) {
            (Some(model), _) if !model.is_on_demand() => {
                return Err(ServiceError::validation(format!(
                    "Invocation of model ID {id} with on-demand throughput isn\u{2019}t \
                     supported. Retry your request with the ID or ARN of an inference profile \
                     that contains this model."
                )));
            }
            (Some(model), _) => Some(model),
            (None, Some(profile)) => self.model_of(profile),
            (None, None) if names_other_resource(id) => None,
            (None, None) if id.starts_with("arn:") => {
                let status = StatusCode::NOT_FOUND;
                let message = "The provided ARN does not exist.";
                return Err(ServiceError::new(status, "ResourceNotFoundException", message));
            }
            (None, None) => {
                return Err(ServiceError::validation("The provided model identifier is invalid."));
            }
        };
        let Some(model) = model else { return Ok(()) };
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
    let Some(arn) = id.strip_prefix("arn:") else {
        return false;
    };
    let resource = arn.splitn(5, ':').nth(4).and_then(|resource| resource.split('/').next());
    resource.is_some_and(|resource| RESOURCES.contains(&resource))
}

fn model(region: &str, row: &Row) -> Model {
    let (id, name, provider, input, output, streaming, types) = *row;
    let split = |text: &str| text.split(',').map(str::to_owned).collect();
    let status = if LEGACY.contains(&id) { "LEGACY" } else { "ACTIVE" };
    Model {
        model_arn: model_arn(region, id),
        model_id: id.to_owned(),
        model_name: name.to_owned(),
        provider_name: provider.to_owned(),
        input_modalities: split(input),
        output_modalities: split(output),
        response_streaming_supported: streaming,
        customizations_supported: Vec::new(),
        inference_types_supported: split(types),
        model_lifecycle: Lifecycle { status: status.to_owned() },
    }
}

fn system_profile(region: &str, prefix: &str, row: &Row) -> InferenceProfile {
    let (id, name, provider, ..) = *row;
    let regions = match prefix {
        // A global profile has the model without a region too.
        "global" => vec![region, ""],
        "eu" => vec!["eu-central-1", "eu-west-1", "eu-west-3"],
        _ => vec!["us-east-1", "us-east-2", "us-west-2"],
    };
    let profile_id = format!("{prefix}.{id}");
    let label = if prefix == "global" { "Global".to_owned() } else { prefix.to_uppercase() };
    InferenceProfile {
        inference_profile_name: format!("{label} {provider} {name}"),
        description: format!("Routes requests to {name} in {label} regions."),
        inference_profile_arn: format!(
            "arn:aws:bedrock:{region}:{ACCOUNT}:inference-profile/{profile_id}"
        ),
        inference_profile_id: profile_id,
        models: regions
            .into_iter()
            .map(|region| ProfileModel { model_arn: model_arn(region, id) })
            .collect(),
        ..profile("SYSTEM_DEFINED")
    }
}

fn application_profile(region: &str, id: &str, name: &str, row: &Row) -> InferenceProfile {
    InferenceProfile {
        inference_profile_name: name.to_owned(),
        inference_profile_arn: format!(
            "arn:aws:bedrock:{region}:{ACCOUNT}:application-inference-profile/{id}"
        ),
        inference_profile_id: id.to_owned(),
        models: vec![ProfileModel { model_arn: model_arn(region, row.0) }],
        ..profile("APPLICATION")
    }
}

fn profile(kind: &str) -> InferenceProfile {
    InferenceProfile {
        inference_profile_name: String::new(),
        description: String::new(),
        created_at: "2025-01-15T09:30:00Z".to_owned(),
        updated_at: "2025-06-30T12:00:00Z".to_owned(),
        inference_profile_arn: String::new(),
        models: Vec::new(),
        inference_profile_id: String::new(),
        status: "ACTIVE".to_owned(),
        kind: kind.to_owned(),
    }
}

fn model_arn(region: &str, id: &str) -> String {
    format!("arn:aws:bedrock:{region}::foundation-model/{id}")
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
