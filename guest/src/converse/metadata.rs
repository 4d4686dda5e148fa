//! What the service says at the end of an answer: tokens, time, traces.

use super::parts::thought_tokens;
use crate::bindings::types as wit;
use crate::bindings::types::Error;
use crate::json::{Members, member};

/// The event `metadata`.
#[derive(Debug, Default)]
pub struct Metadata {
    pub usage: Option<wit::Usage>,
    pub latency_ms: Option<u64>,
    pub guardrail_trace: Option<String>,
    pub invoked_model: Option<String>,
    pub performance_latency: Option<String>,
    pub service_tier: Option<String>,
    /// Members the contract has no place for.
    pub extra_json: Option<String>,
}

const USAGE: [&str; 6] = [
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "cacheReadInputTokens",
    "cacheWriteInputTokens",
    "cacheDetails",
];
const TRACE: [&str; 2] = ["guardrail", "promptRouter"];

/// Members of the event that are read one by one, and its padding; in an answer in one piece also
/// those that a stream has events of their own for.
const KNOWN: [&str; 9] = [
    "usage",
    "metrics",
    "performanceConfig",
    "serviceTier",
    "trace",
    "p",
    "output",
    "stopReason",
    "additionalModelResponseFields",
];

impl Metadata {
    /// Reads the event.
    ///
    /// # Errors
    ///
    /// Kind `protocol` when a known member is not what it should be.
    pub fn read(event: &Members<'_>) -> Result<Self, Error> {
        let mut metadata = Self::default();
        let mut extra = Vec::new();
        let mut keep = |name: &str, rest: Option<String>| {
            extra.extend(rest.map(|rest| member(name, &rest)));
        };

        if let Some(usage) = event.object("usage")? {
            // Counts that are not all there are passed on as they are, and none is made up.
            let complete =
                ["inputTokens", "outputTokens", "totalTokens"].map(|name| usage.raw(name));
            if complete.iter().all(Option::is_some) {
                metadata.usage = Some(self::usage(&usage)?);
                keep("usage", usage.rest(&USAGE));
            } else {
                keep("usage", usage.rest(&[]));
            }
        }
        if let Some(metrics) = event.object("metrics")? {
            metadata.latency_ms = metrics.number("latencyMs")?;
            keep("metrics", metrics.rest(&["latencyMs"]));
        }
        if let Some(performance) = event.object("performanceConfig")? {
            metadata.performance_latency = performance.text("latency")?;
        }
        if let Some(tier) = event.object("serviceTier")? {
            metadata.service_tier = tier.text("type")?;
        }
        if let Some(trace) = event.object("trace")? {
            metadata.guardrail_trace = trace.json("guardrail");
            if let Some(router) = trace.object("promptRouter")? {
                metadata.invoked_model = router.text("invokedModelId")?;
            }
            keep("trace", trace.rest(&TRACE));
        }
        if let Some(rest) = event.rest(&KNOWN) {
            // Without its braces the object is a list of members.
            extra.push(rest[1..rest.len() - 1].to_owned());
        }
        metadata.extra_json = (!extra.is_empty()).then(|| format!("{{{}}}", extra.join(",")));
        Ok(metadata)
    }
}

impl Metadata {
    /// The end of an answer of which this was said. `own_fields` says that nobody but us asked for
    /// the model's own fields.
    pub fn summary(
        self,
        stop_reason: wit::StopReason,
        response_fields: Option<String>,
        own_fields: bool,
        request_id: Option<String>,
    ) -> wit::Summary {
        let reasoning_tokens = thought_tokens(response_fields.as_deref());
        wit::Summary {
            stop_reason,
            usage: self.usage.map(|usage| wit::Usage { reasoning_tokens, ..usage }),
            latency_ms: self.latency_ms,
            request_id,
            guardrail_trace: self.guardrail_trace,
            invoked_model: self.invoked_model,
            performance_latency: self.performance_latency,
            service_tier: self.service_tier,
            response_fields: response_fields.filter(|_| !own_fields),
            extra_json: self.extra_json,
        }
    }
}

fn usage(usage: &Members<'_>) -> Result<wit::Usage, Error> {
    Ok(wit::Usage {
        input_tokens: usage.required_number("inputTokens")?,
        output_tokens: usage.required_number("outputTokens")?,
        total_tokens: usage.required_number("totalTokens")?,
        cache_read_tokens: usage.number("cacheReadInputTokens")?,
        cache_write_tokens: usage.number("cacheWriteInputTokens")?,
        cache_write_details: usage
            .objects("cacheDetails")?
            .iter()
            .map(|detail| {
                Ok(wit::CacheWrite {
                    ttl: detail.required_text("ttl")?,
                    tokens: detail.required_number("inputTokens")?,
                })
            })
            .collect::<Result<_, Error>>()?,
        // Only the model's own fields know them.
        reasoning_tokens: None,
    })
}
