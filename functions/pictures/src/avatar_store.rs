//! All SQL of the avatars of people, and reading those of organisations.

use serde::Deserialize;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ANNOUNCE, CLEAR, ADD, SETTLE, POINT, UNPOINT, READ];

// `?1` is a JSON list of names.
const ANNOUNCE: &str = "INSERT INTO file_remains (object, due_at) SELECT value, ?2 FROM json_each(?1) WHERE true \
ON CONFLICT (object) DO UPDATE SET due_at = excluded.due_at WHERE taken_at IS NULL";
const CLEAR: &str = "DELETE FROM avatars WHERE user_id = ?1";
// `?2` is a JSON list of `[size, object, bytes, sha256]`. All of them, or none.
const ADD: &str = "INSERT INTO avatars (user_id, size, object, bytes, sha256, created_at) \
SELECT u.id, json_extract(a.value, '$[0]'), json_extract(a.value, '$[1]'), json_extract(a.value, '$[2]'), \
json_extract(a.value, '$[3]'), ?3 FROM users u, json_each(?2) a WHERE u.id = ?1 AND NOT EXISTS (SELECT 1 FROM json_each(?2) w \
LEFT JOIN file_remains r ON r.object = json_extract(w.value, '$[1]') AND r.taken_at IS NULL WHERE r.object IS NULL) \
RETURNING object AS id";
const SETTLE: &str = "DELETE FROM file_remains WHERE object IN (SELECT object FROM avatars WHERE user_id = ?1)";
const POINT: &str =
    "UPDATE users SET avatar_ref = ?2 WHERE id = ?1 AND EXISTS (SELECT 1 FROM avatars WHERE user_id = ?1)";
// Only where it points here: somebody may have named another picture since.
const UNPOINT: &str =
    "UPDATE users SET avatar_ref = NULL WHERE id = ?1 AND avatar_ref LIKE '%/v1/avatars/' || ?1 || '/%'";
// Ids of people and of organisations begin otherwise: it is one or the other.
const READ: &str = "SELECT object, sha256 FROM avatars WHERE user_id = ?1 AND size = ?2 \
UNION ALL SELECT object, sha256 FROM organisation_avatars WHERE organisation_id = ?1 AND size = ?2";

/// A size that is kept.
#[derive(Debug, Deserialize)]
pub struct AvatarRow {
    /// The name of its bytes.
    pub object: String,
    /// Their SHA-256 in hexadecimal.
    pub sha256: String,
}

/// Announces bytes (names in a JSON list) that are about to be written.
pub fn announce(objects: &str, due_at: u64) -> Statement {
    sql!(ANNOUNCE, objects, due_at)
}

/// Gives a person these sizes in the place of those there were, and says where: rows of `Seen` from the second statement.
pub fn replace(user_id: &str, sizes: &str, avatar_ref: &str, now: u64) -> Vec<Statement> {
    vec![sql!(CLEAR, user_id), sql!(ADD, user_id, sizes, now), sql!(SETTLE, user_id), sql!(POINT, user_id, avatar_ref)]
}

/// Takes a person's picture away.
pub fn remove(user_id: &str) -> Vec<Statement> {
    vec![sql!(CLEAR, user_id), sql!(UNPOINT, user_id)]
}

/// One size of a person's or an organisation's.
pub fn read(owner: &str, size: u16) -> Statement {
    sql!(READ, owner, u64::from(size))
}
