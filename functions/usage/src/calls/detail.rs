//! One call with all that is known of it: tries, numbers, prices.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::time;

use super::model::{Call, CallRow};

/// One try at a provider.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "CallAttempt"))]
pub struct Attempt {
    /// The provider's id.
    pub provider: String,
    /// The model there.
    pub model: String,
    /// Which of the provider's keys, by its name.
    #[serde(default)]
    pub key: Option<String>,
    /// `ok`, or the code of the failure.
    pub outcome: String,
    /// The status the provider answered with; null where it did not.
    #[serde(default)]
    pub status: Option<u16>,
    /// Milliseconds from the call's admission to its begin.
    pub after_ms: u64,
    /// Milliseconds it took, to the head of the answer or to the failure.
    pub took_ms: u64,
}

/// What was billed otherwise than by the token.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "CallUnits"))]
pub struct Units {
    /// Pictures made.
    pub images: u64,
    /// Milliseconds of sound heard.
    pub milliseconds: u64,
    /// Characters spoken.
    pub characters: u64,
    /// Calls, where each has its price.
    pub calls: u64,
}

/// How a call went, as the record tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told {
    route: Option<String>,
    variant: Option<String>,
    attempts: Vec<Attempt>,
    cache: Option<String>,
    guard: Option<String>,
    role: Option<String>,
}

/// A price that a call had before.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the columns of `ledger_prices`, described in the reply")]
pub struct PriceRow {
    pub price_version: Option<String>,
    pub cost_nano_usd: Option<u64>,
    pub replaced_at: u64,
}

/// A price that a call had before.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FormerPrice {
    /// The version; null: none was known.
    pub price_version: Option<String>,
    /// Nano-dollars; null: unknown.
    pub cost_nano_usd: Option<u64>,
    /// Until when it held, RFC 3339.
    pub replaced_at: String,
}

/// A call with all that is known of it.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CallDetail {
    /// What lists tell, too.
    #[serde(flatten)]
    pub call: Call,
    /// The trace it belongs to: 32 hexadecimal digits (W3C Trace Context).
    pub trace_id: String,
    /// Prompt tokens the provider had in its cache.
    pub cached_tokens: u64,
    /// Prompt tokens it put there for some minutes.
    pub cache_write_tokens: u64,
    /// Prompt tokens it put there for an hour.
    pub cache_write_long_tokens: u64,
    /// Completion tokens spent on reasoning.
    pub reasoning_tokens: u64,
    /// What was billed otherwise than by the token; null: nothing.
    pub units: Option<Units>,
    /// The provider's own usage, as it said it; null where it said none.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<serde_json::Value>"))]
    pub raw_usage: Option<Box<RawValue>>,
    /// The price list and model the price stands under.
    pub priced_as: String,
    /// The version of the price; null while none is known.
    pub price_version: Option<String>,
    /// Prices it had before it was priced again, oldest first.
    pub former_prices: Vec<FormerPrice>,
    /// When the first piece of a stream came, RFC 3339.
    pub first_token_at: Option<String>,
    /// RFC 3339.
    pub finished_at: String,
    /// The route that chose who was asked; null where a model was named.
    pub route: Option<String>,
    /// The route's variant.
    pub variant: Option<String>,
    /// Every try, in order.
    pub attempts: Vec<Attempt>,
    /// How the answer was found in the cache; null where a model made it.
    pub cache: Option<String>,
    /// What the guard did: `[{"rule", "on", "action", "count"}]`; null: nothing.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<Vec<serde_json::Value>>"))]
    pub guard: Option<Box<RawValue>>,
    /// `shadow`, `hedge`, `judge`, `cache`: not the answer that the client got; null for that one.
    pub role: Option<String>,
}

impl CallDetail {
    /// Of a row, with the prices it had before.
    #[must_use]
    pub fn of(mut row: CallRow, prices: Vec<PriceRow>) -> Self {
        let raw = |text: Option<String>| text.and_then(|text| RawValue::from_string(text).ok());
        let told: Told = row.detail.take().and_then(|json| shared::json::read(&json).ok()).unwrap_or_default();
        let former = |price: PriceRow| FormerPrice {
            price_version: price.price_version,
            cost_nano_usd: price.cost_nano_usd,
            replaced_at: time::rfc3339(price.replaced_at),
        };
        Self {
            trace_id: std::mem::take(&mut row.trace_id),
            cached_tokens: row.cached_tokens,
            cache_write_tokens: row.cache_write_tokens,
            cache_write_long_tokens: row.cache_write_long_tokens,
            reasoning_tokens: row.reasoning_tokens,
            units: row.units.take().and_then(|json| shared::json::read(&json).ok()),
            raw_usage: raw(row.raw_usage.take()),
            priced_as: row.priced_as.take().unwrap_or_else(|| format!("{}/{}", row.provider, row.model)),
            price_version: row.price_version.take(),
            former_prices: prices.into_iter().map(former).collect(),
            first_token_at: row.first_token_at.map(time::rfc3339),
            finished_at: time::rfc3339(row.finished_at),
            route: told.route,
            variant: told.variant,
            attempts: told.attempts,
            cache: told.cache,
            guard: raw(told.guard),
            role: told.role,
            call: Call::from(row),
        }
    }
}
