//! Bodies of the second factor's rows. A value that exists is valid.

use serde::{Deserialize, Serialize};
use shared::secret::Secret;

use crate::recovery;

/// Six digits, or 24 letters and digits of Crockford's base 32 in either case, spaced as people like it.
#[cfg(not(target_arch = "wasm32"))]
const CODE: &str = r"^\s*([0-9]\s*){6}$|^[\s-]*([0-9A-TV-Za-tv-z][\s-]*){24}$";

/// What somebody gives as a code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from, with = "String", extend("pattern" = CODE)))]
pub enum Code {
    /// Six digits of an authenticator app.
    Totp(String),
    /// A recovery code, without its dashes.
    Recovery(String),
}

impl TryFrom<String> for Code {
    type Error = &'static str;

    fn try_from(typed: String) -> Result<Self, Self::Error> {
        let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::Totp(digits));
        }
        recovery::read(&typed).map(Self::Recovery).ok_or("is neither six digits nor a recovery code")
    }
}

/// `POST /v1/auth/mfa/verify`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Verification {
    /// What the sign-in answered.
    pub pending_token: Secret,
    /// Six digits, or a recovery code.
    pub code: Code,
}

/// `POST /v1/auth/mfa/totp/confirm`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Confirmation {
    /// Six digits that the app shows.
    pub code: Code,
}

/// `POST /v1/auth/step-up`: one of the two.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(extend("minProperties" = 1)))]
pub struct StepUp {
    /// The account's password, where it has no second factor.
    #[serde(default)]
    pub password: Option<Secret>,
    /// Six digits, or a recovery code, where it has one.
    #[serde(default)]
    pub code: Option<Code>,
}

/// What the account has beside its first proof.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Factors {
    /// What a sign-in asks for after the first proof: `totp`, `recovery_code`. Empty: nothing.
    pub methods: Vec<String>,
    /// When the authenticator app was turned on, RFC 3339.
    pub totp_since: Option<String>,
    /// Recovery codes that are not used yet.
    pub recovery_codes_left: u64,
}

/// A secret for an authenticator app; shown once, and off until a code confirms it.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NewTotp {
    /// The secret in base 32, to be typed where no picture can be read.
    pub secret: String,
    /// `otpauth://totp/…`.
    pub otpauth_uri: String,
    /// The same as a QR code: `data:image/svg+xml;base64,…`.
    pub qr: String,
}

/// Ten recovery codes; shown once. Older ones are good no more.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RecoveryCodes {
    /// Each good for one use.
    pub recovery_codes: Vec<String>,
}

/// The caller has proved again who they are.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Proved {
    /// How: `password`, `totp`, `recovery_code`.
    pub methods: Vec<String>,
    /// Until when rows that ask for a fresh proof are open, RFC 3339.
    pub fresh_until: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_a_code_of_an_app_however_they_are_spaced() {
        assert_eq!(Code::try_from(" 123 456".to_owned()), Ok(Code::Totp("123456".to_owned())));
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert!(Code::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
