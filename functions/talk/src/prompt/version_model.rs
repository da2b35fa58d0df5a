//! Versions as they are stored and told, and what asks for one. Not here: what a new one must be (`model`).

use serde::{Deserialize, Serialize};
use shared::problem::Problem;
use shared::time;

use super::names::{Label, Title};
use super::render::{Parameters, Said, Source};
use super::variable::{Values, Variable};

/// A version of a prompt. It never changes.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Version {
    /// Its number, from 1.
    pub version: u32,
    /// The model; null: whoever runs it says which.
    pub model: Option<String>,
    /// What is said, as templates.
    pub messages: Vec<Said>,
    /// The variables.
    pub variables: Vec<Variable>,
    /// Further members of the request.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "std::collections::BTreeMap<String, serde_json::Value>"))]
    pub parameters: Parameters,
    /// What is new in it.
    pub note: String,
    /// RFC 3339.
    pub created_at: String,
}

/// A version as stored.
#[derive(Debug, Deserialize)]
pub struct VersionRow {
    /// Its number.
    pub version: u32,
    model: Option<String>,
    messages: String,
    variables: String,
    parameters: String,
    note: String,
    created_at: u64,
    /// Where it is the next one of a rollout: how many of a hundred keys get it.
    #[serde(default)]
    pub percent: Option<u32>,
}

impl VersionRow {
    /// What it renders, and its model.
    ///
    /// # Errors
    /// 500 for what cannot be read, which nothing wrote.
    pub fn source(&self) -> Result<(Source, Option<String>), Problem> {
        let source = Source {
            messages: shared::json::read(&self.messages).map_err(Problem::internal)?,
            variables: shared::json::read(&self.variables).map_err(Problem::internal)?,
            parameters: shared::json::read(&self.parameters).map_err(Problem::internal)?,
        };
        Ok((source, self.model.clone()))
    }
}

impl From<VersionRow> for Version {
    fn from(row: VersionRow) -> Self {
        let (source, model) = row.source().unwrap_or_default();
        let Source { messages, variables, parameters } = source;
        let (version, note, created_at) = (row.version, row.note, time::rfc3339(row.created_at));
        Self { version, model, messages, variables, parameters, note, created_at }
    }
}

/// A new version in JSON, as stored.
pub struct Stored {
    /// The model.
    pub model: Option<String>,
    /// Messages.
    pub messages: String,
    /// Variables.
    pub variables: String,
    /// Parameters.
    pub parameters: String,
    /// What is new.
    pub note: String,
}

impl Stored {
    /// What is written down of a version.
    ///
    /// # Errors
    /// 422 as `VersionWish::source`.
    pub fn of(wish: super::model::VersionWish) -> Result<Self, Problem> {
        let (source, model, note) = wish.source()?;
        Ok(Self {
            model: model.as_ref().map(|model| model.as_str().to_owned()),
            messages: serde_json::to_string(&source.messages).map_err(Problem::internal)?,
            variables: serde_json::to_string(&source.variables).map_err(Problem::internal)?,
            parameters: serde_json::to_string(&source.parameters).map_err(Problem::internal)?,
            note: note.as_str().to_owned(),
        })
    }
}

/// Which version is meant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Asked {
    /// The values of the variables, by name.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "std::collections::BTreeMap<String, serde_json::Value>"))]
    pub variables: Values,
    /// The version a label leads to. With neither label nor version: `production`, and where there is none the newest.
    pub label: Option<Label>,
    /// This very version; wins over the label.
    pub version: Option<u32>,
    /// What decides which of two versions a rollout gives; the caller's id unless it is given. 200 bytes at most.
    pub sticky: Option<String>,
    /// The language of a preset, `en` or `zh`; prompts have one text.
    pub locale: Option<Title>,
}

/// `POST /v1/prompts/{id}/run`, `POST /v1/presets/{preset}/run`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Run {
    /// The values of the variables, by name.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "std::collections::BTreeMap<String, serde_json::Value>"))]
    pub variables: Values,
    /// As for rendering.
    pub label: Option<Label>,
    /// As for rendering.
    pub version: Option<u32>,
    /// As for rendering.
    pub sticky: Option<String>,
    /// As for rendering.
    pub locale: Option<Title>,
    /// The model; without one the version's, and where it names none the deployment's.
    pub model: Option<Title>,
    /// Whether the answer is a stream.
    pub stream: bool,
}

impl Run {
    /// What is asked of the prompt, and of the model.
    pub fn split(self) -> (Asked, Option<Title>, bool) {
        let Self { variables, label, version, sticky, locale, model, stream } = self;
        (Asked { variables, label, version, sticky, locale }, model, stream)
    }
}

/// What a prompt comes to with these values.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RenderedPrompt {
    /// The version that was rendered; null for a preset.
    pub version: Option<u32>,
    /// The model; null: whoever runs it says which.
    pub model: Option<String>,
    /// What a model would be asked.
    pub messages: Vec<Said>,
    /// Further members of the request.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "std::collections::BTreeMap<String, serde_json::Value>"))]
    pub parameters: Parameters,
}
