//! List prices of models.

use crate::conversation::error::{Error, ErrorKind};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

/// List prices of models: by default the ones this library was released with, of the on-demand
/// standard tier.
///
/// A model is looked up by its id, its inference profile's id, or the ARN of either. A profile of one
/// part of the world (`eu.`) has a price where the table says what it adds to the plain one; a plain
/// id has the price of US regions. What lies behind an application inference profile, a provisioned,
/// custom or imported model is not known, and costs are not either.
///
/// # A table of one's own
///
/// JSON5, US dollars per million tokens, the first row of which a pattern fits counts:
///
/// ```
/// # use converse_host::Prices;
/// let prices = Prices::from_json5(r#"{
///     prices: [
///         {
///             match: ["anthropic.claude-sonnet-4-5*"], // over the id without `us.` and the like
///             input: 3, output: 15,
///             cacheRead: 0.3, cacheWrite: 3.75, // may be left out
///             // The whole request, when it has more tokens of input, read from and written to a cache.
///             above: { tokens: 200000, input: 6, output: 22.5, cacheRead: 0.6, cacheWrite: 7.5 },
///             regional: 1.1, // a factor for every profile but `global.` and `us-gov.`
///             geo: { "us-gov": 1.2 }, // and for one of them, before `regional`
///             tiers: { flex: 0.5, priority: 1.75 },
///             latencies: { optimized: 1.25 },
///         },
///     ],
/// }"#)?;
/// let price = prices.of("eu.anthropic.claude-sonnet-4-5-20250929-v1:0").expect("is in the table");
/// assert_eq!(format!("{:.2}", price.rates.input), "3.30");
/// # Ok::<(), converse_host::Error>(())
/// ```
///
/// A one-hour cache write costs twice `input`. Without `regional`, of the profiles only `us.` and
/// `global.` are known to cost what the plain id does.
#[derive(Clone, Default)]
pub struct Prices(Option<Arc<[Row]>>);

/// What a model costs, for an id as it was looked up.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Price {
    /// The ordinary rates.
    pub rates: Rates,
    /// The rates of long requests, where there are such.
    pub above: Option<Above>,
    pub(super) tiers: BTreeMap<String, f64>,
    pub(super) latencies: BTreeMap<String, f64>,
}

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Rates {
    /// Tokens of the request.
    pub input: f64,
    /// Tokens of the answer.
    pub output: f64,
    /// Tokens read from a cache.
    pub cache_read: Option<f64>,
    /// Tokens written to a cache, kept for the ordinary time.
    pub cache_write: Option<f64>,
}

/// Rates of long requests.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Above {
    /// They hold for the whole request when it has more tokens than this, those read from and written
    /// to caches among them.
    pub tokens: u64,
    /// The rates.
    pub rates: Rates,
}

const BUILT_IN: &str = include_str!("prices.json5");

static BUILT_IN_ROWS: LazyLock<Arc<[Row]>> = LazyLock::new(|| {
    read(BUILT_IN).unwrap_or_else(|error| {
        tracing::error!(%error, "no costs are known");
        Arc::new([])
    })
});

impl Prices {
    /// No prices: no cost is ever known.
    #[must_use]
    pub fn none() -> Self {
        Self(Some(Arc::new([])))
    }

    /// Reads a table of prices.
    ///
    /// # Errors
    ///
    /// Kind [`InvalidRequest`](ErrorKind::InvalidRequest), with the place that is wrong.
    pub fn from_json5(text: &str) -> Result<Self, Error> {
        match read(text) {
            Ok(rows) => Ok(Self(Some(rows))),
            Err(problem) => {
                Err(Error::new(ErrorKind::InvalidRequest, format!("table of prices: {problem}")))
            }
        }
    }

    /// What a model costs, by its id, its inference profile's id, or the ARN of either.
    #[must_use]
    pub fn of(&self, model: &str) -> Option<Price> {
        let Id { geo, bare } = Id::parse(model)?;
        let row = self.rows().iter().find(|row| row.patterns.iter().any(|p| fits(p, bare)))?;
        Some(row.price(row.factor(geo)?))
    }

    fn rows(&self) -> &[Row] {
        self.0.as_ref().unwrap_or_else(|| &BUILT_IN_ROWS)
    }
}

impl fmt::Debug for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prices").field("built_in", &self.0.is_none()).finish_non_exhaustive()
    }
}

/// A model's id taken apart.
struct Id<'a> {
    /// The part of the world its inference profile stays in.
    geo: Option<&'a str>,
    bare: &'a str,
}

/// Prefixes of inference profiles (Bedrock's user guide, "Supported Regions and models for inference
/// profiles").
const GEOS: [&str; 10] = ["us", "global", "eu", "apac", "jp", "au", "us-gov", "ca", "in", "sa"];

impl<'a> Id<'a> {
    /// Unset for an ARN that does not say which model it is.
    fn parse(model: &'a str) -> Option<Self> {
        let id = match model.strip_prefix("arn:") {
            None => model,
            Some(arn) => {
                // partition:service:region:account:kind/id
                let (kind, id) = arn.splitn(5, ':').nth(4)?.split_once('/')?;
                matches!(kind, "foundation-model" | "inference-profile").then_some(id)?
            }
        };
        Some(match id.split_once('.') {
            Some((geo, bare)) if GEOS.contains(&geo) => Self { geo: Some(geo), bare },
            _ => Self { geo: None, bare: id },
        })
    }
}

/// Whether a pattern, in which `*` stands for any text, fits the whole of an id.
fn fits(pattern: &str, id: &str) -> bool {
    let Some((beginning, rest)) = pattern.split_once('*') else { return pattern == id };
    let Some(mut id) = id.strip_prefix(beginning) else { return false };
    let mut parts = rest.split('*');
    let end = parts.next_back().unwrap_or_default();
    for part in parts {
        match id.find(part) {
            Some(at) => id = &id[at + part.len()..],
            None => return false,
        }
    }
    id.ends_with(end)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    prices: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Row {
    #[serde(rename = "match")]
    patterns: Vec<String>,
    input: f64,
    output: f64,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
    above: Option<AboveRow>,
    regional: Option<f64>,
    #[serde(default)]
    geo: BTreeMap<String, f64>,
    #[serde(default)]
    tiers: BTreeMap<String, f64>,
    #[serde(default)]
    latencies: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AboveRow {
    tokens: u64,
    input: f64,
    output: f64,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
}

impl Row {
    /// What a profile of a part of the world costs beside the plain id.
    fn factor(&self, geo: Option<&str>) -> Option<f64> {
        let Some(geo) = geo else { return Some(1.0) };
        match (self.geo.get(geo), geo) {
            (Some(factor), _) => Some(*factor),
            (None, "global") => Some(1.0),
            (None, "us-gov") => None,
            (None, "us") => Some(self.regional.unwrap_or(1.0)),
            (None, _) => self.regional,
        }
    }

    fn price(&self, factor: f64) -> Price {
        let rates = |input: f64, output: f64, read: Option<f64>, write: Option<f64>| Rates {
            input: input * factor,
            output: output * factor,
            cache_read: read.map(|rate| rate * factor),
            cache_write: write.map(|rate| rate * factor),
        };
        Price {
            rates: rates(self.input, self.output, self.cache_read, self.cache_write),
            above: self.above.as_ref().map(|above| Above {
                tokens: above.tokens,
                rates: rates(above.input, above.output, above.cache_read, above.cache_write),
            }),
            tiers: self.tiers.clone(),
            latencies: self.latencies.clone(),
        }
    }

    /// Every number of the row, with its name.
    fn numbers(&self) -> impl Iterator<Item = (&str, f64)> {
        let own = [
            ("input", Some(self.input)),
            ("output", Some(self.output)),
            ("cacheRead", self.cache_read),
            ("cacheWrite", self.cache_write),
            ("regional", self.regional),
        ];
        let above = self.above.as_ref().map(|above| {
            [
                ("above.input", Some(above.input)),
                ("above.output", Some(above.output)),
                ("above.cacheRead", above.cache_read),
                ("above.cacheWrite", above.cache_write),
            ]
        });
        let own = own.into_iter().chain(above.into_iter().flatten());
        let factors = [&self.geo, &self.tiers, &self.latencies].into_iter().flatten();
        own.filter_map(|(name, number)| Some((name, number?)))
            .chain(factors.map(|(name, factor)| (name.as_str(), *factor)))
    }

    fn check(&self) -> Result<(), String> {
        if self.patterns.is_empty() || self.patterns.iter().any(String::is_empty) {
            return Err("`match` needs a pattern".to_owned());
        }
        match self.numbers().find(|(_, number)| !(number.is_finite() && *number >= 0.0)) {
            Some((name, number)) => Err(format!("`{name}` cannot be {number}")),
            None => Ok(()),
        }
    }
}

fn read(text: &str) -> Result<Arc<[Row]>, String> {
    let table: Table = json5::from_str(text).map_err(|problem| problem.to_string())?;
    for (i, row) in table.prices.iter().enumerate() {
        row.check().map_err(|problem| {
            let first = row.patterns.first().map_or("", String::as_str);
            format!("row {} (`{first}`): {problem}", i + 1)
        })?;
    }
    Ok(table.prices.into())
}

#[cfg(test)]
#[path = "prices_tests.rs"]
mod tests;
