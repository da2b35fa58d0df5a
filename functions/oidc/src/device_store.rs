//! The SQL of devices that wait for a person's consent (RFC 8628), and what a poll is answered. Not here: the consent
//! (`device_consent_store`).

use serde::Deserialize;
use shared::db::Statement;
use shared::problem::Problem;
use shared::sql;

use crate::refusal::refused;
use crate::store::grant_sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD, USE, POLLED, NOTE_POLL, REFRESH_OF_DEVICE, PROLONG_OF_DEVICE, GRANTED_BY_DEVICE];

/// Milliseconds a device waits for its person.
pub const LIFE_MS: u64 = 10 * 60_000;
/// Seconds between two polls.
pub const INTERVAL_S: u64 = 5;

const ADD: &str = "INSERT INTO oauth_device_codes (hash, user_code, client_id, scopes, resource, interval_s, expires_at) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// A device that will wait.
#[derive(Clone, Copy, Debug)]
pub struct NewDevice<'a> {
    /// Lower-hex SHA-256 of what it polls with.
    pub hash: &'a str,
    /// Keyed hash of what people type.
    pub user_code: &'a str,
    /// The app.
    pub client_id: &'a str,
    /// With spaces between.
    pub scopes: &'a str,
    /// Whom access tokens are for; `None`: us.
    pub resource: Option<&'a str>,
    /// Milliseconds.
    pub now: u64,
}

/// Adds a device that waits; a code that another one waits with violates `oauth_device_codes.user_code`.
pub fn add(device: &NewDevice<'_>) -> Statement {
    let NewDevice { hash, user_code, client_id, scopes, resource, now } = *device;
    sql!(ADD, hash, user_code, client_id, scopes, resource, INTERVAL_S, now.saturating_add(LIFE_MS))
}

// Half a second early is in time: a device's clock is not ours.
const USE: &str = "UPDATE oauth_device_codes SET used_at = ?3, used_by = ?4 WHERE hash = ?1 AND client_id = ?2 \
AND state = 'allowed' AND used_at IS NULL AND expires_at > ?3 \
AND (last_polled_at IS NULL OR last_polled_at + interval_s * 1000 - 500 <= ?3)";
const POLLED: &str = "SELECT state, used_by, expires_at, \
(last_polled_at IS NOT NULL AND last_polled_at + interval_s * 1000 - 500 > ?3) AS too_soon \
FROM oauth_device_codes WHERE hash = ?1 AND client_id = ?2";
const NOTE_POLL: &str = "UPDATE oauth_device_codes SET last_polled_at = ?3, interval_s = CASE \
WHEN last_polled_at IS NOT NULL AND last_polled_at + interval_s * 1000 - 500 > ?3 THEN min(interval_s + 5, 60) \
ELSE interval_s END WHERE hash = ?1 AND client_id = ?2";
const REFRESH_OF_DEVICE: &str = "INSERT INTO oauth_refresh_tokens (hash, grant_id, created_at, expires_at) \
SELECT ?3, g.id, ?4, ?5 FROM oauth_device_codes d JOIN oauth_grants g ON g.id = d.grant_id \
WHERE d.hash = ?1 AND d.used_by = ?2 AND g.offline = 1 AND g.ended_at IS NULL";
const PROLONG_OF_DEVICE: &str = "UPDATE oauth_grants SET last_used_at = ?3, expires_at = ?4 WHERE offline = 1 \
AND id = (SELECT grant_id FROM oauth_device_codes WHERE hash = ?1 AND used_by = ?2)";
const GRANTED_BY_DEVICE: &str = grant_sql!(
    "NULL",
    "d.used_at",
    "JOIN oauth_device_codes d ON d.grant_id = g.id WHERE d.hash = ?1 AND d.used_by = ?2"
);

/// A device's question whether its person has decided.
#[derive(Clone, Copy, Debug)]
pub struct Poll<'a> {
    /// Lower-hex SHA-256 of what it polls with.
    pub hash: &'a str,
    /// The app that proved who it is.
    pub client_id: &'a str,
    /// This poll.
    pub id: &'a str,
    /// Hash of the refresh token it would get.
    pub refresh_hash: &'a str,
    /// When that would expire, milliseconds.
    pub refresh_expires_at: u64,
    /// Milliseconds.
    pub now: u64,
}

/// How a device stands when it polls.
#[derive(Debug, Deserialize)]
pub struct PolledRow {
    /// `pending`, `allowed`, `denied`.
    pub state: String,
    /// The poll that got the tokens.
    pub used_by: Option<String>,
    /// Milliseconds.
    pub expires_at: u64,
    /// 1 when the last poll was too short a time ago.
    pub too_soon: u8,
}

/// Polls, and uses the code up if its person has allowed it. The second statement reads a `PolledRow`, the last one
/// what was allowed.
pub fn poll(of: &Poll<'_>) -> Vec<Statement> {
    let Poll { hash, client_id, id, refresh_hash, refresh_expires_at, now } = *of;
    vec![
        sql!(USE, hash, client_id, now, id),
        sql!(POLLED, hash, client_id, now),
        sql!(NOTE_POLL, hash, client_id, now),
        sql!(REFRESH_OF_DEVICE, hash, id, refresh_hash, now, refresh_expires_at),
        sql!(PROLONG_OF_DEVICE, hash, id, now, refresh_expires_at),
        sql!(GRANTED_BY_DEVICE, hash, id),
    ]
}

/// What a poll without tokens is answered (RFC 8628 §3.5). Pure.
///
/// # Errors
/// Unless this poll got the tokens.
pub fn answer(polled: Option<&PolledRow>, id: &str, now: u64) -> Result<(), Problem> {
    let unknown = || refused("invalid_grant", "The device code is unknown, used, or another app's.");
    let polled = polled.ok_or_else(unknown)?;
    match (polled.used_by.as_deref(), polled.state.as_str()) {
        (Some(by), _) if by == id => Ok(()),
        (Some(_), _) => Err(unknown()),
        (None, _) if polled.expires_at <= now => Err(refused("expired_token", "The device code has expired.")),
        (None, "denied") => Err(refused("access_denied", "The person has refused.")),
        (None, _) if polled.too_soon != 0 => Err(refused("slow_down", "Poll five seconds slower from now on.")),
        (None, _) => Err(refused("authorization_pending", "The person has not decided yet.")),
    }
}
