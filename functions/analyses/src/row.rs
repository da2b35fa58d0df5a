//! An analysis as stored, and how it is shown.

use serde::Deserialize;
use serde_json::value::RawValue;
use shared::auth::Scope;
use shared::auth::errand::Maker;
use shared::time::rfc3339;
use uploads::Reader;

use crate::model::{Analysis, AnalysisCall, Status};
use crate::task::{Settings, Task};

/// A row of `analyses`.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "the migration says what its columns are")]
pub struct AnalysisRow {
    pub id: String,
    pub user_id: String,
    pub organisation_id: Option<String>,
    pub key_id: Option<String>,
    pub scopes: String,
    pub file_id: String,
    pub task: String,
    pub settings: String,
    pub model: String,
    pub rerun_of: Option<String>,
    pub webhook_url: Option<String>,
    pub status: Status,
    pub version: u64,
    pub step: u64,
    pub failures: u64,
    pub unfit: u64,
    pub asked: u64,
    pub result: Option<String>,
    pub error: Option<String>,
    pub model_version: Option<String>,
    pub provider: Option<String>,
    pub request_id: Option<String>,
    pub prompt_tokens: Option<u64>,
    pub completion_tokens: Option<u64>,
    pub cost_nano_usd: Option<u64>,
    pub created_at: u64,
    pub started_at: Option<u64>,
    pub ended_at: Option<u64>,
}

impl AnalysisRow {
    /// Who made it.
    pub fn maker(&self) -> Maker {
        let names: Vec<String> = shared::json::read(&self.scopes).unwrap_or_default();
        Maker { user_id: self.user_id.clone(), key_id: self.key_id.clone(), scopes: Scope::named(&names) }
    }

    /// Whose eyes it has on files.
    pub fn reader(&self) -> Reader<'_> {
        Reader { user_id: Some(&self.user_id), organisation_id: self.organisation_id.as_deref() }
    }

    /// What is asked; `None` for what no version of ours wrote.
    pub fn asks(&self) -> Option<(Task, Settings)> {
        Some((Task::named(&self.task)?, shared::json::read(&self.settings).ok()?))
    }

    /// The name of its call now: under it the model is asked, and charged, once.
    pub fn call_key(&self) -> String {
        format!("{}-{}", self.id, self.asked)
    }

    /// The validator of what its owner sees (RFC 9110 §8.8.3).
    pub fn etag(&self) -> String {
        format!("\"{}-{}\"", self.id, self.version)
    }

    /// As its owner sees it.
    pub fn show(self) -> Analysis {
        let raw = |text: Option<String>| text.and_then(|text| RawValue::from_string(text).ok());
        let call = self.request_id.map(|request_id| AnalysisCall {
            request_id,
            model_version: self.model_version,
            provider: self.provider,
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.completion_tokens,
            cost_nano_usd: self.cost_nano_usd,
        });
        Analysis {
            id: self.id,
            file_id: self.file_id,
            task: self.task,
            settings: raw(Some(self.settings)).unwrap_or_else(|| RawValue::NULL.to_owned()),
            model: self.model,
            status: self.status,
            retries: self.failures.saturating_add(self.unfit),
            rerun_of: self.rerun_of,
            webhook_url: self.webhook_url,
            result: raw(self.result),
            error: self.error.as_deref().and_then(|text| shared::json::read(text).ok()),
            call,
            duration_ms: self.started_at.zip(self.ended_at).map(|(from, to)| to.saturating_sub(from)),
            created_at: rfc3339(self.created_at),
            started_at: self.started_at.map(rfc3339),
            ended_at: self.ended_at.map(rfc3339),
        }
    }
}
