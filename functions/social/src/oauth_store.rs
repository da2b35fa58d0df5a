//! The SQL of OAuth sign-ins and of one's identities: functions that return a `Statement`. Adding an identity is
//! in `shared::accounts::identities_store`.

use shared::accounts::UserRow;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[
    ADD_STATE,
    WHERE_TO,
    USE_STATE,
    USED_STATE,
    USER_OF_IDENTITY,
    LOCAL,
    WITHDRAW,
    END_WITHDRAWN,
    IDENTITIES,
    WAYS_IN,
    REMOVE,
    STILL_THERE,
];

const ADD_STATE: &str = "INSERT INTO oauth_states \
(state_hash, binding_hash, provider, redirect_uri, redirect_to, user_id, created_at, expires_at) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const WHERE_TO: &str = "SELECT redirect_to FROM oauth_states \
WHERE state_hash = ?1 AND provider = ?2 AND used_at IS NULL AND expires_at > ?3";
const USE_STATE: &str = "UPDATE oauth_states SET used_at = ?3, used_by = ?4 WHERE state_hash = ?1 AND binding_hash = ?2 \
AND user_id IS ?5 AND used_at IS NULL AND expires_at > ?3";
const USED_STATE: &str = "SELECT provider, redirect_uri FROM oauth_states WHERE state_hash = ?1 AND used_by = ?2";

/// A sign-in that begins.
pub struct NewState<'a> {
    /// SHA-256 of the state.
    pub state_hash: &'a str,
    /// SHA-256 of the binding.
    pub binding_hash: &'a str,
    /// The provider.
    pub provider: &'a str,
    /// Where the provider sends the browser.
    pub redirect_uri: &'a str,
    /// Where it goes on.
    pub redirect_to: &'a str,
    /// Who links an identity; none for a sign-in.
    pub user_id: Option<&'a str>,
    /// Milliseconds.
    pub now: u64,
    /// Milliseconds.
    pub expires_at: u64,
}

/// Adds it.
pub fn add_state(new: &NewState<'_>) -> Statement {
    sql!(
        ADD_STATE,
        new.state_hash,
        new.binding_hash,
        new.provider,
        new.redirect_uri,
        new.redirect_to,
        new.user_id,
        new.now,
        new.expires_at
    )
}

/// Where the browser goes on, of a state of this provider that can still be used.
pub fn where_to(state_hash: &str, provider: &str, now: u64) -> Statement {
    sql!(WHERE_TO, state_hash, provider, now)
}

/// Consumes a state: of many at once exactly one gets the row of the second statement. `user_id` is who began, for
/// those that link an identity.
pub fn use_state(
    state_hash: &str,
    binding_hash: &str,
    user_id: Option<&str>,
    used_by: &str,
    now: u64,
) -> Vec<Statement> {
    vec![sql!(USE_STATE, state_hash, binding_hash, now, used_by, user_id), sql!(USED_STATE, state_hash, used_by)]
}

const USER_OF_IDENTITY: &str = "SELECT i.id AS identity_id, u.id, u.email, u.name, NULL AS password, u.roles, u.status, \
u.epoch, u.factors, u.email_verified_at, u.created_at FROM identities i JOIN users u ON u.id = i.user_id \
WHERE i.provider = ?1 AND i.realm = ?2 AND i.subject = ?3";
const LOCAL: &str = "SELECT id, email_verified_at FROM users WHERE email = ?1";

/// An account with the identity that leads to it.
#[derive(Debug, serde::Deserialize)]
pub struct Owner {
    /// `idn_…`.
    pub identity_id: String,
    /// The account.
    #[serde(flatten)]
    pub user: UserRow,
}

/// The account of this identity, and the one that has this address.
pub fn find(provider: &str, issuer: &str, subject: &str, email: Option<&str>) -> Vec<Statement> {
    vec![sql!(USER_OF_IDENTITY, provider, issuer, subject), sql!(LOCAL, email)]
}

const WITHDRAW: &str = "UPDATE users SET email = ?3, epoch = epoch + 1 \
WHERE id = ?1 AND email = ?2 AND email_verified_at IS NULL";
const END_WITHDRAWN: &str = "UPDATE sessions SET ended_at = ?3 WHERE user_id = ?1 AND ended_at IS NULL \
AND (SELECT email FROM users WHERE id = ?1) = ?2";

/// Takes an address that nobody has proven away from an account, and ends its sessions: they began with the claim
/// to own it. An account that has proven it meanwhile is left alone.
pub fn withdraw(user: &str, email: &str, placeholder: &str, now: u64) -> Vec<Statement> {
    vec![sql!(WITHDRAW, user, email, placeholder), sql!(END_WITHDRAWN, user, placeholder, now)]
}

const IDENTITIES: &str = "SELECT id, user_id, provider, label, created_at, last_used_at FROM identities \
WHERE user_id = ?1 ORDER BY id LIMIT 100";

/// A user's identities; a person has a few.
pub fn identities(user: &str) -> Statement {
    sql!(IDENTITIES, user)
}

// A password opens an account only where there is an address to type with it.
const WAYS_IN: &str = "SELECT (SELECT count(*) FROM identities WHERE user_id = ?1 AND id <> ?2) + (SELECT count(*) \
FROM users WHERE id = ?1 AND password IS NOT NULL AND email NOT LIKE '%@no-address.invalid') AS others \
FROM identities WHERE id = ?2 AND user_id = ?1";
const REMOVE: &str = "DELETE FROM identities WHERE id = ?2 AND user_id = ?1 \
AND (EXISTS (SELECT 1 FROM identities o WHERE o.user_id = ?1 AND o.id <> ?2) OR EXISTS (SELECT 1 FROM users \
WHERE id = ?1 AND password IS NOT NULL AND email NOT LIKE '%@no-address.invalid'))";
const STILL_THERE: &str = "INSERT INTO identities (id, user_id, provider, realm, subject, created_at, last_used_at) \
SELECT id, user_id, provider, realm, subject, 0, 0 FROM identities WHERE id = ?2 AND user_id = ?1";

/// How many ways in there are.
#[derive(Debug, serde::Deserialize)]
pub struct Ways {
    /// Beside the identity that was asked about.
    pub others: u64,
}

/// The ways in beside this identity; no row when it is not this user's.
pub fn ways_in(user: &str, identity: &str) -> Statement {
    sql!(WAYS_IN, user, identity)
}

/// Removes an identity that is not the last way in. Were it the last one by now, the second statement violates
/// a rule of `identities`, and nothing is kept.
pub fn remove(user: &str, identity: &str) -> Vec<Statement> {
    vec![sql!(REMOVE, user, identity), sql!(STILL_THERE, user, identity)]
}
