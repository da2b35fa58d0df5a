//! The SQL of what people remember to have allowed, and of who decides.

use serde::Deserialize;
use shared::accounts::events::{Detail, Kind, event_when};
use shared::accounts::store::address_of;
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[DECIDER, CONSENT, REMEMBER, CONSENTS, FORGET, END_OF_CONSENT, ENDED, WHEN_THERE];

const DECIDER: &str = "SELECT s.authenticated_at AS authenticated_at, s.methods AS methods, u.email AS email, \
u.name AS name FROM sessions s JOIN users u ON u.id = s.user_id \
WHERE s.id = ?1 AND s.user_id = ?2 AND s.ended_at IS NULL AND u.status = 'active'";
const CONSENT: &str = "SELECT scopes FROM oauth_consents WHERE user_id = ?1 AND client_id = ?2";
const REMEMBER: &str = "INSERT INTO oauth_consents (id, user_id, client_id, scopes, created_at, updated_at) \
VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (user_id, client_id) DO UPDATE SET scopes = excluded.scopes, \
updated_at = excluded.updated_at";
const CONSENTS: &str = "SELECT o.id AS id, o.client_id AS client_id, c.name AS name, c.verified AS verified, \
o.scopes AS scopes, o.created_at AS created_at, (SELECT max(g.last_used_at) FROM oauth_grants g \
WHERE g.user_id = o.user_id AND g.client_id = o.client_id) AS last_used_at FROM oauth_consents o \
JOIN oauth_clients c ON c.id = o.client_id WHERE o.user_id = ?1 AND (?2 IS NULL OR o.id < ?2) \
ORDER BY o.id DESC LIMIT ?3";
const WHEN_THERE: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM oauth_consents WHERE id = ?9 AND user_id = ?4)");
const END_OF_CONSENT: &str = "UPDATE oauth_grants SET ended_at = ?3 WHERE user_id = ?2 AND ended_at IS NULL \
AND client_id = (SELECT client_id FROM oauth_consents WHERE id = ?1 AND user_id = ?2)";
const ENDED: &str = "SELECT g.id AS id FROM oauth_grants g JOIN oauth_consents o ON o.client_id = g.client_id \
AND o.user_id = g.user_id WHERE o.id = ?1 AND o.user_id = ?2 AND g.ended_at = ?3 LIMIT 100";
const FORGET: &str = "DELETE FROM oauth_consents WHERE id = ?1 AND user_id = ?2 RETURNING 1 AS one";

/// Who decides, and how they proved who they are.
#[derive(Clone, Debug, Deserialize)]
pub struct Decider {
    /// Milliseconds.
    pub authenticated_at: u64,
    /// JSON array.
    pub methods: String,
    /// The address, or the placeholder of an account without one.
    pub email: String,
    /// What the person is called.
    pub name: String,
}

impl Decider {
    /// As the person knows themselves: the address, or the name of an account without one.
    pub fn account(&self) -> &str {
        address_of(&self.email).unwrap_or(&self.name)
    }
}

/// What was allowed before.
#[derive(Clone, Debug, Deserialize)]
pub struct Remembered {
    /// With spaces between.
    pub scopes: String,
}

/// Who decides in this session.
pub fn decider(session: &str, user: &str) -> Statement {
    sql!(DECIDER, session, user)
}

/// What this person allowed this app before.
pub fn consent(user: &str, client_id: &str) -> Statement {
    sql!(CONSENT, user, client_id)
}

/// Remembers what a person allows an app from now on.
pub fn remember(id: &str, user: &str, client_id: &str, scopes: &str, now: u64) -> Statement {
    sql!(REMEMBER, id, user, client_id, scopes, now)
}

/// What a person allows an app, for the list.
#[derive(Debug, Deserialize)]
pub struct ConsentRow {
    /// `cns_…`.
    pub id: String,
    /// `cli_…`.
    pub client_id: String,
    /// What the app is called.
    pub name: String,
    /// 1 when an administrator registered the app.
    pub verified: u8,
    /// With spaces between.
    pub scopes: String,
    /// Milliseconds.
    pub created_at: u64,
    /// Milliseconds.
    pub last_used_at: Option<u64>,
}

/// What a person allows apps, newest first.
pub fn consents(user: &str, before: Option<&str>, limit: u64) -> Statement {
    sql!(CONSENTS, user, before, limit)
}

/// Takes a consent back, with everything it led to, and notes it. The third statement reads what ended, the last one
/// gives a row if there was such a consent.
pub fn forget(cx: &Cx, id: &str, user: &str) -> Vec<Statement> {
    let now = cx.now_ms();
    let detail = Detail(&[("consent_id", id), ("by", "person")]);
    vec![
        event_when(cx, WHEN_THERE, Kind::AppEnded, Some(user), &detail, [id.into()]),
        sql!(END_OF_CONSENT, id, user, now),
        sql!(ENDED, id, user, now),
        sql!(FORGET, id, user),
    ]
}
