//! Bodies. What browsers make and read has the names that Web Authentication gives it (§5.8,
//! `PublicKeyCredential.toJSON` and `parseCreationOptionsFromJSON`), and members that we do not know are left alone:
//! browsers add some. Everything around it is strict.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use shared::accounts::Name;

/// Bits that belong to no byte are zero (RFC 4648 §3.5).
#[cfg(not(target_arch = "wasm32"))]
const BASE64URL: &str = r"^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$";

/// Bytes in base64url without padding.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from, with = "String", extend("pattern" = BASE64URL)))]
pub struct Bytes(pub Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Base64UrlUnpadded::decode_vec(&text).map(Self).map_err(|_| "is not base64url without padding")
    }
}

/// `POST /v1/auth/passkeys`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Registration {
    /// What to call it.
    #[serde(default)]
    pub name: Name,
    /// `credential.toJSON()` of what the browser made.
    pub credential: NewCredential,
}

/// A credential that a browser made.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NewCredential {
    /// Its id, base64url.
    pub id: Bytes,
    /// What was signed for.
    pub response: AttestationResponse,
}

/// The response of a registration.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AttestationResponse {
    /// Base64url.
    #[serde(rename = "clientDataJSON")]
    pub client_data: Bytes,
    /// Base64url.
    pub attestation_object: Bytes,
    /// How browsers can reach it: `internal`, `usb`…
    #[serde(default)]
    pub transports: Vec<String>,
}

/// `POST /v1/auth/passkeys/sign-in`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PasskeySignIn {
    /// `credential.toJSON()` of what the browser got.
    pub credential: UsedCredential,
}

/// A credential that a browser used.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct UsedCredential {
    /// Its id, base64url.
    pub id: Bytes,
    /// What it signed.
    pub response: AssertionResponse,
}

/// The response of a sign-in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AssertionResponse {
    /// Base64url.
    #[serde(rename = "clientDataJSON")]
    pub client_data: Bytes,
    /// Base64url.
    pub authenticator_data: Bytes,
    /// Base64url.
    pub signature: Bytes,
    /// Whose it is, base64url, where the authenticator says it.
    #[serde(default)]
    pub user_handle: Option<Bytes>,
}

/// A passkey of the caller.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Passkey {
    /// `psk_…`.
    pub id: String,
    /// The owner's name for it; may be empty.
    pub name: String,
    /// Whether it lives in more than one device.
    pub backed_up: bool,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub last_used_at: Option<String>,
}

/// The caller's passkeys; an account has few, so there is one page.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Passkeys {
    /// Oldest first.
    pub data: Vec<Passkey>,
    /// Always null.
    pub next_cursor: Option<String>,
}

/// For `PublicKeyCredential.parseCreationOptionsFromJSON` (§5.4).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CreationOptions {
    /// For whom passkeys are.
    pub rp: Party,
    /// Who they are of.
    pub user: PasskeyUser,
    /// Base64url; once, for five minutes.
    pub challenge: String,
    /// ES256 and EdDSA.
    pub pub_key_cred_params: Vec<Algorithm>,
    /// Milliseconds.
    pub timeout: u64,
    /// What the account has already.
    pub exclude_credentials: Vec<Descriptor>,
    /// A passkey: it is found without a name, and verifies its user.
    pub authenticator_selection: Selection,
    /// `none`.
    pub attestation: &'static str,
}

/// The relying party (§5.4.2).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Party {
    /// Its domain.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The account (§5.4.3).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PasskeyUser {
    /// The user's id, base64url.
    pub id: String,
    /// The address.
    pub name: String,
    /// The address.
    pub display_name: String,
}

/// An algorithm of keys (§5.3).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Algorithm {
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// -7 or -8.
    pub alg: i32,
}

/// A credential by its id (§5.8.3).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Descriptor {
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Base64url.
    pub id: String,
    /// How it can be reached.
    pub transports: Vec<String>,
}

/// What the authenticator must do (§5.4.4).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Selection {
    /// `required`.
    pub resident_key: &'static str,
    /// True, for browsers of Level 1.
    pub require_resident_key: bool,
    /// `required`.
    pub user_verification: &'static str,
}

/// For `PublicKeyCredential.parseRequestOptionsFromJSON` (§5.5).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RequestOptions {
    /// Base64url; once, for five minutes.
    pub challenge: String,
    /// Milliseconds.
    pub timeout: u64,
    /// The relying party's domain.
    pub rp_id: String,
    /// Empty: the browser offers what it has, and nobody learns who has an account.
    pub allow_credentials: Vec<Descriptor>,
    /// `required`.
    pub user_verification: &'static str,
}
