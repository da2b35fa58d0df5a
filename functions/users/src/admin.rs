//! What administrators do with accounts: find them, suspend and restore them, give them roles, read what happened
//! to them. Each change is noted with who made it. Nobody does these to themselves: the last administrator could
//! not undo it.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::Statement;
use shared::extract::{Json, Path, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use crate::person_model::{EventRow, PeopleQuery, Person, PersonRow, RoleName, RolesWish, SecurityEvent};
use crate::person_store as people;

/// Roles a person has at most.
const MOST_ROLES: usize = 16;

/// `GET /v1/admin/users`: people, those who came last first; `query` is the beginning of their address or name, or
/// their id.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, Query(query): Query<PeopleQuery>) -> Result<Page<Person>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let wanted = query.query.as_deref().map(str::trim).filter(|wanted| !wanted.is_empty());
    let statement = people::people(wanted, before.as_deref(), query.limit.to_read());
    let rows: Vec<PersonRow> = cx.platform.db().all(statement).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), Person::from)
}

/// `GET /v1/admin/users/{id}`.
///
/// # Errors
/// 404 for nobody.
pub async fn read(cx: &Cx, Path(id): Path) -> Result<Person, Problem> {
    let row: Option<PersonRow> = cx.platform.db().first(people::person(&id)).await?;
    row.map(Person::from).ok_or_else(|| Code::NotFound.into())
}

/// `POST /v1/admin/users/{id}/suspend`. Rows that ask refuse the person at once, API keys within ten seconds, other
/// rows when the access token expires; nobody suspended signs in or refreshes.
///
/// # Errors
/// 403 for oneself, 404 for nobody.
pub async fn suspend(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Person, Problem> {
    change(cx, &caller, &id, people::suspend(cx, &id)).await
}

/// `POST /v1/admin/users/{id}/restore`: takes a suspension back. Sessions go on with their refresh tokens.
///
/// # Errors
/// 403 for oneself, 404 for nobody.
pub async fn restore(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Person, Problem> {
    change(cx, &caller, &id, people::restore(cx, &id)).await
}

/// `PUT /v1/admin/users/{id}/roles`: the roles a person has from now on. Rows that ask refuse older access tokens at
/// once; a refresh gets new ones.
///
/// # Errors
/// 403 for oneself, 404 for nobody.
pub async fn set_roles(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(wish): Json<RolesWish>,
) -> Result<Person, Problem> {
    let mut roles = wish.roles;
    roles.sort();
    roles.dedup();
    if roles.len() > MOST_ROLES {
        return Err(Problem::invalid("/roles", "too_many", "has more than 16 roles"));
    }
    let roles: Vec<&str> = roles.iter().map(RoleName::as_str).collect();
    let roles = serde_json::to_string(&roles).map_err(Problem::internal)?;
    change(cx, &caller, &id, people::set_roles(cx, &id, &roles)).await
}

/// `GET /v1/admin/users/{id}/events`: what happened to an account, newest first; of deleted ones, too.
///
/// # Errors
/// None beyond the row's own.
pub async fn events(cx: &Cx, Path(id): Path, Query(query): Query<PageQuery>) -> Result<Page<SecurityEvent>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let statement = people::events_of(&id, before.as_deref(), query.limit.to_read());
    let rows: Vec<EventRow> = cx.platform.db().all(statement).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), SecurityEvent::from)
}

/// Runs the statements of a change, the last of which reads the person.
async fn change(cx: &Cx, caller: &Caller, id: &str, batch: Vec<Statement>) -> Result<Person, Problem> {
    if id == caller.user_id() {
        return Err(Problem::from(Code::Forbidden).detail("Not to yourself: ask another administrator."));
    }
    let last = batch.len().saturating_sub(1);
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<PersonRow>(last)?.into_iter().next();
    row.map(Person::from).ok_or_else(|| Code::NotFound.into())
}
