//! The data the Workers are built with: providers and prices.

use std::sync::{Arc, LazyLock};

use crate::price::PriceBook;
use crate::provider::{Provider, Providers};

/// The files of `functions/ai/data/providers`, put together by `build.rs` in the order of their ranks.
pub const PROVIDERS: &str = include_str!(concat!(env!("OUT_DIR"), "/providers.json"));

/// All providers this function was built with.
#[must_use]
pub fn providers() -> &'static Providers {
    static ALL: LazyLock<Providers> = LazyLock::new(|| {
        // A test proves that it can be read.
        Providers::from_json(PROVIDERS).unwrap_or_default()
    });
    &ALL
}

/// The provider with this id.
#[must_use]
pub fn provider(id: &str) -> Option<&'static Arc<Provider>> {
    providers().providers.iter().find(|known| known.id == id)
}

/// The prices this function was built with.
#[must_use]
pub fn prices() -> &'static PriceBook {
    static BOOK: LazyLock<PriceBook> = LazyLock::new(|| {
        // A test proves that the file can be read; without prices, all are unknown.
        PriceBook::from_json(include_str!("../../../functions/ai/data/prices.json")).unwrap_or_default()
    });
    &BOOK
}
