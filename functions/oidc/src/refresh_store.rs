//! The SQL of apps' refresh tokens. A used token's successor is derived from it, not kept. Not here: the first one of
//! a grant, which comes with its code or its device.

use shared::accounts::events::{Detail, Kind, event_when};
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

use crate::store::grant_sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[USE_REFRESH, ADD_SUCCESSOR, REFRESH_REPLAYED, END_REUSED, PROLONG, GRANTED_BY_REFRESH];

/// A retry of a refresh within this time gets the same answer; a later use ends what was allowed.
pub const RETRY_MS: u64 = 10_000;

const USE_REFRESH: &str = "UPDATE oauth_refresh_tokens SET used_at = ?3 WHERE hash = ?1 AND used_at IS NULL \
AND expires_at > ?3 AND grant_id IN (SELECT id FROM oauth_grants WHERE client_id = ?2)";
const ADD_SUCCESSOR: &str = "INSERT INTO oauth_refresh_tokens (hash, grant_id, created_at, expires_at) \
SELECT ?3, r.grant_id, ?4, ?5 FROM oauth_refresh_tokens r JOIN oauth_grants g ON g.id = r.grant_id \
WHERE r.hash = ?1 AND g.client_id = ?2 AND r.used_at > ?6 AND g.ended_at IS NULL ON CONFLICT (hash) DO NOTHING";
const REFRESH_REPLAYED: &str = event_sql!(
    "g.user_id",
    "FROM oauth_refresh_tokens r JOIN oauth_grants g ON g.id = r.grant_id WHERE r.hash = ?9 AND g.client_id = ?10 \
AND r.used_at <= ?11 AND g.ended_at IS NULL"
);
const END_REUSED: &str = "UPDATE oauth_grants SET ended_at = ?3 WHERE ended_at IS NULL AND client_id = ?2 AND id = \
(SELECT grant_id FROM oauth_refresh_tokens WHERE hash = ?1 AND used_at <= ?4)";
const PROLONG: &str = "UPDATE oauth_grants SET last_used_at = ?3, expires_at = ?4 WHERE ended_at IS NULL \
AND client_id = ?2 AND id = (SELECT grant_id FROM oauth_refresh_tokens WHERE hash = ?1 AND used_at > ?5)";
const GRANTED_BY_REFRESH: &str = grant_sql!(
    "NULL",
    "r.used_at",
    "JOIN oauth_refresh_tokens r ON r.grant_id = g.id WHERE r.hash = ?1 AND g.client_id = ?2"
);

/// Uses a refresh token of this app: marks it, adds its successor, or ends what was allowed, and notes that, when it
/// was used before the retry window. Another app's token is not touched. The last statement reads what came of it.
pub fn refresh(cx: &Cx, hash: &str, client_id: &str, successor_hash: &str, expires_at: u64) -> Vec<Statement> {
    let now = cx.now_ms();
    let window = now.saturating_sub(RETRY_MS);
    let detail = Detail(&[("client_id", client_id), ("by", "refresh_token")]);
    let condition = [hash.into(), client_id.into(), window.into()];
    vec![
        sql!(USE_REFRESH, hash, client_id, now),
        sql!(ADD_SUCCESSOR, hash, client_id, successor_hash, now, expires_at, window),
        event_when(cx, REFRESH_REPLAYED, Kind::AppReplayed, None, &detail, condition),
        sql!(END_REUSED, hash, client_id, now, window),
        sql!(PROLONG, hash, client_id, now, expires_at, window),
        sql!(GRANTED_BY_REFRESH, hash, client_id),
    ]
}
