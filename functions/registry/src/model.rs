//! Bodies, replies and rows. What a document of the registry may hold is the crate `catalogue`'s.

use catalogue::registry::Kind;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::secret::Secret;
use shared::time;

/// An entry of the registry.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "RegistryEntry"))]
pub struct Entry {
    /// What it is called: `acme`, `acme/big`, `acme/big@2026-11`.
    pub id: String,
    /// What it says, as it was written.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub document: Box<RawValue>,
    /// The revision that wrote it.
    pub revision: u64,
    /// RFC 3339.
    pub changed_at: String,
    /// Who wrote it: a user's id.
    pub changed_by: String,
}

/// A row of `registry_entries`.
#[derive(Debug, Deserialize)]
pub struct EntryRow {
    /// Its id.
    pub id: String,
    /// Its JSON.
    pub document: String,
    /// The revision that wrote it.
    pub revision: u64,
    /// Milliseconds.
    pub changed_at: u64,
    /// A user's id.
    pub changed_by: String,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: row.id,
            // The database holds nothing but JSON here.
            document: RawValue::from_string(row.document).unwrap_or_default(),
            revision: row.revision,
            changed_at: time::rfc3339(row.changed_at),
            changed_by: row.changed_by,
        }
    }
}

/// One thing that a revision changed.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "RegistryChange"))]
pub struct Changed {
    /// `provider`, `model`, `alias`, `price` or `route`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// `created`, `changed` or `deleted`.
    pub action: String,
    /// What it said before; null where it was not there, and in lists.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<serde_json::Map<String, serde_json::Value>>"))]
    pub before: Option<Box<RawValue>>,
    /// What it says since; null where it is gone, and in lists.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<serde_json::Map<String, serde_json::Value>>"))]
    pub after: Option<Box<RawValue>>,
}

impl Changed {
    /// Its kind, when it is known here.
    pub fn kind(&self) -> Option<Kind> {
        Kind::named(&self.kind)
    }
}

/// A state of the registry: who made it, when, and what changed.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "RegistryRevision"))]
pub struct Revision {
    /// Its number, from 1 on; 0 for the empty registry before the first.
    pub revision: u64,
    /// RFC 3339; null for the empty one.
    pub at: Option<String>,
    /// Who: a user's id; null for the empty one.
    pub actor_id: Option<String>,
    /// The revision it brought back.
    pub restored: Option<u64>,
    /// What changed.
    pub changes: Vec<Changed>,
}

/// A revision with all it held.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "RegistryRevisionDetail"))]
pub struct RevisionDetail {
    /// The revision, with what each change replaced.
    #[serde(flatten)]
    pub revision: Revision,
    /// The whole registry from then on.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub registry: Box<RawValue>,
}

/// A row of `registry_revisions`, whose `changes` are short or whole.
#[derive(Debug, Deserialize)]
pub struct RevisionRow {
    /// Its number.
    pub revision: u64,
    /// Milliseconds.
    pub at: u64,
    /// A user's id.
    pub actor_id: String,
    /// The revision it brought back.
    pub restored: Option<u64>,
    /// JSON of `Changed`.
    pub changes: String,
    /// The registry, where it was asked for.
    #[serde(default)]
    pub body: Option<String>,
}

impl From<RevisionRow> for Revision {
    fn from(row: RevisionRow) -> Self {
        Self {
            revision: row.revision,
            at: Some(time::rfc3339(row.at)),
            actor_id: Some(row.actor_id),
            restored: row.restored,
            changes: shared::json::read(&row.changes).unwrap_or_default(),
        }
    }
}

/// `POST /v1/admin/ai/providers/{id}/keys`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "ProviderKeyWish"))]
pub struct KeyWish {
    /// The key, as the provider gave it: 8 to 512 visible ASCII characters.
    pub key: Secret,
    /// What it is called, on one line.
    #[serde(default)]
    pub name: String,
    /// The origin it may be sent to, `https://api.example.com`; the provider's own unless said.
    #[serde(default)]
    pub origin: Option<String>,
}

/// `PATCH /v1/admin/ai/providers/{id}/keys/{key_id}`: what is named is changed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "ProviderKeyChange"))]
pub struct KeyChange {
    /// Whether it is used.
    pub enabled: Option<bool>,
    /// What it is called.
    pub name: Option<String>,
}

/// A key of a provider. Its text is never shown.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ProviderKey {
    /// `pk_…`; also its name in logs.
    pub id: String,
    /// The provider's id.
    pub provider: String,
    /// The only origin it is sent to.
    pub origin: String,
    /// What it is called.
    pub name: String,
    /// Its last four characters; empty for a short one.
    pub ending: String,
    /// Whether it is used.
    pub enabled: bool,
    /// RFC 3339.
    pub created_at: String,
    /// Who added it: a user's id.
    pub created_by: String,
}

/// A row of `provider_keys`.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as in ProviderKey")]
pub struct KeyRow {
    pub id: String,
    pub provider: String,
    pub origin: String,
    pub name: String,
    pub ending: String,
    pub enabled: u8,
    pub created_at: u64,
    pub created_by: String,
    /// The key itself, where one is read alone.
    #[serde(default)]
    pub sealed: String,
}

impl From<KeyRow> for ProviderKey {
    fn from(row: KeyRow) -> Self {
        Self {
            id: row.id,
            provider: row.provider,
            origin: row.origin,
            name: row.name,
            ending: row.ending,
            enabled: row.enabled == 1,
            created_at: time::rfc3339(row.created_at),
            created_by: row.created_by,
        }
    }
}

/// A model that was called without a price on one day.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct UnpricedModel {
    /// The day, in UTC.
    pub day: String,
    /// The provider's id.
    pub provider: String,
    /// The model, as the provider was told.
    pub model: String,
    /// The first such call.
    pub first_call_id: String,
    /// When it was noted, RFC 3339.
    pub noted_at: String,
    /// Calls without a cost of that day, so far.
    pub calls: u64,
}

/// A row of `unpriced_models`, with its calls counted.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "as in UnpricedModel")]
pub struct UnpricedRow {
    pub id: String,
    pub day: String,
    pub provider: String,
    pub model: String,
    pub call_id: String,
    pub noted_at: u64,
    pub calls: u64,
}

impl From<UnpricedRow> for UnpricedModel {
    fn from(row: UnpricedRow) -> Self {
        Self {
            day: row.day,
            provider: row.provider,
            model: row.model,
            first_call_id: row.call_id,
            noted_at: time::rfc3339(row.noted_at),
            calls: row.calls,
        }
    }
}
