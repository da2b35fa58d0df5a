//! Replies and rows of tuning jobs, in OpenAI's shape. What one is asked to do is in `wish`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::page::Limit;
use shared::problem::Problem;

use crate::wish::{Numbers, Request};

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningError"))]
pub struct JobError {
    /// For programs.
    pub code: String,
    /// For people.
    pub message: String,
    /// The member it is about.
    pub param: Option<String>,
}

impl JobError {
    /// With this code, about nothing in particular.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), param: None }
    }
}

/// A tuning job.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningJob"))]
pub struct Tuning {
    /// `ftjob_…`.
    pub id: String,
    /// `fine_tuning.job`.
    pub object: &'static str,
    /// The model that is trained further, as the provider calls it.
    pub model: String,
    /// Seconds since 1970.
    pub created_at: u64,
    /// Seconds since 1970; null until it ended.
    pub finished_at: Option<u64>,
    /// The name of the new model; null until there is one.
    pub fine_tuned_model: Option<String>,
    /// Who pays, and who may call the model: an organisation, or the person alone.
    pub organization_id: String,
    /// Always empty.
    pub result_files: Vec<String>,
    /// `validating_files`, `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    pub status: String,
    /// The file.
    pub training_file: String,
    /// The file.
    pub validation_file: Option<String>,
    /// As asked for.
    pub hyperparameters: Numbers,
    /// How it is trained.
    pub method: ToldMethod,
    /// Tokens the training took, as the provider says.
    pub trained_tokens: Option<u64>,
    /// Why it failed.
    pub error: Option<JobError>,
    /// Always empty.
    pub integrations: Vec<String>,
    /// As asked for; 0 where nothing was.
    pub seed: u32,
    /// Seconds since 1970 when the provider thinks that it is done.
    pub estimated_finish: Option<u64>,
    /// The client's pairs.
    pub metadata: BTreeMap<String, String>,
}

/// How a job is trained.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningToldMethod"))]
pub struct ToldMethod {
    /// `supervised`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its numbers.
    pub supervised: ToldSupervised,
}

/// The numbers of a job.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningToldSupervised"))]
pub struct ToldSupervised {
    /// The same as the job's own.
    pub hyperparameters: Numbers,
}

/// A row of `tuning_jobs`.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "the columns, as the migration explains them")]
pub struct TuningRow {
    pub id: String,
    pub user_id: String,
    pub organisation_id: Option<String>,
    pub key_id: Option<String>,
    pub provider: String,
    pub model: String,
    pub request: String,
    pub training_file: String,
    pub validation_file: Option<String>,
    pub status: String,
    pub provider_key: Option<String>,
    pub remote_training_file: Option<String>,
    pub remote_validation_file: Option<String>,
    pub remote_id: Option<String>,
    pub create_tried: u8,
    pub fine_tuned_model: Option<String>,
    pub trained_tokens: Option<u64>,
    pub estimated_finish: Option<u64>,
    pub error: Option<String>,
    pub failures: u64,
    pub step: u64,
    pub cancel_wanted: u8,
    pub created_at: u64,
    pub finished_at: Option<u64>,
}

impl TuningRow {
    /// Who pays, and who may call the model.
    #[must_use]
    pub fn payer(&self) -> &str {
        self.organisation_id.as_deref().unwrap_or(&self.user_id)
    }
}

impl TryFrom<TuningRow> for Tuning {
    type Error = Problem;

    fn try_from(row: TuningRow) -> Result<Self, Problem> {
        let request: Request = shared::json::read(&row.request).map_err(Problem::internal)?;
        Ok(Self {
            object: "fine_tuning.job",
            organization_id: row.payer().to_owned(),
            id: row.id,
            model: row.model,
            created_at: row.created_at / 1000,
            finished_at: row.finished_at.map(|at| at / 1000),
            fine_tuned_model: row.fine_tuned_model,
            result_files: Vec::new(),
            status: row.status,
            training_file: row.training_file,
            validation_file: row.validation_file,
            hyperparameters: request.hyperparameters.clone(),
            method: ToldMethod {
                kind: "supervised",
                supervised: ToldSupervised { hyperparameters: request.hyperparameters },
            },
            trained_tokens: row.trained_tokens,
            error: row.error.as_deref().map(shared::json::read).transpose().map_err(Problem::internal)?,
            integrations: Vec::new(),
            seed: request.seed.unwrap_or_default(),
            estimated_finish: row.estimated_finish,
            metadata: request.metadata,
        })
    }
}

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningQuery"))]
pub struct TuningQuery {
    /// The last id of the page before.
    pub after: Option<String>,
    /// Items at most.
    pub limit: Limit,
}

/// A page, newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "{T}FineTuningList"))]
pub struct TuningList<T> {
    /// `list`.
    pub object: &'static str,
    /// The items.
    pub data: Vec<T>,
    /// Whether there are more.
    pub has_more: bool,
}

/// Something that happened to a job.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningEvent"))]
pub struct Event {
    /// `ftevent_…`.
    pub id: String,
    /// `fine_tuning.job.event`.
    #[serde(default = "event_object")]
    pub object: String,
    /// Seconds since 1970.
    pub created_at: u64,
    /// `info`, `warn` or `error`.
    pub level: String,
    /// What.
    pub message: String,
}

fn event_object() -> String {
    "fine_tuning.job.event".to_owned()
}
