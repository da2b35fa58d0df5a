//! SQL of what administrators allow.

use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[EXISTS, ALLOW, RESET];

const EXISTS: &str =
    "SELECT 1 AS one FROM users WHERE id = ?1 UNION ALL SELECT 1 FROM organisations WHERE id = ?1 LIMIT 1";
const ALLOW: &str = "INSERT INTO file_limits (owner, files, bytes) VALUES (?1, ?2, ?3) \
ON CONFLICT (owner) DO UPDATE SET files = excluded.files, bytes = excluded.bytes";
const RESET: &str = "DELETE FROM file_limits WHERE owner = ?1";

/// Whether there is such a person or organisation: a row of `One`.
pub fn exists(owner: &str) -> Statement {
    sql!(EXISTS, owner)
}

/// Allows an owner so much.
pub fn allow(owner: &str, files: u64, bytes: u64) -> Statement {
    sql!(ALLOW, owner, files, bytes)
}

/// Allows an owner what the deployment allows.
pub fn reset(owner: &str) -> Statement {
    sql!(RESET, owner)
}
