//! Bodies and replies of OAuth sign-ins and of one's identities.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use shared::accounts::OneTimeCode;
use shared::accounts::identities::Identity;
use shared::problem::Problem;

/// `POST /v1/auth/oauth/{provider}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OauthStart {
    /// The client's page that the browser comes back to: one of `OAUTH_REDIRECTS`, to the letter.
    pub redirect_to: String,
}

/// `POST /v1/auth/identities`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LinkStart {
    /// The provider's id.
    pub provider: String,
    /// As for a sign-in.
    pub redirect_to: String,
}

/// A sign-in that has begun.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OauthBegun {
    /// Send the browser here.
    pub authorization_url: String,
    /// Keep this where the page that the browser comes back to finds it, such as `sessionStorage`, and tell it to
    /// nobody. Without it the sign-in cannot be completed.
    pub binding: String,
    /// Seconds in which it must be completed.
    pub expires_in: u64,
}

/// `POST /v1/auth/oauth/complete`: what stood behind `#` when the browser came back, and the binding.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OauthAnswer {
    /// `state`.
    pub state: OneTimeCode,
    /// `code`.
    pub code: OneTimeCode,
    /// `iss`, where there was one.
    #[serde(default)]
    pub iss: Option<String>,
    /// From the beginning.
    pub binding: OneTimeCode,
}

/// What a provider sends the browser back with (RFC 6749 §4.1.2, RFC 9207 §2). Providers add members of their own.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CallbackQuery {
    /// Names the sign-in.
    #[serde(default)]
    pub state: String,
    /// The code.
    #[serde(default)]
    pub code: Option<String>,
    /// The issuer.
    #[serde(default)]
    pub iss: Option<String>,
    /// Why there is no code.
    #[serde(default)]
    pub error: Option<String>,
}

impl CallbackQuery {
    /// Reads a form.
    ///
    /// # Errors
    /// 422 for what is none.
    pub(crate) fn of_form(body: &[u8]) -> Result<Self, Problem> {
        let misfit = || Problem::invalid("", "invalid", "is no form");
        let text = std::str::from_utf8(body).map_err(|_| misfit())?;
        let mut said = Self::default();
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let spaced = value.replace('+', " ");
            let value = percent_decode_str(&spaced).decode_utf8().map_err(|_| misfit())?.into_owned();
            match name {
                "state" => said.state = value,
                "code" => said.code = Some(value),
                "iss" => said.iss = Some(value),
                "error" => said.error = Some(value),
                _ => {}
            }
        }
        Ok(said)
    }
}

/// One's identities.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct IdentityList {
    /// In the order they were linked.
    pub data: Vec<Identity>,
    /// Always null: a person has a few.
    pub next_cursor: Option<String>,
}
