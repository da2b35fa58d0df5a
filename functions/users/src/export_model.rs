//! Everything that is kept of a person, as they are given it. Not here: what they change, and their events.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::time;

use crate::file_export::OwnFile;
use crate::model::ApiKey;
use crate::person_model::{Person, SecurityEvent};
use crate::talk_model::{OwnPrompt, PastConversation, PastFeedback, PastMessage};

/// A session, for its owner's records.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PastSession {
    /// `ses_…`.
    pub id: String,
    /// The administrator who acted in it; null for the person.
    pub actor_id: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; null while it lives.
    pub ended_at: Option<String>,
    /// Where it was used last.
    pub network: String,
    /// What the client called itself.
    pub user_agent: String,
    /// Two letters.
    pub country: Option<String>,
}

/// A passkey, for its owner's records.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KnownPasskey {
    /// Its id here.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; null when it was never used.
    pub last_used_at: Option<String>,
}

/// A membership, for its owner's records.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KnownMembership {
    /// `org_…`.
    pub organisation_id: String,
    /// What the organisation is called.
    pub name: String,
    /// The person's role there.
    pub role: String,
    /// RFC 3339.
    pub joined_at: String,
}

/// Who the person is at another service, for their records.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KnownIdentity {
    /// Its id here.
    pub id: String,
    /// `wechat`, or the name of the service.
    pub provider: String,
    /// The person's id there.
    pub subject: String,
    /// What the service calls the person; may be empty.
    pub label: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub last_used_at: String,
}

/// An app that the person has let in, for their records.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AllowedApp {
    /// The app's id.
    pub client_id: String,
    /// What it calls itself.
    pub name: String,
    /// What it was allowed, with spaces between.
    pub scopes: String,
    /// RFC 3339.
    pub allowed_at: String,
}

/// An AI call, for its owner's records. What was said is kept where it was said in a conversation, and nowhere else.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PastCall {
    /// `call_…`.
    pub id: String,
    /// The key it was made with.
    pub key_id: Option<String>,
    /// The model.
    pub model: String,
    /// The provider.
    pub provider: String,
    /// `succeeded`, `failed`, `client_left`, `truncated`, `killed`.
    pub status: String,
    /// Tokens of the request.
    pub prompt_tokens: u64,
    /// Tokens the model wrote.
    pub completion_tokens: u64,
    /// Nano-dollars; null when no price was known.
    pub cost_nano_usd: Option<u64>,
    /// RFC 3339.
    pub started_at: String,
    /// Until when what was said is kept, to be read at `/v1/calls/{id}/capture`, RFC 3339; null where it is not.
    pub captured_until: Option<String>,
}

/// Everything that is kept of a person.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Export {
    /// RFC 3339.
    pub exported_at: String,
    /// Whether all is in it; of each list the newest 5,000 are.
    pub complete: bool,
    /// The account.
    pub profile: Person,
    /// Sessions, newest first.
    pub sessions: Vec<PastSession>,
    /// API keys that are not revoked, newest first.
    pub keys: Vec<ApiKey>,
    /// Passkeys, newest first.
    pub passkeys: Vec<KnownPasskey>,
    /// Organisations the person is a member of, newest first.
    pub memberships: Vec<KnownMembership>,
    /// Who the person is at other services, newest first.
    pub identities: Vec<KnownIdentity>,
    /// Apps that the person has let in, newest first.
    pub apps: Vec<AllowedApp>,
    /// Security events, newest first.
    pub events: Vec<SecurityEvent>,
    /// AI calls, newest first.
    pub calls: Vec<PastCall>,
    /// Conversations with models, newest first.
    pub conversations: Vec<PastConversation>,
    /// What was said in them, newest first; 8 MiB at most, more is in the exports of conversations.
    pub messages: Vec<PastMessage>,
    /// Prompts of the person's own, newest first.
    pub prompts: Vec<OwnPrompt>,
    /// What the person thinks of answers, newest first.
    pub feedback: Vec<PastFeedback>,
    /// Files, newest first; their bytes are had one by one.
    pub files: Vec<OwnFile>,
    /// Analyses of pictures, newest first; 4 MiB at most, more is read one by one.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::work_model::PastAnalysis>"))]
    pub analyses: Vec<Box<RawValue>>,
    /// Batches, newest first.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::work_model::PastBatch>"))]
    pub batches: Vec<Box<RawValue>>,
    /// Evaluations, newest first.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::work_model::PastEvaluation>"))]
    pub evaluations: Vec<Box<RawValue>>,
    /// Their runs, newest first.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::work_model::PastRun>"))]
    pub evaluation_runs: Vec<Box<RawValue>>,
    /// Models trained further, newest first.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::work_model::PastTuning>"))]
    pub tuning_jobs: Vec<Box<RawValue>>,
    /// Uploads that are not whole yet, newest first.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::work_model::OpenUpload>"))]
    pub uploads: Vec<Box<RawValue>>,
    /// Whom the person shares files with, and what is shared with them.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::work_model::KnownShare>"))]
    pub shares: Vec<Box<RawValue>>,
    /// Links that the person made to files, newest first.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::work_model::KnownLink>"))]
    pub links: Vec<Box<RawValue>>,
    /// Where the person's programs are told, newest first.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::work_model::KnownWebhook>"))]
    pub webhooks: Vec<Box<RawValue>>,
    /// What the person has set: one, or none.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<crate::work_model::KnownSettings>"))]
    pub settings: Vec<Box<RawValue>>,
}

/// A session as stored.
#[derive(Debug, Deserialize)]
pub struct PastSessionRow {
    id: String,
    actor_id: Option<String>,
    created_at: u64,
    ended_at: Option<u64>,
    network: String,
    user_agent: String,
    country: Option<String>,
}

impl From<PastSessionRow> for PastSession {
    fn from(row: PastSessionRow) -> Self {
        let PastSessionRow { id, actor_id, created_at, ended_at, network, user_agent, country } = row;
        let created_at = time::rfc3339(created_at);
        Self { id, actor_id, created_at, ended_at: ended_at.map(time::rfc3339), network, user_agent, country }
    }
}

/// A passkey as stored.
#[derive(Debug, Deserialize)]
pub struct KnownPasskeyRow {
    id: String,
    name: String,
    created_at: u64,
    last_used_at: Option<u64>,
}

impl From<KnownPasskeyRow> for KnownPasskey {
    fn from(row: KnownPasskeyRow) -> Self {
        let KnownPasskeyRow { id, name, created_at, last_used_at } = row;
        Self { id, name, created_at: time::rfc3339(created_at), last_used_at: last_used_at.map(time::rfc3339) }
    }
}

/// A membership as stored.
#[derive(Debug, Deserialize)]
pub struct KnownMembershipRow {
    organisation_id: String,
    name: String,
    role: String,
    joined_at: u64,
}

impl From<KnownMembershipRow> for KnownMembership {
    fn from(row: KnownMembershipRow) -> Self {
        let KnownMembershipRow { organisation_id, name, role, joined_at } = row;
        Self { organisation_id, name, role, joined_at: time::rfc3339(joined_at) }
    }
}

/// An identity as stored.
#[derive(Debug, Deserialize)]
pub struct KnownIdentityRow {
    id: String,
    provider: String,
    subject: String,
    label: String,
    created_at: u64,
    last_used_at: u64,
}

impl From<KnownIdentityRow> for KnownIdentity {
    fn from(row: KnownIdentityRow) -> Self {
        let KnownIdentityRow { id, provider, subject, label, created_at, last_used_at } = row;
        let [created_at, last_used_at] = [created_at, last_used_at].map(time::rfc3339);
        Self { id, provider, subject, label, created_at, last_used_at }
    }
}

/// A consent as stored, with the app's name.
#[derive(Debug, Deserialize)]
pub struct AllowedAppRow {
    client_id: String,
    name: String,
    scopes: String,
    created_at: u64,
}

impl From<AllowedAppRow> for AllowedApp {
    fn from(row: AllowedAppRow) -> Self {
        let AllowedAppRow { client_id, name, scopes, created_at } = row;
        Self { client_id, name, scopes, allowed_at: time::rfc3339(created_at) }
    }
}

/// A call as stored.
#[derive(Debug, Deserialize)]
pub struct PastCallRow {
    id: String,
    key_id: Option<String>,
    model: String,
    provider: String,
    status: String,
    prompt_tokens: u64,
    completion_tokens: u64,
    cost_nano_usd: Option<u64>,
    started_at: u64,
    captured_until: Option<u64>,
}

impl From<PastCallRow> for PastCall {
    fn from(row: PastCallRow) -> Self {
        Self {
            id: row.id,
            key_id: row.key_id,
            model: row.model,
            provider: row.provider,
            status: row.status,
            prompt_tokens: row.prompt_tokens,
            completion_tokens: row.completion_tokens,
            cost_nano_usd: row.cost_nano_usd,
            started_at: time::rfc3339(row.started_at),
            captured_until: row.captured_until.map(time::rfc3339),
        }
    }
}
