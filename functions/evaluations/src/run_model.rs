//! Replies and rows of runs. What a run is asked to do is in `run_wish`.

#[cfg(not(target_arch = "wasm32"))]
use jobs::metadata::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::problem::Problem;

/// How many rows came to what.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ResultCounts {
    /// All rows.
    pub total: u64,
    /// Those whose every scorer passed.
    pub passed: u64,
    /// Those of which one did not.
    pub failed: u64,
    /// Those that nobody answered.
    pub errored: u64,
}

/// What one scorer gave, as the database sums it up: for the description.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug, schemars::JsonSchema)]
pub struct CriterionResult {
    /// Its name.
    pub testing_criteria: String,
    /// Rows it passed.
    pub passed: u64,
    /// Rows it did not.
    pub failed: u64,
    /// The mean of its scores.
    pub mean_score: Option<f64>,
}

/// What one model used, as it said itself and the database sums it up: for the description.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug, schemars::JsonSchema)]
pub struct ModelUsage {
    /// The model that answered.
    pub model_name: String,
    /// Answers.
    pub invocation_count: u64,
    /// Tokens of requests.
    pub prompt_tokens: u64,
    /// Those of them that the provider had in its cache.
    pub cached_tokens: u64,
    /// Tokens it wrote.
    pub completion_tokens: u64,
    /// Both.
    pub total_tokens: u64,
}

/// Why a run, or a row, has no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "EvalApiError"))]
pub struct RunError {
    /// For programs.
    pub code: String,
    /// For people.
    pub message: String,
}

/// A run.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "EvalRun"))]
pub struct Run {
    /// `evalrun_…`: with a hyphen and a row's number the request that its calls belong to.
    pub id: String,
    /// `eval.run`.
    pub object: &'static str,
    /// The evaluation.
    pub eval_id: String,
    /// `queued`, `in_progress`, `completed`, `failed` or `canceled`.
    pub status: String,
    /// The model that is asked.
    pub model: String,
    /// What it is called.
    pub name: String,
    /// Seconds since 1970.
    pub created_at: u64,
    /// Seconds since 1970; null until it ended.
    pub finished_at: Option<u64>,
    /// The client's pairs.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Metadata"))]
    pub metadata: Box<RawValue>,
    /// What was asked for, without the rows.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub data_source: Box<RawValue>,
    /// Why it failed.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<RunError>"))]
    pub error: Option<Box<RawValue>>,
    /// How many rows came to what.
    pub result_counts: ResultCounts,
    /// What each scorer gave.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<CriterionResult>"))]
    pub per_testing_criteria_results: Box<RawValue>,
    /// What the models used that answered; judges are not among them.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<ModelUsage>"))]
    pub per_model_usage: Box<RawValue>,
    /// Nano-dollars of all its calls whose price is known, judges among them, as the ledger has them: seconds behind.
    pub cost_nano_usd: u64,
    /// Calls whose price is not known; they add nothing to the cost.
    pub unpriced_calls: u64,
    /// Where it is read.
    pub report_url: String,
}

/// A row of `evaluation_runs`, with what the ledger says.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the columns, as the migration explains them")]
pub struct RunRow {
    pub id: String,
    pub evaluation_id: String,
    pub name: String,
    pub metadata: String,
    pub source: String,
    pub model: String,
    pub status: String,
    pub error: Option<String>,
    pub items: u64,
    pub passed: u64,
    pub failed: u64,
    pub errored: u64,
    pub by_criterion: String,
    pub by_model: String,
    pub cost_nano_usd: u64,
    pub unpriced_calls: u64,
    pub created_at: u64,
    pub finished_at: Option<u64>,
}

impl TryFrom<RunRow> for Run {
    type Error = Problem;

    fn try_from(row: RunRow) -> Result<Self, Problem> {
        let raw = |json: String| RawValue::from_string(json).map_err(Problem::internal);
        Ok(Self {
            object: "eval.run",
            status: row.status,
            model: row.model,
            name: row.name,
            created_at: row.created_at / 1000,
            finished_at: row.finished_at.map(|at| at / 1000),
            metadata: raw(row.metadata)?,
            data_source: raw(row.source)?,
            error: row.error.map(raw).transpose()?,
            result_counts: ResultCounts {
                total: row.items,
                passed: row.passed,
                failed: row.failed,
                errored: row.errored,
            },
            per_testing_criteria_results: raw(row.by_criterion)?,
            per_model_usage: raw(row.by_model)?,
            cost_nano_usd: row.cost_nano_usd,
            unpriced_calls: row.unpriced_calls,
            report_url: format!("/v1/evals/{}/runs/{}", row.evaluation_id, row.id),
            id: row.id,
            eval_id: row.evaluation_id,
        })
    }
}

/// What is gone.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "EvalRunDeleted"))]
pub struct RunDeleted {
    /// `eval.run.deleted`.
    pub object: &'static str,
    /// Always true.
    pub deleted: bool,
    /// What was deleted.
    pub run_id: String,
}
