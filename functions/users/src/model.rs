//! Bodies and rows of API keys. A value that exists is valid: types refuse what does not fit
//! when they are read.

use serde::{Deserialize, Deserializer, Serialize};
use shared::auth::{Scope, public_key};
use shared::time;

/// What a key is called: 1 to 100 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct KeyName(
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schemars(length(min = 1, max = 100), regex(pattern = shared::accounts::ONE_LINE_WITH_TEXT))
    )]
    String,
);

impl KeyName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KeyName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let name = text.trim();
        let fits = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if fits { Ok(Self(name.to_owned())) } else { Err("must have 1 to 100 characters, on one line") }
    }
}

/// A moment: RFC 3339, or a day as its first moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from, with = "String", extend("anyOf" = [{ "format": "date" }, { "format": "date-time" }])))]
pub struct Moment(u64);

impl Moment {
    /// Milliseconds since 1970.
    pub const fn ms(self) -> u64 {
        self.0
    }
}

impl TryFrom<String> for Moment {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // Beyond the year 9999 a time has another form on the wire.
        let moment = time::parse(&text).filter(|ms| *ms < 253_402_300_800_000);
        moment.map(Self).ok_or("is no day and no RFC 3339 time")
    }
}

/// `POST /v1/keys`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KeyWish {
    /// What it is called.
    pub name: KeyName,
    /// What it is allowed; `use:ai` unless said.
    #[serde(default = "usual")]
    pub scopes: Vec<Scope>,
    /// When it ends; never unless said.
    #[serde(default)]
    pub expires_at: Option<Moment>,
    /// The public half of an Ed25519 pair, whose other half signs each call. Such a key has no text.
    #[serde(default)]
    pub public_key: Option<PublicKey>,
}

/// An Ed25519 public key: 32 bytes in base64url, as `x` of a JSON Web Key has them, or PEM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(!try_from))]
pub struct PublicKey(
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 43, max = 256), regex(pattern = PUBLIC_KEY)))] String,
);

/// 32 bytes in base64url, or behind what every Ed25519 key begins with in PEM.
#[cfg(not(target_arch = "wasm32"))]
const PUBLIC_KEY: &str = "^([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]|-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEA\
[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\\n-----END PUBLIC KEY-----\\n?)$";

impl PublicKey {
    /// As it is stored and shown: 32 bytes in base64url.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PublicKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        public_key(&text).map(Self).ok_or("is no Ed25519 public key in base64url or PEM, or one to which all fits")
    }
}

fn usual() -> Vec<Scope> {
    vec![Scope::UseAi]
}

/// `PATCH /v1/keys/{id}`: what is named is changed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KeyChange {
    /// What it is called.
    pub name: Option<KeyName>,
    /// What it is allowed.
    pub scopes: Option<Vec<Scope>>,
    /// When it ends; null for never.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<Moment>"))]
    pub expires_at: Option<Option<Moment>>,
}

/// Null is a value here, unlike a member that is not there.
pub(crate) fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// An API key, as its owner sees it.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ApiKey {
    /// `key_…`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its last four letters.
    pub ending: String,
    /// Where it signs calls: the public key, in base64url; null for a key that is sent.
    pub public_key: Option<String>,
    /// What it is allowed.
    pub scopes: Vec<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; null when it does not end.
    pub expires_at: Option<String>,
    /// RFC 3339, a minute behind at most; null when it was never used.
    pub last_used_at: Option<String>,
}

/// A key that was just made, with its text, which is never shown again.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NewApiKey {
    /// The key as it is listed.
    #[serde(flatten)]
    pub listed: ApiKey,
    /// The key itself, `sk-…`: the bearer token of calls made with it. Null where calls are signed.
    pub key: Option<String>,
}

/// A key as stored.
#[derive(Debug, Deserialize)]
pub struct KeyRow {
    /// `key_…`.
    pub id: String,
    /// The name.
    pub name: String,
    /// The last letters.
    pub ending: String,
    /// The public key, where calls are signed.
    pub public_key: Option<String>,
    /// JSON array.
    pub scopes: String,
    /// Milliseconds.
    pub created_at: u64,
    /// Milliseconds.
    pub expires_at: Option<u64>,
    /// Milliseconds.
    pub last_used_at: Option<u64>,
}

impl From<KeyRow> for ApiKey {
    fn from(row: KeyRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            ending: row.ending,
            public_key: row.public_key,
            scopes: shared::json::read(&row.scopes).unwrap_or_default(),
            created_at: time::rfc3339(row.created_at),
            expires_at: row.expires_at.map(time::rfc3339),
            last_used_at: row.last_used_at.map(time::rfc3339),
        }
    }
}
