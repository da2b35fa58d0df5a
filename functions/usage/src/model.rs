//! What is asked of the ledger, and what it answers.

use serde::{Deserialize, Serialize};

/// By what a report is grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum GroupBy {
    /// The model's id.
    #[default]
    Model,
    /// The day in UTC.
    Day,
    /// The user's id.
    User,
    /// The provider's id.
    Provider,
    /// The API key's id; empty for calls with an access token.
    Key,
}

/// The query of `GET /v1/usage`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ReportQuery {
    /// From this moment on: a day in UTC or RFC 3339. Default: the first of this month.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(extend("anyOf" = [{ "format": "date" }, { "format": "date-time" }])))]
    pub from: Option<String>,
    /// Before this moment. Default: now.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(extend("anyOf" = [{ "format": "date" }, { "format": "date-time" }])))]
    pub to: Option<String>,
    /// Default: `model`.
    pub group_by: GroupBy,
    /// Of the calls that this organisation paid for, in place of one's own.
    pub organisation_id: Option<String>,
}

/// Sums over calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Sums {
    /// Calls, failed ones included.
    pub calls: u64,
    /// Calls that did not succeed.
    pub failed_calls: u64,
    /// Tokens of requests.
    pub prompt_tokens: u64,
    /// Those of them the provider had in its cache.
    pub cached_tokens: u64,
    /// Tokens the models wrote.
    pub completion_tokens: u64,
    /// Those of them spent on reasoning.
    pub reasoning_tokens: u64,
    /// Nano-dollars, of the calls whose price is known.
    pub cost_nano_usd: u64,
    /// Calls whose price is not known; they add nothing to the cost.
    pub unpriced_calls: u64,
}

/// Sums of one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Group {
    /// The model, day, user, provider or key.
    pub key: String,
    /// Its sums.
    #[serde(flatten)]
    pub sums: Sums,
}

/// The reply of `GET /v1/usage`.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Report {
    /// RFC 3339, inclusive.
    pub from: String,
    /// RFC 3339, exclusive.
    pub to: String,
    /// As asked.
    pub group_by: GroupBy,
    /// The groups, ordered by key; at most 1,000.
    pub data: Vec<Group>,
    /// The sums over all groups.
    pub total: Sums,
}
