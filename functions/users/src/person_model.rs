//! Bodies and rows of people: what they see and change of themselves, and what administrators do.

use serde::{Deserialize, Serialize};
use shared::accounts::store::has_address;
use shared::accounts::{Locale, Name};
use shared::json::named;
use shared::page::Limit;
use shared::time;

/// A picture of a person: an id of a stored file, or an https URL of at most 500 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct AvatarRef(
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schemars(
            length(min = 1, max = 500),
            regex(pattern = r"^(https://(?!/)[!#-&(-;=?-\[\]-_a-~]+|fil_[0-9A-HJKMNP-TV-Z]{26})$")
        )
    )]
    String,
);

impl AvatarRef {
    /// The reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AvatarRef {
    type Error = &'static str;

    /// Other schemes are refused: what is shown as a picture must not be a script.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = text.strip_prefix("https://").is_some_and(|rest| !rest.starts_with('/') && !rest.is_empty());
        let clean = text.len() <= 500 && text.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"'`\\".contains(&b));
        if (url && clean) || shared::id::is("fil", &text) {
            Ok(Self(text))
        } else {
            Err("is neither the id of a file nor an https URL")
        }
    }
}

/// `PATCH /v1/users/me`: what is named is changed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ProfileChange {
    /// How to call the person.
    pub name: Option<Name>,
    /// The language of mails and pages.
    pub locale: Option<Locale>,
    /// A picture; null for none.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<AvatarRef>"))]
    pub avatar_ref: Option<Option<AvatarRef>>,
}

/// The name of a role: a letter, and up to 31 letters, digits, `_` or `-`, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct RoleName(
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schemars(length(min = 1, max = 32), regex(pattern = r"^[a-z][a-z0-9_-]*$"))
    )]
    String,
);

impl RoleName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RoleName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        let fits = text.len() <= 32 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(rest);
        if fits { Ok(Self(text)) } else { Err("is no name of a role") }
    }
}

/// `PUT /v1/admin/users/{id}/roles`: the roles a person has from now on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RolesWish {
    /// All of them, 16 at most. `admin` opens the rows of administrators, `guest` leaves the scopes of guests; others
    /// are the deployment's own.
    pub roles: Vec<RoleName>,
}

/// The query of `GET /v1/admin/users`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PeopleQuery {
    /// The beginning of the address or the name, in any case, or the id.
    pub query: Option<String>,
    /// Items at most.
    pub limit: Limit,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A person, as they themselves and administrators see them.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Person {
    /// `usr_…`.
    pub id: String,
    /// The address; null for an account without one.
    pub email: Option<String>,
    /// Whether a mail confirmed the address.
    pub email_verified: bool,
    /// The telephone number that a service has verified, E.164; null for none.
    pub phone: Option<String>,
    /// The name; may be empty.
    pub name: String,
    /// A language tag.
    pub locale: String,
    /// The id of a stored file, or an https URL; null for none.
    pub avatar_ref: Option<String>,
    /// What the person may be: `admin`.
    pub roles: Vec<String>,
    /// What is asked for after the first proof of a sign-in: `totp`.
    pub second_factors: Vec<String>,
    /// `active` or `suspended`.
    pub status: String,
    /// RFC 3339.
    pub created_at: String,
}

/// A security event, as the account's owner and administrators see it.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SecurityEvent {
    /// `evt_…`.
    pub id: String,
    /// What happened: `signed_in`, `suspended`.
    pub kind: String,
    /// RFC 3339.
    pub at: String,
    /// Who did it, when it was somebody else.
    pub actor_id: Option<String>,
    /// From where: an IPv4 address or the /64 of an IPv6 address.
    pub network: String,
    /// What the client called itself.
    pub user_agent: String,
    /// More, as JSON text.
    pub detail: String,
}

/// A person as stored.
#[derive(Debug, Deserialize)]
pub struct PersonRow {
    /// `usr_…`.
    pub id: String,
    email: String,
    email_verified_at: Option<u64>,
    phone: Option<String>,
    name: String,
    locale: String,
    avatar_ref: Option<String>,
    roles: String,
    factors: String,
    status: String,
    created_at: u64,
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.id,
            email: Some(row.email).filter(|email| has_address(email)),
            email_verified: row.email_verified_at.is_some(),
            phone: row.phone,
            name: row.name,
            locale: row.locale,
            avatar_ref: row.avatar_ref,
            roles: shared::json::read(&row.roles).unwrap_or_default(),
            second_factors: shared::json::read(&row.factors).unwrap_or_default(),
            status: row.status,
            created_at: time::rfc3339(row.created_at),
        }
    }
}

/// An event as stored.
#[derive(Debug, Deserialize)]
pub struct EventRow {
    /// `evt_…`.
    pub id: String,
    kind: String,
    at: u64,
    actor_id: Option<String>,
    network: String,
    user_agent: String,
    detail: String,
}

impl From<EventRow> for SecurityEvent {
    fn from(row: EventRow) -> Self {
        let EventRow { id, kind, at, actor_id, network, user_agent, detail } = row;
        Self { id, kind, at: time::rfc3339(at), actor_id, network, user_agent, detail }
    }
}

#[cfg(test)]
mod tests {
    use super::{AvatarRef, RoleName};

    #[test]
    fn a_picture_is_a_file_of_ours_or_an_https_url() {
        let check = |text: &str| AvatarRef::try_from(text.to_owned()).is_ok();
        assert!(check("https://example.com/a.png?x=1") && check("fil_01KAHM9V8G0000000000000001"));
        for bad in [
            "",
            "http://x/y",
            "https://",
            "https:///x",
            "javascript:alert(1)",
            "https://x/\"onload=",
            "fil_1",
            "data:,x",
        ] {
            assert!(!check(bad), "{bad}");
        }
        assert!(!check(&format!("https://{}", "x".repeat(493))));
    }

    #[test]
    fn roles_have_plain_names() {
        let check = |text: &str| RoleName::try_from(text.to_owned()).is_ok();
        assert!(check("admin") && check("shop_manager-2"));
        for bad in ["", "Admin", "1st", "a b", "admin\n", &"x".repeat(33)] {
            assert!(!check(bad), "{bad}");
        }
    }
}
