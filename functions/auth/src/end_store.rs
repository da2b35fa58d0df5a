//! The SQL of what is noted when sessions end. An event is written before what it tells of, under the same
//! condition: of several at once only the one that ends a session is noted.

use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] =
    &[WHEN_ENDS, WHEN_ALL_END, WHEN_ENDS_BY_REFRESH, CLAIMED, END_KEYS_BEFORE_ADMIN, END_GRANTS_BEFORE_ADMIN];

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

const END_GRANTS_BEFORE_ADMIN: &str = "UPDATE oauth_grants SET ended_at = ?3 WHERE ended_at IS NULL AND user_id = \
(SELECT u.id FROM users u JOIN one_time_tokens t ON t.email = u.email WHERE t.token_hash = ?1 AND t.used_by = ?2)";

/// The event of a user's own living session that is about to end.
pub fn noted(cx: &Cx, user: &str, session: &str) -> Statement {
    event_when(cx, WHEN_ENDS, Kind::SignedOut, Some(user), &Detail(&[("session_id", session)]), [session.into()])
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

/// Ends what an account had allowed apps before an administrator's link was used for it, by this session.
pub fn end_grants_before_admin(hash: &str, session: &str, now: u64) -> Statement {
    sql!(END_GRANTS_BEFORE_ADMIN, hash, session, now)
}
