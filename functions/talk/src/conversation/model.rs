//! Bodies and rows of conversations and settings. Not here: messages (`message_model`).

use serde::{Deserialize, Deserializer, Serialize};
use shared::time;

use crate::prompt::names::Title;

/// Bytes of a system prompt at most.
pub const LONGEST_SYSTEM: usize = 16 * 1024;

/// What a conversation's model is told before anything else: at most 16 KiB.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct SystemPrompt(#[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 16384)))] String);

impl SystemPrompt {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SystemPrompt {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() <= LONGEST_SYSTEM { Ok(Self(text)) } else { Err("must have at most 16,384 bytes") }
    }
}

/// A number of messages, or of bytes, within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct Bounded<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Bounded<MIN, MAX> {
    /// The number.
    pub fn get(self) -> u64 {
        u64::from(self.0)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<const MIN: u32, const MAX: u32> schemars::JsonSchema for Bounded<MIN, MAX> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Bounded{MIN}To{MAX}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

impl<const MIN: u32, const MAX: u32> TryFrom<u32> for Bounded<MIN, MAX> {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        if (MIN..=MAX).contains(&number) { Ok(Self(number)) } else { Err(format!("must be from {MIN} to {MAX}")) }
    }
}

/// The newest messages that a model is told: 1 to 100.
pub type ContextMessages = Bounded<1, 100>;
/// Their bytes: 1,024 to 262,144.
pub type ContextBytes = Bounded<1_024, 262_144>;
/// Days after which a conversation that nobody goes on with is deleted: 1 to 3,650.
pub type RetentionDays = Bounded<1, 3_650>;

/// `POST /v1/conversations`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ConversationWish {
    /// What it is called; without it the model finds a title after the first answer.
    pub title: Option<Title>,
    /// The model; the deployment's default unless it is given.
    pub model: Option<Title>,
    /// What the model is told before anything else.
    pub system: SystemPrompt,
    /// The newest messages that the model is told, 1 to 100; 40 unless it says so.
    pub context_messages: Option<ContextMessages>,
    /// Their bytes, 1,024 to 262,144; 65,536 unless it says so.
    pub context_bytes: Option<ContextBytes>,
}

/// `PATCH /v1/conversations/{id}`: what is named is changed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ConversationChange {
    /// What it is called.
    pub title: Option<Title>,
    /// The model from now on.
    pub model: Option<Title>,
    /// What the model is told before anything else, from now on.
    pub system: Option<SystemPrompt>,
    /// The newest messages that the model is told.
    pub context_messages: Option<ContextMessages>,
    /// Their bytes.
    pub context_bytes: Option<ContextBytes>,
    /// The message at which the branch ends that is shown and gone on with.
    pub head: Option<String>,
}

/// A conversation.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Conversation {
    /// `cnv_…`.
    pub id: String,
    /// What it is called; empty before anything was said.
    pub title: String,
    /// Who found the title: `nobody` yet, the first `words`, the `model` or the `person`.
    pub title_by: String,
    /// The model.
    pub model: String,
    /// What the model is told before anything else.
    pub system: String,
    /// The newest messages that the model is told.
    pub context_messages: u32,
    /// Their bytes.
    pub context_bytes: u32,
    /// The newest message of the branch that is shown; null before anything was said.
    pub head: Option<String>,
    /// How many messages there are, of all branches.
    pub messages: u32,
    /// Whether an answer is being written.
    pub answering: bool,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339: when something was said last.
    pub updated_at: String,
}

/// A conversation as stored.
#[derive(Debug, Deserialize)]
pub struct ConversationRow {
    /// `cnv_…`.
    pub id: String,
    title: String,
    title_by: String,
    model: String,
    system: String,
    context_messages: u32,
    context_bytes: u32,
    head_id: Option<String>,
    messages: u32,
    answering: u8,
    created_at: u64,
    updated_at: u64,
}

impl ConversationRow {
    /// Where it stands in the list: by when something was said last, then by its id.
    pub fn place(&self) -> String {
        format!("{}.{}", self.updated_at, self.id)
    }
}

impl From<ConversationRow> for Conversation {
    fn from(row: ConversationRow) -> Self {
        Self {
            id: row.id,
            title: row.title,
            title_by: row.title_by,
            model: row.model,
            system: row.system,
            context_messages: row.context_messages,
            context_bytes: row.context_bytes,
            head: row.head_id,
            messages: row.messages,
            answering: row.answering != 0,
            created_at: time::rfc3339(row.created_at),
            updated_at: time::rfc3339(row.updated_at),
        }
    }
}

/// A person's settings of their conversations.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Settings {
    /// Days after which a conversation that nobody goes on with is deleted; null: as long as the deployment keeps them.
    pub retention_days: Option<u32>,
    /// The deployment's own limit in days, which holds for everybody; null: none.
    pub deployment_retention_days: Option<u32>,
}

/// `PUT /v1/conversations/settings`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SettingsWish {
    /// Days, 1 to 3,650, after which a conversation that nobody goes on with is deleted; null: as long as the deployment
    /// keeps them.
    #[serde(deserialize_with = "null_or")]
    pub retention_days: Option<RetentionDays>,
}

/// Null has to be said.
fn null_or<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}
