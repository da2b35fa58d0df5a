//! What is asked when calls are priced again, and what is told.

use serde::{Deserialize, Serialize};

/// Which calls are priced again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RepricingWish {
    /// Those that began from this moment on: a day in UTC or RFC 3339.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(extend("anyOf" = [{ "format": "date" }, { "format": "date-time" }])))]
    pub from: String,
    /// Before this moment.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(extend("anyOf" = [{ "format": "date" }, { "format": "date-time" }])))]
    pub to: String,
    /// Of this model alone, as its provider calls it.
    #[serde(default)]
    pub model: Option<String>,
    /// Of this provider alone.
    #[serde(default)]
    pub provider: Option<String>,
    /// Whether the ledger is changed; otherwise it is only told what would be.
    #[serde(default)]
    pub apply: bool,
    /// `next_cursor` of the slice before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// What became of one slice.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Repricing {
    /// Calls that were looked at.
    pub calls: u64,
    /// Those whose price is another one now.
    pub changed: u64,
    /// Those for which no price is known; they stay as they are.
    pub without_price: u64,
    /// Those that were changed in the ledger; null where nothing was to be.
    pub applied: Option<u64>,
    /// The changes, by model and price.
    pub data: Vec<PriceChange>,
    /// Where the next slice begins; null behind the last one.
    pub next_cursor: Option<String>,
}

/// Calls of one model that go from one price to another.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PriceChange {
    /// The provider's id.
    pub provider: String,
    /// The model.
    pub model: String,
    /// The version they had; null: no price was known.
    pub former_version: Option<String>,
    /// The version they have now.
    pub price_version: String,
    /// How many.
    pub calls: u64,
    /// Nano-dollars before, those without a price left out.
    pub former_nano_usd: u64,
    /// Nano-dollars now.
    pub cost_nano_usd: u64,
}

/// A registered price.
#[derive(Debug, Deserialize)]
pub struct PriceDocument {
    /// As it was written.
    pub document: String,
}

/// A call, as far as its price goes.
#[derive(Clone, Debug, Default, Deserialize)]
#[allow(missing_docs, reason = "the columns of the ledger")]
pub struct LedgerRow {
    pub call_id: String,
    pub provider: String,
    pub model: String,
    pub priced_as: Option<String>,
    pub endpoint: Option<String>,
    pub status: String,
    pub settlement: String,
    pub prompt_tokens: u64,
    pub cached_tokens: u64,
    pub completion_tokens: u64,
    pub reasoning_tokens: u64,
    pub cache_write_tokens: u64,
    pub cache_write_long_tokens: u64,
    pub units: Option<String>,
    /// 1: the provider told its usage.
    pub raw_usage: u8,
    /// 1: the answer was another call's.
    pub kept: u8,
    pub price_version: Option<String>,
    pub cost_nano_usd: Option<u64>,
    pub started_at: u64,
    pub finished_at: u64,
}

/// A call that was changed.
#[derive(Debug, Deserialize)]
pub struct ChangedRow {
    /// Its id.
    pub call_id: String,
}
