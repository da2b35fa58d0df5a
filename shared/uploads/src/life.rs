//! How long a file is kept that is deleted by itself, as OpenAI's clients say it.

use std::ops::RangeInclusive;

use serde::Deserialize;

/// The seconds it may be kept: from an hour to thirty days.
pub const SECONDS: RangeInclusive<u64> = 3_600..=2_592_000;
/// What is said of others.
pub const RULE: &str = "must be from 3600 to 2592000";

/// How long a file is kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FileLife"))]
pub struct Life {
    /// From when it is counted.
    #[allow(dead_code, reason = "there is one")]
    pub anchor: Anchor,
    /// From an hour to thirty days.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(range(min = 3_600, max = 2_592_000)))]
    pub seconds: u64,
}

/// From when a life is counted.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Anchor {
    /// From when the file is whole.
    CreatedAt,
}
