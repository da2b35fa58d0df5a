//! What must hold of prices: that at every moment at most one registered row says what a model costs.

use std::sync::Arc;

use super::Kind;
use super::check::Faults;
use super::names::{LONGEST, is_model};
use crate::builtin;
use crate::price::{MAX_NANO_USD, Price, date_ms};

/// Checks all rows, going on to each by `at`.
pub(super) fn prices(
    rows: &[Arc<Price>],
    index: fn(usize) -> usize,
    faults: &mut Faults,
    at: fn(&mut Faults, Kind, usize),
) {
    for (i, row) in rows.iter().enumerate() {
        at(faults, Kind::Price, index(i));
        price(row, faults);
        let of_same = |other: &&Arc<Price>| other.provider == row.provider && other.model == row.model;
        let others = || rows.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, other)| other).filter(of_same);
        let twice = others().any(|other| other.version == row.version)
            || builtin::prices().version(&row.provider, &row.model, &row.version).is_some();
        faults.unless(!twice, "/version", "duplicate", "is the version of another price of this model");
        faults.unless(
            !others().any(|other| overlap(row, other)),
            "/valid_from",
            "overlaps",
            "overlaps another price of this model",
        );
    }
}

/// Whether two rows claim one moment. A row without an end ends where the next one begins.
fn overlap(one: &Price, other: &Price) -> bool {
    let (Some(from), Some(other_from)) = (date_ms(&one.valid_from), date_ms(&other.valid_from)) else { return false };
    let (first, second_from) = if from <= other_from { (one, other_from) } else { (other, from) };
    from == other_from || first.valid_until.as_deref().and_then(date_ms).is_some_and(|until| until > second_from)
}

fn price(row: &Price, faults: &mut Faults) {
    let name = |text: &str| (1..=LONGEST).contains(&text.len()) && is_model(text);
    faults.unless(name(&row.provider), "/provider", "invalid", "must name a price list");
    faults.unless(name(&row.model), "/model", "invalid", "must name a model");
    let version = name(&row.version) && !row.version.contains('@');
    faults.unless(version, "/version", "invalid", "must be 1 to 128 visible ASCII characters without @");
    faults.unless(row.currency == "USD", "/currency", "invalid", "must be USD");
    let from = date_ms(&row.valid_from);
    faults.unless(from.is_some(), "/valid_from", "invalid", "must be a day, YYYY-MM-DD");
    if let Some(until) = row.valid_until.as_deref() {
        let later = date_ms(until).is_some_and(|until| from.is_none_or(|from| from < until));
        faults.unless(later, "/valid_until", "invalid", "must be a day after the first one, YYYY-MM-DD");
    }
    let mut rates = vec![("/rates", row.rates)];
    rates.extend(row.long_prompt.map(|long| ("/long_prompt/rates", long.rates)));
    for (pointer, rates) in rates {
        let tokens = [rates.input_pico_usd, rates.cached_pico_usd, rates.output_pico_usd];
        let written = [rates.cache_write_pico_usd, rates.cache_write_1h_pico_usd];
        let others = [rates.image_pico_usd, rates.second_pico_usd, rates.character_pico_usd, rates.call_pico_usd];
        let mut all = tokens.iter().chain(&written).chain(&others);
        faults.unless(all.all(|rate| *rate <= MAX_NANO_USD), pointer, "invalid", "are beyond what is believed");
    }
}
