//! Organisations: make, list, read, change, delete. Each change is one batch whose first statement says what the
//! caller may at that moment, and whose writes ask the same again.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::DbError;
use shared::extract::{Json, Path, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use crate::model::{Organisation, OrganisationChange, OrganisationRow, OrganisationWish};
use crate::store::{self, Door, NewOrganisation};

/// `POST /v1/organisations`: the caller is its owner.
///
/// # Errors
/// 409 for a taken short name; 403 for guests, and for whoever made 50.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<OrganisationWish>) -> Result<Organisation, Problem> {
    let id = cx.new_id("org");
    let new = NewOrganisation {
        id: &id,
        maker: caller.user_id(),
        slug: wish.slug.as_str(),
        name: wish.name.as_str(),
        now: cx.now_ms(),
    };
    let batch = store::create(cx, &new)?;
    let last = batch.len().saturating_sub(1);
    let mut rows = cx.platform.db().batch(batch).await.map_err(taken)?;
    let row = rows.take::<OrganisationRow>(last)?.into_iter().next();
    let refused = || {
        let detail = format!("Guests make no organisations, and nobody makes more than {}.", store::MOST_MADE);
        Problem::from(Code::Forbidden).detail(detail)
    };
    row.map(Organisation::from).ok_or_else(refused)
}

fn taken(error: DbError) -> Problem {
    if error.violates("organisations.slug") { Code::SlugTaken.into() } else { error.into() }
}

/// `GET /v1/organisations`: those the caller is a member of and may read, newest first.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<PageQuery>) -> Result<Page<Organisation>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let statement = store::list(caller.user_id(), before.as_deref(), query.limit.to_read());
    let rows: Vec<OrganisationRow> = cx.platform.db().all(statement).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), Organisation::from)
}

/// `GET /v1/organisations/{id}`.
///
/// # Errors
/// 404 for one that the caller does not reach.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Organisation, Problem> {
    let row: Option<OrganisationRow> = cx.platform.db().first(store::read(caller.user_id(), &id)).await?;
    row.map(Organisation::from).ok_or_else(|| Code::NotFound.into())
}

/// `PATCH /v1/organisations/{id}`: what the body names is changed.
///
/// # Errors
/// 404 and 403 as everywhere, 409 for a taken short name.
pub async fn change(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(change): Json<OrganisationChange>,
) -> Result<Organisation, Problem> {
    let batch = store::change(caller.user_id(), &id, &change);
    let mut rows = cx.platform.db().batch(batch).await.map_err(taken)?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next(), "")?;
    let row = rows.take::<OrganisationRow>(2)?.into_iter().next();
    row.map(Organisation::from).ok_or_else(|| Code::NotFound.into())
}

/// `DELETE /v1/organisations/{id}`, with its members, roles and invitations.
///
/// # Errors
/// 404 and 403 as everywhere.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    let mut rows = cx.platform.db().batch(store::delete(cx, caller.user_id(), &id)).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next(), "")
}
