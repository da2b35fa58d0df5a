//! The SQL of the list of sessions. The event of an end is written before it, under the same condition: of
//! several at once only the one that ends a session is noted.

use serde::Deserialize;
use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[SESSIONS_OF, END_ONE, WHEN_ENDS];

const SESSIONS_OF: &str = "SELECT id, created_at, coalesce(last_used_at, created_at) AS last_used_at, expires_at, \
user_agent, network, country, actor_id FROM sessions WHERE user_id = ?1 AND ended_at IS NULL AND expires_at > ?2 \
AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4";
const END_ONE: &str = "UPDATE sessions SET ended_at = ?3 WHERE id = ?1 AND user_id = ?2 AND ended_at IS NULL \
AND expires_at > ?3 RETURNING 1 AS one";
const WHEN_ENDS: &str = event_sql!(
    "?4",
    "WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?9 AND user_id = ?4 AND ended_at IS NULL AND expires_at > ?2)"
);

/// A session as stored.
#[derive(Debug, Deserialize)]
pub struct SessionRow {
    /// `ses_…`.
    pub id: String,
    /// Milliseconds.
    pub created_at: u64,
    /// Milliseconds.
    pub last_used_at: u64,
    /// Milliseconds.
    pub expires_at: u64,
    /// What the client called itself.
    pub user_agent: String,
    /// IPv4 address or IPv6 /64.
    pub network: String,
    /// Two letters.
    pub country: Option<String>,
    /// The administrator who acts in it.
    pub actor_id: Option<String>,
}

/// The living sessions of a user, newest first, those begun before the one with the id `before`.
pub fn sessions_of(user: &str, now: u64, before: Option<&str>, limit: u64) -> Statement {
    sql!(SESSIONS_OF, user, now, before, limit)
}

/// Ends a user's own living session; a row comes back when it was one.
pub fn end_one(session: &str, user: &str, now: u64) -> Statement {
    sql!(END_ONE, session, user, now)
}

/// The event of a user's own living session that is about to end.
pub fn noted(cx: &Cx, user: &str, session: &str) -> Statement {
    event_when(cx, WHEN_ENDS, Kind::SessionEnded, Some(user), &Detail(&[("session_id", session)]), [session.into()])
}
