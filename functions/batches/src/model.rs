//! Batches as OpenAI's clients know them.

use jobs::metadata::{self, Metadata};
use serde::{Deserialize, Serialize};
use shared::problem::Problem;
use uploads::life::{self, Life};

/// Routes of the AI function that a batch may call: those that take an idempotency key and answer at once.
pub const ENDPOINTS: [&str; 6] =
    ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings", "/v1/moderations", "/v1/rerank"];
/// The one window there is, in milliseconds.
pub const WINDOW_MS: u64 = 24 * 60 * 60_000;

/// The body of `POST /v1/batches`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BatchWish {
    /// A file with the purpose `batch`, a request a line.
    pub input_file_id: String,
    /// The route that all its lines call.
    pub endpoint: String,
    /// `24h`.
    pub completion_window: String,
    /// What to remember of it.
    #[serde(default)]
    pub metadata: Option<Metadata>,
    /// How long what it writes is kept; until somebody deletes it, unless said.
    #[serde(default)]
    pub output_expires_after: Option<Life>,
}

impl BatchWish {
    /// Checks what its types do not say.
    ///
    /// # Errors
    /// 422.
    pub fn check(&self) -> Result<(), Problem> {
        if !ENDPOINTS.contains(&self.endpoint.as_str()) {
            let rule = format!("must be one of {}", ENDPOINTS.join(", "));
            return Err(Problem::invalid("/endpoint", "invalid", rule));
        }
        if self.completion_window != "24h" {
            return Err(Problem::invalid("/completion_window", "invalid", "must be 24h"));
        }
        if self.output_expires_after.as_ref().is_some_and(|life| !life::SECONDS.contains(&life.seconds)) {
            return Err(Problem::invalid("/output_expires_after/seconds", "invalid", life::RULE));
        }
        metadata::check(self.metadata.as_ref())
    }
}

/// What is wrong with a line of the input, or with the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BatchError {
    /// For programs.
    pub code: String,
    /// For people.
    pub message: String,
    /// The member of the line.
    pub param: Option<String>,
    /// The line, counted from 1.
    pub line: Option<u64>,
}

/// What is wrong.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BatchErrors {
    /// `list`.
    pub object: &'static str,
    /// The first hundred.
    pub data: Vec<BatchError>,
}

/// How far it is.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RequestCounts {
    /// Lines.
    pub total: u64,
    /// Those that were answered with a success.
    pub completed: u64,
    /// Those that failed.
    pub failed: u64,
}

/// A batch. Times are seconds since 1970.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Batch {
    /// `batch_…`.
    pub id: String,
    /// `batch`.
    pub object: &'static str,
    /// The route that its lines call.
    pub endpoint: String,
    /// Why it failed.
    pub errors: Option<BatchErrors>,
    /// What it reads.
    pub input_file_id: String,
    /// `24h`.
    pub completion_window: &'static str,
    /// `validating`, `failed`, `in_progress`, `finalizing`, `completed`, `expired`, `cancelling` or `cancelled`.
    pub status: String,
    /// What was answered.
    pub output_file_id: Option<String>,
    /// What failed.
    pub error_file_id: Option<String>,
    /// When it was made.
    pub created_at: u64,
    /// When its first line could be asked.
    pub in_progress_at: Option<u64>,
    /// When it ends at the latest.
    pub expires_at: u64,
    /// When its files were begun.
    pub finalizing_at: Option<u64>,
    /// When it was done.
    pub completed_at: Option<u64>,
    /// When it failed.
    pub failed_at: Option<u64>,
    /// When its window ended before it was done.
    pub expired_at: Option<u64>,
    /// When somebody cancelled it.
    pub cancelling_at: Option<u64>,
    /// When that was done.
    pub cancelled_at: Option<u64>,
    /// How far it is.
    pub request_counts: RequestCounts,
    /// What was to be remembered of it.
    pub metadata: Option<Metadata>,
}

/// A page of batches, the newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BatchList {
    /// `list`.
    pub object: &'static str,
    /// The batches.
    pub data: Vec<Batch>,
    /// The first one's id.
    pub first_id: Option<String>,
    /// The last one's id; the next page is asked for with it as `after`.
    pub last_id: Option<String>,
    /// Whether there are more.
    pub has_more: bool,
}

/// The query of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BatchQuery {
    /// Batches at most: 1 to 100, 20 unless asked.
    pub limit: shared::page::Limit,
    /// The `last_id` of the page before.
    pub after: Option<String>,
}
