//! Calls as the ledger has them, and as lists tell them.

use serde::{Deserialize, Serialize};
use shared::time;

use super::query::Status;

/// A row of the ledger.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the columns of the ledger, described in the reply")]
pub struct CallRow {
    pub call_id: String,
    pub org_id: String,
    pub user_id: String,
    pub key_id: Option<String>,
    pub request_id: String,
    pub trace_id: String,
    pub endpoint: Option<String>,
    pub model: String,
    pub provider: String,
    pub stream: u8,
    pub status: Status,
    pub settlement: String,
    pub prompt_tokens: u64,
    pub cached_tokens: u64,
    pub cache_write_tokens: u64,
    pub cache_write_long_tokens: u64,
    pub completion_tokens: u64,
    pub reasoning_tokens: u64,
    pub units: Option<String>,
    pub raw_usage: Option<String>,
    pub priced_as: Option<String>,
    pub price_version: Option<String>,
    pub cost_nano_usd: Option<u64>,
    pub started_at: u64,
    pub first_token_at: Option<u64>,
    pub finished_at: u64,
    pub detail: Option<String>,
    pub captured: u8,
}

/// A call in a list.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Call {
    /// `call_…`.
    pub id: String,
    /// The request that made it.
    pub request_id: String,
    /// Who called, or whose key it was.
    pub user_id: String,
    /// Who paid: an organisation, or a person alone.
    pub organisation_id: String,
    /// The API key; null for calls with an access token.
    pub key_id: Option<String>,
    /// The route by its short name: `chat`, `embeddings`.
    pub endpoint: String,
    /// The model, as its provider calls it.
    pub model: String,
    /// The provider's id.
    pub provider: String,
    /// The client wanted a stream.
    pub stream: bool,
    /// How it ended.
    pub status: Status,
    /// The numbers are worked out from what was seen: the provider reported none.
    pub estimated: bool,
    /// Tokens of the request, cached ones included.
    pub prompt_tokens: u64,
    /// Tokens the model wrote, reasoning included.
    pub completion_tokens: u64,
    /// Nano-dollars; null while no price is known.
    pub cost_nano_usd: Option<u64>,
    /// When it was admitted, RFC 3339.
    pub started_at: String,
    /// Milliseconds from then to its end.
    pub duration_ms: u64,
    /// Milliseconds from then to the first piece of a stream; null where there was none.
    pub first_token_ms: Option<u64>,
    /// Something of what was said is kept, or was kept of a call of the same request.
    pub captured: bool,
}

impl From<CallRow> for Call {
    fn from(row: CallRow) -> Self {
        Self {
            id: row.call_id,
            request_id: row.request_id,
            user_id: row.user_id,
            organisation_id: row.org_id,
            key_id: row.key_id,
            endpoint: row.endpoint.unwrap_or_else(|| "chat".to_owned()),
            model: row.model,
            provider: row.provider,
            stream: row.stream == 1,
            status: row.status,
            estimated: row.settlement == "estimated",
            prompt_tokens: row.prompt_tokens,
            completion_tokens: row.completion_tokens,
            cost_nano_usd: row.cost_nano_usd,
            started_at: time::rfc3339(row.started_at),
            duration_ms: row.finished_at.saturating_sub(row.started_at),
            first_token_ms: row.first_token_at.map(|at| at.saturating_sub(row.started_at)),
            captured: row.captured == 1,
        }
    }
}
