//! The SQL of the list of sessions, and of the events of their ends. An event is written before what it tells
//! of, under the same condition: of several at once only the one that ends a session is noted.

use serde::Deserialize;
use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] =
    &[SESSIONS_OF, END_ONE, WHEN_ENDS, WHEN_ALL_END, WHEN_ENDS_BY_REFRESH, CLAIMED, END_KEYS_BEFORE_ADMIN];

const SESSIONS_OF: &str = "SELECT id, created_at, coalesce(last_used_at, created_at) AS last_used_at, expires_at, \
user_agent, network, country FROM sessions WHERE user_id = ?1 AND ended_at IS NULL AND expires_at > ?2 \
AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4";
const END_ONE: &str = "UPDATE sessions SET ended_at = ?3 WHERE id = ?1 AND user_id = ?2 AND ended_at IS NULL \
AND expires_at > ?3 RETURNING 1 AS one";
const WHEN_ENDS: &str = event_sql!(
    "?4",
    "WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?9 AND user_id = ?4 AND ended_at IS NULL AND expires_at > ?2)"
);
const WHEN_ALL_END: &str =
    event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM sessions WHERE user_id = ?4 AND ended_at IS NULL)");
const WHEN_ENDS_BY_REFRESH: &str = event_sql!(
    "?4",
    "WHERE EXISTS (SELECT 1 FROM sessions WHERE user_id = ?4 AND ended_at IS NULL \
AND id = (SELECT session_id FROM refresh_tokens WHERE hash = ?9))"
);
const CLAIMED: &str = event_sql!(
    "u.id",
    "FROM users u JOIN one_time_tokens t ON t.email = u.email WHERE t.token_hash = ?9 AND t.used_by = ?10"
);
const END_KEYS_BEFORE_ADMIN: &str = "UPDATE api_keys SET revoked_at = ?3 WHERE revoked_at IS NULL AND user_id = \
(SELECT u.id FROM users u JOIN one_time_tokens t ON t.email = u.email WHERE t.token_hash = ?1 AND t.used_by = ?2)";

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
pub fn noted(cx: &Cx, kind: Kind, user: &str, session: &str) -> Statement {
    event_when(cx, WHEN_ENDS, kind, Some(user), &Detail(&[("session_id", session)]), [session.into()])
}

/// The event of all sessions that are about to end.
pub fn noted_all(cx: &Cx, user: &str) -> Statement {
    event_when(cx, WHEN_ALL_END, Kind::SignedOut, Some(user), &Detail(&[("sessions", "all")]), [])
}

/// The event of the session of a refresh token that is about to end.
pub fn noted_of_refresh(cx: &Cx, user: &str, hash: &str) -> Statement {
    let detail = Detail(&[("by", "refresh_token")]);
    event_when(cx, WHEN_ENDS_BY_REFRESH, Kind::SignedOut, Some(user), &detail, [hash.into()])
}

/// The event of an account that an administrator's link with this hash was used for, by this session.
pub fn claimed(cx: &Cx, hash: &str, session: &str) -> Statement {
    event_when(cx, CLAIMED, Kind::AdminClaimed, None, &Detail(&[]), [hash.into(), session.into()])
}

/// Revokes the keys an account had before an administrator's link was used for it, by this session.
pub fn end_keys_before_admin(hash: &str, session: &str, now: u64) -> Statement {
    sql!(END_KEYS_BEFORE_ADMIN, hash, session, now)
}
