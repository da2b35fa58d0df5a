//! The SQL of another password for somebody who is signed in.

use serde::Deserialize;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[PROVED, SET, END_OTHERS, WHEN_CHANGED];

const PROVED: &str = "SELECT authenticated_at FROM sessions WHERE id = ?1";
const SET: &str = "UPDATE users SET password = ?3 WHERE id = ?1 AND password IS ?2 RETURNING 1 AS one";
const END_OTHERS: &str = "UPDATE sessions SET ended_at = ?4 WHERE user_id = ?1 AND id <> ?2 AND ended_at IS NULL \
AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND password = ?3)";
/// The event of a password that was set.
pub const WHEN_CHANGED: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM users WHERE id = ?4 AND password = ?9)");

/// When a session's person last proved who they are.
#[derive(Debug, Deserialize)]
pub struct ProvedRow {
    /// Milliseconds.
    pub authenticated_at: u64,
}

/// When this session's person last proved who they are.
pub fn proved(session: &str) -> Statement {
    sql!(PROVED, session)
}

/// Sets a password where the old one is still there; a row comes back when it was.
pub fn set(user: &str, old: Option<&str>, phc: &str) -> Statement {
    sql!(SET, user, old, phc)
}

/// Ends a user's other sessions where this password was set.
pub fn end_others(user: &str, session: &str, phc: &str, now: u64) -> Statement {
    sql!(END_OTHERS, user, session, phc, now)
}
