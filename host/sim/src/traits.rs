//! What is known of models besides what a listing says of them.

/// How a model's requests and answers differ from those of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traits {
    pub(crate) family: Family,
    /// Takes cache points.
    pub(crate) caches: bool,
    pub(crate) counts_tokens: bool,
    /// How many of `temperature` and `topP` a request may have.
    pub(crate) sampling: usize,
    /// The last turn may be the assistant's.
    pub(crate) prefill: bool,
}

/// Whose rules a model follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Family {
    Claude,
    Nova,
    #[default]
    Other,
}

/// Beginnings of the ids of models that cache.
const CACHING: &[&str] = &[
    "anthropic.claude-3-5-haiku",
    "anthropic.claude-3-5-sonnet-20241022",
    "anthropic.claude-3-7",
    "anthropic.claude-haiku-4",
    "anthropic.claude-opus-4",
    "anthropic.claude-sonnet-4",
    "amazon.nova-2",
    "amazon.nova-lite",
    "amazon.nova-micro",
    "amazon.nova-premier",
    "amazon.nova-pro",
];

/// Beginnings of the ids of models that take `temperature` or `topP`, and not both.
const ONE_OF_SAMPLING: &[&str] =
    &["anthropic.claude-haiku-4-5", "anthropic.claude-opus-4-5", "anthropic.claude-sonnet-4-5"];

/// Beginnings of the ids of models that choose for themselves how to sample, and that start their
/// answers themselves.
const SELF_WILLED: &[&str] = &["anthropic.claude-opus-4-7"];

impl Traits {
    /// By the model's own id, not a profile's.
    pub(crate) fn of(model_id: &str) -> Self {
        let is_one_of = |starts: &[&str]| starts.iter().any(|start| model_id.starts_with(start));
        let family = match model_id {
            id if id.starts_with("anthropic.claude") => Family::Claude,
            id if id.starts_with("amazon.nova") => Family::Nova,
            _ => Family::Other,
        };
        let self_willed = is_one_of(SELF_WILLED);
        Self {
            family,
            caches: is_one_of(CACHING),
            counts_tokens: family != Family::Other,
            sampling: match () {
                () if self_willed => 0,
                () if is_one_of(ONE_OF_SAMPLING) => 1,
                () => 2,
            },
            prefill: !self_willed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_known_by_how_their_ids_begin() {
        let opus = Traits::of("anthropic.claude-opus-4-7");
        assert!(opus.caches && opus.counts_tokens && !opus.prefill && opus.sampling == 0);
        assert_eq!(Traits::of("anthropic.claude-haiku-4-5-20251001-v1:0").sampling, 1);
        let haiku = Traits::of("anthropic.claude-3-haiku-20240307-v1:0");
        assert!(!haiku.caches && haiku.prefill && haiku.sampling == 2);
        assert_eq!(Traits::of("amazon.nova-2-lite-v1:0").family, Family::Nova);
        let other = Traits::of("deepseek.r1-v1:0");
        assert!(other.family == Family::Other && !other.caches && !other.counts_tokens);
    }
}
