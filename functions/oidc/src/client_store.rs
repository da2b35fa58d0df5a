//! The SQL of apps. Events stand before what they tell of, or after it under a condition, so that what changed
//! nothing is not noted.

use serde_json::Error;
use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::{Param, Statement};
use shared::{event_sql, sql};

use crate::metadata::Registered;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD, CLIENT, CLIENTS, CHANGE, SET_SECRET, REMOVE, END_REMOVED, WHEN_THERE];

/// The columns of an app.
macro_rules! client_sql {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, secret_hash, auth_method, application_type, redirect_uris, grant_types, scopes, ",
            "client_uri, verified, created_at FROM oauth_clients ",
            $rest
        )
    };
}

const ADD: &str = "INSERT INTO oauth_clients (id, name, secret_hash, auth_method, application_type, redirect_uris, \
grant_types, scopes, client_uri, verified, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const CLIENT: &str = client_sql!("WHERE id = ?1");
const CLIENTS: &str = client_sql!("WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2");
// The secret goes where the app is a public one from now on; one that has none yet gets it in the same statement.
const CHANGE: &str = "UPDATE oauth_clients SET name = ?2, \
secret_hash = CASE WHEN ?4 = 'none' THEN NULL ELSE coalesce(?3, secret_hash) END, auth_method = ?4, application_type = ?5, \
redirect_uris = ?6, grant_types = ?7, scopes = ?8, client_uri = ?9, verified = 1 WHERE id = ?1";
const SET_SECRET: &str =
    "UPDATE oauth_clients SET secret_hash = ?2 WHERE id = ?1 AND secret_hash IS NOT NULL RETURNING 1 AS one";
const REMOVE: &str = "DELETE FROM oauth_clients WHERE id = ?1 RETURNING 1 AS one";
const END_REMOVED: &str = "SELECT id FROM oauth_grants WHERE client_id = ?1 AND ended_at IS NULL LIMIT 100";
const WHEN_THERE: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM oauth_clients WHERE id = ?9)");

/// An app to be.
pub struct NewClient<'a> {
    /// `cli_…`.
    pub id: &'a str,
    /// What it is registered with.
    pub registered: &'a Registered,
    /// Lower-hex SHA-256 of its secret.
    pub secret_hash: Option<&'a str>,
    /// Whether an administrator registers it.
    pub verified: bool,
    /// Milliseconds.
    pub now: u64,
}

fn columns(of: &Registered, id: &str, secret_hash: Option<&str>) -> Result<Vec<Param>, Error> {
    Ok(vec![
        id.into(),
        of.name.as_str().into(),
        secret_hash.into(),
        of.auth_method.as_str().into(),
        of.application.as_str().into(),
        serde_json::to_string(&of.redirect_uris)?.into(),
        serde_json::to_string(&of.grant_types)?.into(),
        of.scopes.to_string().into(),
        of.client_uri.as_deref().into(),
    ])
}

/// Adds an app.
///
/// # Errors
/// None that its types allow.
pub fn add(client: &NewClient<'_>) -> Result<Statement, Error> {
    let mut params = columns(client.registered, client.id, client.secret_hash)?;
    params.extend([client.verified.into(), client.now.into()]);
    Ok(Statement { sql: ADD, params })
}

/// Replaces what an app is registered with, and its secret if one is given; it counts as looked at from then on.
///
/// # Errors
/// None that its types allow.
pub fn change(id: &str, registered: &Registered, secret_hash: Option<&str>) -> Result<Statement, Error> {
    Ok(Statement { sql: CHANGE, params: columns(registered, id, secret_hash)? })
}

/// One app.
pub fn client(id: &str) -> Statement {
    sql!(CLIENT, id)
}

/// All apps, newest first.
pub fn clients(before: Option<&str>, limit: u64) -> Statement {
    sql!(CLIENTS, before, limit)
}

/// Replaces the secret of an app that has one; a row comes back if so.
pub fn set_secret(id: &str, secret_hash: &str) -> Statement {
    sql!(SET_SECRET, id, secret_hash)
}

/// Removes an app with everything it was allowed; the first statement reads what ends so, the second one gives a row
/// if there was such an app.
pub fn remove(id: &str) -> [Statement; 2] {
    [sql!(END_REMOVED, id), sql!(REMOVE, id)]
}

/// Notes in an administrator's account what becomes of an app that is there.
pub fn noted(cx: &Cx, kind: Kind, admin: &str, client_id: &str) -> Statement {
    let detail = Detail(&[("client_id", client_id)]);
    event_when(cx, WHEN_THERE, kind, Some(admin), &detail, [client_id.into()])
}
