//! Bodies and rows of API keys. A value that exists is valid: types refuse what does not fit
//! when they are read.

use serde::{Deserialize, Serialize};
use shared::auth::{Scope, public_key};
use shared::budget::Period;
use shared::json::named;
use shared::time;

use crate::limit_model::{Amount, ModelName};

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
    /// The organisation that pays for its calls; the maker unless said. It must let the maker `create` a `key`.
    #[serde(default)]
    pub organisation_id: Option<String>,
    /// The models it opens; all unless said. A name that ends with `*` stands for all that begin so.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 100)))]
    pub models: Option<Vec<ModelName>>,
    /// What its calls may cost in a period, in nano-dollars; not limited unless said.
    #[serde(default)]
    pub budget_nano_usd: Option<Amount>,
    /// The period of the budget; a month unless said.
    #[serde(default)]
    pub budget_period: Option<Period>,
    /// Calls in any 60 seconds; not limited unless said.
    #[serde(default)]
    pub rpm: Option<Amount>,
    /// Tokens in any 60 seconds; not limited unless said.
    #[serde(default)]
    pub tpm: Option<Amount>,
    /// Calls at the same time; not limited unless said.
    #[serde(default)]
    pub concurrency: Option<u32>,
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
    /// The models it opens; null for all.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<Vec<ModelName>>", length(max = 100)))]
    pub models: Option<Option<Vec<ModelName>>>,
    /// What its calls may cost in a period, in nano-dollars; null for no limit.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<Amount>"))]
    pub budget_nano_usd: Option<Option<Amount>>,
    /// The period of the budget; null for a month.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<Period>"))]
    pub budget_period: Option<Option<Period>>,
    /// Calls in any 60 seconds; null for no limit.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<Amount>"))]
    pub rpm: Option<Option<Amount>>,
    /// Tokens in any 60 seconds; null for no limit.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<Amount>"))]
    pub tpm: Option<Option<Amount>>,
    /// Calls at the same time; null for no limit.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<u32>"))]
    pub concurrency: Option<Option<u32>>,
}

impl KeyChange {
    /// Whether a limit is named, which the organisation's object has to be told.
    pub const fn limits(&self) -> bool {
        self.budget_nano_usd.is_some()
            || self.budget_period.is_some()
            || self.rpm.is_some()
            || self.tpm.is_some()
            || self.concurrency.is_some()
    }
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
    /// The organisation that pays for its calls; null: its maker.
    pub organisation_id: Option<String>,
    /// The models it opens; null: all.
    pub models: Option<Vec<String>>,
    /// What its calls may cost in a period, in nano-dollars; null: not limited.
    pub budget_nano_usd: Option<u64>,
    /// The period of the budget; null: a month.
    pub budget_period: Option<Period>,
    /// Calls in any 60 seconds; null: not limited.
    pub rpm: Option<u64>,
    /// Tokens in any 60 seconds; null: not limited.
    pub tpm: Option<u64>,
    /// Calls at the same time; null: not limited.
    pub concurrency: Option<u32>,
    /// What its settled calls have cost in the running period, in nano-dollars; null when that cannot be asked now.
    pub spent_nano_usd: Option<u64>,
    /// What its calls under way can cost at most, in nano-dollars; null when that cannot be asked now.
    pub reserved_nano_usd: Option<u64>,
    /// RFC 3339: when the budget begins anew; null when it does not, or that cannot be asked now.
    pub budget_resets_at: Option<String>,
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
