//! What an evaluation asks of answers: its scorers, as clients write them and as they are stored. OpenAI's shapes where
//! OpenAI has one; `json_check` and `numeric` are our own.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::message::Message;
use super::similarity::Metric;

/// Scorers of an evaluation at most.
pub const MOST: usize = 10;
/// Letters of a name.
pub const LONGEST_NAME: usize = 100;

/// One scorer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Criterion {
    /// Compares two texts.
    StringCheck(StringCheck),
    /// Measures how alike two texts are.
    TextSimilarity(TextSimilarity),
    /// Reads JSON.
    JsonCheck(JsonCheck),
    /// Compares two numbers.
    Numeric(Numeric),
    /// Lets a model choose a label.
    LabelModel(LabelModel),
    /// Lets a model give points.
    ScoreModel(ScoreModel),
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Comparison {
    /// The same text.
    Eq,
    /// Another text.
    Ne,
    /// The input has the reference in it.
    Like,
    /// The same, whatever the case of letters.
    Ilike,
    /// The input begins with it.
    StartsWith,
    /// The input ends with it.
    EndsWith,
}

/// A comparison of two texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct StringCheck {
    /// What it is called.
    pub name: String,
    /// A template of what is looked at.
    pub input: String,
    /// A template of what it is compared with.
    pub reference: String,
    /// How.
    pub operation: Comparison,
}

/// A likeness that must be reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TextSimilarity {
    /// What it is called.
    pub name: String,
    /// A template of what is looked at.
    pub input: String,
    /// A template of what it is compared with.
    pub reference: String,
    /// How likeness is measured.
    pub evaluation_metric: Metric,
    /// The least likeness that passes, 0 to 1.
    pub pass_threshold: f64,
}

/// What is asked of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum JsonOperation {
    /// It is JSON.
    Valid,
    /// It fits `schema`.
    Schema,
    /// It equals the JSON that `reference` comes to.
    Equal,
}

/// Something asked of JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct JsonCheck {
    /// What it is called.
    pub name: String,
    /// A template of what is looked at.
    pub input: String,
    /// What is asked.
    pub operation: JsonOperation,
    /// With `equal`: a template of what it equals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// With `schema`: the JSON Schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<serde_json::Map<String, serde_json::Value>>"))]
    pub schema: Option<Value>,
}

/// A comparison of two numbers: the last number of the input with that of the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Numeric {
    /// What it is called.
    pub name: String,
    /// A template of what is looked at.
    pub input: String,
    /// A template of what it is compared with.
    pub reference: String,
    /// By how much they may differ.
    #[serde(default)]
    pub tolerance: f64,
    /// By which share of the reference they may differ; the larger of both counts.
    #[serde(default)]
    pub relative_tolerance: f64,
}

/// A model that chooses a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LabelModel {
    /// What it is called.
    pub name: String,
    /// Who judges.
    pub model: String,
    /// What the judge is told: the rubric.
    pub input: Vec<Message>,
    /// What it may choose.
    pub labels: Vec<String>,
    /// Those that pass.
    pub passing_labels: Vec<String>,
}

/// A model that gives points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ScoreModel {
    /// What it is called.
    pub name: String,
    /// Who judges.
    pub model: String,
    /// What the judge is told: the rubric.
    pub input: Vec<Message>,
    /// The fewest and the most points; 0 to 1 where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// The fewest points that pass; the middle of the range where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_threshold: Option<f64>,
}

impl ScoreModel {
    /// The fewest and the most points.
    #[must_use]
    pub fn bounds(&self) -> [f64; 2] {
        self.range.unwrap_or([0.0, 1.0])
    }

    /// The fewest points that pass.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        let [least, most] = self.bounds();
        self.pass_threshold.unwrap_or(f64::midpoint(least, most))
    }
}

impl Criterion {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::StringCheck(check) => &check.name,
            Self::TextSimilarity(check) => &check.name,
            Self::JsonCheck(check) => &check.name,
            Self::Numeric(check) => &check.name,
            Self::LabelModel(judge) => &judge.name,
            Self::ScoreModel(judge) => &judge.name,
        }
    }

    /// Its `type` on the wire.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::StringCheck(_) => "string_check",
            Self::TextSimilarity(_) => "text_similarity",
            Self::JsonCheck(_) => "json_check",
            Self::Numeric(_) => "numeric",
            Self::LabelModel(_) => "label_model",
            Self::ScoreModel(_) => "score_model",
        }
    }
}
