//! An analysis as whoever works on it needs it, and as its owner's request finds it.

use shared::auth::Scope;
use shared::auth::errand::Maker;
use uploads::Reader;

use crate::columns::Columns;
use crate::model::Status;
use crate::task::{Settings, Task};

/// What a request finds of an analysis.
#[derive(Debug)]
pub struct Found {
    /// `anl_…`.
    pub id: String,
    /// How far it is.
    pub status: Status,
    /// Grows with whatever its owner can see.
    pub version: u64,
    /// Grows with each try.
    pub step: u64,
    /// As its owner sees it, JSON.
    pub shown: String,
}

impl From<Columns> for Found {
    fn from(mut row: Columns) -> Self {
        Self {
            id: row.text("id"),
            // The table knows no other.
            status: Status::named(&row.text("status")).unwrap_or(Status::Failed),
            version: row.number("version"),
            step: row.number("step"),
            shown: row.text("shown"),
        }
    }
}

impl Found {
    /// The validator of what its owner sees (RFC 9110 §8.8.3).
    pub fn etag(&self) -> String {
        format!("\"{}-{}\"", self.id, self.version)
    }
}

/// What is needed to work on an analysis, or to do it again.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the migration says what its columns are")]
pub struct AnalysisRow {
    pub id: String,
    pub user_id: String,
    pub organisation_id: Option<String>,
    pub key_id: Option<String>,
    pub scopes: String,
    pub file_id: String,
    pub task: String,
    pub settings: Settings,
    pub model: String,
    pub webhook_url: Option<String>,
    pub step: u64,
    pub failures: u64,
    pub unfit: u64,
    pub asked: u64,
}

impl From<Columns> for AnalysisRow {
    fn from(mut row: Columns) -> Self {
        Self {
            id: row.text("id"),
            user_id: row.text("user_id"),
            organisation_id: row.maybe("organisation_id"),
            key_id: row.maybe("key_id"),
            scopes: row.text("scopes"),
            file_id: row.text("file_id"),
            task: row.text("task"),
            settings: Settings {
                language: row.maybe("language"),
                prompt: row.maybe("prompt"),
                rubric: row.maybe("rubric"),
                schema: row.maybe("schema"),
            },
            model: row.text("model"),
            webhook_url: row.maybe("webhook_url"),
            step: row.number("step"),
            failures: row.number("failures"),
            unfit: row.number("unfit"),
            asked: row.number("asked"),
        }
    }
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
    pub fn task(&self) -> Option<Task> {
        Task::named(&self.task)
    }

    /// The name of its call now: under it the model is asked, and charged, once.
    pub fn call_key(&self) -> String {
        format!("{}-{}", self.id, self.asked)
    }
}
