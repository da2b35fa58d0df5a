//! What a run is asked to do: the body of its making, and what is stored of it.

use jobs::metadata::{self, Metadata};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::problem::Problem;

use crate::model::check_name;
use crate::scoring::fault::{messages_fault, reads_sample};
use crate::scoring::message::Message;

/// The body of `POST /v1/evals/{id}/runs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RunWish {
    /// What it is called.
    #[serde(default)]
    pub name: Option<String>,
    /// Up to 16 pairs.
    #[serde(default)]
    pub metadata: Option<Metadata>,
    /// What is asked of whom.
    pub data_source: DataSource,
}

/// What is asked of whom. Other kinds than `completions` are not offered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DataSource {
    /// `completions`.
    #[serde(rename = "type")]
    pub kind: Completions,
    /// The rows.
    pub source: Source,
    /// What is said to the model for each of them.
    pub input_messages: InputMessages,
    /// The model: whatever a chat may name.
    pub model: String,
    /// Further members of the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling_params: Option<Sampling>,
}

/// The only kind of data source of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Completions {
    /// A model is asked.
    Completions,
}

/// Where the rows are.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Source {
    /// In the request itself.
    FileContent {
        /// The rows. They are not repeated when the run is read: its output items have them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        content: Vec<InlineRow>,
    },
    /// In a file with the purpose `evals`: JSON Lines.
    FileId {
        /// `file_…`.
        id: String,
    },
}

/// A row in the request itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct InlineRow {
    /// What templates read as `item`.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub item: Value,
}

/// What is said to the model.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct InputMessages {
    /// `template`.
    #[serde(rename = "type")]
    pub kind: Template,
    /// Messages whose texts may have places such as `{{item.question}}`.
    pub template: Vec<Message>,
}

/// The only way to say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Template {
    /// By a template.
    Template,
}

/// Further members of the chat.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Sampling {
    /// Tokens of an answer at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_completion_tokens: Option<u64>,
    /// As a chat has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// As a chat has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// As a chat has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// As a chat has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    /// As a chat has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<serde_json::Map<String, serde_json::Value>>"))]
    pub response_format: Option<Value>,
}

impl RunWish {
    /// What it asks for, checked.
    ///
    /// # Errors
    /// 422 with a pointer to what does not fit.
    pub fn check(&self) -> Result<(), Problem> {
        check_name(self.name.as_deref())?;
        metadata::check(self.metadata.as_ref())?;
        let DataSource { model, input_messages, .. } = &self.data_source;
        if model.is_empty() || model.len() > 256 {
            return Err(Problem::invalid("/data_source/model", "invalid", "must name a model"));
        }
        let pointer = "/data_source/input_messages/template";
        if let Some(why) = messages_fault(&input_messages.template) {
            return Err(Problem::invalid(pointer, "template", why));
        }
        if reads_sample(&input_messages.template) {
            return Err(Problem::invalid(pointer, "template", "names the sample before there is one"));
        }
        Ok(())
    }
}
