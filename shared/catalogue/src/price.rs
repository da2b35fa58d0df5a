//! Prices as data, and what a call cost.
//!
//! A rate is an integer of 10⁻¹² US dollars (pico-dollars) per token, which is the same as
//! micro-dollars per million tokens: every price published per million tokens is exact.
//! Sums are made in `u128` and rounded once, to nano-dollars. A missing price is unknown,
//! never zero. Which model an alias means is decided in `catalogue`.

use std::sync::Arc;

use shared::ledger::{Units, Usage};

use crate::builtin;
use crate::json::fields::{DataError, list};
pub use crate::price_row::{LongPrompt, Price, Rates};

const PICO_PER_NANO: u64 = 1_000;
const DAY_MS: u64 = 86_400_000;

/// Costs beyond this (2^53 − 1 nano-dollars, some nine million dollars) are not believed:
/// JSON and D1 could not carry them exactly.
pub const MAX_NANO_USD: u64 = (1 << 53) - 1;

/// What a call cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cost {
    /// A known cost.
    Priced {
        /// The version of the price row.
        version: String,
        /// Nano-dollars (10⁻⁹ USD), rounded once, half up.
        nano_usd: u64,
    },
    /// No price is known, or the sum is beyond [`MAX_NANO_USD`].
    Unknown,
}

impl Cost {
    /// Nano-dollars, when known.
    #[must_use]
    pub fn nano_usd(&self) -> Option<u64> {
        match self {
            Self::Priced { nano_usd, .. } => Some(*nano_usd),
            Self::Unknown => None,
        }
    }

    /// The version of the price, when known.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        match self {
            Self::Priced { version, .. } => Some(version),
            Self::Unknown => None,
        }
    }
}

impl Price {
    /// What `usage` and `units` cost.
    #[must_use]
    pub fn cost(&self, usage: &Usage, units: &Units) -> Cost {
        match self.nano_usd(usage, units) {
            Some(nano_usd) => Cost::Priced { version: self.version.clone(), nano_usd },
            None => Cost::Unknown,
        }
    }

    fn nano_usd(&self, usage: &Usage, units: &Units) -> Option<u64> {
        let usage = usage.clamped();
        let rates = self.rates_for(usage.prompt_tokens);
        let written = usage.cache_write_tokens + usage.cache_write_long_tokens;
        let fresh = usage.prompt_tokens - usage.cached_tokens - written;
        let pico = sum(&[
            (fresh, rates.input_pico_usd),
            (usage.cached_tokens, rates.cached_pico_usd),
            (usage.cache_write_tokens, rates.cache_write_pico_usd),
            (usage.cache_write_long_tokens, rates.cache_write_1h_pico_usd),
            (usage.completion_tokens, rates.output_pico_usd),
        ]);
        within_bounds(pico + of_units(rates, units), PICO_PER_NANO / 2)
    }

    fn rates_for(&self, prompt_tokens: u64) -> Rates {
        match self.long_prompt {
            Some(long) if prompt_tokens > long.above_prompt_tokens => long.rates,
            _ => self.rates,
        }
    }

    /// The most a call can cost that has at most `prompt_tokens` and `units`, and writes at most
    /// `completion_tokens` in all; rounded up. `None` beyond [`MAX_NANO_USD`].
    #[must_use]
    pub fn at_most(&self, prompt_tokens: u64, completion_tokens: u64, units: &Units, written: Written) -> Option<u64> {
        let worst = |rates: Rates| {
            // A cached token is usually cheaper, but that is data, not law.
            let mut input = rates.input_pico_usd.max(rates.cached_pico_usd);
            if written != Written::Never {
                input = input.max(rates.cache_write_pico_usd);
            }
            if written == Written::ForLong {
                input = input.max(rates.cache_write_1h_pico_usd);
            }
            sum(&[(prompt_tokens, input), (completion_tokens, rates.output_pico_usd)]) + of_units(rates, units)
        };
        let pico = worst(self.rates).max(worst(self.rates_for(prompt_tokens)));
        within_bounds(pico, PICO_PER_NANO - 1)
    }

    fn valid_at(&self, at_ms: u64) -> bool {
        let begun = date_ms(&self.valid_from).is_some_and(|from| from <= at_ms);
        let ended = match &self.valid_until {
            Some(until) => date_ms(until).is_none_or(|until| until <= at_ms),
            None => false,
        };
        begun && !ended
    }
}

/// Whether a call may write its prompt to the provider's cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It did not ask for it.
    Never,
    /// For some minutes.
    Briefly,
    /// For an hour.
    ForLong,
}

fn sum(parts: &[(u64, u64)]) -> u128 {
    parts.iter().map(|(count, rate)| u128::from(*count) * u128::from(*rate)).sum()
}

fn of_units(rates: Rates, units: &Units) -> u128 {
    let seconds = u128::from(units.milliseconds) * u128::from(rates.second_pico_usd) / 1_000;
    let rest = [
        (units.images, rates.image_pico_usd),
        (units.characters, rates.character_pico_usd),
        (units.calls, rates.call_pico_usd),
    ];
    seconds + sum(&rest)
}

/// The sum in nano-dollars, after `round_up` pico-dollars are added to it.
fn within_bounds(pico: u128, round_up: u64) -> Option<u64> {
    // What does not fit into 64 bits is far beyond the bound; dividing 128 bits is slow and large.
    let pico = u64::try_from(pico).ok()?.checked_add(round_up)?;
    Some(pico / PICO_PER_NANO).filter(|nano| *nano <= MAX_NANO_USD)
}

/// All known prices.
#[derive(Debug, Clone, Default)]
pub struct PriceBook {
    rows: Vec<Arc<Price>>,
}

impl PriceBook {
    /// Reads rows from JSON (an array).
    ///
    /// # Errors
    /// When the text is not such an array. Rows in another currency are left out: what they
    /// price is then unknown.
    pub fn from_json(json: &str) -> Result<Self, DataError> {
        let mut rows = list(json, |json| Price::read(json).map(Arc::new))?;
        rows.retain(|row| row.currency == "USD");
        Ok(Self { rows })
    }

    /// A book of these rows.
    #[must_use]
    pub const fn new(rows: Vec<Arc<Price>>) -> Self {
        Self { rows }
    }

    /// The prices this function was built with.
    #[must_use]
    pub fn builtin() -> &'static Self {
        builtin::prices()
    }

    /// The price of a model at a time (milliseconds since 1970, UTC): of the valid rows the
    /// one that began last.
    #[must_use]
    pub fn price(&self, list: &str, model: &str, at_ms: u64) -> Option<&Arc<Price>> {
        self.rows
            .iter()
            .filter(|row| row.provider == list && row.model == model && row.valid_at(at_ms))
            .max_by_key(|row| date_ms(&row.valid_from))
    }

    /// The price a call was charged by, to charge it again.
    #[must_use]
    pub fn version(&self, list: &str, model: &str, version: &str) -> Option<&Arc<Price>> {
        self.rows.iter().find(|row| row.provider == list && row.model == model && row.version == version)
    }

    /// What `usage` of a model costs at a time.
    #[must_use]
    pub fn cost(&self, list: &str, model: &str, at_ms: u64, usage: &Usage) -> Cost {
        self.price(list, model, at_ms).map_or(Cost::Unknown, |price| price.cost(usage, &Units::default()))
    }

    /// Every row.
    #[must_use]
    pub fn rows(&self) -> &[Arc<Price>] {
        &self.rows
    }
}

/// Midnight UTC of a date `YYYY-MM-DD`, from 1970 on, in milliseconds since 1970.
#[must_use]
pub fn date_ms(date: &str) -> Option<u64> {
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let (year, month, day): (u64, u64, u64) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years are counted from March, so that a leap day is the last day of its year.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
    // Days from 1 March of year 0 to 1 January 1970.
    Some((days - 719_468) * DAY_MS)
}
