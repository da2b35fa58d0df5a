//! The SQL of what apps are told of a person.

use serde::Deserialize;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[PERSON];

const PERSON: &str = "SELECT u.id AS id, u.email AS email, u.email_verified_at AS email_verified_at, u.name AS name, \
u.locale AS locale, u.avatar_ref AS avatar_ref FROM oauth_grants g JOIN users u ON u.id = g.user_id \
WHERE g.id = ?1 AND g.client_id = ?2 AND g.ended_at IS NULL AND u.status = 'active'";

/// A person as stored.
#[derive(Debug, Deserialize)]
pub struct PersonRow {
    /// `usr_…`.
    pub id: String,
    /// The address, or the placeholder of an account without one.
    pub email: String,
    /// Milliseconds.
    pub email_verified_at: Option<u64>,
    /// The name; may be empty.
    pub name: String,
    /// A language tag.
    pub locale: String,
    /// The id of a stored file, or an https URL.
    pub avatar_ref: Option<String>,
}

/// The person of a grant of this app that lives.
pub fn person(grant_id: &str, client_id: &str) -> Statement {
    sql!(PERSON, grant_id, client_id)
}
