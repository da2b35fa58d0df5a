//! Bodies and rows of organisations, members and invitations. A value that exists is valid: types refuse what does
//! not fit when they are read. Not here: roles and their permissions (`role_model`).

use serde::{Deserialize, Serialize};
use shared::accounts::Email;
use shared::secret::Secret;
use shared::time;

use crate::role_model::RoleWord;

/// What an organisation is called: 1 to 100 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct OrganisationName(
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 100), regex(pattern = shared::accounts::ONE_LINE_WITH_TEXT)))]
     String,
);

impl OrganisationName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OrganisationName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let name = text.trim();
        let fits = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if fits { Ok(Self(name.to_owned())) } else { Err("must have 1 to 100 characters, on one line") }
    }
}

/// An organisation's short name, for addresses: 3 to 40 letters, digits and single hyphens, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct Slug(
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schemars(length(min = 3, max = 40), regex(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"))
    )]
    String,
);

impl Slug {
    /// The short name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let fits = (3..=40).contains(&text.len()) && text.split('-').all(part);
        if fits { Ok(Self(text)) } else { Err("must be 3 to 40 letters, digits and single hyphens, in lower case") }
    }
}

/// `POST /v1/organisations`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OrganisationWish {
    /// What it is called.
    pub name: OrganisationName,
    /// Its short name; no other organisation has it.
    pub slug: Slug,
}

/// `PATCH /v1/organisations/{id}`: what is named is changed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OrganisationChange {
    /// What it is called.
    pub name: Option<OrganisationName>,
    /// Its short name.
    pub slug: Option<Slug>,
}

/// An organisation, as its members see it.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Organisation {
    /// `org_…`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its short name.
    pub slug: String,
    /// The caller's role in it.
    pub role: String,
    /// RFC 3339.
    pub created_at: String,
}

/// An organisation as stored, with the caller's role.
#[derive(Debug, Deserialize)]
pub struct OrganisationRow {
    /// `org_…`.
    pub id: String,
    name: String,
    slug: String,
    role: String,
    created_at: u64,
}

impl From<OrganisationRow> for Organisation {
    fn from(row: OrganisationRow) -> Self {
        let OrganisationRow { id, name, slug, role, created_at } = row;
        Self { id, name, slug, role, created_at: time::rfc3339(created_at) }
    }
}

/// `PATCH /v1/organisations/{id}/members/{user_id}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RoleOfMember {
    /// The role from now on.
    pub role: RoleWord,
}

/// A member, as other members see one.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Member {
    /// `usr_…`.
    pub user_id: String,
    /// The person's name; may be empty.
    pub name: String,
    /// The person's address, for those who may change members; null for others, and where there is none.
    pub email: Option<String>,
    /// The id of a stored file, or an https URL; null for none.
    pub avatar_ref: Option<String>,
    /// What the person is here.
    pub role: String,
    /// RFC 3339.
    pub joined_at: String,
}

/// A member as stored.
#[derive(Debug, Deserialize)]
pub struct MemberRow {
    /// `usr_…`.
    pub user_id: String,
    name: String,
    email: Option<String>,
    avatar_ref: Option<String>,
    role: String,
    joined_at: u64,
}

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        let MemberRow { user_id, name, email, avatar_ref, role, joined_at } = row;
        Self { user_id, name, email, avatar_ref, role, joined_at: time::rfc3339(joined_at) }
    }
}

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

#[cfg(test)]
mod tests {
    use super::{OrganisationName, Slug};

    #[test]
    fn short_names_fit_into_addresses() {
        let check = |text: &str| Slug::try_from(text.to_owned()).is_ok();
        assert!(check("acme") && check("acme-2-go") && check(&"x".repeat(40)));
        for bad in ["", "ab", "Acme", "-acme", "acme-", "a--b", "a_b", "ac me", "acmé", &"x".repeat(41)] {
            assert!(!check(bad), "{bad}");
        }
    }

    #[test]
    fn names_stand_on_one_line() {
        let check = |text: &str| OrganisationName::try_from(text.to_owned()).is_ok();
        assert!(check("Acme & Söhne 有限公司") && !check(" ") && !check("a\nb") && !check(&"x".repeat(101)));
    }
}
