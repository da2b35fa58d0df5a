//! All SQL of providers' keys. Whoever changes them makes the number grow by which isolates see that something is new.

use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD, KEY, KEYS, CHANGE, RESEAL, REMOVE, GROW, WHEN_THERE];

/// Keys that one provider may have.
pub const MOST: u64 = 50;

const ADD: &str = "INSERT INTO provider_keys (id, provider, origin, name, ending, sealed, created_at, created_by) \
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE (SELECT count(*) FROM provider_keys WHERE provider = ?2) < ?9";
const KEY: &str = "SELECT id, provider, origin, name, ending, enabled, created_at, created_by, sealed FROM provider_keys \
WHERE provider = ?1 AND id = ?2";
const KEYS: &str = "SELECT id, provider, origin, name, ending, enabled, created_at, created_by FROM provider_keys \
WHERE provider = ?1 AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3";
const CHANGE: &str = "UPDATE provider_keys SET enabled = coalesce(?3, enabled), name = coalesce(?4, name) \
WHERE provider = ?1 AND id = ?2";
const RESEAL: &str = "UPDATE provider_keys SET sealed = ?3 WHERE id = ?1 AND sealed = ?2";
const REMOVE: &str = "DELETE FROM provider_keys WHERE provider = ?1 AND id = ?2";
const GROW: &str = "UPDATE provider_keys_state SET revision = revision + 1";
const WHEN_THERE: &str =
    event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM provider_keys WHERE provider = ?9 AND id = ?10)");

/// A key to be.
pub struct NewKey<'a> {
    /// `pk_…`.
    pub id: &'a str,
    /// The provider's id.
    pub provider: &'a str,
    /// The origin it may be sent to.
    pub origin: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// Its last characters.
    pub ending: &'a str,
    /// Sealed.
    pub sealed: &'a str,
    /// Milliseconds.
    pub now: u64,
    /// Who adds it.
    pub by: &'a str,
}

/// Adds a key, unless there are too many; the last statement reads it.
pub fn add(cx: &Cx, key: &NewKey<'_>) -> Vec<Statement> {
    let NewKey { id, provider, origin, name, ending, sealed, now, by } = *key;
    vec![
        sql!(ADD, id, provider, origin, name, ending, sealed, now, by, MOST),
        noted(cx, Kind::ProviderKeyAdded, provider, id, by),
        sql!(GROW),
        self::key(provider, id),
    ]
}

/// One key.
pub fn key(provider: &str, id: &str) -> Statement {
    sql!(KEY, provider, id)
}

/// The keys of a provider, newest first.
pub fn keys(provider: &str, before: Option<&str>, limit: u64) -> Statement {
    sql!(KEYS, provider, before, limit)
}

/// Changes a key; the last statement reads it.
pub fn change(
    cx: &Cx,
    provider: &str,
    id: &str,
    enabled: Option<bool>,
    name: Option<&str>,
    by: &str,
) -> Vec<Statement> {
    vec![
        sql!(CHANGE, provider, id, enabled, name),
        noted(cx, Kind::ProviderKeyChanged, provider, id, by),
        sql!(GROW),
        key(provider, id),
    ]
}

/// Puts a text that is sealed under the current key in the place of one that is not.
pub fn reseal(id: &str, before: &str, after: &str) -> Statement {
    sql!(RESEAL, id, before, after)
}

/// Removes a key; the first statement reads what there was.
pub fn remove(cx: &Cx, provider: &str, id: &str, by: &str) -> Vec<Statement> {
    let noted = noted(cx, Kind::ProviderKeyRemoved, provider, id, by);
    vec![key(provider, id), noted, sql!(REMOVE, provider, id), sql!(GROW)]
}

/// Notes in the administrator's account what becomes of a key that is there.
fn noted(cx: &Cx, kind: Kind, provider: &str, id: &str, by: &str) -> Statement {
    let detail = Detail(&[("provider", provider), ("key_id", id)]);
    event_when(cx, WHEN_THERE, kind, Some(by), &detail, [provider.into(), id.into()])
}
