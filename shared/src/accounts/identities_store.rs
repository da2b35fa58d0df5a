//! The SQL of who people are at other services, which every way of signing in by another's word shares: functions that
//! return a `Statement`. Not here: what one service alone needs.

use serde::Deserialize;

use crate::db::Statement;
use crate::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD_USER, ADD_IDENTITY, TOUCH, IDENTITY];

const ADD_USER: &str = "INSERT INTO users (id, email, name, locale, email_verified_at, created_at) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// An account to be, without a password.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// `usr_…`.
    pub id: &'a str,
    /// The address, or a placeholder.
    pub email: &'a str,
    /// The name.
    pub name: &'a str,
    /// The language tag.
    pub locale: &'a str,
    /// Milliseconds: when the address was proven, if it was.
    pub verified_at: Option<u64>,
    /// Milliseconds.
    pub now: u64,
}

/// Adds an account; a taken address violates `users.email`.
pub fn add_user(user: &NewUser<'_>) -> Statement {
    sql!(ADD_USER, user.id, user.email, user.name, user.locale, user.verified_at, user.now)
}

const ADD_IDENTITY: &str = "INSERT INTO identities \
(id, user_id, provider, realm, subject, union_id, label, created_at, last_used_at) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)";

/// An identity to be.
#[derive(Debug)]
pub struct NewIdentity<'a> {
    /// `idn_…`.
    pub id: &'a str,
    /// Whose.
    pub user_id: &'a str,
    /// `wechat`, or the id of an OAuth provider.
    pub provider: &'a str,
    /// The app id, or the issuer.
    pub realm: &'a str,
    /// The openid, or `sub`.
    pub subject: &'a str,
    /// The unionid, where there is one.
    pub union_id: Option<&'a str>,
    /// What the service calls the person.
    pub label: &'a str,
    /// Milliseconds.
    pub now: u64,
}

/// Adds an identity. One that exists violates `identities.provider`, one whose unionid is another account's
/// `identities.union_id`, one of an account whose address nobody has proven `identities.unproven_address`.
pub fn add_identity(new: &NewIdentity<'_>) -> Statement {
    sql!(ADD_IDENTITY, new.id, new.user_id, new.provider, new.realm, new.subject, new.union_id, new.label, new.now)
}

const TOUCH: &str = "UPDATE identities SET last_used_at = ?2 WHERE id = ?1";

/// Notes that somebody signed in by this identity.
pub fn touch(identity: &str, now: u64) -> Statement {
    sql!(TOUCH, identity, now)
}

const IDENTITY: &str = "SELECT id, user_id, provider, label, created_at, last_used_at FROM identities \
WHERE provider = ?1 AND realm = ?2 AND subject = ?3";

/// An identity as stored.
#[derive(Debug, Deserialize)]
pub struct IdentityRow {
    /// `idn_…`.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// `wechat`, or the id of an OAuth provider.
    pub provider: String,
    /// What the service calls the person.
    pub label: String,
    /// Milliseconds.
    pub created_at: u64,
    /// Milliseconds.
    pub last_used_at: u64,
}

/// The identity of this subject, whoever has it.
pub fn identity(provider: &str, realm: &str, subject: &str) -> Statement {
    sql!(IDENTITY, provider, realm, subject)
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
    fn every_statement_is_listed() {
        assert_eq!(ALL.len(), include_str!("identities_store.rs").matches(concat!(": &", "str =")).count());
    }
}
