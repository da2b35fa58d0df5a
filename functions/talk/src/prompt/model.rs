//! Bodies and rows of prompts. A value that exists is valid: what cannot be rendered is refused when it is written down.

use serde::{Deserialize, Deserializer, Serialize};
use shared::problem::Problem;
use shared::time;

use super::names::{Note, Title};
use super::render::{Parameters, Said, Source, faults, invalid};
use super::variable::Variable;

/// Messages of a prompt at most.
pub const MOST_MESSAGES: usize = 32;
/// Variables of a prompt at most.
pub const MOST_VARIABLES: usize = 32;
/// Parameters of a prompt at most.
const MOST_PARAMETERS: usize = 16;
/// Members of the request that a prompt does not set: they are the call's own.
const RESERVED: [&str; 5] = ["model", "messages", "stream", "stream_options", "n"];

/// What a version is to hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct VersionWish {
    /// What is said, 1 to 32 messages; `{{name}}` is the place of a variable, `{{json name}}` of one written as JSON.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 32)))]
    pub messages: Vec<Said>,
    /// The variables, 32 at most.
    #[serde(default)]
    pub variables: Vec<Variable>,
    /// Further members of the request, 16 at most: `temperature`, `response_format`. Texts in them are templates, too.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "std::collections::BTreeMap<String, serde_json::Value>"))]
    pub parameters: Parameters,
    /// The model; without one whoever runs it says which.
    #[serde(default)]
    pub model: Option<Title>,
    /// What is new in this version.
    #[serde(default)]
    pub note: Note,
}

impl VersionWish {
    /// What is rendered, once it is known to render.
    ///
    /// # Errors
    /// 422 with a pointer for each fault.
    pub fn source(self) -> Result<(Source, Option<Title>, Note), Problem> {
        let Self { messages, variables, parameters, model, note } = self;
        if !(1..=MOST_MESSAGES).contains(&messages.len()) {
            return Err(Problem::invalid("/messages", "invalid", "must be 1 to 32 messages"));
        }
        if variables.len() > MOST_VARIABLES {
            return Err(Problem::invalid("/variables", "invalid", "must be at most 32"));
        }
        if parameters.len() > MOST_PARAMETERS {
            return Err(Problem::invalid("/parameters", "invalid", "must be at most 16"));
        }
        if let Some(name) = parameters.keys().find(|name| RESERVED.contains(&name.as_str())) {
            let pointer = format!("/parameters/{name}");
            return Err(Problem::invalid(pointer, "reserved", "is the call's own, not the prompt's"));
        }
        let source = Source { messages, variables, parameters };
        let errors = faults(&source);
        if errors.is_empty() { Ok((source, model, note)) } else { Err(invalid(errors)) }
    }
}

/// `POST /v1/prompts`: a prompt and its first version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PromptWish {
    /// What it is called.
    pub name: Title,
    /// What it is for.
    #[serde(default)]
    pub description: Note,
    /// The organisation whose it is; without one it is the caller's.
    #[serde(default)]
    pub organisation_id: Option<String>,
    /// The first version.
    pub version: VersionWish,
}

/// `PATCH /v1/prompts/{id}`: what is named is changed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PromptChange {
    /// What it is called.
    pub name: Option<Title>,
    /// What it is for.
    pub description: Option<Note>,
}

/// The share of keys that get the next version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Rollout {
    /// The next version.
    pub version: u32,
    /// How many of a hundred keys get it, 0 to 100.
    #[serde(deserialize_with = "percent")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(range(max = 100)))]
    pub percent: u32,
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let percent = u32::deserialize(deserializer)?;
    if percent <= 100 { Ok(percent) } else { Err(serde::de::Error::custom("must be from 0 to 100")) }
}

/// `PUT /v1/prompts/{id}/labels/{label}`: where the label leads from now on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LabelWish {
    /// The version.
    pub version: u32,
    /// A share of keys that get another one.
    #[serde(default)]
    pub rollout: Option<Rollout>,
}

/// Where a label leads.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LabelOfPrompt {
    /// `production`.
    pub label: String,
    /// The version.
    pub version: u32,
    /// A share of keys that get another one; null: none.
    pub rollout: Option<Rollout>,
}

/// A prompt.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Prompt {
    /// `prm_…`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The organisation whose it is; null: the caller's own.
    pub organisation_id: Option<String>,
    /// The number of its newest version.
    pub newest_version: u32,
    /// Its labels, by name.
    pub labels: Vec<LabelOfPrompt>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// A prompt as stored.
#[derive(Debug, Deserialize)]
pub struct PromptRow {
    /// `prm_…`.
    pub id: String,
    name: String,
    description: String,
    organisation_id: Option<String>,
    newest: u32,
    labels: String,
    created_at: u64,
    updated_at: u64,
}

/// A label as the database writes it down.
#[derive(Deserialize)]
struct LabelRow {
    label: String,
    version: u32,
    next: Option<u32>,
    percent: Option<u32>,
}

impl From<PromptRow> for Prompt {
    fn from(row: PromptRow) -> Self {
        let labels: Vec<LabelRow> = shared::json::read(&row.labels).unwrap_or_default();
        let labels = labels.into_iter().map(|LabelRow { label, version, next, percent }| {
            let rollout = next.zip(percent).map(|(version, percent)| Rollout { version, percent });
            LabelOfPrompt { label, version, rollout }
        });
        Self {
            labels: labels.collect(),
            id: row.id,
            name: row.name,
            description: row.description,
            organisation_id: row.organisation_id,
            newest_version: row.newest,
            created_at: time::rfc3339(row.created_at),
            updated_at: time::rfc3339(row.updated_at),
        }
    }
}
