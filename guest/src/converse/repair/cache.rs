//! Cache points: how many, how long, and whether at all.

use super::{Place, Repairs};
use crate::bindings::types as wit;
use crate::converse::prepare::Target;
use crate::models::Caching;
use wit::{CachePoint, ContentBlock, SystemBlock, Tool};

/// Most cache points of a request.
pub const MAX_POINTS: usize = 4;

const LONG: &str = "1h";

/// Leaves out the cache points that a model refuses or that are too many, and shortens those that
/// would outlive one before them: the service wants the longer-lived first, in the order of tools,
/// system prompt and messages. `forced` says that the caller knows the model to take them.
pub fn repair_cache_points(
    request: &mut wit::Request,
    target: &Target<'_>,
    forced: bool,
    repairs: &mut Repairs,
) {
    let caching = target.model.and_then(|model| model.caching);
    if caching == Some(Caching::None) && !forced {
        retain(request, |_| false, repairs, "cache-unsupported");
        return;
    }
    // Nova caches no tools (Bedrock user guide, "Prompt caching").
    if target.is_nova() {
        retain(request, |part| part != Part::Tools, repairs, "cache-unsupported");
    }
    drop_surplus(request, repairs);
    let mut shorter = caching == Some(Caching::Short);
    for point in points(request) {
        if point.ttl.as_deref() != Some(LONG) {
            shorter = true;
        } else if shorter {
            point.ttl = None;
            repairs.note("cache-ttl", Place::Member("cache-point.ttl"));
        }
    }
}

/// Cache points of a request.
pub fn count(request: &mut wit::Request) -> usize {
    points(request).count()
}

/// The last ones of the conversation reach furthest, so the first ones of it go.
fn drop_surplus(request: &mut wit::Request, repairs: &mut Repairs) {
    for part in [Part::Messages, Part::System, Part::Tools] {
        let mut surplus = count(request).saturating_sub(MAX_POINTS);
        let drop = |at| {
            let drop = at == part && surplus > 0;
            surplus -= usize::from(drop);
            !drop
        };
        retain(request, drop, repairs, "cache-limit");
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Tools,
    System,
    Messages,
}

/// All of them, in the order in which the service takes them to stand.
fn points(request: &mut wit::Request) -> impl Iterator<Item = &mut CachePoint> {
    let tools = request.tools.iter_mut().filter_map(|tool| match tool {
        Tool::CachePoint(point) => Some(point),
        _ => None,
    });
    let system = request.system.iter_mut().filter_map(|block| match block {
        SystemBlock::CachePoint(point) => Some(point),
        _ => None,
    });
    let messages = request.messages.iter_mut().flat_map(|message| &mut message.content);
    let messages = messages.filter_map(|block| match block {
        ContentBlock::CachePoint(point) => Some(point),
        _ => None,
    });
    tools.chain(system).chain(messages)
}

fn retain(
    request: &mut wit::Request,
    mut keep: impl FnMut(Part) -> bool,
    repairs: &mut Repairs,
    row: &'static str,
) {
    let mut decide = |is_point: bool, part: Part| {
        let keep = !is_point || keep(part);
        if !keep {
            repairs.note(row, Place::Member("cache-point"));
        }
        keep
    };
    request.tools.retain(|tool| decide(matches!(tool, Tool::CachePoint(_)), Part::Tools));
    request
        .system
        .retain(|block| decide(matches!(block, SystemBlock::CachePoint(_)), Part::System));
    for message in &mut request.messages {
        let is_point = |block: &ContentBlock| matches!(block, ContentBlock::CachePoint(_));
        message.content.retain(|block| decide(is_point(block), Part::Messages));
    }
}
