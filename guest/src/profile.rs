//! The model behind an application inference profile, whose id says nothing of it.

use crate::aws::model_id::ModelId;
use crate::bindings::converse::provider::{discovery_cache, log};
use crate::bindings::types as wit;
use crate::bindings::types::{Error, KeyValue};
use crate::json::Members;
use crate::models::Model;
use crate::service::Service;

/// Most bytes of an answer that is looked at.
const MAX_ANSWER: usize = 256 * 1024;

/// The id of a foundation model behind the profile, when it matters to the request and can be found.
/// What was found is kept by the host.
///
/// A profile that cannot be looked at is a model that is not known: the request goes out all the
/// same, and what depends on the model says that it does.
pub fn base_model(model: ModelId<'_>, request: &wit::Request) -> Option<String> {
    if !model.is_opaque() || !matters(request) {
        return None;
    }
    let key = format!("inference-profile {}", model.as_str());
    let entry = discovery_cache::get(&key);
    let ids = match entry {
        Some(entry) if entry.fresh => entry.value,
        stale => match look_up(model) {
            Ok(ids) => {
                discovery_cache::put(&key, &ids);
                ids
            }
            Err(error) => {
                let fields = [KeyValue { key: "error".to_owned(), value: error.message }];
                let message = "the model behind the inference profile is not known";
                log::write(log::Level::Warn, message, &fields);
                stale?.value
            }
        },
    };
    one_kind(&ids)
}

/// What is done differently for one model than for another, and worth a request of its own.
fn matters(request: &wit::Request) -> bool {
    let caches = |caching: &wit::Caching| caching.retention != wit::CacheRetention::None;
    request.reasoning.is_some()
        || request.caching.as_ref().is_some_and(caches)
        || request.inference.temperature.is_some()
        || request.inference.top_p.is_some()
}

/// The ids of the models a profile leads to, a line each.
fn look_up(model: ModelId<'_>) -> Result<String, Error> {
    let service = Service::resolve("bedrock", model.region())?;
    let path = format!("/inference-profiles/{}", model.path_segment());
    let answer = service.send(&path, None)?.read_up_to(MAX_ANSWER);
    let profile = Members::parse("inference profile", &answer)?;
    let arns = profile.objects("models")?;
    let ids = arns.iter().map(|model| {
        let arn = model.required_text("modelArn")?;
        Ok(arn.rsplit('/').next().unwrap_or_default().to_owned())
    });
    Ok(ids.collect::<Result<Vec<String>, Error>>()?.join("\n"))
}

/// The first of the ids, when all of them are of one kind.
fn one_kind(ids: &str) -> Option<String> {
    let first = ids.lines().next()?;
    let kind = Model::find(first)?;
    let same = |id| Model::find(id).is_some_and(|other| std::ptr::eq(kind, other));
    ids.lines().all(same).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_of_one_kind_count_as_one() {
        let (sonnet, nova) = ("anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-lite-v1:0");
        assert_eq!(one_kind(&format!("{sonnet}\n{sonnet}")), Some(sonnet.to_owned()));
        assert_eq!(one_kind(&format!("{sonnet}\n{nova}")), None);
        assert_eq!(one_kind("vendor.unheard-of"), None);
        assert_eq!(one_kind(""), None);
    }
}
