//! Bodies, replies and rows of evaluations. Runs have their own.

use jobs::metadata::{self, Metadata};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use shared::json_schema as schema;
use shared::problem::Problem;

use crate::scoring::criterion::{Criterion, LONGEST_NAME, MOST};

/// The body of `POST /v1/evals`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct EvalWish {
    /// What it is called.
    #[serde(default)]
    pub name: Option<String>,
    /// Up to 16 pairs: names of 64, values of 512 characters.
    #[serde(default)]
    pub metadata: Option<Metadata>,
    /// What a row of a data set looks like.
    pub data_source_config: ItemConfig,
    /// 1 to 10 scorers.
    pub testing_criteria: Vec<Criterion>,
}

/// What a row of a data set looks like. Other kinds than `custom` are not offered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ItemConfig {
    /// `custom`.
    #[serde(rename = "type")]
    pub kind: Custom,
    /// The JSON Schema of a row.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub item_schema: Value,
    /// Taken and without effect: scorers may always read the sample.
    #[serde(default)]
    pub include_sample_schema: Option<bool>,
}

/// The only kind of data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Custom {
    /// Rows that the client brings.
    Custom,
}

/// The body of `POST /v1/evals/{id}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct EvalChange {
    /// Another name.
    #[serde(default)]
    pub name: Option<String>,
    /// Other pairs, all of them.
    #[serde(default)]
    pub metadata: Option<Metadata>,
}

/// An evaluation.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Eval {
    /// `eval_…`.
    pub id: String,
    /// `eval`.
    pub object: &'static str,
    /// Seconds since 1970.
    pub created_at: u64,
    /// What it is called.
    pub name: String,
    /// The client's pairs.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Metadata"))]
    pub metadata: Box<RawValue>,
    /// What scorers may read: the schema of a row under `item`, that of an answer under `sample`.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub data_source_config: Box<RawValue>,
    /// The scorers, as they were sent.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>"))]
    pub testing_criteria: Box<RawValue>,
}

/// A row of `evaluations`.
#[derive(Debug, Deserialize)]
pub struct EvalRow {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// JSON.
    pub metadata: String,
    /// JSON.
    pub item_schema: String,
    /// JSON.
    pub criteria: String,
    /// Milliseconds.
    pub created_at: u64,
}

/// What scorers may read of an answer, as JSON Schema.
const SAMPLE: &str = r#"{"type":"object","properties":{"output_text":{"type":"string"},"output_json":{}}}"#;

impl TryFrom<EvalRow> for Eval {
    type Error = Problem;

    fn try_from(row: EvalRow) -> Result<Self, Problem> {
        let raw = |json: String| RawValue::from_string(json).map_err(Problem::internal);
        let schema = format!(
            r#"{{"type":"custom","schema":{{"type":"object","required":["item"],"properties":{{"item":{},"sample":{SAMPLE}}}}}}}"#,
            row.item_schema
        );
        Ok(Self {
            id: row.id,
            object: "eval",
            created_at: row.created_at / 1000,
            name: row.name,
            metadata: raw(row.metadata)?,
            data_source_config: raw(schema)?,
            testing_criteria: raw(row.criteria)?,
        })
    }
}

/// What is gone.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct EvalDeleted {
    /// `eval.deleted`.
    pub object: &'static str,
    /// Always true.
    pub deleted: bool,
    /// What was deleted.
    pub eval_id: String,
}

impl EvalWish {
    /// What it asks for, checked.
    ///
    /// # Errors
    /// 422 with a pointer to what does not fit.
    pub fn check(&self) -> Result<(), Problem> {
        check_name(self.name.as_deref())?;
        metadata::check(self.metadata.as_ref())?;
        if let Some(why) = schema::fault(&self.data_source_config.item_schema) {
            return Err(Problem::invalid("/data_source_config/item_schema", "invalid", why));
        }
        if !(1..=MOST).contains(&self.testing_criteria.len()) {
            return Err(Problem::invalid("/testing_criteria", "invalid", format!("must be 1 to {MOST} scorers")));
        }
        for (n, criterion) in self.testing_criteria.iter().enumerate() {
            if let Some((member, why)) = criterion.fault() {
                return Err(Problem::invalid(format!("/testing_criteria/{n}/{member}"), "invalid", why));
            }
            if self.testing_criteria.iter().take(n).any(|other| other.name() == criterion.name()) {
                let pointer = format!("/testing_criteria/{n}/name");
                return Err(Problem::invalid(pointer, "duplicate", "is another scorer's name, too"));
            }
        }
        Ok(())
    }
}

/// A name as objects have it.
///
/// # Errors
/// 422 for one that is too long.
pub fn check_name(name: Option<&str>) -> Result<(), Problem> {
    let fits = |name: &str| name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if name.is_none_or(fits) {
        return Ok(());
    }
    Err(Problem::invalid("/name", "invalid", format!("must have at most {LONGEST_NAME} characters, on one line")))
}
