//! The rows of `prices.json` and how they are read. What they make a call cost is in `price`.

use crate::json::fields::{DataError, Fields, number, text};

/// Pico-dollars per token, and per whatever else is billed; 0 is free, a row that is not there is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rates {
    /// Prompt tokens that were not cached.
    pub input_pico_usd: u64,
    /// Prompt tokens read from the provider's cache.
    pub cached_pico_usd: u64,
    /// Completion tokens, reasoning included.
    pub output_pico_usd: u64,
    /// Prompt tokens written to the provider's cache for some minutes; as any other where it is not said.
    pub cache_write_pico_usd: u64,
    /// Prompt tokens written to the provider's cache for an hour; as those for minutes where it is not said.
    pub cache_write_1h_pico_usd: u64,
    /// A picture.
    pub image_pico_usd: u64,
    /// A second of sound heard.
    pub second_pico_usd: u64,
    /// A character spoken.
    pub character_pico_usd: u64,
    /// The call itself.
    pub call_pico_usd: u64,
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
    /// Something is billed by the token.
    #[must_use]
    pub const fn bill_tokens(&self) -> bool {
        self.input_pico_usd != 0 || self.cached_pico_usd != 0 || self.output_pico_usd != 0
    }

    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        if fields.is_empty() {
            return Err(DataError::new("a rate was expected"));
        }
        let rate = |fields: &mut Fields<'_>, name, or| fields.maybe(name, number).unwrap_or(or);
        let input = rate(&mut fields, "input_pico_usd", 0);
        let write = rate(&mut fields, "cache_write_pico_usd", input);
        let rates = Self {
            input_pico_usd: input,
            cached_pico_usd: rate(&mut fields, "cached_pico_usd", input),
            output_pico_usd: rate(&mut fields, "output_pico_usd", 0),
            cache_write_pico_usd: write,
            cache_write_1h_pico_usd: rate(&mut fields, "cache_write_1h_pico_usd", write),
            image_pico_usd: rate(&mut fields, "image_pico_usd", 0),
            second_pico_usd: rate(&mut fields, "second_pico_usd", 0),
            character_pico_usd: rate(&mut fields, "character_pico_usd", 0),
            call_pico_usd: rate(&mut fields, "call_pico_usd", 0),
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
