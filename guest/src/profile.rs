//! The model behind an application inference profile, whose id says nothing of it.

use crate::aws::model_id::ModelId;
use crate::bindings::converse::provider::{discovery_cache, log};
use crate::bindings::types as wit;
use crate::bindings::types::{Error, ErrorKind, KeyValue};
use crate::converse::body::Operation;
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
pub fn base_model(
    model: ModelId<'_>,
    request: &wit::Request,
    operation: Operation,
) -> Option<String> {
    if !model.is_opaque() || !matters(request, operation) {
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
                // Who may not look now may not look a moment later either.
                if error.kind == ErrorKind::AccessDenied && stale.is_none() {
                    discovery_cache::put(&key, "");
                }
                let fields = [KeyValue { key: "error".to_owned(), value: error.message }];
                let message = "the model behind the inference profile is not known";
                log::write(log::Level::Warn, message, &fields);
                stale?.value
            }
        },
    };
    one_kind(&ids)
}

/// What is done differently for one model than for another, and so worth a request of its own. Only a
/// conversation in plain text that says how long the answer may be is the same for all.
fn matters(request: &wit::Request, operation: Operation) -> bool {
    let inference = &request.inference;
    let mut content = request.messages.iter().flat_map(|message| &message.content);
    operation == Operation::CountTokens
        || inference.max_tokens.is_none()
        || inference.temperature.is_some()
        || inference.top_p.is_some()
        || request.reasoning.is_some()
        || request.caching.is_some()
        || request.system.iter().any(|block| !matches!(block, wit::SystemBlock::Text(_)))
        || content.any(|block| !matches!(block, wit::ContentBlock::Text(_)))
        || matches!(request.messages.last(), Some(last) if matches!(last.role, wit::Role::Assistant))
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
