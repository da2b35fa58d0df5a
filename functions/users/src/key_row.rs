//! An API key as it is stored, and how it is shown with what the organisation's object says of it.

use serde::Deserialize;
use shared::budget::period::{ends_ms, first_day};
use shared::budget::{Limits, Period, Scope, State};
use shared::time;

use crate::model::ApiKey;

/// A key as stored.
#[derive(Debug, Deserialize)]
pub struct KeyRow {
    /// `key_…`.
    pub id: String,
    /// Whose.
    pub user_id: String,
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
    /// Who pays; NULL: the owner.
    pub organisation_id: Option<String>,
    /// JSON array; NULL: all.
    pub models: Option<String>,
    /// Nano-dollars.
    pub budget_nano_usd: Option<u64>,
    /// Of the budget.
    pub budget_period: Option<Period>,
    /// Calls a minute.
    pub rpm: Option<u64>,
    /// Tokens a minute.
    pub tpm: Option<u64>,
    /// Calls at the same time.
    pub concurrency: Option<u32>,
    /// Of the limits; 0: there never were any.
    pub limits_version: u64,
}

impl KeyRow {
    /// Whose object its calls are admitted by.
    pub fn org_id(&self) -> &str {
        self.organisation_id.as_deref().unwrap_or(&self.user_id)
    }

    /// Its scope there.
    pub fn scope_id(&self) -> String {
        format!("key:{}", self.id)
    }

    /// What the object is told of it, and asked.
    pub fn scope(&self) -> Scope {
        let limits = Limits {
            version: self.limits_version,
            budget_nano_usd: self.budget_nano_usd,
            budget_period: self.budget_period,
            rpm: self.rpm,
            tpm: self.tpm,
            concurrency: self.concurrency,
        };
        Scope { id: self.scope_id(), limits: (limits.version > 0).then_some(limits) }
    }

    /// What the object would say of a key that was made just now: its first call tells it the limits.
    pub fn unused(&self, now_ms: u64) -> State {
        let period = self.budget_period.unwrap_or_default();
        State {
            id: self.scope_id(),
            version: 0,
            spent_nano_usd: 0,
            reserved_nano_usd: 0,
            under_way: 0,
            resets_at_ms: ends_ms(period, first_day(period, now_ms)),
        }
    }

    /// As its owner sees it, with what the object said.
    pub fn shown(self, state: Option<&State>) -> ApiKey {
        let budgeted = self.budget_nano_usd.is_some();
        ApiKey {
            id: self.id,
            name: self.name,
            ending: self.ending,
            public_key: self.public_key,
            scopes: shared::json::read(&self.scopes).unwrap_or_default(),
            created_at: time::rfc3339(self.created_at),
            expires_at: self.expires_at.map(time::rfc3339),
            last_used_at: self.last_used_at.map(time::rfc3339),
            organisation_id: self.organisation_id,
            models: self.models.and_then(|models| shared::json::read(&models).ok()),
            budget_nano_usd: self.budget_nano_usd,
            budget_period: self.budget_period,
            rpm: self.rpm,
            tpm: self.tpm,
            concurrency: self.concurrency,
            spent_nano_usd: state.map(|state| state.spent_nano_usd),
            reserved_nano_usd: state.map(|state| state.reserved_nano_usd),
            budget_resets_at: state.filter(|_| budgeted).and_then(|state| state.resets_at_ms).map(time::rfc3339),
        }
    }
}

/// For an export, which asks no object: what was spent stands in its calls.
impl From<KeyRow> for ApiKey {
    fn from(row: KeyRow) -> Self {
        row.shown(None)
    }
}
