//! Links that open a file to whoever has them, until they are over or taken back.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::accounts::events::{Detail, Kind, event_when};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::{One, Param};
use shared::extract::{Json, Path, PathPair, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};
use shared::time;
use uploads::link::{self, Scope};

use crate::share_store::{self, LINKED};
use crate::shares::shareable;

/// Seconds for which a link holds at most: 30 days.
const LONGEST_S: u64 = 30 * 86_400;

/// A link to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct LinkWish {
    /// Seconds for which it holds: a minute to 30 days.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(range(min = 60, max = 2_592_000)))]
    pub expires_in: u64,
    /// What it opens: `content`, the bytes as they are and pictures made of them, or `picture`, these alone.
    #[serde(default)]
    pub scope: Scope,
}

/// A link.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FileLink {
    /// `lnk_…`.
    pub id: String,
    /// What it opens.
    pub scope: Scope,
    /// Where: the bytes, or, of a link for pictures, what the picture is and the addresses of its variants.
    pub url: String,
    /// Who made it.
    pub created_by: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub expires_at: String,
}

/// The same as stored.
#[derive(Debug, Deserialize)]
pub struct LinkRow {
    id: String,
    scope: Scope,
    created_by: String,
    created_at: u64,
    expires_at: u64,
}

fn shown(cx: &Cx, file_id: &str, row: LinkRow) -> Result<FileLink, Problem> {
    let token = link::token(cx, file_id, &row.id)?;
    let opens = match row.scope {
        Scope::Content => "content",
        Scope::Picture => "picture",
    };
    // Asked at its own address this function does not answer there.
    let origin = cx.platform.var("PUBLIC_URL").unwrap_or_else(|| cx.head.origin().to_owned());
    let url = format!("{origin}/v1/files/{file_id}/{opens}?link={token}");
    let [created_at, expires_at] = [row.created_at, row.expires_at].map(time::rfc3339);
    Ok(FileLink { id: row.id, scope: row.scope, url, created_by: row.created_by, created_at, expires_at })
}

/// `POST /v1/files/{id}/links`: makes a link.
///
/// # Errors
/// 404 for a file that the caller does not read, 403 without the right to share it and for an administrator in somebody's place, 422 for a time out
/// of bounds; 503 when the database fails or without `STORE_KEY`.
pub async fn create(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(wish): Json<LinkWish>,
) -> Result<FileLink, Problem> {
    if !(60..=LONGEST_S).contains(&wish.expires_in) {
        return Err(Problem::invalid("/expires_in", "invalid", "must be from 60 to 2592000 seconds"));
    }
    let file = shareable(cx, &caller, &id).await?;
    let now = cx.now_ms();
    let (link_id, user_id, expires_at) = (cx.new_id("lnk"), caller.user_id(), now + wish.expires_in * 1_000);
    let row =
        LinkRow { id: link_id.clone(), scope: wish.scope, created_by: user_id.to_owned(), created_at: now, expires_at };
    let link = shown(cx, &id, row)?;
    let detail = Detail(&[("file_id", &id), ("link_id", &link_id), ("scope", wish.scope.as_str())]);
    let condition: [Param; 1] = [link_id.as_str().into()];
    let batch = vec![
        share_store::link(&link_id, &id, wish.scope, user_id, now, expires_at),
        event_when(cx, LINKED, Kind::FileLinked, Some(&file.user_id), &detail, condition),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    if rows.take::<One>(0)?.is_empty() { Err(Code::NotFound.into()) } else { Ok(link) }
}

/// `GET /v1/files/{id}/links`: those that hold.
///
/// # Errors
/// As `create`, 422 for a cursor that is not one.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(query): Query<PageQuery>,
) -> Result<Page<FileLink>, Problem> {
    shareable(cx, &caller, &id).await?;
    let before = page::after(cx, query.cursor.as_deref())?.unwrap_or_else(|| "~".to_owned());
    let statement = share_store::links(&id, cx.now_ms(), &before, query.limit.to_read());
    let rows: Vec<LinkRow> = cx.platform.db().batch(vec![statement]).await?.take(0)?;
    let Page { data, next_cursor } = page::page(cx, query.limit, rows, |row| row.id.clone(), |row| row)?;
    let data = data.into_iter().map(|row| shown(cx, &id, row)).collect::<Result<_, _>>()?;
    Ok(Page { data, next_cursor })
}

/// `DELETE /v1/files/{id}/links/{link_id}`: from then on it opens nothing.
///
/// # Errors
/// As `create`; 404 for a link that does not hold.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, PathPair(id, link_id): PathPair) -> Result<(), Problem> {
    shareable(cx, &caller, &id).await?;
    let mut rows = cx.platform.db().batch(vec![share_store::revoke(&id, &link_id, cx.now_ms())]).await?;
    if rows.take::<One>(0)?.is_empty() { Err(Code::NotFound.into()) } else { Ok(()) }
}
