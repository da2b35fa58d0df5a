//! An analysis as whoever works on it needs it, and as its owner's request finds it.

use serde::Deserialize;
use shared::auth::Scope;
use shared::auth::errand::Maker;
use uploads::Reader;

use crate::model::Status;
use crate::task::{Settings, Task};

/// What a request finds of an analysis.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the migration says what its columns are")]
pub struct Found {
    pub id: String,
    pub status: Status,
    pub version: u64,
    pub step: u64,
    /// As its owner sees it, JSON.
    pub shown: String,
}

impl Found {
    /// The validator of what its owner sees (RFC 9110 §8.8.3).
    pub fn etag(&self) -> String {
        format!("\"{}-{}\"", self.id, self.version)
    }
}

/// What is needed to work on an analysis, or to do it again.
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
    pub webhook_url: Option<String>,
    pub step: u64,
    pub failures: u64,
    pub unfit: u64,
    pub asked: u64,
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
}
