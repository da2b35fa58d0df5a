//! All SQL of accounts: functions that return a `Statement`, composed into one batch by the handlers.

use serde::Deserialize;
use shared::accounts::NewSession;
use shared::accounts::events::{Detail, Kind, event_when, user_agent};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this function, for the test that prepares them.
pub const ALL: &[&str] = &[
    ADD_USER,
    ADD_USER_IF_NEW,
    REGISTERED,
    SET_PASSWORD,
    USE_REFRESH,
    ADD_SUCCESSOR,
    REUSED,
    END_REUSED,
    PROLONG,
    SESSION_OF_REFRESH,
    USER_OF_REFRESH,
    END_SESSION,
    END_SESSION_OF_REFRESH,
    END_ALL,
    LINK,
    USE_LINK,
    MAKE_ADMIN,
    END_BEFORE_ADMIN,
    ADMIN_SESSION,
    ADMIN_REFRESH,
    ADMIN_ENDED,
    ADMIN_ROW,
];

const ADD_USER: &str = "INSERT INTO users (id, email, name, locale, password, email_verified_at, created_at) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const ADD_USER_IF_NEW: &str = "INSERT INTO users (id, email, name, locale, password, email_verified_at, created_at) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (email) DO NOTHING";
const SET_PASSWORD: &str = "UPDATE users SET password = ?3 WHERE id = ?1 AND password = ?2";

/// A user to be.
pub struct NewUser<'a> {
    /// `usr_…`.
    pub id: &'a str,
    /// The address.
    pub email: &'a str,
    /// The name.
    pub name: &'a str,
    /// The language tag.
    pub locale: &'a str,
    /// PHC string.
    pub password: &'a str,
    /// When the address counts as confirmed.
    pub verified_at: Option<u64>,
    /// Milliseconds.
    pub now: u64,
}

/// Adds a user; a taken address violates `users.email`.
pub fn add_user(user: &NewUser<'_>) -> Statement {
    sql!(ADD_USER, user.id, user.email, user.name, user.locale, user.password, user.verified_at, user.now)
}

/// Notes a registration that made an account: where the address was taken there is none with this id.
pub const REGISTERED: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM users WHERE id = ?4)");

/// Adds a user unless the address is taken.
pub fn add_user_if_new(user: &NewUser<'_>) -> Statement {
    Statement { sql: ADD_USER_IF_NEW, ..add_user(user) }
}

/// Replaces a stored hash by one of today's standard, unless it was changed meanwhile.
pub fn upgrade_password(user_id: &str, old: &str, new: &str) -> Statement {
    sql!(SET_PASSWORD, user_id, old, new)
}

/// A retry of a refresh within this time gets the same answer; a later use ends the family.
pub const RETRY_MS: u64 = 10_000;

const USE_REFRESH: &str =
    "UPDATE refresh_tokens SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2";
const ADD_SUCCESSOR: &str = "INSERT INTO refresh_tokens (hash, session_id, created_at, expires_at) \
SELECT ?2 ->> 0, session_id, ?3, ?4 FROM refresh_tokens WHERE hash = ?1 AND used_at > ?5 \
AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE hash IN (SELECT value FROM json_each(?2)))";
const END_REUSED: &str = "UPDATE sessions SET ended_at = ?2 WHERE ended_at IS NULL \
AND id = (SELECT session_id FROM refresh_tokens WHERE hash = ?1 AND used_at <= ?3)";
const REUSED: &str = event_sql!(
    "s.user_id",
    "FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id WHERE r.hash = ?9 AND r.used_at <= ?10 AND s.ended_at IS NULL"
);
const PROLONG: &str = "UPDATE sessions SET expires_at = ?3, last_used_at = ?4, user_agent = ?5, network = ?6, \
country = coalesce(?7, country) WHERE ended_at IS NULL \
AND id = (SELECT session_id FROM refresh_tokens WHERE hash = ?1 AND used_at > ?2)";
const SESSION_OF_REFRESH: &str = "SELECT s.id AS session_id, s.ended_at AS ended_at, r.used_at AS used_at, \
(SELECT hash FROM refresh_tokens WHERE hash IN (SELECT value FROM json_each(?2))) AS successor FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id WHERE r.hash = ?1";
const USER_OF_REFRESH: &str = "SELECT u.id AS id, u.email AS email, u.name AS name, NULL AS password, u.roles AS roles, \
u.status AS status, u.epoch AS epoch, u.factors AS factors, u.email_verified_at AS email_verified_at, u.created_at AS created_at \
FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id JOIN users u ON u.id = s.user_id WHERE r.hash = ?1";

/// The state after a refresh.
#[derive(Debug, Deserialize)]
pub struct RefreshedRow {
    /// The session.
    pub session_id: String,
    /// When it ended, if it did.
    pub ended_at: Option<u64>,
    /// When the token was used first; `None`: it had expired unused.
    pub used_at: Option<u64>,
    /// The hash of the token that follows it.
    pub successor: Option<String>,
}

/// Uses a refresh token, in one transaction: marks it, adds its successor, or ends the family, and notes
/// that, when it was used before the retry window. `successors` is a JSON array of hashes: the first one is added,
/// unless another one was. The last two statements read what came of it, and the user.
pub fn refresh(cx: &Cx, hash: &str, successors: &str, expires_at: u64) -> Vec<Statement> {
    let now = cx.now_ms();
    let window = now.saturating_sub(RETRY_MS);
    let (agent, network, country) = (user_agent(cx), cx.network(), cx.platform.country());
    // Before the family ends, so that the first reuse is noted and no later one. Its owner is told by a letter that
    // follows from this event.
    let reused = event_when(cx, REUSED, Kind::RefreshReused, None, &Detail(&[]), [hash.into(), window.into()]);
    vec![
        sql!(USE_REFRESH, hash, now),
        sql!(ADD_SUCCESSOR, hash, successors, now, expires_at, window),
        reused,
        sql!(END_REUSED, hash, now, window),
        sql!(PROLONG, hash, window, expires_at, now, agent, network, country),
        sql!(SESSION_OF_REFRESH, hash, successors),
        sql!(USER_OF_REFRESH, hash),
    ]
}

const END_SESSION: &str = "UPDATE sessions SET ended_at = ?3 WHERE id = ?1 AND user_id = ?2 AND ended_at IS NULL";
const END_SESSION_OF_REFRESH: &str = "UPDATE sessions SET ended_at = ?3 WHERE user_id = ?2 AND ended_at IS NULL \
AND id = (SELECT session_id FROM refresh_tokens WHERE hash = ?1)";
const END_ALL: &str = "UPDATE sessions SET ended_at = ?2 WHERE user_id = ?1 AND ended_at IS NULL";
/// Ends one session of a user.
pub fn end_session(session: &str, user: &str, now: u64) -> Statement {
    sql!(END_SESSION, session, user, now)
}

/// Ends the session of a refresh token, if it is this user's.
pub fn end_session_of_refresh(hash: &str, user: &str, now: u64) -> Statement {
    sql!(END_SESSION_OF_REFRESH, hash, user, now)
}

/// Ends every session of a user.
pub fn end_all(user: &str, now: u64) -> Statement {
    sql!(END_ALL, user, now)
}

const LINK: &str = "SELECT 1 AS one FROM one_time_tokens WHERE token_hash = ?1 AND purpose = 'admin' AND used_at IS NULL AND expires_at > ?2";
const USE_LINK: &str = "UPDATE one_time_tokens SET used_at = ?2, used_by = ?3 \
WHERE token_hash = ?1 AND purpose = 'admin' AND used_at IS NULL AND expires_at > ?2";
const MAKE_ADMIN: &str = "INSERT INTO users (id, email, password, roles, email_verified_at, created_at) \
SELECT ?3, email, ?4, '[\"admin\"]', ?5, ?5 FROM one_time_tokens WHERE token_hash = ?1 AND used_by = ?2 \
ON CONFLICT (email) DO UPDATE SET password = excluded.password, roles = excluded.roles, status = 'active', \
epoch = users.epoch + 1, email_verified_at = coalesce(users.email_verified_at, excluded.email_verified_at)";
const END_BEFORE_ADMIN: &str = "UPDATE sessions SET ended_at = ?3 WHERE ended_at IS NULL AND user_id = \
(SELECT u.id FROM users u JOIN one_time_tokens t ON t.email = u.email WHERE t.token_hash = ?1 AND t.used_by = ?2)";
const ADMIN_SESSION: &str = "INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at, methods) \
SELECT ?2, u.id, ?3, ?4, ?3, ?5 FROM users u JOIN one_time_tokens t ON t.email = u.email \
WHERE t.token_hash = ?1 AND t.used_by = ?2 AND u.factors = '[]'";
const ADMIN_REFRESH: &str = "INSERT INTO refresh_tokens (hash, session_id, created_at, expires_at) SELECT ?3, id, ?4, ?5 \
FROM sessions WHERE id = ?2 AND EXISTS (SELECT 1 FROM one_time_tokens WHERE token_hash = ?1 AND used_by = ?2)";
const ADMIN_ENDED: &str = "SELECT id FROM sessions WHERE ended_at = ?3 AND user_id = \
(SELECT u.id FROM users u JOIN one_time_tokens t ON t.email = u.email WHERE t.token_hash = ?1 AND t.used_by = ?2) LIMIT 100";
const ADMIN_ROW: &str = "SELECT u.id, u.email, u.name, NULL AS password, u.roles, u.status, u.epoch, u.factors, \
u.email_verified_at, u.created_at FROM users u JOIN one_time_tokens t ON t.email = u.email \
WHERE t.token_hash = ?1 AND t.used_by = ?2";

/// Whether an administrator's link can still be used.
pub fn link(hash: &str, now: u64) -> Statement {
    sql!(LINK, hash, now)
}

/// Consumes an administrator's link, in one transaction: of many at once exactly one makes the
/// account, ends its older sessions and gets the session, if no second factor is to be asked for. The last
/// two statements read the sessions that ended, and the account.
pub fn consume_link(hash: &str, user_id: &str, phc: &str, session: &NewSession<'_>) -> Vec<Statement> {
    let NewSession { id, refresh_hash, methods, now, expires_at, .. } = *session;
    vec![
        sql!(USE_LINK, hash, now, id),
        sql!(MAKE_ADMIN, hash, id, user_id, phc, now),
        sql!(END_BEFORE_ADMIN, hash, id, now),
        sql!(ADMIN_SESSION, hash, id, now, expires_at, methods),
        sql!(ADMIN_REFRESH, hash, id, refresh_hash, now, expires_at),
        sql!(ADMIN_ENDED, hash, id, now),
        sql!(ADMIN_ROW, hash, id),
    ]
}
