//! The SQL of what people allow apps, and of codes. Everything that uses something up names its
//! user in `used_by`, and what follows in the same batch does nothing for others: of many at once exactly one wins. Not here: refresh
//! tokens (`refresh_store`).

use serde::Deserialize;
use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[
    ADD_GRANT,
    ADD_CODE,
    USE_CODE,
    CODE_REPLAYED,
    END_REPLAYED,
    REFRESH_OF_CODE,
    PROLONG_OF_CODE,
    GRANTED_BY_CODE,
    GRANT,
    GRANT_OF_REFRESH,
    END_GRANT,
    GRANT_ENDS,
];

/// Milliseconds from a person's consent to the exchange of the code.
pub const CODE_MS: u64 = 60_000;

const ADD_GRANT: &str = "INSERT INTO oauth_grants (id, client_id, user_id, session_id, scopes, resource, offline, \
authenticated_at, methods, created_at, last_used_at, expires_at) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11)";
const ADD_CODE: &str = "INSERT INTO oauth_codes (hash, grant_id, client_id, redirect_uri, challenge, nonce, expires_at) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// What an app was allowed, to be.
#[derive(Clone, Copy, Debug)]
pub struct NewGrant<'a> {
    /// `grt_…`.
    pub id: &'a str,
    /// The app.
    pub client_id: &'a str,
    /// Whose; `None`: the app's own.
    pub user_id: Option<&'a str>,
    /// Where it was allowed.
    pub session_id: Option<&'a str>,
    /// With spaces between.
    pub scopes: &'a str,
    /// Whom access tokens are for; `None`: us.
    pub resource: Option<&'a str>,
    /// Whether it goes on when the session ends.
    pub offline: bool,
    /// When the person proved who they are, milliseconds.
    pub authenticated_at: u64,
    /// How, as a JSON array.
    pub methods: &'a str,
    /// Milliseconds.
    pub now: u64,
    /// When the last of its tokens will have expired, milliseconds.
    pub expires_at: u64,
}

/// Adds a grant.
pub fn add_grant(grant: &NewGrant<'_>) -> Statement {
    let NewGrant { id, client_id, user_id, session_id, scopes, resource, offline, .. } = *grant;
    let NewGrant { authenticated_at, methods, now, expires_at, .. } = *grant;
    sql!(
        ADD_GRANT,
        id,
        client_id,
        user_id,
        session_id,
        scopes,
        resource,
        offline,
        authenticated_at,
        methods,
        now,
        expires_at
    )
}

/// A code to be.
#[derive(Clone, Copy, Debug)]
pub struct NewCode<'a> {
    /// Lower-hex SHA-256.
    pub hash: &'a str,
    /// What it stands for.
    pub grant_id: &'a str,
    /// The app.
    pub client_id: &'a str,
    /// Where it is sent.
    pub redirect_uri: &'a str,
    /// RFC 7636.
    pub challenge: &'a str,
    /// For the ID token.
    pub nonce: Option<&'a str>,
    /// Milliseconds.
    pub now: u64,
}

/// Adds a code.
pub fn add_code(code: &NewCode<'_>) -> Statement {
    let NewCode { hash, grant_id, client_id, redirect_uri, challenge, nonce, now } = *code;
    sql!(ADD_CODE, hash, grant_id, client_id, redirect_uri, challenge, nonce, now.saturating_add(CODE_MS))
}

/// What an app was allowed, and the state of its person.
#[derive(Clone, Debug, Deserialize)]
pub struct GrantRow {
    /// `grt_…`.
    pub id: String,
    /// Whose; `None`: the app's own.
    pub user_id: Option<String>,
    /// With spaces between.
    pub scopes: String,
    /// Whom access tokens are for; `None`: us.
    pub resource: Option<String>,
    /// 1 when it goes on without the session.
    pub offline: u8,
    /// Milliseconds.
    pub authenticated_at: u64,
    /// JSON array.
    pub methods: String,
    /// When it ended, if it did.
    pub ended_at: Option<u64>,
    /// The person's; `active` for an app in its own name.
    pub status: String,
    /// The person's.
    pub epoch: u64,
    /// For the ID token.
    pub nonce: Option<String>,
    /// When the refresh token was used first.
    pub used_at: Option<u64>,
}

/// The columns of a grant, with two of what it was reached by.
macro_rules! grant_sql {
    ($nonce:literal, $used:literal, $from:literal) => {
        concat!(
            "SELECT g.id AS id, g.user_id AS user_id, g.scopes AS scopes, g.resource AS resource, g.offline AS offline, ",
            "g.authenticated_at AS authenticated_at, g.methods AS methods, g.ended_at AS ended_at, ",
            "coalesce(u.status, 'active') AS status, coalesce(u.epoch, 0) AS epoch, ",
            $nonce,
            " AS nonce, ",
            $used,
            " AS used_at FROM oauth_grants g LEFT JOIN users u ON u.id = g.user_id ",
            $from
        )
    };
}
pub(crate) use grant_sql;

const USE_CODE: &str = "UPDATE oauth_codes SET used_at = ?3, used_by = ?4 WHERE hash = ?1 AND client_id = ?2 \
AND redirect_uri = ?5 AND challenge = ?6 AND used_at IS NULL AND expires_at > ?3";
const CODE_REPLAYED: &str = event_sql!(
    "g.user_id",
    "FROM oauth_codes c JOIN oauth_grants g ON g.id = c.grant_id WHERE c.hash = ?9 AND c.client_id = ?10 \
AND c.used_by <> ?11 AND g.ended_at IS NULL"
);
const END_REPLAYED: &str = "UPDATE oauth_grants SET ended_at = ?3 WHERE ended_at IS NULL AND id = \
(SELECT grant_id FROM oauth_codes WHERE hash = ?1 AND client_id = ?2 AND used_by <> ?4)";
const REFRESH_OF_CODE: &str = "INSERT INTO oauth_refresh_tokens (hash, grant_id, created_at, expires_at) \
SELECT ?3, g.id, ?4, ?5 FROM oauth_codes c JOIN oauth_grants g ON g.id = c.grant_id \
WHERE c.hash = ?1 AND c.used_by = ?2 AND g.offline = 1 AND g.ended_at IS NULL";
const PROLONG_OF_CODE: &str = "UPDATE oauth_grants SET last_used_at = ?3, expires_at = ?4 WHERE offline = 1 \
AND id = (SELECT grant_id FROM oauth_codes WHERE hash = ?1 AND used_by = ?2)";
const GRANTED_BY_CODE: &str =
    grant_sql!("c.nonce", "c.used_at", "JOIN oauth_codes c ON c.grant_id = g.id WHERE c.hash = ?1 AND c.used_by = ?2");

/// An exchange of a code.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// Lower-hex SHA-256 of the code.
    pub hash: &'a str,
    /// The app that proved who it is.
    pub client_id: &'a str,
    /// What it says the code was sent to.
    pub redirect_uri: &'a str,
    /// Of the verifier it shows.
    pub challenge: &'a str,
    /// This exchange.
    pub id: &'a str,
    /// Hash of the refresh token it would get.
    pub refresh_hash: &'a str,
    /// When that would expire, milliseconds.
    pub refresh_expires_at: u64,
}

/// Uses a code, if everything about it is as it was given. A code that another exchange used ends what that one got,
/// and the owner's account has a note of it. The last statement reads what was allowed.
pub fn exchange(cx: &Cx, of: &Exchange<'_>) -> Vec<Statement> {
    let Exchange { hash, client_id, redirect_uri, challenge, id, .. } = *of;
    let now = cx.now_ms();
    let detail = Detail(&[("client_id", client_id), ("by", "code")]);
    let condition = [hash.into(), client_id.into(), id.into()];
    vec![
        sql!(USE_CODE, hash, client_id, now, id, redirect_uri, challenge),
        event_when(cx, CODE_REPLAYED, Kind::AppReplayed, None, &detail, condition),
        sql!(END_REPLAYED, hash, client_id, now, id),
        sql!(REFRESH_OF_CODE, hash, id, of.refresh_hash, now, of.refresh_expires_at),
        sql!(PROLONG_OF_CODE, hash, id, now, of.refresh_expires_at),
        sql!(GRANTED_BY_CODE, hash, id),
    ]
}

const GRANT: &str = grant_sql!("NULL", "NULL", "WHERE g.id = ?1 AND g.client_id = ?2");
const GRANT_OF_REFRESH: &str = grant_sql!(
    "NULL",
    "r.used_at",
    "JOIN oauth_refresh_tokens r ON r.grant_id = g.id WHERE r.hash = ?1 AND g.client_id = ?2 AND r.expires_at > ?3"
);
const END_GRANT: &str = "UPDATE oauth_grants SET ended_at = ?3 WHERE id = ?1 AND client_id = ?2 AND ended_at IS NULL";
const GRANT_ENDS: &str = event_sql!(
    "g.user_id",
    "FROM oauth_grants g WHERE g.id = ?9 AND g.client_id = ?10 AND g.ended_at IS NULL AND g.user_id IS NOT NULL"
);

/// A grant of this app.
pub fn grant(id: &str, client_id: &str) -> Statement {
    sql!(GRANT, id, client_id)
}

/// The grant of a refresh token of this app that has not expired.
pub fn grant_of_refresh(hash: &str, client_id: &str, now: u64) -> Statement {
    sql!(GRANT_OF_REFRESH, hash, client_id, now)
}

/// Ends a grant of this app, by the app's wish, and notes it in its person's account.
pub fn end_grant(cx: &Cx, id: &str, client_id: &str) -> [Statement; 2] {
    let detail = Detail(&[("client_id", client_id), ("by", "app")]);
    [
        event_when(cx, GRANT_ENDS, Kind::AppEnded, None, &detail, [id.into(), client_id.into()]),
        sql!(END_GRANT, id, client_id, cx.now_ms()),
    ]
}
