//! Versions of a prompt: added, listed, read. None is changed or taken away alone.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Json, Path, PathPair, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use super::model::VersionWish;
use super::store::{self, Door};
use super::version_model::{Stored, Version, VersionRow};
use super::version_store;

/// `POST /v1/prompts/{id}/versions`: the next version. No label moves by itself.
///
/// # Errors
/// 422 for what cannot be rendered and beyond 500 versions; 404 and 403 as everywhere.
pub async fn create(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(wish): Json<VersionWish>,
) -> Result<Version, Problem> {
    let stored = Stored::of(wish)?;
    let batch = version_store::add(caller.user_id(), &id, &cx.new_id("chg"), &stored, cx.now_ms());
    let mut rows = cx.platform.db().batch(batch).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next())?;
    let row = rows.take::<VersionRow>(3)?.into_iter().next();
    row.map(Version::from).ok_or_else(|| Code::NotFound.into())
}

/// `GET /v1/prompts/{id}/versions`, newest first.
///
/// # Errors
/// 404 for a prompt that the caller does not reach.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(query): Query<PageQuery>,
) -> Result<Page<Version>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?.and_then(|before| before.parse().ok());
    let user = caller.user_id();
    let listed = version_store::list(user, &id, before, query.limit.to_read());
    let mut rows = cx.platform.db().batch(vec![store::door(user, &id), listed]).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next())?;
    page::page(cx, query.limit, rows.take::<VersionRow>(1)?, |row| row.version.to_string(), Version::from)
}

/// `GET /v1/prompts/{id}/versions/{version}`.
///
/// # Errors
/// 404 for one that the caller does not reach.
pub async fn read(cx: &Cx, caller: Rc<Caller>, PathPair(id, version): PathPair) -> Result<Version, Problem> {
    let version: u32 = version.parse().map_err(|_| Code::NotFound)?;
    let statement = version_store::read(caller.user_id(), &id, u64::from(version));
    let row: Option<VersionRow> = cx.platform.db().first(statement).await?;
    row.map(Version::from).ok_or_else(|| Code::NotFound.into())
}
