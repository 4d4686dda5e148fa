//! What an answer costs.

use super::prices::{Price, Prices};
use crate::conversation::event::{Summary, Usage};
use crate::conversation::request::Request;
use serde::Serialize;

/// What an answer costs, in US dollars, at list prices: taxes, discounts and what the account pays
/// for capacity are not in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cost {
    /// Tokens of the request, those of caches not among them.
    pub input: f64,
    /// Tokens of the answer.
    pub output: f64,
    /// Tokens read from a cache.
    pub cache_read: f64,
    /// Tokens written to a cache.
    pub cache_write: f64,
    /// All of it.
    pub total: f64,
}

/// What has to be kept of a request to tell the cost of its answer.
#[derive(Debug)]
pub(crate) struct Bill {
    prices: Prices,
    model: String,
    service_tier: Option<String>,
    latency: Option<String>,
}

impl Bill {
    pub(crate) fn new(request: &Request, prices: Prices) -> Self {
        Self {
            prices,
            model: request.model.clone(),
            service_tier: request.service_tier.clone(),
            latency: request.performance_latency.clone(),
        }
    }

    /// The cost of the answer that ended so. Unset when tokens or a price are not known: what the
    /// service says it used goes before what was asked for.
    pub(crate) fn cost(&self, summary: &Summary) -> Option<Cost> {
        let usage = summary.usage.as_ref()?;
        let model = summary.invoked_model.as_ref().unwrap_or(&self.model);
        let tier = summary.service_tier.as_ref().or(self.service_tier.as_ref());
        let latency = summary.performance_latency.as_ref().or(self.latency.as_ref());
        let price = self.prices.of(model)?;
        price.cost(usage, tier.map(String::as_str), latency.map(String::as_str))
    }
}

/// Bedrock's names for what costs the plain price.
const DEFAULT_TIER: &str = "default";
const STANDARD_LATENCY: &str = "standard";

impl Price {
    fn cost(&self, usage: &Usage, tier: Option<&str>, latency: Option<&str>) -> Option<Cost> {
        let tier = tier.filter(|tier| *tier != DEFAULT_TIER);
        let latency = latency.filter(|latency| *latency != STANDARD_LATENCY);
        let factor = match (tier, latency) {
            (None, None) => 1.0,
            (Some(tier), None) => *self.tiers.get(tier)?,
            (None, Some(latency)) => *self.latencies.get(latency)?,
            (Some(_), Some(_)) => return None,
        };
        let read = usage.cache_read_tokens.unwrap_or(0);
        let written = Written::of(usage)?;
        if factor != 1.0 && written.total > 0 {
            // No table says what they cost there.
            return None;
        }
        let asked = usage.input_tokens.checked_add(read)?.checked_add(written.total)?;
        let rates = match &self.above {
            Some(above) if asked > above.tokens => &above.rates,
            _ => &self.rates,
        };
        let input = charge(usage.input_tokens, Some(rates.input * factor))?;
        let output = charge(usage.output_tokens, Some(rates.output * factor))?;
        let cache_read = charge(read, rates.cache_read.map(|rate| rate * factor))?;
        let cache_write = charge(written.short, rates.cache_write)?
            + charge(written.hour, Some(rates.input * HOUR_WRITE))?;
        let total = round(input + output + cache_read + cache_write);
        Some(Cost { input, output, cache_read, cache_write: round(cache_write), total })
    }
}

/// A cache entry that is kept for an hour costs twice its input (Bedrock's and Anthropic's pricing
/// pages).
const HOUR_WRITE: f64 = 2.0;

/// Tokens written to a cache.
struct Written {
    total: u64,
    /// Kept for an hour.
    hour: u64,
    /// Kept for the ordinary time.
    short: u64,
}

impl Written {
    /// Unset when the service's numbers do not fit each other.
    fn of(usage: &Usage) -> Option<Self> {
        let sum = |ttl: fn(&str) -> bool| {
            let of_ttl = usage.cache_write_details.iter().filter(|write| ttl(&write.ttl));
            of_ttl.map(|write| write.tokens).try_fold(0_u64, u64::checked_add)
        };
        let hour = sum(|ttl| ttl == "1h")?;
        let detailed = sum(|_| true)?;
        let total = usage.cache_write_tokens.unwrap_or(detailed);
        if detailed > total {
            return None;
        }
        Some(Self { total, hour, short: total - hour })
    }
}

/// Dollars for tokens at a rate per million. No tokens cost nothing, whatever the rate.
fn charge(tokens: u64, rate: Option<f64>) -> Option<f64> {
    if tokens == 0 {
        return Some(0.0);
    }
    rate.map(|rate| round(tokens as f64 * rate / 1e6))
}

/// To a millionth of a millionth of a dollar: finer digits are only the arithmetic's.
fn round(dollars: f64) -> f64 {
    (dollars * 1e12).round() / 1e12
}

#[cfg(test)]
#[path = "cost_tests.rs"]
mod tests;
