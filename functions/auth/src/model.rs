//! Bodies of this function's routes. A value that exists is valid: types refuse what does not fit
//! when they are read.

use serde::{Deserialize, Serialize};
use shared::accounts::{Email, Locale, Name, NewPassword};
use shared::secret::Secret;

/// `POST /v1/auth/register`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Registration {
    /// The address the account is found by.
    pub email: Email,
    /// The password to be.
    pub password: NewPassword,
    /// How to call the person.
    #[serde(default)]
    pub name: Name,
    /// The language of mails and pages.
    #[serde(default)]
    pub locale: Option<Locale>,
}

/// `POST /v1/auth/login`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Credentials {
    /// The account's address.
    pub email: Email,
    /// The account's password.
    pub password: Secret,
}

/// `POST /v1/auth/refresh`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RefreshRequest {
    /// The newest refresh token.
    pub refresh_token: Secret,
}

/// `POST /v1/auth/logout`: this session, or all of the caller's.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LogoutRequest {
    /// The session of this token, if it is the caller's; without it the session of the access token.
    pub refresh_token: Option<Secret>,
    /// Every session of the caller.
    pub all: bool,
}

/// `POST /v1/auth/claim`: makes the first administrator from a one-time link.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AdminLink {
    /// The part of the link behind `#`.
    pub token: Secret,
    /// The password to be.
    pub password: NewPassword,
}

/// The reply to a registration that a mail must confirm; the same for known and unknown addresses.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Accepted {
    /// `verification_required`.
    pub status: &'static str,
}

/// What the caller's access token says.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TokenClaims {
    /// The user's id.
    pub sub: String,
    /// The address.
    pub email: String,
    /// The roles.
    pub roles: Vec<String>,
    /// What the roles allow.
    pub permissions: Vec<String>,
    /// The session.
    pub session_id: String,
    /// When the token ends, RFC 3339.
    pub expires_at: String,
}
