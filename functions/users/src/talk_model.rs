//! What was said to models and what was made of it, for its person's records.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::time;

/// A conversation, for its person's records.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PastConversation {
    /// `cnv_…`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The model.
    pub model: String,
    /// What the model was told before anything else.
    pub system: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// A message, for its person's records.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PastMessage {
    /// `msg_…`.
    pub id: String,
    /// Its conversation.
    pub conversation_id: String,
    /// What it follows.
    pub parent: Option<String>,
    /// `user` or `assistant`.
    pub role: String,
    /// The text.
    pub content: String,
    /// `complete`, `partial` or `broken`.
    pub state: String,
    /// The model that wrote it.
    pub model: Option<String>,
    /// RFC 3339.
    pub created_at: String,
}

/// A prompt of the person's own, for their records.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OwnPrompt {
    /// `prm_…`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its versions, with what they say.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<serde_json::Value>"))]
    pub versions: Box<RawValue>,
    /// RFC 3339.
    pub created_at: String,
}

/// What the person thinks of an answer, for their records.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PastFeedback {
    /// `fbk_…`.
    pub id: String,
    /// The message, or the call.
    pub about: String,
    /// `up` or `down`.
    pub rating: String,
    /// Words for why.
    pub reasons: Vec<String>,
    /// More words.
    pub comment: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// A conversation as stored.
#[derive(Debug, Deserialize)]
pub struct PastConversationRow {
    id: String,
    title: String,
    model: String,
    system: String,
    created_at: u64,
    updated_at: u64,
}

impl From<PastConversationRow> for PastConversation {
    fn from(row: PastConversationRow) -> Self {
        let PastConversationRow { id, title, model, system, created_at, updated_at } = row;
        let [created_at, updated_at] = [created_at, updated_at].map(time::rfc3339);
        Self { id, title, model, system, created_at, updated_at }
    }
}

/// A message as stored.
#[derive(Debug, Deserialize)]
pub struct PastMessageRow {
    id: String,
    conversation_id: String,
    parent_id: Option<String>,
    role: String,
    content: String,
    state: String,
    model: Option<String>,
    created_at: u64,
    /// Bytes of all the person's messages.
    pub whole: u64,
}

impl From<PastMessageRow> for PastMessage {
    fn from(row: PastMessageRow) -> Self {
        let PastMessageRow { id, conversation_id, parent_id: parent, role, content, state, model, created_at, .. } =
            row;
        Self { id, conversation_id, parent, role, content, state, model, created_at: time::rfc3339(created_at) }
    }
}

/// A prompt as stored.
#[derive(Debug, Deserialize)]
pub struct OwnPromptRow {
    id: String,
    name: String,
    description: String,
    versions: String,
    created_at: u64,
}

impl From<OwnPromptRow> for OwnPrompt {
    fn from(row: OwnPromptRow) -> Self {
        let OwnPromptRow { id, name, description, versions, created_at } = row;
        // The database wrote it; were it no JSON, there would be nothing to show.
        let versions = RawValue::from_string(versions).unwrap_or_default();
        Self { id, name, description, versions, created_at: time::rfc3339(created_at) }
    }
}

/// Feedback as stored.
#[derive(Debug, Deserialize)]
pub struct PastFeedbackRow {
    id: String,
    about: String,
    rating: String,
    reasons: String,
    comment: String,
    updated_at: u64,
}

impl From<PastFeedbackRow> for PastFeedback {
    fn from(row: PastFeedbackRow) -> Self {
        let PastFeedbackRow { id, about, rating, reasons, comment, updated_at } = row;
        let reasons = shared::json::read(&reasons).unwrap_or_default();
        Self { id, about, rating, reasons, comment, updated_at: time::rfc3339(updated_at) }
    }
}
