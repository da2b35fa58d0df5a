//! Bodies of this function's routes. A value that exists is valid: types refuse what does not fit
//! when they are read.

use serde::{Deserialize, Serialize};
use shared::accounts::{Email, NewPassword};
use shared::secret::Secret;

/// Where a link is to be mailed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Address {
    /// The account's address.
    pub email: Email,
}

/// A mailed link that stands alone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LinkToken {
    /// The part of the link behind `#`.
    pub token: Secret,
}

/// A mailed link that is used together with the account's password.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LinkWithPassword {
    /// The part of the link behind `#`.
    pub token: Secret,
    /// The account's password.
    pub password: Secret,
}

/// `POST /v1/auth/email/change`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NewAddress {
    /// The address to be.
    pub email: Email,
    /// The account's password.
    pub password: Secret,
}

/// `POST /v1/auth/password/reset`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LinkWithNewPassword {
    /// The part of the link behind `#`.
    pub token: Secret,
    /// The password to be.
    pub password: NewPassword,
}

/// `POST /v1/auth/password`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PasswordChange {
    /// The password now; may be left out while the last proof is not older than ten minutes.
    #[serde(default)]
    pub current: Option<Secret>,
    /// The password to be.
    pub new: NewPassword,
}

/// What became of a request. Where a mail was asked for it is the same for known and unknown addresses.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Accepted {
    /// `accepted`, `verified` or `changed`.
    pub status: &'static str,
}
