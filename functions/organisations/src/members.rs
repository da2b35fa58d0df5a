//! Members of an organisation: list, read, give another role, remove, leave. Joining is accepting an invitation.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::DbError;
use shared::extract::{Json, Path, PathPair, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use crate::member_store;
use crate::model::{Member, MemberRow, RoleOfMember};
use crate::store::{self, Door};

/// `GET /v1/organisations/{id}/members`: those the caller reaches, the newest accounts first.
///
/// # Errors
/// 404 for an organisation that the caller does not reach.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(query): Query<PageQuery>,
) -> Result<Page<Member>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let user = caller.user_id();
    let listed = member_store::list(user, &id, before.as_deref(), query.limit.to_read());
    let mut rows = cx.platform.db().batch(vec![store::door(user, &id), listed]).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next(), "")?;
    page::page(cx, query.limit, rows.take::<MemberRow>(1)?, |row| row.user_id.clone(), Member::from)
}

/// `GET /v1/organisations/{id}/members/{user_id}`; `me` is the caller.
///
/// # Errors
/// 404 for one whom the caller does not reach.
pub async fn read(cx: &Cx, caller: Rc<Caller>, PathPair(id, user): PathPair) -> Result<Member, Problem> {
    let statement = member_store::read(caller.user_id(), &id, meant(&caller, &user));
    let row: Option<MemberRow> = cx.platform.db().first(statement).await?;
    row.map(Member::from).ok_or_else(|| Code::NotFound.into())
}

/// `PATCH /v1/organisations/{id}/members/{user_id}`: another role. Nobody gives or takes a role that may more than
/// their own, so owners are made and unmade by owners.
///
/// # Errors
/// 404 and 403 as everywhere, 422 for an unknown role, 409 when no owner would be left.
pub async fn change(
    cx: &Cx,
    caller: Rc<Caller>,
    PathPair(id, user): PathPair,
    Json(wish): Json<RoleOfMember>,
) -> Result<Member, Problem> {
    let user = meant(&caller, &user);
    let batch = member_store::change(cx, caller.user_id(), &id, user, wish.role.as_str());
    let mut rows = cx.platform.db().batch(batch).await.map_err(last_owner)?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next(), "/role")?;
    let row = rows.take::<MemberRow>(3)?.into_iter().next();
    row.map(Member::from).ok_or_else(|| Code::NotFound.into())
}

/// `DELETE /v1/organisations/{id}/members/{user_id}`: removes a member; with one's own id, or `me`, leaves.
///
/// # Errors
/// 404 and 403 as everywhere, 409 when no owner would be left.
pub async fn remove(cx: &Cx, caller: Rc<Caller>, PathPair(id, user): PathPair) -> Result<(), Problem> {
    let batch = member_store::remove(cx, caller.user_id(), &id, meant(&caller, &user));
    let mut rows = cx.platform.db().batch(batch).await.map_err(last_owner)?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next(), "/role")
}

fn meant<'a>(caller: &'a Caller, user: &'a str) -> &'a str {
    if user == "me" { caller.user_id() } else { user }
}

fn last_owner(error: DbError) -> Problem {
    if error.violates("members.last_owner") { Code::LastOwner.into() } else { error.into() }
}
