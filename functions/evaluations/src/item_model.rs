//! What came of one row: replies and rows of output items.

use jobs::json;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::problem::Problem;

use crate::run_model::RunError;
#[cfg(not(target_arch = "wasm32"))]
use crate::scoring::Scored;

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "EvalSaid"))]
pub struct Line {
    /// By whom.
    pub role: String,
    /// What.
    pub content: String,
}

/// What was used, as the provider said it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "EvalUsage"))]
pub struct SampleUsage {
    /// Both.
    pub total_tokens: u64,
    /// Tokens it wrote.
    pub completion_tokens: u64,
    /// Tokens of the request.
    pub prompt_tokens: u64,
    /// Those of them that the provider had in its cache.
    pub cached_tokens: u64,
}

/// What was asked and said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "EvalSample"))]
pub struct Sample {
    /// What the model was told.
    pub input: Vec<Line>,
    /// What it answered; nothing when nobody did. The first 256 KiB.
    pub output: Vec<Line>,
    /// Why it stopped.
    pub finish_reason: String,
    /// The model that answered, as it calls itself.
    pub model: String,
    /// What was used.
    pub usage: SampleUsage,
    /// Why there is no answer.
    pub error: Option<RunError>,
    /// As the run has it.
    pub temperature: Option<f64>,
    /// As the run has it.
    pub max_completion_tokens: Option<u64>,
    /// As the run has it.
    pub top_p: Option<f64>,
    /// As the run has it.
    pub seed: Option<i64>,
}

/// What came of one row. What was kept as JSON is shown as it was kept.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "EvalOutputItem"))]
pub struct OutputItem {
    /// `outputitem_…`.
    pub id: String,
    /// `eval.run.output_item`.
    pub object: &'static str,
    /// The run.
    pub run_id: String,
    /// The evaluation.
    pub eval_id: String,
    /// Seconds since 1970 when it was scored.
    pub created_at: u64,
    /// `pass`, `fail` or `error`.
    pub status: String,
    /// The row's number in the data set, from 0.
    pub datasource_item_id: u64,
    /// The row.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub datasource_item: Box<RawValue>,
    /// What the scorers gave.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<Scored>"))]
    pub results: Box<RawValue>,
    /// What was asked and said.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Sample"))]
    pub sample: Box<RawValue>,
    /// Milliseconds until the answer was there.
    pub latency_ms: u64,
    /// Nano-dollars of its calls whose price is known, judges among them, as the ledger has them.
    pub cost_nano_usd: u64,
    /// Calls whose price is not known.
    pub unpriced_calls: u64,
}

/// A row of `evaluation_items`, with what the ledger says.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the columns, as the migration explains them")]
pub struct ItemRow {
    pub run_id: String,
    pub evaluation_id: String,
    pub n: u64,
    pub item: String,
    pub status: String,
    pub sample: Option<String>,
    pub results: String,
    pub latency_ms: Option<u64>,
    pub cost_nano_usd: u64,
    pub unpriced_calls: u64,
    pub finished_at: Option<u64>,
}

impl TryFrom<ItemRow> for OutputItem {
    type Error = Problem;

    fn try_from(row: ItemRow) -> Result<Self, Problem> {
        let raw = |json: String| RawValue::from_string(json).map_err(Problem::internal);
        let sample = row.sample.map_or_else(|| json(&Sample::default()), Ok)?;
        Ok(Self {
            id: item_id(&row.run_id, row.n),
            object: "eval.run.output_item",
            created_at: row.finished_at.unwrap_or_default() / 1000,
            status: row.status,
            datasource_item_id: row.n,
            datasource_item: raw(row.item)?,
            results: raw(row.results)?,
            sample: raw(sample)?,
            latency_ms: row.latency_ms.unwrap_or_default(),
            cost_nano_usd: row.cost_nano_usd,
            unpriced_calls: row.unpriced_calls,
            run_id: row.run_id,
            eval_id: row.evaluation_id,
        })
    }
}

const PREFIX: &str = "outputitem_";

/// The id of what came of a row.
#[must_use]
pub fn item_id(run: &str, n: u64) -> String {
    format!("{PREFIX}{}_{n}", run.strip_prefix("evalrun_").unwrap_or(run))
}

/// The number of the row that has this id in this run.
#[must_use]
pub fn number_of(run: &str, id: &str) -> Option<u64> {
    let n = id.rsplit_once('_')?.1.parse().ok()?;
    (item_id(run, n) == id).then_some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_one_row_of_one_run() {
        let id = item_id("evalrun_01abc", 7);
        assert_eq!(number_of("evalrun_01abc", &id), Some(7));
        for (run, id) in [("evalrun_02", id.as_str()), ("evalrun_01abc", "outputitem_01abc_07"), ("evalrun_01abc", "7")]
        {
            assert_eq!(number_of(run, id), None);
        }
    }
}
