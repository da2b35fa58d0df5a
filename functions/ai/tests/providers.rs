//! The data file of providers is sound.

#![cfg(test)]

use ai::money::price::{PriceBook, date_ms};
use ai::provider::{Providers, providers};

#[test]
fn the_data_file_can_be_read() {
    let read: Providers = Providers::from_json(include_str!("../data/providers.json")).unwrap();
    let ids: Vec<&str> = read.providers.iter().map(|known| known.id.as_str()).collect();
    assert_eq!(ids, ["openai", "moonshot", "compatible", "simulator"]);
}

#[test]
fn every_model_has_a_price_but_the_one_that_deliberately_has_none() {
    let book = PriceBook::builtin();
    let at = date_ms("2026-11-20").unwrap();
    for known in &providers().providers {
        for model in &known.models {
            let priced = book.price(&known.id, &model.id, at).is_some();
            assert_eq!(priced, model.id != "simulated-unpriced", "{}", model.id);
            assert!(model.max_output <= model.context, "{}", model.id);
            assert!(model.released.as_deref().is_none_or(|day| date_ms(day).is_some()));
        }
    }
}

#[test]
fn no_two_models_of_a_provider_share_a_name() {
    for known in &providers().providers {
        let mut names: Vec<&String> =
            known.models.iter().flat_map(|model| std::iter::once(&model.id).chain(&model.aliases)).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{}", known.id);
    }
}

#[test]
fn every_error_status_has_a_rule() {
    for status in 400..600 {
        assert!(
            providers()
                .errors
                .iter()
                .any(|rule| rule.kind.is_none() && (rule.status.0..=rule.status.1).contains(&status)),
            "{status}"
        );
    }
}
