//! The rows of `prices.json` and how they are read. What they make a call cost is in `price`.

use crate::json::fields::{DataError, Fields, number, text};

/// Pico-dollars per token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rates {
    /// Prompt tokens that were not cached.
    pub input_pico_usd: u64,
    /// Prompt tokens read from the provider's cache.
    pub cached_pico_usd: u64,
    /// Completion tokens, reasoning included.
    pub output_pico_usd: u64,
}

/// Rates of a whole call whose prompt is longer than a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LongPrompt {
    /// The rates apply when the prompt has more tokens than this.
    pub above_prompt_tokens: u64,
    /// The rates, for every token of the call.
    pub rates: Rates,
}

/// One row of `prices.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// Names this row among those of its model; stored with every call it priced.
    pub version: String,
    /// The price list: a provider's id, or the name of a regional list.
    pub provider: String,
    /// The model's id in that list.
    pub model: String,
    /// First day of validity, `YYYY-MM-DD` in UTC.
    pub valid_from: String,
    /// First day after its validity; open when absent.
    pub valid_until: Option<String>,
    /// Always `USD`; rows in another currency are not loaded.
    pub currency: String,
    /// Rates of an ordinary call.
    pub rates: Rates,
    /// Rates of a call with a long prompt, for models that have them.
    pub long_prompt: Option<LongPrompt>,
    /// Where the price is published.
    pub source: String,
}

impl Rates {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let rates = Self {
            input_pico_usd: fields.need("input_pico_usd", number),
            cached_pico_usd: fields.need("cached_pico_usd", number),
            output_pico_usd: fields.need("output_pico_usd", number),
        };
        fields.whole(rates)
    }
}

impl LongPrompt {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let long = Self {
            above_prompt_tokens: fields.need("above_prompt_tokens", number),
            rates: fields.need("rates", Rates::read),
        };
        fields.whole(long)
    }
}

impl Price {
    /// Reads one row.
    ///
    /// # Errors
    /// [`DataError`] with the place of the first fault.
    pub fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let price = Self {
            version: fields.need("version", text),
            provider: fields.need("provider", text),
            model: fields.need("model", text),
            valid_from: fields.need("valid_from", text),
            valid_until: fields.maybe("valid_until", text),
            currency: fields.need("currency", text),
            rates: fields.need("rates", Rates::read),
            long_prompt: fields.maybe("long_prompt", LongPrompt::read),
            source: fields.need("source", text),
        };
        fields.whole(price)
    }
}
