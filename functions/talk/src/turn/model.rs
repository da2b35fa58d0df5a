//! Bodies of turns: what a person says, and what they get.

use serde::{Deserialize, Serialize};
use shared::json::named;

use crate::conversation::message_model::Message;
use crate::prompt::names::{Label, Title};
use crate::prompt::variable::Values;
use crate::prompt::version_model::Asked;

/// Bytes of a message at most.
pub const LONGEST_CONTENT: usize = 192 * 1024;

/// `POST /v1/conversations/{id}/messages`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TurnWish {
    /// What the person says, 192 KiB at most; with a prompt it may be left out: the prompt's last message is said then.
    pub content: Option<String>,
    /// The message that it follows, null for the beginning: so a message is edited, by saying another thing in its place.
    /// Without it the newest of the branch that is shown.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<String>"))]
    pub parent: Option<Option<String>>,
    /// The model of this answer; without it the prompt's, then the conversation's.
    pub model: Option<Title>,
    /// A prompt or preset for this turn.
    pub prompt: Option<PromptOfTurn>,
    /// Whether the answer is a stream.
    pub stream: bool,
}

/// `POST /v1/conversations/{id}/messages/{message_id}/regenerate`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AgainWish {
    /// The model of this answer; without it the conversation's.
    pub model: Option<Title>,
    /// Whether the answer is a stream.
    pub stream: bool,
}

/// A prompt, or a preset, that a turn is taken with: one of both is named.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PromptOfTurn {
    /// `prm_…`.
    pub id: Option<String>,
    /// The name of a preset.
    pub preset: Option<String>,
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
}

/// Which prompt is named.
pub enum Named {
    /// A stored one.
    Prompt(String),
    /// One that comes with the deployment.
    Preset(String),
}

impl PromptOfTurn {
    /// Which is named, and what is asked of it; `None` when it is not exactly one.
    pub fn split(self) -> Option<(Named, Asked)> {
        let Self { id, preset, variables, label, version, sticky, locale } = self;
        let asked = Asked { variables, label, version, sticky, locale };
        match (id, preset) {
            (Some(id), None) => Some((Named::Prompt(id), asked)),
            (None, Some(preset)) => Some((Named::Preset(preset), asked)),
            _ => None,
        }
    }
}

/// What was said and answered.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Exchanged {
    /// What the person said.
    pub message: Message,
    /// What the model answered.
    pub answer: Message,
}
