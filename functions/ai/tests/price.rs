//! Prices of the data file and the arithmetic of costs.

#![cfg(test)]

use ai::money::price::{Cost, MAX_NANO_USD, PriceBook, Written, date_ms};
use ai::money::usage::{MAX_TOKENS, Units, Usage};
use proptest::prelude::*;

/// Nothing that is billed otherwise than by the token.
const NONE: Units = Units { images: 0, milliseconds: 0, characters: 0, calls: 0 };

const DAY: u64 = 86_400_000;

fn usage(prompt: u64, cached: u64, completion: u64) -> Usage {
    Usage {
        prompt_tokens: prompt,
        cached_tokens: cached,
        completion_tokens: completion,
        reasoning_tokens: 0,
        ..Usage::default()
    }
}

fn now() -> u64 {
    date_ms("2026-11-20").unwrap()
}

fn book(rows: &str) -> PriceBook {
    PriceBook::from_json(rows).unwrap()
}

fn row(version: &str, from: &str, rest: &str, rates: [u64; 3]) -> String {
    let [input, cached, output] = rates;
    format!(
        r#"{{"version":"{version}","provider":"p","model":"m","valid_from":"{from}"{rest},"currency":"USD","rates":{{"input_pico_usd":{input},"cached_pico_usd":{cached},"output_pico_usd":{output}}},"source":"test"}}"#
    )
}

#[test]
fn the_data_file_can_be_read_and_every_row_is_sound() {
    let rows: serde_json::Value = serde_json::from_str(include_str!("../data/prices.json")).unwrap();
    let book = PriceBook::builtin();
    assert_eq!(book.rows().len(), rows.as_array().unwrap().len(), "a row in another currency");
    for (i, row) in book.rows().iter().enumerate() {
        assert!(date_ms(&row.valid_from).is_some(), "{}", row.model);
        let rates = &row.rates;
        let pieces = rates.image_pico_usd + rates.second_pico_usd + rates.character_pico_usd + rates.call_pico_usd;
        let free = row.model.contains("moderation");
        assert!((rates.input_pico_usd > 0) != (pieces > 0 || free), "{}: by the token or by the piece", row.model);
        assert!(rates.output_pico_usd == 0 || rates.output_pico_usd >= rates.input_pico_usd, "{}", row.model);
        assert!(rates.cached_pico_usd <= rates.input_pico_usd, "{}", row.model);
        assert!(rates.cache_write_pico_usd >= rates.input_pico_usd, "{}", row.model);
        assert!(rates.cache_write_1h_pico_usd >= rates.cache_write_pico_usd, "{}", row.model);
        assert!(row.source.starts_with("https://") || row.provider == "simulator");
        let same = |other: &&std::sync::Arc<ai::money::price::Price>| {
            (&other.provider, &other.model, &other.version) == (&row.provider, &row.model, &row.version)
        };
        assert_eq!(book.rows()[i..].iter().filter(same).count(), 1, "{} twice", row.model);
    }
}

#[test]
fn a_million_tokens_cost_what_the_price_page_says() {
    let cost = |model: &str, usage: Usage| PriceBook::builtin().cost("openai", model, now(), &usage).nano_usd();
    let m = 1_000_000;
    assert_eq!(cost("gpt-4o-mini", usage(m, 0, 0)), Some(150_000_000));
    assert_eq!(cost("gpt-4o-mini", usage(m, m, 0)), Some(75_000_000));
    assert_eq!(cost("gpt-4o-mini", usage(0, 0, m)), Some(600_000_000));
    assert_eq!(cost("gpt-4o-mini", usage(19, 0, 10)), Some(19 * 150 + 10 * 600));
    assert_eq!(cost("gpt-5-nano", usage(3, 3, 0)), Some(15));
}

#[test]
fn a_missing_price_is_unknown_and_never_zero() {
    let book = PriceBook::builtin();
    for (list, model) in [("simulator", "simulated-unpriced"), ("openai", "gpt-9"), ("", ""), ("moonshot", "gpt-4o")] {
        assert_eq!(book.cost(list, model, now(), &usage(1, 0, 1)), Cost::Unknown);
    }
    let early = date_ms("2024-07-18").unwrap();
    assert_eq!(book.cost("openai", "gpt-4o-mini", early - 1, &usage(1, 0, 1)), Cost::Unknown);
    assert_ne!(book.cost("openai", "gpt-4o-mini", early, &usage(1, 0, 1)), Cost::Unknown);
    assert_eq!(PriceBook::default().cost("openai", "gpt-4o-mini", now(), &usage(0, 0, 0)), Cost::Unknown);
}

#[test]
fn the_price_valid_at_the_time_counts() {
    let rows = [
        row("a", "2026-01-01", "", [1_000, 1_000, 1_000]),
        row("c", "2026-03-01", r#","valid_until":"2026-03-10""#, [3_000, 1_000, 1_000]),
        row("b", "2026-02-01", "", [2_000, 1_000, 1_000]),
    ];
    let book = book(&format!("[{}]", rows.join(",")));
    let version =
        |day: &str, ms: u64| book.price("p", "m", date_ms(day).unwrap() + ms).map(|price| price.version.clone());
    assert_eq!(version("2025-12-31", DAY - 1), None);
    assert_eq!(version("2026-01-01", 0).as_deref(), Some("a"));
    assert_eq!(version("2026-02-01", 0).as_deref(), Some("b"));
    assert_eq!(version("2026-03-09", DAY - 1).as_deref(), Some("c"));
    assert_eq!(version("2026-03-10", 0).as_deref(), Some("b"));
    assert_eq!(book.version("p", "m", "a").unwrap().rates.input_pico_usd, 1_000);
    assert_eq!(book.version("p", "m", "z"), None);
}

#[test]
fn rows_in_another_currency_price_nothing() {
    let rows = format!("[{}]", row("a", "2026-01-01", "", [1, 1, 1]).replace("USD\"", "CNY\""));
    assert!(book(&rows).rows().is_empty());
}

#[test]
fn a_cost_is_rounded_once_half_up() {
    let book = book(&format!("[{}]", row("a", "2026-01-01", "", [250, 1, 499])));
    let cost = |usage: Usage| book.cost("p", "m", now(), &usage).nano_usd().unwrap();
    assert_eq!(cost(usage(1, 0, 0)), 0);
    assert_eq!(cost(usage(2, 0, 0)), 1);
    assert_eq!(cost(usage(1, 0, 1)), 1);
    assert_eq!(cost(usage(0, 0, 1)), 0);
    assert_eq!(cost(usage(0, 0, 0)), 0);
}

#[test]
fn a_long_prompt_has_its_own_rates_for_the_whole_call() {
    let price = PriceBook::builtin().price("openai", "gpt-5.4", now()).unwrap();
    assert_eq!(price.cost(&usage(272_000, 0, 1), &NONE).nano_usd(), Some(272_000 * 2_500 + 15_000));
    assert_eq!(price.cost(&usage(272_001, 0, 1), &NONE).nano_usd(), Some(272_001 * 5_000 + 22_500));
    assert_eq!(price.at_most(272_001, 1, &NONE, Written::Never), Some(272_001 * 5_000 + 22_500));
}

#[test]
fn sums_beyond_belief_are_unknown_and_do_not_overflow() {
    let rates = [u64::MAX; 3];
    let book = book(&format!("[{}]", row("a", "2026-01-01", "", rates)));
    let price = book.price("p", "m", now()).unwrap();
    assert_eq!(price.cost(&usage(u64::MAX, u64::MAX, u64::MAX), &NONE), Cost::Unknown);
    assert_eq!(price.at_most(u64::MAX / 2, u64::MAX / 2, &NONE, Written::Never), None);
    assert_eq!(price.cost(&usage(0, 0, 0), &NONE).nano_usd(), Some(0));
}

#[test]
fn dates_are_midnights_in_utc() {
    assert_eq!(date_ms("1970-01-01"), Some(0));
    assert_eq!(date_ms("2000-02-29"), Some(951_782_400_000));
    assert_eq!(date_ms("2026-11-20"), Some(1_795_132_800_000));
    for bad in [
        "",
        "2026",
        "2026-11",
        "2026-11-20T00",
        "2026-13-01",
        "2026-00-01",
        "1969-12-31",
        "26-11-20",
        "2026-1-1",
        "+026-11-20",
        "2026-11-20-1",
    ] {
        assert_eq!(date_ms(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn no_call_within_its_bounds_costs_more_than_the_worst_case(
        index in any::<prop::sample::Index>(),
        prompt in 0..2_000_000_u64,
        prompt_part in 0.0..1.0_f64,
        cached_part in 0.0..1.0_f64,
        completion in 0..500_000_u64,
        completion_part in 0.0..1.0_f64,
    ) {
        let part = |whole: u64, part: f64| (whole as f64 * part) as u64;
        let price = &PriceBook::builtin().rows()[index.index(PriceBook::builtin().rows().len())];
        let used = part(prompt, prompt_part);
        let usage = usage(used, part(used, cached_part), part(completion, completion_part));
        let cost = price.cost(&usage, &NONE).nano_usd().unwrap();
        prop_assert!(cost <= price.at_most(prompt, completion, &NONE, Written::Never).unwrap());
    }

    #[test]
    fn no_counts_whatever_make_it_panic(prompt: u64, cached: u64, completion: u64) {
        for price in PriceBook::builtin().rows() {
            let cost = price.cost(&usage(prompt, cached, completion), &NONE);
            prop_assert!(cost.nano_usd().is_none_or(|nano| nano <= MAX_NANO_USD));
            let _ = price.at_most(prompt.min(MAX_TOKENS), completion.min(MAX_TOKENS), &NONE, Written::Never);
        }
    }
}
