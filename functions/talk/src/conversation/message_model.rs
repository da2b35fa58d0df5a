//! Messages as they are stored and told.

use serde::{Deserialize, Serialize};
use shared::page::Limit;
use shared::time;

use crate::feedback::model::{FeedbackRow, Rated};

/// A message.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Message {
    /// `msg_…`.
    pub id: String,
    /// What it follows; null at the beginning.
    pub parent: Option<String>,
    /// `user` or `assistant`.
    pub role: String,
    /// The text.
    pub content: String,
    /// `complete`; `partial`: the person left, the rest was never written; `broken`: the answer broke off.
    pub state: String,
    /// Of a broken answer the code it ended with.
    pub error: Option<String>,
    /// The model that wrote it.
    pub model: Option<String>,
    /// Its provider.
    pub provider: Option<String>,
    /// Why the model stopped: `stop`, `length`.
    pub finish_reason: Option<String>,
    /// The request that called the model, as the ledger has it.
    pub request_id: Option<String>,
    /// The prompt that it was written with.
    pub prompt_id: Option<String>,
    /// That prompt's version.
    pub prompt_version: Option<u32>,
    /// All messages that follow the same one, this one among them, oldest first: edits, and answers made again.
    pub siblings: Vec<String>,
    /// What the person thinks of it.
    pub feedback: Option<Rated>,
    /// RFC 3339.
    pub created_at: String,
}

/// A message as stored.
#[derive(Debug, Deserialize)]
pub struct MessageRow {
    /// `msg_…`.
    pub id: String,
    parent_id: Option<String>,
    role: String,
    content: String,
    state: String,
    error: Option<String>,
    model: Option<String>,
    provider: Option<String>,
    finish_reason: Option<String>,
    request_id: Option<String>,
    prompt_id: Option<String>,
    prompt_version: Option<u32>,
    siblings: String,
    #[serde(flatten)]
    feedback: FeedbackRow,
    created_at: u64,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id,
            parent: row.parent_id,
            role: row.role,
            content: row.content,
            state: row.state,
            error: row.error,
            model: row.model,
            provider: row.provider,
            finish_reason: row.finish_reason,
            request_id: row.request_id,
            prompt_id: row.prompt_id,
            prompt_version: row.prompt_version,
            siblings: shared::json::read(&row.siblings).unwrap_or_default(),
            feedback: row.feedback.into(),
            created_at: time::rfc3339(row.created_at),
        }
    }
}

/// The query of a conversation's messages.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct MessageQuery {
    /// Items at most.
    pub limit: Limit,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// A message at which another branch ends; without it the one that is shown.
    pub branch: Option<String>,
}
