//! The SQL that every way of signing in shares: functions that return a `Statement`.

use serde::Deserialize;

use super::events::user_agent;
use crate::cx::Cx;
use crate::db::Statement;
use crate::sql;

/// Every statement of this module, for the test that prepares them.
pub const ALL: &[&str] = &[
    USER_BY_EMAIL,
    USER_BY_ID,
    ADD_SESSION,
    ADD_REFRESH,
    USED_HERE,
    END_KEYS,
    END_GRANTS,
    ADD_PENDING,
    END_PENDING,
    ENDED_NOW,
];

/// A user as stored.
#[derive(Clone, Debug, Deserialize)]
pub struct UserRow {
    /// `usr_…`.
    pub id: String,
    /// The address, in lower case.
    pub email: String,
    /// The name.
    pub name: String,
    /// PHC string.
    pub password: Option<String>,
    /// JSON array of role names.
    pub roles: String,
    /// `active` or `suspended`.
    pub status: String,
    /// Grows when rights are taken away.
    pub epoch: u64,
    /// JSON array of second factors: `["totp"]`. Without a default: a statement that forgets it fails, and
    /// nobody gets in without the second factor.
    pub factors: String,
    /// Milliseconds; `None` until a mail confirmed the address.
    pub email_verified_at: Option<u64>,
    /// Milliseconds.
    pub created_at: u64,
}

/// Where the placeholders of accounts without an address stand; the migration of identities says why.
const NO_ADDRESS: &str = "@no-address.invalid";

/// What stands in the place of the address of an account that has none. No mail can reach it.
pub fn placeholder(user_id: &str) -> String {
    format!("{}{NO_ADDRESS}", user_id.to_lowercase())
}

/// What stands in `users.email`, unless it is such a placeholder.
pub fn address_of(email: &str) -> Option<&str> {
    Some(email).filter(|email| !email.ends_with(NO_ADDRESS))
}

/// Whether this is an address, and no placeholder for one.
pub fn has_address(email: &str) -> bool {
    address_of(email).is_some()
}

impl UserRow {
    /// The address; `None` for an account without one.
    pub fn address(&self) -> Option<&str> {
        address_of(&self.email)
    }

    /// The roles' names.
    pub fn roles(&self) -> Vec<String> {
        crate::json::read(&self.roles).unwrap_or_default()
    }

    /// Whether a sign-in must stop at a second factor. What cannot be read means yes.
    pub fn has_second_factor(&self) -> bool {
        self.factors != "[]"
    }

    /// What can be given as a code: the factors, and the recovery codes that come with them.
    pub fn code_methods(&self) -> Vec<String> {
        code_methods(&self.factors)
    }
}

/// What can be given as a code where `users.factors` says this; empty without a second factor.
pub fn code_methods(factors: &str) -> Vec<String> {
    let mut methods: Vec<String> = crate::json::read(factors).unwrap_or_default();
    if factors != "[]" {
        methods.push("recovery_code".to_owned());
    }
    methods
}

const USER_BY_EMAIL: &str = "SELECT id, email, name, password, roles, status, epoch, factors, email_verified_at, created_at FROM users WHERE email = ?1";
const USER_BY_ID: &str = "SELECT id, email, name, password, roles, status, epoch, factors, email_verified_at, created_at FROM users WHERE id = ?1";
const ADD_SESSION: &str = "INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at, methods, \
last_used_at, user_agent, network, country) VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?3, ?6, ?7, ?8)";
const ADD_REFRESH: &str =
    "INSERT INTO refresh_tokens (hash, session_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)";

const USED_HERE: &str = "UPDATE sessions SET last_used_at = ?2, user_agent = ?3, network = ?4, country = coalesce(?5, country) \
WHERE id = ?1 AND ended_at IS NULL";
const END_KEYS: &str = "UPDATE api_keys SET revoked_at = ?2 WHERE revoked_at IS NULL AND user_id = ?1";

const END_GRANTS: &str = "UPDATE oauth_grants SET ended_at = ?2 WHERE ended_at IS NULL AND user_id = ?1";

/// The user with this address.
pub fn user_by_email(email: &str) -> Statement {
    sql!(USER_BY_EMAIL, email)
}

/// The user with this id.
pub fn user_by_id(id: &str) -> Statement {
    sql!(USER_BY_ID, id)
}

/// A session to be, with its first refresh token.
pub struct NewSession<'a> {
    /// `ses_…`.
    pub id: &'a str,
    /// Whose.
    pub user_id: &'a str,
    /// Hash of the first refresh token.
    pub refresh_hash: &'a str,
    /// How the user proved who they are, now: JSON array, `["password"]`.
    pub methods: &'a str,
    /// Milliseconds.
    pub now: u64,
    /// Milliseconds.
    pub expires_at: u64,
}

/// Adds a session and its first refresh token; the request says where it is used.
pub fn add_session(cx: &Cx, session: &NewSession<'_>) -> [Statement; 2] {
    let NewSession { id, user_id, methods, now, expires_at, .. } = *session;
    [
        sql!(ADD_SESSION, id, user_id, now, expires_at, methods, user_agent(cx), cx.network(), cx.platform.country()),
        sql!(ADD_REFRESH, session.refresh_hash, session.id, session.now, session.expires_at),
    ]
}

/// Notes where a session that was not begun by `add_session` is used.
pub fn used_here(cx: &Cx, session: &str) -> Statement {
    sql!(USED_HERE, session, cx.now_ms(), user_agent(cx), cx.network(), cx.platform.country())
}

/// Revokes every API key of a user: whoever proves anew whose account it is must not find somebody else's
/// programs in it.
pub fn end_keys(user_id: &str, now: u64) -> Statement {
    sql!(END_KEYS, user_id, now)
}

/// Ends what a user allowed apps, all of it; what is remembered of their consents stays.
pub fn end_grants(user_id: &str, now: u64) -> Statement {
    sql!(END_GRANTS, user_id, now)
}

const ADD_PENDING: &str = "INSERT INTO pending_sign_ins (hash, user_id, method, epoch, created_at, expires_at) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const END_PENDING: &str = "DELETE FROM pending_sign_ins WHERE user_id = ?1";

/// A sign-in that will wait for its second factor.
pub struct NewPending<'a> {
    /// Hash of its token.
    pub hash: &'a str,
    /// Whose.
    pub user_id: &'a str,
    /// The first proof: `password`.
    pub method: &'a str,
    /// The user's epoch.
    pub epoch: u64,
    /// Milliseconds.
    pub now: u64,
    /// Milliseconds.
    pub expires_at: u64,
}

/// Adds a sign-in that waits for its second factor.
pub fn add_pending(pending: &NewPending<'_>) -> Statement {
    let NewPending { hash, user_id, method, epoch, now, expires_at } = *pending;
    sql!(ADD_PENDING, hash, user_id, method, epoch, now, expires_at)
}

/// Ends every sign-in of a user that waits for a second factor: what began with a password that is
/// changed now must not go on.
pub fn end_pending(user_id: &str) -> Statement {
    sql!(END_PENDING, user_id)
}

const ENDED_NOW: &str = "SELECT id FROM sessions WHERE user_id = ?1 AND ended_at = ?2 \
UNION ALL SELECT id FROM oauth_grants WHERE user_id = ?1 AND ended_at = ?2 LIMIT 100";

/// The id of a session, or of what was allowed an app.
#[derive(Debug, Deserialize)]
pub struct SessionId {
    /// `ses_…`, `grt_…`.
    pub id: String,
}

/// The sessions and grants that ended at this moment: those KV is told of.
pub fn ended_now(user: &str, now: u64) -> Statement {
    sql!(ENDED_NOW, user, now)
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::platform::testing::check_sql;

    #[test]
    fn every_statement_prepares() {
        check_sql(ALL);
    }

    #[test]
    fn every_statement_of_the_store_is_listed() {
        assert_eq!(ALL.len(), include_str!("store.rs").matches(": &str =").count() - 2, "this line, and a domain");
    }
}
