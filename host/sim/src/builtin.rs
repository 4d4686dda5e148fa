//! The built-in catalogue.

use crate::catalog::{Catalog, InferenceProfile, Lifecycle, Model, ProfileModel};

/// Account of the built-in profiles.
const ACCOUNT: &str = "123456789012";

/// A model: id, name, provider, input, output, streaming, ways to call, prefixes of its profiles.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    bool,
    &'static str,
    &'static [&'static str],
);

#[rustfmt::skip]
const MODELS: &[Row] = &[
    ("anthropic.claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", "Anthropic", "TEXT,IMAGE", "TEXT", true, "ON_DEMAND", &["us", "eu", "global"]),
    ("anthropic.claude-3-5-haiku-20241022-v1:0", "Claude 3.5 Haiku", "Anthropic", "TEXT", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE", &["us"]),
    ("anthropic.claude-3-5-sonnet-20240620-v1:0", "Claude 3.5 Sonnet", "Anthropic", "TEXT,IMAGE", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE", &[]),
    ("anthropic.claude-3-5-sonnet-20241022-v2:0", "Claude 3.5 Sonnet v2", "Anthropic", "TEXT,IMAGE", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE", &["us"]),
    ("anthropic.claude-3-7-sonnet-20250219-v1:0", "Claude 3.7 Sonnet", "Anthropic", "TEXT,IMAGE", "TEXT", true, "INFERENCE_PROFILE", &["us"]),
    ("anthropic.claude-sonnet-4-20250514-v1:0", "Claude Sonnet 4", "Anthropic", "TEXT,IMAGE", "TEXT", true, "INFERENCE_PROFILE", &["us", "eu", "global"]),
    ("anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", "Anthropic", "TEXT,IMAGE", "TEXT", true, "INFERENCE_PROFILE", &["us", "eu", "global"]),
    ("anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", "Anthropic", "TEXT,IMAGE", "TEXT", true, "INFERENCE_PROFILE", &["us", "eu", "global"]),
    ("anthropic.claude-opus-4-7", "Claude Opus 4.7", "Anthropic", "TEXT,IMAGE", "TEXT", true, "INFERENCE_PROFILE", &["us", "eu", "global"]),
    ("amazon.nova-micro-v1:0", "Nova Micro", "Amazon", "TEXT", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE", &["us", "eu"]),
    ("amazon.nova-lite-v1:0", "Nova Lite", "Amazon", "TEXT,IMAGE,VIDEO", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE", &["us", "eu"]),
    ("amazon.nova-pro-v1:0", "Nova Pro", "Amazon", "TEXT,IMAGE,VIDEO", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE", &["us", "eu"]),
    ("amazon.nova-2-lite-v1:0", "Nova 2 Lite", "Amazon", "TEXT,IMAGE,VIDEO", "TEXT", true, "INFERENCE_PROFILE", &["us", "eu", "global"]),
    ("amazon.nova-canvas-v1:0", "Nova Canvas", "Amazon", "TEXT,IMAGE", "IMAGE", false, "ON_DEMAND", &[]),
    ("amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", "Amazon", "TEXT", "EMBEDDING", false, "ON_DEMAND", &[]),
    ("meta.llama3-1-8b-instruct-v1:0", "Llama 3.1 8B Instruct", "Meta", "TEXT", "TEXT", true, "ON_DEMAND,INFERENCE_PROFILE", &["us"]),
    ("meta.llama3-3-70b-instruct-v1:0", "Llama 3.3 70B Instruct", "Meta", "TEXT", "TEXT", true, "INFERENCE_PROFILE", &["us"]),
    ("mistral.mistral-large-2402-v1:0", "Mistral Large (24.02)", "Mistral AI", "TEXT", "TEXT", true, "ON_DEMAND", &[]),
    ("openai.gpt-oss-120b-1:0", "gpt-oss-120b", "OpenAI", "TEXT", "TEXT", true, "ON_DEMAND", &[]),
    ("deepseek.r1-v1:0", "DeepSeek-R1", "DeepSeek", "TEXT", "TEXT", true, "INFERENCE_PROFILE", &["us"]),
    ("ai21.jamba-instruct-v1:0", "Jamba-Instruct", "AI21 Labs", "TEXT", "TEXT", false, "ON_DEMAND", &[]),
];

/// Models that are to be left behind.
const LEGACY: &[&str] = &["anthropic.claude-3-5-sonnet-20240620-v1:0", "ai21.jamba-instruct-v1:0"];

/// What profiles are called by, in the order in which they are listed.
const PREFIXES: &[&str] = &["us", "eu", "global"];

/// Application profiles and the model they lead to.
const APPLICATIONS: &[(&str, &str, &str)] = &[
    ("abcdefgh1234", "Team chat", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("abcdefgh5678", "Batch summaries", "amazon.nova-micro-v1:0"),
];

impl Catalog {
    /// The built-in catalogue with the ARNs of a region.
    pub fn built_in(region: &str) -> Self {
        let system = PREFIXES.iter().flat_map(|prefix| {
            let models = MODELS.iter().filter(|(.., prefixes)| prefixes.contains(prefix));
            models.map(|row| system_profile(region, prefix, row))
        });
        let applications = APPLICATIONS.iter();
        let applications =
            applications.map(|(id, name, model)| application_profile(region, id, name, model));
        Self {
            models: MODELS.iter().map(|row| model(region, row)).collect(),
            profiles: system.chain(applications).collect(),
        }
    }
}

fn model(region: &str, row: &Row) -> Model {
    let (id, name, provider, input, output, streaming, types, _) = *row;
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

fn application_profile(region: &str, id: &str, name: &str, model: &str) -> InferenceProfile {
    InferenceProfile {
        inference_profile_name: name.to_owned(),
        inference_profile_arn: format!(
            "arn:aws:bedrock:{region}:{ACCOUNT}:application-inference-profile/{id}"
        ),
        inference_profile_id: id.to_owned(),
        models: vec![ProfileModel { model_arn: model_arn(region, model) }],
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
