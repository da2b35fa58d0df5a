//! Roles of an organisation and what they may do. Their permissions are compiled here, when they are written down.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::DbError;
use shared::extract::{Json, Path, PathPair, Query};
use shared::page::{self, Page, PageQuery};
use shared::permission::grants;
use shared::problem::{Code, Problem};

use crate::defaults::BUILT_IN;
use crate::role_model::{Role, RoleRow, RoleWish, RoleWord, grants_json};
use crate::role_store::{self, NewRole};
use crate::store::{self, Door, is_fixed};

/// `GET /v1/organisations/{id}/roles`, from the last name to the first.
///
/// # Errors
/// 404 for an organisation that the caller does not reach.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(query): Query<PageQuery>,
) -> Result<Page<Role>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let user = caller.user_id();
    let listed = role_store::list(user, &id, before.as_deref(), query.limit.to_read());
    let mut rows = cx.platform.db().batch(vec![store::door(user, &id), listed]).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next(), "")?;
    page::page(cx, query.limit, rows.take::<RoleRow>(1)?, |row| row.name.clone(), Role::from)
}

/// `GET /v1/organisations/{id}/roles/{role}`.
///
/// # Errors
/// 404 for one that the caller does not reach.
pub async fn read(cx: &Cx, caller: Rc<Caller>, PathPair(id, role): PathPair) -> Result<Role, Problem> {
    let row: Option<RoleRow> = cx.platform.db().first(role_store::read(caller.user_id(), &id, &role)).await?;
    row.map(Role::from).ok_or_else(|| Code::NotFound.into())
}

/// `PUT /v1/organisations/{id}/roles/{role}`: makes a role, or changes what it may, for all who have it and at once.
///
/// # Errors
/// 404 and 403 as everywhere; 403, too, for more than the caller may and for the role of owners; 422 for a bad name
/// and beyond 32 roles.
pub async fn put(
    cx: &Cx,
    caller: Rc<Caller>,
    PathPair(id, role): PathPair,
    Json(wish): Json<RoleWish>,
) -> Result<Role, Problem> {
    let name = RoleWord::try_from(role).map_err(|why| Problem::invalid("role", "invalid", why))?;
    let list = wish.permissions.list();
    let compiled: Vec<_> = grants(name.as_str(), list).into_iter().map(|grant| (name.as_str(), grant)).collect();
    let permissions = serde_json::to_string(list).map_err(Problem::internal)?;
    let new = NewRole {
        name: name.as_str(),
        permissions: &permissions,
        grants: &grants_json(&compiled),
        change: &cx.new_id("chg"),
    };
    let mut batch = role_store::put(cx, caller.user_id(), &id, &new);
    if is_fixed(new.name) {
        // Whether it is there for them is still asked.
        batch.truncate(1);
    }
    let mut rows = cx.platform.db().batch(batch).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next(), "role")?;
    fixed(new.name, "The role of owners may everything, always.")?;
    Ok(Role { name: name.as_str().to_owned(), permissions: list.to_vec() })
}

fn fixed(role: &str, why: &str) -> Result<(), Problem> {
    if is_fixed(role) { Err(Problem::from(Code::Forbidden).detail(why)) } else { Ok(()) }
}

/// `DELETE /v1/organisations/{id}/roles/{role}`, and the open invitations to it.
///
/// # Errors
/// 404 and 403 as everywhere; 403, too, for a built-in role; 409 while members have it.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, PathPair(id, role): PathPair) -> Result<(), Problem> {
    let built_in = BUILT_IN.contains(&role.as_str());
    let mut batch = role_store::delete(cx, caller.user_id(), &id, &role);
    if built_in {
        batch.truncate(1);
    }
    let mut rows = cx.platform.db().batch(batch).await.map_err(in_use)?;
    let door = rows.take::<Door>(0)?.into_iter().next();
    if built_in && door.as_ref().is_some_and(|door| door.may == 1) {
        return Err(Problem::from(Code::Forbidden).detail("Built-in roles stay."));
    }
    Door::pass(door, "role")
}

fn in_use(error: DbError) -> Problem {
    if error.violates("FOREIGN KEY") { Code::RoleInUse.into() } else { error.into() }
}
