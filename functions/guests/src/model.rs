//! Bodies of this function's routes. A value that exists is valid: types refuse what does not fit when they are
//! read.

use serde::{Deserialize, Serialize};
use shared::accounts::{Email, Locale, Name, NewPassword, User};

/// `POST /v1/auth/anonymous`; the body may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct GuestWish {
    /// How to call the person.
    pub name: Name,
    /// The language of mails and pages.
    pub locale: Option<Locale>,
}

/// `POST /v1/auth/anonymous/upgrade`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Upgrade {
    /// The address to be.
    pub email: Email,
    /// The password to be.
    pub password: NewPassword,
}

/// The reply to an upgrade that a mail must confirm; the same for known and unknown addresses.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Accepted {
    /// `verification_required`.
    pub status: &'static str,
}

/// Why an administrator acts in somebody's place: 1 to 200 characters on one line. The person reads it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct Reason(
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 200), regex(pattern = shared::accounts::ONE_LINE_WITH_TEXT)))]
     String,
);

impl Reason {
    /// The reason.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let reason = text.trim();
        let fits = (1..=200).contains(&reason.chars().count()) && !reason.chars().any(char::is_control);
        if fits { Ok(Self(reason.to_owned())) } else { Err("must have 1 to 200 characters, on one line") }
    }
}

/// `POST /v1/admin/users/{id}/impersonate`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ImpersonationWish {
    /// Why.
    pub reason: Reason,
}

/// An access token in somebody's place. There is no refresh token with it.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Impersonation {
    /// In whose place.
    pub user: User,
    /// Who acts: the claim `act` of the token (RFC 8693 §4.1).
    pub actor_id: String,
    /// The session, as it stands in the person's list.
    pub session_id: String,
    /// The bearer token of further calls.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds the access token lives.
    pub expires_in: u64,
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn a_reason_is_given_on_one_line() {
        let check = |text: &str| Reason::try_from(text.to_owned()).is_ok();
        assert!(check("ticket 17") && check(&"x".repeat(200)));
        assert!(!check(" ") && !check("a\nb") && !check(&"x".repeat(201)));
    }
}
