//! A batch as stored, and how it is shown.

use serde::Deserialize;
use shared::auth::Scope;
use shared::auth::errand::Maker;
use uploads::Owner;

use crate::model::{Batch, BatchError, BatchErrors, RequestCounts};

/// A row of `batches`.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "the migration says what its columns are")]
pub struct BatchRow {
    pub id: String,
    pub user_id: String,
    pub organisation_id: Option<String>,
    pub key_id: Option<String>,
    pub scopes: String,
    pub endpoint: String,
    pub input_file_id: String,
    pub object: String,
    pub bytes: u64,
    pub metadata: Option<String>,
    pub status: String,
    pub ending: Option<String>,
    pub errors: String,
    pub total: u64,
    pub completed: u64,
    pub failed: u64,
    pub output_file_id: Option<String>,
    pub error_file_id: Option<String>,
    pub output_ms: Option<u64>,
    pub created_at: u64,
    pub expires_at: u64,
    pub in_progress_at: Option<u64>,
    pub finalizing_at: Option<u64>,
    pub cancelling_at: Option<u64>,
    pub ended_at: Option<u64>,
}

impl BatchRow {
    /// Who made it.
    pub fn maker(&self) -> Maker {
        let names: Vec<String> = shared::json::read(&self.scopes).unwrap_or_default();
        Maker { user_id: self.user_id.clone(), key_id: self.key_id.clone(), scopes: Scope::named(&names) }
    }

    /// Whose its files are.
    pub fn owner(&self) -> Owner<'_> {
        Owner { user_id: &self.user_id, organisation_id: self.organisation_id.as_deref() }
    }

    /// What went wrong so far.
    pub fn errors(&self) -> Vec<BatchError> {
        shared::json::read(&self.errors).unwrap_or_default()
    }

    /// As its owner sees it.
    pub fn show(self) -> Batch {
        let errors = self.errors();
        let ended = |status: &str| self.ended_at.filter(|_| self.status == status).map(seconds);
        Batch {
            object: "batch",
            errors: (!errors.is_empty()).then_some(BatchErrors { object: "list", data: errors }),
            completion_window: "24h",
            created_at: seconds(self.created_at),
            in_progress_at: self.in_progress_at.map(seconds),
            expires_at: seconds(self.expires_at),
            finalizing_at: self.finalizing_at.map(seconds),
            completed_at: ended("completed"),
            failed_at: ended("failed"),
            expired_at: ended("expired"),
            cancelled_at: ended("cancelled"),
            cancelling_at: self.cancelling_at.map(seconds),
            request_counts: RequestCounts { total: self.total, completed: self.completed, failed: self.failed },
            metadata: self.metadata.as_deref().and_then(|json| shared::json::read(json).ok()),
            id: self.id,
            endpoint: self.endpoint,
            input_file_id: self.input_file_id,
            status: self.status,
            output_file_id: self.output_file_id,
            error_file_id: self.error_file_id,
        }
    }
}

const fn seconds(ms: u64) -> u64 {
    ms / 1_000
}
