//! All SQL of passkeys: functions that return a `Statement`, composed into one batch by the handlers.
//!
//! What can be used once is used by an `UPDATE` that notes the winner's id. The statement behind it takes a value from
//! the winner's row and, for everybody else, breaks a `NOT NULL` rule: the whole batch is undone.

use serde::Deserialize;
use shared::accounts::UserRow;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD_CHALLENGE, USE_CHALLENGE, LIST, READ, ADD, DELETE, OWNED, CREDENTIAL, USE, WON];

/// Milliseconds a challenge is good for: as long as browsers are told to wait.
pub const CHALLENGE_MS: u64 = 5 * 60_000;

const ADD_CHALLENGE: &str = "INSERT INTO passkey_challenges (hash, purpose, user_id, created_at, expires_at) \
VALUES (?1, ?2, ?3, ?4, ?5)";
const USE_CHALLENGE: &str = "UPDATE passkey_challenges SET used_at = ?4 WHERE hash = ?1 AND purpose = ?2 \
AND user_id IS ?3 AND used_at IS NULL AND expires_at > ?4 RETURNING 1 AS one";

/// What a challenge is for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'a> {
    /// A registration of this user.
    Register(&'a str),
    /// Anybody's sign-in.
    SignIn,
}

impl<'a> Purpose<'a> {
    const fn parts(self) -> (&'static str, Option<&'a str>) {
        match self {
            Self::Register(user) => ("register", Some(user)),
            Self::SignIn => ("sign_in", None),
        }
    }
}

/// Keeps a challenge.
pub fn add_challenge(hash: &str, purpose: Purpose<'_>, now: u64) -> Statement {
    let (word, user) = purpose.parts();
    sql!(ADD_CHALLENGE, hash, word, user, now, now.saturating_add(CHALLENGE_MS))
}

/// Consumes a challenge; a row comes back for one of many at once.
pub fn use_challenge(hash: &str, purpose: Purpose<'_>, now: u64) -> Statement {
    let (word, user) = purpose.parts();
    sql!(USE_CHALLENGE, hash, word, user, now)
}

const LIST: &str = "SELECT id, credential_id, transports, backed_up, name, created_at, last_used_at FROM passkeys \
WHERE user_id = ?1 ORDER BY id LIMIT 100";
const READ: &str = "SELECT id, credential_id, transports, backed_up, name, created_at, last_used_at FROM passkeys \
WHERE id = ?1 AND user_id = ?2";
const ADD: &str = "INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, transports, backed_up, name, \
created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const DELETE: &str = "DELETE FROM passkeys WHERE id = ?1 AND user_id = ?2";
const OWNED: &str = "UPDATE users SET factors = (SELECT u.factors FROM users u JOIN passkeys k ON k.user_id = u.id \
WHERE u.id = ?2 AND k.id = ?1) WHERE id = ?2";

/// A passkey as its owner sees it.
#[derive(Debug, Deserialize)]
pub struct PasskeyRow {
    /// `psk_…`.
    pub id: String,
    /// Base64url.
    pub credential_id: String,
    /// JSON array.
    pub transports: String,
    /// 0 or 1.
    pub backed_up: u8,
    /// The owner's name for it.
    pub name: String,
    /// Milliseconds.
    pub created_at: u64,
    /// Milliseconds.
    pub last_used_at: Option<u64>,
}

/// A passkey to be.
pub struct NewPasskey<'a> {
    /// `psk_…`.
    pub id: &'a str,
    /// Whose.
    pub user_id: &'a str,
    /// Base64url.
    pub credential_id: &'a str,
    /// Base64url.
    pub public_key: &'a str,
    /// The first counter.
    pub counter: u32,
    /// JSON array.
    pub transports: &'a str,
    /// Whether it lives in more than one device.
    pub backed_up: bool,
    /// The owner's name for it.
    pub name: &'a str,
    /// Milliseconds.
    pub now: u64,
}

/// The passkeys of a user, oldest first: all of them, their number is bounded where they are made.
pub fn list(user_id: &str) -> Statement {
    sql!(LIST, user_id)
}

/// One passkey of this user.
pub fn read(id: &str, user_id: &str) -> Statement {
    sql!(READ, id, user_id)
}

/// Adds a passkey; a known credential violates `passkeys.credential_id`.
pub fn add(new: &NewPasskey<'_>) -> Statement {
    let NewPasskey { id, user_id, credential_id, public_key, counter, transports, backed_up, name, now } = *new;
    sql!(ADD, id, user_id, credential_id, public_key, u64::from(counter), transports, backed_up, name, now)
}

/// Removes one passkey of this user; the batch fails when there is none such.
pub fn delete(id: &str, user_id: &str) -> [Statement; 2] {
    [sql!(OWNED, id, user_id), sql!(DELETE, id, user_id)]
}

const CREDENTIAL: &str = "SELECT k.id AS passkey_id, k.public_key, k.counter, u.id, u.email, u.name, NULL AS password, \
u.roles, u.status, u.epoch, u.factors, u.email_verified_at, u.created_at FROM passkeys k \
JOIN users u ON u.id = k.user_id WHERE k.credential_id = ?1";
const USE: &str = "UPDATE passkeys SET counter = ?2, last_used_at = ?3, used_by = ?4 \
WHERE id = ?1 AND (counter < ?2 OR (counter = 0 AND ?2 = 0))";
const WON: &str = "UPDATE users SET factors = (SELECT u.factors FROM users u JOIN passkeys k ON k.user_id = u.id \
WHERE u.id = ?2 AND k.id = ?1 AND k.used_by = ?3) WHERE id = ?2";

/// A credential with whose it is.
#[derive(Debug, Deserialize)]
pub struct CredentialRow {
    /// `psk_…`.
    pub passkey_id: String,
    /// Base64url.
    pub public_key: String,
    /// The last counter.
    pub counter: u32,
    /// The user.
    #[serde(flatten)]
    pub user: UserRow,
}

/// The credential with this id.
pub fn credential(credential_id: &str) -> Statement {
    sql!(CREDENTIAL, credential_id)
}

/// Raises the counter; the batch fails when it did not grow, or the passkey is gone.
pub fn use_passkey(id: &str, user_id: &str, counter: u32, proof: &str, now: u64) -> [Statement; 2] {
    [sql!(USE, id, u64::from(counter), now, proof), sql!(WON, id, user_id, proof)]
}
