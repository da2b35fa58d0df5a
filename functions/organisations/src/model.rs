//! Bodies and rows of organisations and members. A value that exists is valid: types refuse what does not fit when they
//! are read. Not here: roles and their permissions (`role_model`), invitations (`invitation_model`).

use serde::{Deserialize, Serialize};
use shared::json::named;
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

/// Days for which an organisation's files are kept unless their uploaders say otherwise: 1 to 3650.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct Days(#[cfg_attr(not(target_arch = "wasm32"), schemars(range(min = 1, max = 3_650)))] u64);

impl Days {
    /// How many.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Days {
    type Error = &'static str;

    fn try_from(days: u64) -> Result<Self, Self::Error> {
        if (1..=3_650).contains(&days) { Ok(Self(days)) } else { Err("must be from 1 to 3650") }
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
    /// Days for which a file that is made for it from now on is kept, unless its uploader says otherwise; null: until somebody
    /// deletes it.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<Days>"))]
    pub files_expire_after_days: Option<Option<Days>>,
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
    /// Where its picture is, 256 pixels a side; null for none.
    pub avatar_ref: Option<String>,
    /// Days for which a new file of it is kept, unless its uploader says otherwise; null: until somebody deletes it.
    pub files_expire_after_days: Option<u64>,
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
    avatar_ref: Option<String>,
    files_expire_after_days: Option<u64>,
    role: String,
    created_at: u64,
}

impl From<OrganisationRow> for Organisation {
    fn from(row: OrganisationRow) -> Self {
        let OrganisationRow { id, name, slug, avatar_ref, files_expire_after_days, role, created_at } = row;
        Self { id, name, slug, avatar_ref, files_expire_after_days, role, created_at: time::rfc3339(created_at) }
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
