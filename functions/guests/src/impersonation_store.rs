//! The SQL of administrators in somebody's place.

use shared::accounts::events::{Detail, Kind, event_when, user_agent};
use shared::accounts::store::user_by_id;
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD_SESSION, END_OTHERS, WHEN_BEGAN, LETTER, BEGAN, LIVING, WHEN_ENDS, END, EXISTS];

/// Milliseconds that an administrator acts in somebody's place at most.
pub const LONGEST_MS: u64 = 15 * 60_000;

// Its last proof is of 1970: no row that wants a fresh one opens. Never of an administrator: it would be a way to
// more rights, or to act without leaving one's own name.
const ADD_SESSION: &str = "INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at, methods, \
last_used_at, user_agent, network, country, actor_id) \
SELECT ?1, u.id, ?3, ?4, 0, '[\"impersonation\"]', ?3, ?5, ?6, ?7, ?8 FROM users u WHERE u.id = ?2 AND u.id <> ?8 \
AND u.status = 'active' AND NOT EXISTS (SELECT 1 FROM json_each(u.roles) r WHERE r.value = 'admin')";
const END_OTHERS: &str = "UPDATE sessions SET ended_at = ?3 WHERE actor_id = ?2 AND ended_at IS NULL AND id <> ?1 \
AND EXISTS (SELECT 1 FROM sessions WHERE id = ?1)";
const WHEN_BEGAN: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?9)");
const LETTER: &str = "INSERT INTO letters (id, kind, recipient, locale, user_id, created_at) \
SELECT ?1, 'impersonated', u.email, u.locale, u.id, ?3 FROM users u JOIN sessions s ON s.user_id = u.id \
WHERE s.id = ?2 AND u.email NOT LIKE '%@no-address.invalid'";
const BEGAN: &str = "SELECT 1 AS one FROM sessions WHERE id = ?1";

/// Who acts in whose place, and why.
pub struct NewImpersonation<'a> {
    /// `ses_…`.
    pub session: &'a str,
    /// `let_…`.
    pub letter: &'a str,
    /// In whose place.
    pub user: &'a str,
    /// The administrator.
    pub actor: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Begins: the person, the session, the end of the administrator's other ones, event, letter, and whether there is
/// the session.
pub fn begin(cx: &Cx, new: &NewImpersonation<'_>) -> Vec<Statement> {
    let NewImpersonation { session, letter, user, actor, reason } = *new;
    let (now, agent, network, country) = (cx.now_ms(), user_agent(cx), cx.network(), cx.platform.country());
    let detail = Detail(&[("session_id", session), ("reason", reason)]);
    vec![
        user_by_id(user),
        sql!(ADD_SESSION, session, user, now, now + LONGEST_MS, agent, network, country, actor),
        sql!(END_OTHERS, session, actor, now),
        event_when(cx, WHEN_BEGAN, Kind::ImpersonationBegan, Some(user), &detail, [session.into()]),
        sql!(LETTER, letter, session, now),
        sql!(BEGAN, session),
    ]
}

const LIVING: &str = "SELECT id FROM sessions WHERE user_id = ?1 AND actor_id IS NOT NULL AND ended_at IS NULL \
AND expires_at > ?2 LIMIT 100";
const WHEN_ENDS: &str = event_sql!(
    "?4",
    "WHERE EXISTS (SELECT 1 FROM sessions WHERE user_id = ?4 AND actor_id IS NOT NULL AND ended_at IS NULL \
AND expires_at > ?2)"
);
const END: &str = "UPDATE sessions SET ended_at = ?2 WHERE user_id = ?1 AND actor_id IS NOT NULL AND ended_at IS NULL";

const EXISTS: &str = "SELECT 1 AS one FROM users WHERE id = ?1";

/// Ends all acting in this person's place: which sessions, the event, the end, and whether there is the person.
pub fn end(cx: &Cx, user: &str) -> Vec<Statement> {
    let now = cx.now_ms();
    vec![
        sql!(LIVING, user, now),
        event_when(cx, WHEN_ENDS, Kind::ImpersonationEnded, Some(user), &Detail(&[]), []),
        sql!(END, user, now),
        sql!(EXISTS, user),
    ]
}
