//! SQL of shares and links. Who may write them, the handler has asked (`store::seen`).

use shared::db::Statement;
use shared::{event_sql, sql};
use uploads::link::Scope;

use crate::shares::Whom;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] =
    &[LIST, PUT_PERSON, PUT_ADDRESS, DELETE_PERSON, DELETE_ADDRESS, SHARED, LINKS, LINK, REVOKE, LINKED];

const LIST: &str = "SELECT with_whom, created_at, expires_at FROM (\
SELECT user_id AS with_whom, created_at, expires_at FROM file_shares WHERE file_id = ?1 UNION ALL \
SELECT email, created_at, expires_at FROM file_addresses WHERE file_id = ?1) \
WHERE with_whom > ?3 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY with_whom LIMIT ?4";
const PUT_PERSON: &str = "INSERT INTO file_shares (file_id, user_id, created_at, expires_at) \
SELECT ?1, id, ?3, ?4 FROM users WHERE id = ?2 AND status <> 'deleted' \
ON CONFLICT (file_id, user_id) DO UPDATE SET expires_at = excluded.expires_at RETURNING 1 AS one";
const PUT_ADDRESS: &str = "INSERT INTO file_addresses (file_id, email, created_at, expires_at) VALUES (?1, ?2, ?3, ?4) \
ON CONFLICT (file_id, email) DO UPDATE SET expires_at = excluded.expires_at RETURNING 1 AS one";
const DELETE_PERSON: &str = "DELETE FROM file_shares WHERE file_id = ?1 AND user_id = ?2 RETURNING 1 AS one";
const DELETE_ADDRESS: &str = "DELETE FROM file_addresses WHERE file_id = ?1 AND email = ?2 RETURNING 1 AS one";
/// Notes that a file was opened to somebody.
pub const SHARED: &str = event_sql!("f.user_id", "FROM files f WHERE f.id = ?9 AND ?4 IS NOT NULL AND changes() > 0");

const LINKS: &str = "SELECT id, scope, created_by, created_at, expires_at FROM file_links WHERE file_id = ?1 AND id < ?3 \
AND revoked_at IS NULL AND expires_at > ?2 ORDER BY id DESC LIMIT ?4";
const LINK: &str = "INSERT INTO file_links (id, file_id, scope, created_by, created_at, expires_at) \
SELECT ?1, id, ?3, ?4, ?5, ?6 FROM files WHERE id = ?2 RETURNING 1 AS one";
const REVOKE: &str = "UPDATE file_links SET revoked_at = ?3 WHERE file_id = ?1 AND id = ?2 AND revoked_at IS NULL \
AND expires_at > ?3 RETURNING 1 AS one";
/// Notes that a link was made.
pub const LINKED: &str =
    event_sql!("f.user_id", "FROM files f JOIN file_links l ON l.file_id = f.id WHERE l.id = ?9 AND ?4 IS NOT NULL");

/// To whom a file is open, behind `after`.
pub fn list(file_id: &str, now: u64, after: &str, limit: u64) -> Statement {
    sql!(LIST, file_id, now, after, limit)
}

/// Opens a file to somebody; a row unless there is no such person.
pub fn put(file_id: &str, whom: Whom<'_>, now: u64, expires_at: Option<u64>) -> Statement {
    match whom {
        Whom::Person(id) => sql!(PUT_PERSON, file_id, id, now, expires_at),
        Whom::Address(email) => sql!(PUT_ADDRESS, file_id, email, now, expires_at),
    }
}

/// Closes a file to somebody; a row where it was open.
pub fn delete(file_id: &str, whom: Whom<'_>) -> Statement {
    match whom {
        Whom::Person(id) => sql!(DELETE_PERSON, file_id, id),
        Whom::Address(email) => sql!(DELETE_ADDRESS, file_id, email),
    }
}

/// The links of a file that hold, newest first, from before `before`.
pub fn links(file_id: &str, now: u64, before: &str, limit: u64) -> Statement {
    sql!(LINKS, file_id, now, before, limit)
}

/// Makes a link; a row where the file is there.
pub fn link(id: &str, file_id: &str, scope: Scope, created_by: &str, now: u64, expires_at: u64) -> Statement {
    sql!(LINK, id, file_id, scope.as_str(), created_by, now, expires_at)
}

/// Takes a link back; a row where it held.
pub fn revoke(file_id: &str, id: &str, now: u64) -> Statement {
    sql!(REVOKE, file_id, id, now)
}
