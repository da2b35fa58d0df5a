//! Lists as OpenAI's clients page through them: `after` an id, oldest or newest first.

use serde::{Deserialize, Serialize};
use shared::page::Limit;

/// Which way a list goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Order {
    /// Oldest first.
    #[default]
    Asc,
    /// Newest first.
    Desc,
}

/// What a list of evaluations can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum OrderBy {
    /// When they were made.
    CreatedAt,
}

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ListQuery {
    /// The last id of the page before.
    pub after: Option<String>,
    /// Items at most.
    pub limit: Limit,
    /// Which way.
    pub order: Order,
    /// `created_at`.
    pub order_by: Option<OrderBy>,
    /// Those in this state alone; of evaluations there is none.
    pub status: Option<String>,
}

/// A page.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "{T}CursorList"))]
pub struct Listed<T> {
    /// `list`.
    pub object: &'static str,
    /// The items.
    pub data: Vec<T>,
    /// The first one's id.
    pub first_id: Option<String>,
    /// The last one's id: `after` of the next page.
    pub last_id: Option<String>,
    /// Whether there are more.
    pub has_more: bool,
}

/// The page of these items, of which one more was read than is shown if there is one.
#[must_use]
pub fn listed<T>(limit: Limit, mut data: Vec<T>, id: impl Fn(&T) -> String) -> Listed<T> {
    let shown = usize::try_from(limit.to_read().saturating_sub(1)).unwrap_or(usize::MAX);
    let has_more = data.len() > shown;
    data.truncate(shown);
    Listed { object: "list", first_id: data.first().map(&id), last_id: data.last().map(&id), data, has_more }
}
