//! What a person allows apps: see it, and take it back.

use std::rc::Rc;

use serde::Serialize;
use shared::accounts::store::SessionId;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Path, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};
use shared::time;

use crate::clients::tell_kv;
use crate::consent_store::{self as store, ConsentRow};
use crate::scopes::Scopes;

/// What a person allows an app.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Consent {
    /// `cns_…`.
    pub id: String,
    /// The app, `cli_…`.
    pub client_id: String,
    /// What the app is called.
    pub client_name: String,
    /// Whether an administrator registered it.
    pub client_verified: bool,
    /// What it may do.
    pub scopes: Vec<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; null when the app never used it, or what it got has expired long ago.
    pub last_used_at: Option<String>,
}

impl From<ConsentRow> for Consent {
    fn from(row: ConsentRow) -> Self {
        Self {
            id: row.id,
            client_id: row.client_id,
            client_name: row.name,
            client_verified: row.verified != 0,
            scopes: Scopes::stored(&row.scopes).names().to_vec(),
            created_at: time::rfc3339(row.created_at),
            last_used_at: row.last_used_at.map(time::rfc3339),
        }
    }
}

/// `GET /v1/oauth/consents`: what the caller allows apps, newest first.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<PageQuery>) -> Result<Page<Consent>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let statement = store::consents(caller.user_id(), before.as_deref(), query.limit.to_read());
    let rows: Vec<ConsentRow> = cx.platform.db().all(statement).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), Consent::from)
}

/// `DELETE /v1/oauth/consents/{id}`: takes it back. The app's refresh tokens end at once, its access tokens where the
/// session is asked for; elsewhere when they expire.
///
/// # Errors
/// 404 for a consent that is not the caller's.
pub async fn revoke(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    let mut rows = cx.platform.db().batch(store::forget(cx, &id, caller.user_id())).await?;
    let ended: Vec<SessionId> = rows.take(2)?;
    if rows.take::<One>(3)?.is_empty() {
        return Err(Code::NotFound.into());
    }
    tell_kv(cx, ended);
    Ok(())
}
