//! Cache points placed without being asked for each: after the system prompt, and at the end of the
//! conversation.

use super::prepare::Target;
use super::repair::{MAX_POINTS, Place, Repairs, count_cache_points};
use crate::bindings::types as wit;
use crate::models::Caching;

/// Places cache points as `caching` asks, where none stand yet and as many as the service takes. What
/// a model that is not known to cache would refuse is left out, unless it is forced: then the caller
/// knows better, which is what is returned.
pub fn place_cache_points(
    request: &mut wit::Request,
    target: &Target<'_>,
    repairs: &mut Repairs,
) -> bool {
    let Some(wit::Caching { retention, force }) = request.caching.take() else { return false };
    if retention == wit::CacheRetention::None {
        return false;
    }
    let longest = match target.model.and_then(|model| model.caching) {
        Some(Caching::None) | None if force => Caching::Short,
        Some(Caching::None) | None => {
            repairs.note("automatic-caching", Place::Member("caching"));
            return false;
        }
        Some(longest) => longest,
    };
    let long = retention == wit::CacheRetention::Long && longest == Caching::Long;
    let point = || wit::CachePoint { ttl: long.then(|| "1h".to_owned()) };

    let mut room = MAX_POINTS.saturating_sub(count_cache_points(request));
    if room > 0
        && let Some(last) = request.system.last()
        && !matches!(last, wit::SystemBlock::CachePoint(_))
    {
        request.system.push(wit::SystemBlock::CachePoint(point()));
        room -= 1;
    }
    if room > 0
        && let Some(last) = request.messages.last_mut()
        && matches!(last.role, wit::Role::User)
        && !matches!(last.content.last(), None | Some(wit::ContentBlock::CachePoint(_)))
    {
        last.content.push(wit::ContentBlock::CachePoint(point()));
    }
    force
}
