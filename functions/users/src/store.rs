//! All SQL of API keys. A revoked key's row stays, because the ledger names it, and is not found here.

use shared::budget::{Limits, Period};
use shared::db::{Param, Statement};
use shared::{event_sql, reach_sql, sql};

use crate::limit_model::Amount;
use crate::model::KeyChange;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD_KEY, PAYING, KEY_OF, KEYS_OF, CHANGE_KEY, REVOKE_KEY, WHEN_ADDED, WHEN_THERE];

/// Keys a person may have at once.
pub const MOST_KEYS: u64 = 100;

// A key that an organisation pays for is made by those who may make one there.
const ADD_KEY: &str = concat!(
    "INSERT INTO api_keys (id, user_id, name, hash, ending, scopes, created_at, expires_at, public_key, organisation_id, \
models, budget_nano_usd, budget_period, rpm, tpm, concurrency, limits_version) \
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18 \
WHERE (SELECT count(*) FROM api_keys WHERE user_id = ?2 AND revoked_at IS NULL) < ?9 AND (?11 IS NULL OR ",
    reach_sql!("?2", "?11", "NULL", "key", "create"),
    ")"
);
const PAYING: &str = concat!("SELECT 1 AS one WHERE ?2 IS NULL OR ", reach_sql!("?1", "?2", "NULL", "key", "create"));

/// The columns of a key.
macro_rules! key_columns {
    () => {
        "SELECT id, user_id, name, ending, public_key, scopes, created_at, expires_at, last_used_at, organisation_id, models, \
budget_nano_usd, budget_period, rpm, tpm, concurrency, limits_version FROM api_keys "
    };
}

const KEY_OF: &str = concat!(key_columns!(), "WHERE id = ?1 AND user_id = ?2 AND revoked_at IS NULL");
const KEYS_OF: &str = concat!(
    key_columns!(),
    "WHERE user_id = ?1 AND revoked_at IS NULL AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3"
);
// Each limit has a parameter that says whether it is named.
const CHANGE_KEY: &str = "UPDATE api_keys SET name = coalesce(?3, name), scopes = coalesce(?4, scopes), \
expires_at = CASE WHEN ?5 THEN ?6 ELSE expires_at END, models = CASE WHEN ?7 THEN ?8 ELSE models END, \
budget_nano_usd = CASE WHEN ?9 THEN ?10 ELSE budget_nano_usd END, \
budget_period = CASE WHEN ?11 THEN ?12 ELSE budget_period END, rpm = CASE WHEN ?13 THEN ?14 ELSE rpm END, \
tpm = CASE WHEN ?15 THEN ?16 ELSE tpm END, concurrency = CASE WHEN ?17 THEN ?18 ELSE concurrency END, \
limits_version = limits_version + ?19 WHERE id = ?1 AND user_id = ?2 AND revoked_at IS NULL";
const REVOKE_KEY: &str =
    "UPDATE api_keys SET revoked_at = ?3 WHERE id = ?1 AND user_id = ?2 AND revoked_at IS NULL RETURNING 1 AS one";

/// The event of a key that came to be.
pub const WHEN_ADDED: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM api_keys WHERE id = ?9)");
/// The event of a change to a key that is the user's own; before the change, so that of several only those
/// that find it there are noted.
pub const WHEN_THERE: &str =
    event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM api_keys WHERE id = ?9 AND user_id = ?4 AND revoked_at IS NULL)");

/// A key to be.
pub struct NewKey<'a> {
    /// `key_…`.
    pub id: &'a str,
    /// Whose.
    pub user_id: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// Lower-hex SHA-256 of its text; empty where it has none.
    pub hash: &'a str,
    /// The last letters of its text, or of its public key.
    pub ending: &'a str,
    /// Ed25519, in base64url.
    pub public_key: Option<&'a str>,
    /// JSON array.
    pub scopes: &'a str,
    /// Milliseconds.
    pub now: u64,
    /// Milliseconds.
    pub expires_at: Option<u64>,
    /// Who pays; the owner where it is `None`.
    pub organisation_id: Option<&'a str>,
    /// JSON array; `None`: all.
    pub models: Option<&'a str>,
    /// Its limits; version 0 where it has none.
    pub limits: &'a Limits,
}

/// Adds a key, unless its owner has too many or may make none in that organisation.
pub fn add_key(key: &NewKey<'_>) -> Statement {
    let NewKey { id, user_id, name, hash, ending, public_key, scopes, now, expires_at, .. } = *key;
    let (limits, period) = (key.limits, key.limits.budget_period.map(Period::as_str));
    sql!(
        ADD_KEY,
        id,
        user_id,
        name,
        hash,
        ending,
        scopes,
        now,
        expires_at,
        MOST_KEYS,
        public_key,
        key.organisation_id,
        key.models,
        limits.budget_nano_usd,
        period,
        limits.rpm,
        limits.tpm,
        limits.concurrency.map(u64::from),
        limits.version
    )
}

/// A row comes back where this user may make keys that the organisation pays for; without one, always.
pub fn paying(user: &str, organisation_id: Option<&str>) -> Statement {
    sql!(PAYING, user, organisation_id)
}

/// A user's own key.
pub fn key_of(id: &str, user: &str) -> Statement {
    sql!(KEY_OF, id, user)
}

/// A user's keys, newest first, those made before the one with the id `before`.
pub fn keys_of(user: &str, before: Option<&str>, limit: u64) -> Statement {
    sql!(KEYS_OF, user, before, limit)
}

/// A change, with its lists as JSON arrays.
pub struct ChangedKey<'a> {
    /// What is named.
    pub change: &'a KeyChange,
    /// What it is allowed, where that is named.
    pub scopes: Option<&'a str>,
    /// Milliseconds; the outer `Option` says whether it is named.
    pub expires_at: Option<Option<u64>>,
    /// The models it opens, where they are named and not null.
    pub models: Option<&'a str>,
}

/// Changes what is named.
pub fn change_key(id: &str, user: &str, changed: &ChangedKey<'_>) -> Statement {
    let ChangedKey { change, scopes, expires_at, models } = *changed;
    let number = |wish: Option<Option<Amount>>| wish.flatten().map(Amount::get);
    sql!(
        CHANGE_KEY,
        id,
        user,
        change.name.as_ref().map(|name| name.as_str()),
        scopes,
        expires_at.is_some(),
        expires_at.flatten(),
        change.models.is_some(),
        models,
        change.budget_nano_usd.is_some(),
        number(change.budget_nano_usd),
        change.budget_period.is_some(),
        change.budget_period.flatten().map(Period::as_str),
        change.rpm.is_some(),
        number(change.rpm),
        change.tpm.is_some(),
        number(change.tpm),
        change.concurrency.is_some(),
        change.concurrency.flatten().map(u64::from),
        u64::from(change.limits())
    )
}

/// Revokes a user's own key; a row comes back when it was there.
pub fn revoke_key(id: &str, user: &str, now: u64) -> Statement {
    sql!(REVOKE_KEY, id, user, now)
}

/// The condition of an event about this key.
pub fn of_key(id: &str) -> [Param; 1] {
    [Param::from(id)]
}
