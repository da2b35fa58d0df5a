//! All SQL of API keys. A revoked key's row stays, because the ledger names it, and is not found here.

use shared::db::{Param, Statement};
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD_KEY, KEY_OF, KEYS_OF, CHANGE_KEY, REVOKE_KEY, WHEN_ADDED, WHEN_THERE];

/// Keys a person may have at once.
pub const MOST_KEYS: u64 = 100;

const ADD_KEY: &str = "INSERT INTO api_keys (id, user_id, name, hash, ending, scopes, created_at, expires_at, public_key) \
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10 \
WHERE (SELECT count(*) FROM api_keys WHERE user_id = ?2 AND revoked_at IS NULL) < ?9";
const KEY_OF: &str = "SELECT id, name, ending, public_key, scopes, created_at, expires_at, last_used_at FROM api_keys \
WHERE id = ?1 AND user_id = ?2 AND revoked_at IS NULL";
const KEYS_OF: &str = "SELECT id, name, ending, public_key, scopes, created_at, expires_at, last_used_at FROM api_keys \
WHERE user_id = ?1 AND revoked_at IS NULL AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3";
const CHANGE_KEY: &str = "UPDATE api_keys SET name = coalesce(?3, name), scopes = coalesce(?4, scopes), \
expires_at = CASE WHEN ?5 THEN ?6 ELSE expires_at END WHERE id = ?1 AND user_id = ?2 AND revoked_at IS NULL";
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
}

/// Adds a key, unless its owner has too many.
pub fn add_key(key: &NewKey<'_>) -> Statement {
    let NewKey { id, user_id, name, hash, ending, public_key, scopes, now, expires_at } = *key;
    sql!(ADD_KEY, id, user_id, name, hash, ending, scopes, now, expires_at, MOST_KEYS, public_key)
}

/// A user's own key.
pub fn key_of(id: &str, user: &str) -> Statement {
    sql!(KEY_OF, id, user)
}

/// A user's keys, newest first, those made before the one with the id `before`.
pub fn keys_of(user: &str, before: Option<&str>, limit: u64) -> Statement {
    sql!(KEYS_OF, user, before, limit)
}

/// Changes what is given; the outer `Option` of the end says whether it is.
pub fn change_key(
    id: &str,
    user: &str,
    name: Option<&str>,
    scopes: Option<&str>,
    expires_at: Option<Option<u64>>,
) -> Statement {
    sql!(CHANGE_KEY, id, user, name, scopes, expires_at.is_some(), expires_at.flatten())
}

/// Revokes a user's own key; a row comes back when it was there.
pub fn revoke_key(id: &str, user: &str, now: u64) -> Statement {
    sql!(REVOKE_KEY, id, user, now)
}

/// The condition of an event about this key.
pub fn of_key(id: &str) -> [Param; 1] {
    [Param::from(id)]
}
