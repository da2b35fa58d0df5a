//! All SQL of second factors: functions that return a `Statement`, composed into one batch by the handlers.
//!
//! A code is consumed by an `UPDATE` that notes the winner's id. The statement behind it takes a value from the
//! winner's row and, for everybody else, breaks a `NOT NULL` rule: the whole batch is undone, so that neither a
//! session nor an event is left of a race that was lost.

use serde::Deserialize;
use shared::accounts::UserRow;
use shared::accounts::attempts::REMEMBERED_MS;
pub use shared::accounts::attempts::{Attempt, attempt, forget};
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[
    TRY_PENDING,
    PENDING,
    USE_PENDING,
    PENDING_WON,
    USE_TOTP,
    TOTP_WON,
    USE_RECOVERY,
    RECOVERY_WON,
    TRY_TOTP_OF_PENDING,
    WAIT_OF_PENDING,
    BEGIN_TOTP,
    TOTP,
    CONFIRM_TOTP,
    TURN_ON,
    TURN_OFF,
    DROP_TOTP,
    DROP_CODES,
    ADD_CODES,
    MUST_BE_ON,
    STATE,
    STEP_UP,
];

/// Codes that may be tried with one pending sign-in.
pub const PENDING_ATTEMPTS: u64 = 5;
/// Milliseconds in which a secret that was begun must be confirmed.
pub const CONFIRM_MS: u64 = 60 * 60_000;

const TRY_PENDING: &str = "UPDATE pending_sign_ins SET attempts = attempts + 1 \
WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2 AND attempts < ?3 RETURNING attempts";
const PENDING: &str = "SELECT p.method, t.secret, t.last_step, u.id, u.email, u.name, NULL AS password, u.roles, u.status, \
u.epoch, u.factors, u.email_verified_at, u.created_at FROM pending_sign_ins p \
JOIN users u ON u.id = p.user_id AND u.epoch = p.epoch \
LEFT JOIN totp_factors t ON t.user_id = u.id AND t.confirmed_at IS NOT NULL WHERE p.hash = ?1";
const USE_PENDING: &str = "UPDATE pending_sign_ins SET used_at = ?2, used_by = ?3 \
WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2";
const PENDING_WON: &str = "UPDATE users SET factors = (SELECT u.factors FROM users u JOIN pending_sign_ins p \
ON p.user_id = u.id AND p.epoch = u.epoch WHERE u.id = ?1 AND p.hash = ?2 AND p.used_by = ?3) WHERE id = ?1";

/// A try of a sign-in that waits for its second factor.
#[derive(Debug, Deserialize)]
pub struct Tried {
    /// How many there were, this one included.
    pub attempts: u64,
}

/// A sign-in that waits, and whose it is.
#[derive(Debug, Deserialize)]
pub struct PendingRow {
    /// The first proof.
    pub method: String,
    /// The sealed secret of the authenticator app, where one is on.
    pub secret: Option<String>,
    /// The last time step that was taken.
    pub last_step: Option<u64>,
    /// The user.
    #[serde(flatten)]
    pub user: UserRow,
}

/// Counts a try; a row comes back when it is allowed.
pub fn try_pending(hash: &str, now: u64) -> Statement {
    sql!(TRY_PENDING, hash, now, PENDING_ATTEMPTS)
}

/// The sign-in behind a token, unless rights were taken away since.
pub fn pending(hash: &str) -> Statement {
    sql!(PENDING, hash)
}

/// Consumes a sign-in that waits; the batch fails for all but one.
pub fn use_pending(user_id: &str, hash: &str, proof: &str, now: u64) -> [Statement; 2] {
    [sql!(USE_PENDING, hash, now, proof), sql!(PENDING_WON, user_id, hash, proof)]
}

const USE_TOTP: &str = "UPDATE totp_factors SET last_step = ?2, used_by = ?3 \
WHERE user_id = ?1 AND confirmed_at IS NOT NULL AND last_step < ?2";
const TOTP_WON: &str = "UPDATE users SET factors = (SELECT u.factors FROM users u JOIN totp_factors t ON t.user_id = u.id \
WHERE u.id = ?1 AND t.used_by = ?2) WHERE id = ?1";
const USE_RECOVERY: &str =
    "UPDATE recovery_codes SET used_at = ?3, used_by = ?4 WHERE user_id = ?1 AND hash = ?2 AND used_at IS NULL";
const RECOVERY_WON: &str = "UPDATE users SET factors = (SELECT u.factors FROM users u JOIN recovery_codes r \
ON r.user_id = u.id WHERE u.id = ?1 AND r.hash = ?2 AND r.used_by = ?3) WHERE id = ?1";

/// Takes a time step; the batch fails when it, or a later one, was taken before.
pub fn use_totp(user_id: &str, step: u64, proof: &str) -> [Statement; 2] {
    [sql!(USE_TOTP, user_id, step, proof), sql!(TOTP_WON, user_id, proof)]
}

/// Uses a recovery code; the batch fails when there is none such, or it was used before.
pub fn use_recovery(user_id: &str, hash: &str, proof: &str, now: u64) -> [Statement; 2] {
    [sql!(USE_RECOVERY, user_id, hash, now, proof), sql!(RECOVERY_WON, user_id, hash, proof)]
}

// As `shared::accounts::attempts`, for whoever a pending sign-in belongs to.
const TRY_TOTP_OF_PENDING: &str = "INSERT INTO proof_attempts (subject, failures, next_at, expires_at) \
SELECT 'totp ' || user_id, 1, 0, ?3 FROM pending_sign_ins WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2 \
ON CONFLICT (subject) DO UPDATE SET failures = failures + 1, expires_at = ?3, \
next_at = CASE WHEN failures < 4 THEN 0 ELSE ?2 + min(3600000, 15000 << min(failures - 4, 10)) END \
WHERE proof_attempts.next_at <= ?2 RETURNING failures";
const WAIT_OF_PENDING: &str = "SELECT a.next_at FROM proof_attempts a JOIN pending_sign_ins p \
ON a.subject = 'totp ' || p.user_id WHERE p.hash = ?1";

/// As `attempt`, for codes of the app of whoever this pending sign-in belongs to.
pub fn attempt_of_pending(hash: &str, now: u64) -> [Statement; 2] {
    [sql!(TRY_TOTP_OF_PENDING, hash, now, now.saturating_add(REMEMBERED_MS)), sql!(WAIT_OF_PENDING, hash)]
}

const BEGIN_TOTP: &str = "INSERT INTO totp_factors (user_id, secret, created_at) VALUES (?1, ?2, ?3) \
ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0, \
used_by = NULL WHERE totp_factors.confirmed_at IS NULL RETURNING 1 AS one";
const TOTP: &str = "SELECT secret, created_at, confirmed_at, last_step FROM totp_factors WHERE user_id = ?1";
const CONFIRM_TOTP: &str = "UPDATE totp_factors SET confirmed_at = ?3, last_step = ?4, used_by = ?5 \
WHERE user_id = ?1 AND secret = ?2 AND confirmed_at IS NULL";
const TURN_ON: &str = "UPDATE users SET factors = (SELECT '[\"totp\"]' FROM totp_factors \
WHERE user_id = ?1 AND used_by = ?2) WHERE id = ?1";
const TURN_OFF: &str = "UPDATE users SET factors = (SELECT '[]' FROM totp_factors \
WHERE user_id = ?1 AND confirmed_at IS NOT NULL) WHERE id = ?1";
const DROP_TOTP: &str = "DELETE FROM totp_factors WHERE user_id = ?1";
const MUST_BE_ON: &str =
    "UPDATE users SET factors = (SELECT factors FROM users WHERE id = ?1 AND factors <> '[]') WHERE id = ?1";
const DROP_CODES: &str = "DELETE FROM recovery_codes WHERE user_id = ?1";
const ADD_CODES: &str =
    "INSERT INTO recovery_codes (user_id, hash, created_at) SELECT ?1, value, ?3 FROM json_each(?2)";
const STATE: &str = "SELECT u.factors, t.confirmed_at, (SELECT count(*) FROM recovery_codes r \
WHERE r.user_id = u.id AND r.used_at IS NULL) AS remaining FROM users u \
LEFT JOIN totp_factors t ON t.user_id = u.id AND t.confirmed_at IS NOT NULL WHERE u.id = ?1";

/// The secret of an authenticator app as stored.
#[derive(Debug, Deserialize)]
pub struct TotpRow {
    /// Sealed.
    pub secret: String,
    /// Milliseconds.
    pub created_at: u64,
    /// Milliseconds; `None` while it is off.
    pub confirmed_at: Option<u64>,
    /// The last time step that was taken.
    pub last_step: u64,
}

/// What an account has.
#[derive(Debug, Deserialize)]
pub struct StateRow {
    /// JSON array.
    pub factors: String,
    /// When the app was turned on, milliseconds.
    pub confirmed_at: Option<u64>,
    /// Recovery codes that are left.
    pub remaining: u64,
}

/// Keeps a new secret, off; a row comes back unless one is on.
pub fn begin_totp(user_id: &str, sealed: &str, now: u64) -> Statement {
    sql!(BEGIN_TOTP, user_id, sealed, now)
}

/// The secret of a user's authenticator app.
pub fn totp(user_id: &str) -> Statement {
    sql!(TOTP, user_id)
}

/// Turns this secret on; the batch fails when another request did, or the secret was replaced meanwhile.
pub fn confirm_totp(user_id: &str, sealed: &str, step: u64, proof: &str, now: u64) -> [Statement; 2] {
    [sql!(CONFIRM_TOTP, user_id, sealed, now, step, proof), sql!(TURN_ON, user_id, proof)]
}

/// Turns the app off, with the recovery codes and the sign-ins that wait; the batch fails when none is on.
pub fn drop_totp(user_id: &str) -> Vec<Statement> {
    vec![
        sql!(TURN_OFF, user_id),
        sql!(DROP_TOTP, user_id),
        sql!(DROP_CODES, user_id),
        shared::accounts::store::end_pending(user_id),
    ]
}

/// Replaces the recovery codes by these hashes (a JSON array); the batch fails without a second factor.
pub fn replace_codes(user_id: &str, hashes: &str, now: u64) -> [Statement; 3] {
    [sql!(MUST_BE_ON, user_id), sql!(DROP_CODES, user_id), sql!(ADD_CODES, user_id, hashes, now)]
}

/// What an account has.
pub fn state(user_id: &str) -> Statement {
    sql!(STATE, user_id)
}

const STEP_UP: &str = "UPDATE sessions SET authenticated_at = ?3, methods = ?4 WHERE id = ?1 AND user_id = ?2";

/// Notes that the person of this session has proved who they are.
pub fn step_up(session: &str, user_id: &str, methods: &str, now: u64) -> Statement {
    sql!(STEP_UP, session, user_id, now, methods)
}
