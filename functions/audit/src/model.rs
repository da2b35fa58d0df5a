//! Queries, replies and lines of exports.

use serde::{Deserialize, Serialize};
use shared::page::Limit;
use shared::time;

use crate::store::SealedRow;

/// The query of `GET /v1/admin/audit`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AuditQuery {
    /// Whose account: `usr_…`.
    pub user_id: Option<String>,
    /// What happened: `signed_in`.
    pub kind: Option<String>,
    /// RFC 3339 or a day in UTC, inclusive.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(extend("anyOf" = [{ "format": "date" }, { "format": "date-time" }])))]
    pub from: Option<String>,
    /// RFC 3339 or a day in UTC, exclusive.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(extend("anyOf" = [{ "format": "date" }, { "format": "date-time" }])))]
    pub to: Option<String>,
    /// Items at most.
    pub limit: Limit,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The query of `GET /v1/admin/audit/export`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ExportQuery {
    /// The `sequence` of the last line that is known; 0 for the beginning.
    pub after: u64,
}

/// An event, as administrators see it.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AuditEvent {
    /// `evt_…`.
    pub id: String,
    /// Its place in the chain; null until it is sealed, within a minute.
    pub sequence: Option<u64>,
    /// What happened: `signed_in`, `suspended`.
    pub kind: String,
    /// RFC 3339.
    pub at: String,
    /// Whose account.
    pub user_id: Option<String>,
    /// Who did it, when it was somebody else.
    pub actor_id: Option<String>,
    /// From where: an IPv4 address or the /64 of an IPv6 address. Empty when the account is gone.
    pub network: String,
    /// What the client called itself.
    pub user_agent: String,
    /// Particulars, as JSON text.
    pub detail: String,
    /// Its hash in the chain, lower-case hex.
    pub hash: Option<String>,
}

/// An event of one's own account.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OwnEvent {
    /// `evt_…`.
    pub id: String,
    /// What happened: `signed_in`, `unusual_sign_in`.
    pub kind: String,
    /// RFC 3339.
    pub at: String,
    /// Who did it, when it was somebody else: an administrator.
    pub actor_id: Option<String>,
    /// From where: an IPv4 address or the /64 of an IPv6 address. Empty when it was somebody else.
    pub network: String,
    /// The client and its system, guessed from what it calls itself; `Unknown` when it was somebody else.
    pub device: String,
    /// Particulars, as JSON text.
    pub detail: String,
}

/// An event as stored.
#[derive(Debug, Deserialize)]
pub struct EventRow {
    /// The number of its row.
    pub seq: u64,
    sequence: Option<u64>,
    id: String,
    at: u64,
    kind: String,
    user_id: Option<String>,
    actor_id: Option<String>,
    network: String,
    user_agent: String,
    detail: String,
    salt: Option<String>,
    commitment: Option<String>,
    hash: Option<String>,
}

impl From<EventRow> for AuditEvent {
    fn from(row: EventRow) -> Self {
        let EventRow { sequence, id, at, kind, user_id, actor_id, network, user_agent, detail, hash, .. } = row;
        let at = time::rfc3339(at);
        Self { id, sequence, kind, at, user_id, actor_id, network, user_agent, detail, hash }
    }
}

/// An event of one's own as stored.
#[derive(Debug, Deserialize)]
pub struct OwnRow {
    /// The number of its row.
    pub seq: u64,
    id: String,
    at: u64,
    kind: String,
    actor_id: Option<String>,
    network: String,
    user_agent: String,
    detail: String,
}

impl From<OwnRow> for OwnEvent {
    fn from(row: OwnRow) -> Self {
        let OwnRow { id, at, kind, actor_id, network, user_agent, detail, .. } = row;
        let device = shared::accounts::agent::device(&user_agent);
        Self { id, kind, at: time::rfc3339(at), actor_id, network, device, detail }
    }
}

/// A line of an export: an event of the chain with what is personal in it, unless that was forgotten.
#[derive(Debug, Serialize)]
pub struct ExportLine {
    sequence: u64,
    row: u64,
    id: String,
    at: String,
    kind: String,
    user_id: Option<String>,
    actor_id: Option<String>,
    /// `None`: forgotten with the account.
    salt: Option<String>,
    network: String,
    user_agent: String,
    detail: String,
    commitment: String,
    hash: String,
}

impl ExportLine {
    /// `None` for an event that is not sealed.
    pub fn of(row: EventRow) -> Option<Self> {
        let EventRow { seq, sequence, id, at, kind, user_id, actor_id, network, user_agent, detail, .. } = row;
        let (sequence, commitment, hash) = (sequence?, row.commitment?, row.hash?);
        let (row_number, at, salt) = (seq, time::rfc3339(at), row.salt);
        Some(Self {
            sequence,
            row: row_number,
            id,
            at,
            kind,
            user_id,
            actor_id,
            salt,
            network,
            user_agent,
            detail,
            commitment,
            hash,
        })
    }
}

/// A line of a segment: an event of the chain without what is personal.
#[derive(Debug, Serialize)]
pub struct SegmentLine {
    sequence: u64,
    row: u64,
    id: String,
    at: String,
    kind: String,
    user_id: Option<String>,
    actor_id: Option<String>,
    commitment: String,
    hash: String,
}

impl From<SealedRow> for SegmentLine {
    fn from(row: SealedRow) -> Self {
        let SealedRow { seq, sequence, id, at, kind, user_id, actor_id, commitment, hash } = row;
        Self { sequence, row: seq, id, at: time::rfc3339(at), kind, user_id, actor_id, commitment, hash }
    }
}

impl SegmentLine {
    /// As the verifier takes it.
    pub fn entry(&self) -> chain::Entry<'_> {
        let Self { sequence, row, id, at, kind, user_id, actor_id, commitment, hash } = self;
        let (user_id, actor_id) = (user_id.as_deref(), actor_id.as_deref());
        let event = chain::Event { sequence: *sequence, row: *row, id, at, kind, user_id, actor_id };
        chain::Entry { event, personal: None, forgotten: false, commitment, hash }
    }
}
