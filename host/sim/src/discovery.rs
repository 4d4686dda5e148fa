//! The control plane: lists, filtered and in pages, and what is in them one by one.

use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::catalog::{Catalog, Model};
use crate::reply::ServiceError;
use crate::route::Discovery;

/// Profiles on a page when the request does not say how many.
const PAGE: usize = 100;
/// What an opaque `nextToken` starts with; the position follows.
const TOKEN: &str = "sim-page-";

/// The answer to an operation of the control plane.
pub(crate) fn answer(
    catalog: &Catalog,
    operation: &Discovery,
    query: &str,
) -> Result<Value, ServiceError> {
    match operation {
        Discovery::ListFoundationModels => foundation_models(catalog, query),
        Discovery::GetFoundationModel(id) => foundation_model(catalog, id),
        Discovery::GetFoundationModelAvailability(id) => availability(catalog, id),
        Discovery::ListInferenceProfiles => inference_profiles(catalog, query),
        Discovery::GetInferenceProfile(id) => inference_profile(catalog, id),
    }
}

/// `ListFoundationModels`.
fn foundation_models(catalog: &Catalog, query: &str) -> Result<Value, ServiceError> {
    let parameters = Parameters(query);
    let provider = parameters.get("byProvider");
    let modality = parameters.one_of("byOutputModality", &["TEXT", "IMAGE", "EMBEDDING"])?;
    let inference = parameters.one_of("byInferenceType", &["ON_DEMAND", "PROVISIONED"])?;
    let has = |values: &[String], wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| values.contains(wanted))
    };
    let matches = |model: &&Model| {
        provider.as_ref().is_none_or(|it| it.eq_ignore_ascii_case(&model.provider_name))
            && has(&model.output_modalities, &modality)
            && has(&model.inference_types_supported, &inference)
    };
    let models: Vec<&Model> = catalog.models.iter().filter(matches).collect();
    Ok(json!({ "modelSummaries": models }))
}

/// `ListInferenceProfiles`.
fn inference_profiles(catalog: &Catalog, query: &str) -> Result<Value, ServiceError> {
    let parameters = Parameters(query);
    let kind = parameters.one_of("type", &["SYSTEM_DEFINED", "APPLICATION"])?;
    let page = match parameters.get("maxResults") {
        None => PAGE,
        Some(text) => {
            text.parse().ok().filter(|count| (1..=1_000).contains(count)).ok_or_else(|| {
                constraint("maxResults", &text, "Member must have value between 1 and 1000")
            })?
        }
    };
    let profiles = catalog.profiles.iter();
    let profiles: Vec<_> =
        profiles.filter(|profile| kind.as_ref().is_none_or(|kind| profile.kind == *kind)).collect();
    let start = match parameters.get("nextToken") {
        None => 0,
        Some(token) => token
            .strip_prefix(TOKEN)
            .and_then(|position| position.parse().ok())
            .filter(|&position| position <= profiles.len())
            .ok_or_else(|| constraint("nextToken", &token, "The token is not valid"))?,
    };
    let end = profiles.len().min(start + page);
    let mut list = json!({ "inferenceProfileSummaries": profiles[start..end] });
    if end < profiles.len() {
        list["nextToken"] = format!("{TOKEN}{end}").into();
    }
    Ok(list)
}

/// `GetFoundationModel`.
fn foundation_model(catalog: &Catalog, id: &str) -> Result<Value, ServiceError> {
    Ok(json!({ "modelDetails": model(catalog, id)? }))
}

/// `GetFoundationModelAvailability`: this account may use every model.
fn availability(catalog: &Catalog, id: &str) -> Result<Value, ServiceError> {
    Ok(json!({
        "modelId": model(catalog, id)?.model_id,
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
    }))
}

/// `GetInferenceProfile`.
fn inference_profile(catalog: &Catalog, id: &str) -> Result<Value, ServiceError> {
    let profile = catalog.profile(id).ok_or_else(|| {
        ServiceError::not_found(format!("The inference profile {id} was not found."))
    })?;
    Ok(json!(profile))
}

fn model<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a Model, ServiceError> {
    catalog.model(id).ok_or_else(|| ServiceError::usual(StatusCode::NOT_FOUND))
}

/// A query string's parameters.
struct Parameters<'a>(&'a str);

impl Parameters<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let mut pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(key, _)| *key == name)?;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    fn one_of(&self, name: &str, values: &[&str]) -> Result<Option<String>, ServiceError> {
        match self.get(name) {
            Some(value) if !values.contains(&value.as_str()) => {
                let set = format!("Member must satisfy enum value set: [{}]", values.join(", "));
                Err(constraint(name, &value, &set))
            }
            value => Ok(value),
        }
    }
}

fn constraint(name: &str, value: &str, constraint: &str) -> ServiceError {
    ServiceError::validation(format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: \
         {constraint}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(list: &Value, key: &str, id: &str) -> Vec<String> {
        let list = list[key].as_array().expect(key);
        list.iter().map(|it| it[id].as_str().expect(id).to_owned()).collect()
    }

    fn models(query: &str) -> Vec<String> {
        let catalog = Catalog::built_in("us-east-1");
        ids(&foundation_models(&catalog, query).unwrap(), "modelSummaries", "modelId")
    }

    #[test]
    fn models_are_filtered_by_every_parameter_given() {
        assert_eq!(models("byOutputModality=EMBEDDING"), ["amazon.titan-embed-text-v2:0"]);
        assert_eq!(models("byProvider=mistral%20ai"), ["mistral.mistral-large-2402-v1:0"]);
        assert!(models("byProvider=Nobody").is_empty());
        let on_demand = models("byProvider=Anthropic&byInferenceType=ON_DEMAND");
        assert_eq!(on_demand.len(), 4);
        assert!(models("").len() > on_demand.len());
        let wrong = foundation_models(&Catalog::default(), "byOutputModality=SMELL");
        assert!(wrong.unwrap_err().message.contains("byOutputModality"));
    }

    #[test]
    fn pages_together_are_the_whole_list() {
        let catalog = Catalog::built_in("us-east-1");
        let whole = inference_profiles(&catalog, "").unwrap();
        let whole = ids(&whole, "inferenceProfileSummaries", "inferenceProfileId");
        let (mut query, mut pages, mut collected) = ("maxResults=4".to_owned(), 0, Vec::new());
        loop {
            let page = inference_profiles(&catalog, &query).unwrap();
            let page_ids = ids(&page, "inferenceProfileSummaries", "inferenceProfileId");
            assert!(page_ids.len() <= 4);
            collected.extend(page_ids);
            pages += 1;
            let Some(token) = page["nextToken"].as_str() else {
                break;
            };
            query = format!("maxResults=4&nextToken={token}");
        }
        assert_eq!(collected, whole);
        assert_eq!(pages, whole.len().div_ceil(4));
    }

    #[test]
    fn profiles_have_types_and_wrong_parameters_have_names() {
        let catalog = Catalog::built_in("us-east-1");
        let applications = inference_profiles(&catalog, "type=APPLICATION").unwrap();
        assert_eq!(applications["inferenceProfileSummaries"].as_array().unwrap().len(), 2);
        for (query, named) in
            [("maxResults=0", "maxResults"), ("nextToken=x", "nextToken"), ("type=x", "type")]
        {
            let error = inference_profiles(&catalog, query).unwrap_err();
            assert!(error.message.contains(&format!("'{named}'")), "{query}");
        }
    }

    #[test]
    fn each_can_be_got_by_id_and_by_arn() {
        let catalog = Catalog::built_in("us-east-1");
        let answer = |operation: &Discovery| answer(&catalog, operation, "");
        let id = "anthropic.claude-opus-4-7";
        let arn = format!("arn:aws:bedrock:us-east-1::foundation-model/{id}");
        for by in [id, &arn] {
            let model = answer(&Discovery::GetFoundationModel(by.to_owned())).unwrap();
            assert_eq!(model["modelDetails"]["modelId"], id);
            let available = Discovery::GetFoundationModelAvailability(by.to_owned());
            assert_eq!(answer(&available).unwrap()["modelId"], id);
        }
        let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/";
        for by in ["abcdefgh1234".to_owned(), format!("{arn}abcdefgh1234")] {
            let profile = answer(&Discovery::GetInferenceProfile(by)).unwrap();
            assert_eq!(profile["type"], "APPLICATION");
        }
        for nobody in [
            Discovery::GetFoundationModel("us.anthropic.claude-opus-4-7".into()),
            Discovery::GetFoundationModelAvailability("no.body".into()),
            Discovery::GetInferenceProfile("no.body".into()),
        ] {
            let error = answer(&nobody).unwrap_err();
            assert_eq!(
                (error.status, error.code.as_str()),
                (StatusCode::NOT_FOUND, "ResourceNotFoundException")
            );
        }
    }
}
