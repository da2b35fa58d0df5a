//! The list of one's sessions: where one is signed in, and ending one of them from anywhere.

use std::rc::Rc;

use serde::Serialize;
use shared::accounts::agent;
use shared::auth::{Caller, leave_hints};
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Path, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};
use shared::time;

use crate::device_store::{self, SessionRow};

/// A session, as its owner sees it.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Session {
    /// `ses_…`.
    pub id: String,
    /// Whether the caller is using it now.
    pub current: bool,
    /// The client and its system, guessed from what it calls itself.
    pub device: String,
    /// What the client calls itself.
    pub user_agent: String,
    /// Where it was used last: an IPv4 address or the /64 of an IPv6 address.
    pub network: String,
    /// ISO 3166 country of that address, as the platform guesses; null when it does not.
    pub country: Option<String>,
    /// The administrator who acts in it in the person's place; null for the person's own.
    pub actor_id: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// The sign-in or the last refresh, RFC 3339: up to an access token's life behind.
    pub last_used_at: String,
    /// When it ends unless it is used, RFC 3339.
    pub expires_at: String,
}

/// `GET /v1/auth/sessions`: the caller's living sessions, the one begun last first.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<PageQuery>) -> Result<Page<Session>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let statement = device_store::sessions_of(caller.user_id(), cx.now_ms(), before.as_deref(), query.limit.to_read());
    let rows: Vec<SessionRow> = cx.platform.db().all(statement).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), |row| shown(row, &caller.claims.sid))
}

/// `DELETE /v1/auth/sessions/{id}`: ends a session, as signing out there would. It may be the caller's own.
///
/// # Errors
/// 404 for a session that is not the caller's, or has ended.
pub async fn end(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    let user = caller.user_id();
    let batch = vec![device_store::noted(cx, user, &id), device_store::end_one(&id, user, cx.now_ms())];
    let mut rows = cx.platform.db().batch(batch).await?;
    if rows.take::<One>(1)?.is_empty() {
        return Err(Code::NotFound.into());
    }
    tell_kv(cx, vec![id]);
    Ok(())
}

fn shown(row: SessionRow, current: &str) -> Session {
    Session {
        current: row.id == current,
        id: row.id,
        device: agent::device(&row.user_agent),
        user_agent: row.user_agent,
        network: row.network,
        country: row.country,
        actor_id: row.actor_id,
        created_at: time::rfc3339(row.created_at),
        last_used_at: time::rfc3339(row.last_used_at),
        expires_at: time::rfc3339(row.expires_at),
    }
}

/// Leaves hints that sessions have ended, for as long as their access tokens may live.
pub(crate) fn tell_kv(cx: &Cx, sessions: Vec<String>) {
    let ttl_s = cx.platform.var("ACCESS_TOKEN_SECONDS").and_then(|text| text.parse().ok()).unwrap_or(600);
    leave_hints(cx, sessions, ttl_s);
}
