//! The data files of providers are sound.

#![cfg(test)]

use ai::money::price::{PriceBook, date_ms};
use ai::provider::{Providers, providers};
use catalogue::builtin::PROVIDERS;
use catalogue::provider::CAPABILITIES;

#[test]
fn the_data_files_can_be_read() {
    let read: Providers = Providers::from_json(PROVIDERS).unwrap();
    let ids: Vec<&str> = read.providers.iter().map(|known| known.id.as_str()).collect();
    assert_eq!(ids.first(), Some(&"openai"), "its models are the default");
    assert_eq!(ids.last(), Some(&"simulator"), "no real model is taken for a simulated one");
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/data/providers")).unwrap();
    assert_eq!(ids.len(), files.count());
}

/// Lists that are kept in yuan: their calls are unpriced.
const IN_YUAN: [&str; 2] = ["moonshot-cn", "dashscope-cn"];

#[test]
fn every_model_has_a_price_but_those_that_deliberately_have_none() {
    let book = PriceBook::builtin();
    let at = date_ms("2026-11-20").unwrap();
    for known in &providers().providers {
        for model in &known.models {
            let priced = book.price(&known.id, &model.id, at).is_some();
            let unpriced = model.id == "simulated-unpriced" || IN_YUAN.contains(&known.id.as_str());
            assert_eq!(priced, !unpriced, "{}/{}", known.id, model.id);
            assert!(model.max_output <= model.context, "{}", model.id);
            assert!(model.released.as_deref().is_none_or(|day| date_ms(day).is_some()));
        }
    }
}

#[test]
fn every_price_is_of_a_model_that_is_listed() {
    for row in PriceBook::builtin().rows() {
        let known = providers().providers.iter().find(|known| known.id == row.provider).unwrap();
        assert!(known.model(&row.model).is_some(), "{}/{}", row.provider, row.model);
        assert!(row.source.starts_with("https://") || row.provider == "simulator", "{}", row.model);
    }
}

#[test]
fn every_model_says_what_it_can_do_in_words_that_are_known() {
    for known in &providers().providers {
        for model in &known.models {
            assert!(!model.capabilities.is_empty(), "{}/{}", known.id, model.id);
            for word in &model.capabilities {
                assert!(CAPABILITIES.contains(&word.as_str()), "{}/{}: {word}", known.id, model.id);
            }
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
