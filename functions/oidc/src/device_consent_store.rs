//! The SQL of what people decide about a device that waits, and of guesses at its code.

use serde::Deserialize;
use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[TRY, WAIT, TAKE_BACK, WAITING, GRANT_WAITING, ALLOW, DENY, WHEN_ALLOWED, DECIDED];

// Five wrong codes a day are free, from then on each waits twice as long as the one before.
// Counted before anything is looked up, so that many at once are as many as one after the other.
const TRY: &str = "INSERT INTO proof_attempts (subject, failures, next_at, expires_at) VALUES (?1, 1, 0, ?3) \
ON CONFLICT (subject) DO UPDATE SET failures = CASE WHEN expires_at <= ?2 THEN 1 ELSE failures + 1 END, expires_at = ?3, \
next_at = CASE WHEN failures < 4 OR expires_at <= ?2 THEN 0 ELSE ?2 + min(3600000, 15000 << min(failures - 4, 10)) END \
WHERE proof_attempts.next_at <= ?2 RETURNING failures";
const WAIT: &str = "SELECT next_at FROM proof_attempts WHERE subject = ?1";
const TAKE_BACK: &str = "UPDATE proof_attempts SET failures = max(failures - 1, 0), next_at = 0 WHERE subject = ?1";

/// Milliseconds after which failures are forgotten when no more come.
const REMEMBERED_MS: u64 = shared::time::DAY_MS;

/// When the next attempt is allowed.
#[derive(Debug, Deserialize)]
pub struct WaitRow {
    /// Milliseconds since 1970.
    pub next_at: u64,
}

/// An attempt that was allowed.
#[derive(Debug, Deserialize)]
pub struct TriedRow {
    /// How many there were since the last success, this one included.
    pub failures: u64,
}

/// Counts an attempt of this subject, if one is allowed; the second statement reads how long to wait if not.
pub fn attempt(subject: &str, now: u64) -> [Statement; 2] {
    [sql!(TRY, subject, now, now.saturating_add(REMEMBERED_MS)), sql!(WAIT, subject)]
}

/// Takes back that an attempt was counted, after a success. Those before stay: whoever has a device of their own
/// would else guess others' codes in between without end.
pub fn take_back(subject: &str) -> Statement {
    sql!(TAKE_BACK, subject)
}

const WAITING: &str = "SELECT d.client_id AS client_id, c.name AS name, c.verified AS verified, d.scopes AS scopes, \
d.resource AS resource, c.grant_types AS grant_types FROM oauth_device_codes d \
JOIN oauth_clients c ON c.id = d.client_id WHERE d.user_code = ?1 AND d.state = 'pending' AND d.expires_at > ?2";
const GRANT_WAITING: &str = "INSERT INTO oauth_grants (id, client_id, user_id, session_id, scopes, resource, offline, \
authenticated_at, methods, created_at, last_used_at, expires_at) \
SELECT ?2, d.client_id, ?3, ?4, ?5, d.resource, ?6, ?7, ?8, ?9, ?9, ?10 FROM oauth_device_codes d \
WHERE d.user_code = ?1 AND d.state = 'pending' AND d.expires_at > ?9";
const ALLOW: &str = "UPDATE oauth_device_codes SET state = 'allowed', grant_id = ?2 WHERE user_code = ?1 \
AND state = 'pending' AND EXISTS (SELECT 1 FROM oauth_grants WHERE id = ?2)";
const DENY: &str = "UPDATE oauth_device_codes SET state = 'denied' WHERE user_code = ?1 AND state = 'pending' AND expires_at > ?2 RETURNING 1 AS one";
const WHEN_ALLOWED: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM oauth_device_codes WHERE grant_id = ?9)");
const DECIDED: &str = "SELECT 1 AS one FROM oauth_device_codes WHERE grant_id = ?1";

/// A device that waits.
#[derive(Debug, Deserialize)]
pub struct WaitingRow {
    /// The app.
    pub client_id: String,
    /// What the app is called.
    pub name: String,
    /// 1 when an administrator registered the app.
    pub verified: u8,
    /// With spaces between.
    pub scopes: String,
    /// Whom access tokens are for; `None`: us.
    pub resource: Option<String>,
    /// JSON array.
    pub grant_types: String,
}

/// The device that waits with this code.
pub fn waiting(user_code: &str, now: u64) -> Statement {
    sql!(WAITING, user_code, now)
}

/// A person's consent to a device.
#[derive(Clone, Copy, Debug)]
pub struct Consent<'a> {
    /// Keyed hash of what was typed.
    pub user_code: &'a str,
    /// `grt_…`.
    pub grant_id: &'a str,
    /// Who.
    pub user_id: &'a str,
    /// Where it was allowed.
    pub session_id: &'a str,
    /// With spaces between.
    pub scopes: &'a str,
    /// Whether it goes on when the session ends.
    pub offline: bool,
    /// When the person proved who they are, milliseconds.
    pub authenticated_at: u64,
    /// How, as a JSON array.
    pub methods: &'a str,
    /// When the last of its tokens will have expired, milliseconds.
    pub expires_at: u64,
}

/// Allows a device that waits, and notes it. The last statement gives a row if this consent was the one that counts.
pub fn allow(cx: &Cx, of: &Consent<'_>, client_id: &str) -> Vec<Statement> {
    let Consent { user_code, grant_id, user_id, session_id, scopes, offline, .. } = *of;
    let Consent { authenticated_at, methods, expires_at, .. } = *of;
    let now = cx.now_ms();
    let detail = Detail(&[("client_id", client_id), ("grant_id", grant_id), ("scopes", scopes), ("by", "device")]);
    vec![
        sql!(
            GRANT_WAITING,
            user_code,
            grant_id,
            user_id,
            session_id,
            scopes,
            offline,
            authenticated_at,
            methods,
            now,
            expires_at
        ),
        sql!(ALLOW, user_code, grant_id),
        event_when(cx, WHEN_ALLOWED, Kind::AppAllowed, Some(user_id), &detail, [grant_id.into()]),
        sql!(DECIDED, grant_id),
    ]
}

/// Refuses a device that waits; a row comes back if there was one.
pub fn deny(user_code: &str, now: u64) -> Statement {
    sql!(DENY, user_code, now)
}
