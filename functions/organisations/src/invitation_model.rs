//! Bodies and rows of invitations. A value that exists is valid: types refuse what does not fit when they are read.

use serde::{Deserialize, Serialize};
use shared::accounts::Email;
use shared::secret::Secret;
use shared::time;

use crate::role_model::RoleWord;

/// `POST /v1/organisations/{id}/invitations`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct InvitationWish {
    /// Where the letter goes; only an account with this address, proven, can accept.
    pub email: Email,
    /// What the person will be; `member` unless said.
    #[serde(default)]
    pub role: RoleWord,
}

/// An invitation that is open.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Invitation {
    /// `inv_…`.
    pub id: String,
    /// Whom it is for.
    pub email: String,
    /// What the person will be.
    pub role: String,
    /// Who invited them; null when that account is gone.
    pub invited_by: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub expires_at: String,
}

/// An invitation as stored.
#[derive(Debug, Deserialize)]
pub struct InvitationRow {
    /// `inv_…`.
    pub id: String,
    email: String,
    role: String,
    invited_by: Option<String>,
    created_at: u64,
    expires_at: u64,
}

impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Self {
        let InvitationRow { id, email, role, invited_by, created_at, expires_at } = row;
        let (created_at, expires_at) = (time::rfc3339(created_at), time::rfc3339(expires_at));
        Self { id, email, role, invited_by, created_at, expires_at }
    }
}

/// `POST /v1/invitations/accept` and `/preview`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct InvitationToken {
    /// The part of the link behind `#`.
    pub token: Secret,
}

/// What an invited person sees before deciding.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct InvitationPreview {
    /// `inv_…`.
    pub id: String,
    /// `org_…`.
    pub organisation_id: String,
    /// What the organisation is called.
    pub organisation_name: String,
    /// What the person will be.
    pub role: String,
    /// Until when it can be accepted, RFC 3339.
    pub expires_at: String,
}

/// An open invitation to the caller, as stored.
#[derive(Debug, Deserialize)]
pub struct OpenRow {
    /// `inv_…`.
    pub id: String,
    /// `org_…`.
    pub organisation_id: String,
    organisation_name: String,
    role: String,
    expires_at: u64,
}

impl From<OpenRow> for InvitationPreview {
    fn from(row: OpenRow) -> Self {
        let OpenRow { id, organisation_id, organisation_name, role, expires_at } = row;
        Self { id, organisation_id, organisation_name, role, expires_at: time::rfc3339(expires_at) }
    }
}
