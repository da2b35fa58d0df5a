//! Limits of organisations, members and models: read, set, taken away, and told to the object that admits calls. By
//! administrators of the deployment for everybody; by those a role allows it, for members and models of their own
//! organisation: what its own limit leaves they divide, and more than that nobody gets.

use std::rc::Rc;

use serde::Deserialize;
use shared::auth::Caller;
use shared::budget::{self, State};
use shared::cx::Cx;
use shared::db::Statement;
use shared::extract::{Json, Path, PathPair, Query};
use shared::log;
use shared::page::{self, Page, PageQuery};
use shared::platform::Platform;
use shared::problem::{Code, Problem};

use crate::limit_model::{Limit, LimitRow, LimitWish, Place};
use crate::limit_store::{self as store, Asking};

/// What the caller may, and whether there is such a thing.
#[derive(Debug, Deserialize)]
struct May {
    may_update: u8,
    may_read: u8,
    there: u8,
}

impl May {
    /// Lets a caller pass who may.
    fn pass(may: Option<Self>, update: bool) -> Result<(), Problem> {
        match may {
            Some(Self { there: 1, may_read: 1, may_update, .. }) if may_update == 1 || !update => Ok(()),
            Some(Self { there: 1, may_read: 1, .. }) => {
                Err(Problem::from(Code::Forbidden).detail("This needs a role that may `update` a `limit`."))
            }
            _ => Err(Code::NotFound.into()),
        }
    }
}

/// `GET /v1/admin/limits/{scope}`: `org:org_…`, `user:usr_…` for a person alone, `user:usr_…@org_…`, `model:…@org_…`.
///
/// # Errors
/// 404 where nothing is limited, or there is no such thing.
pub async fn read_any(cx: &Cx, caller: Rc<Caller>, Path(scope): Path) -> Result<Limit, Problem> {
    read(cx, Asking { caller: &caller, admin: true }, &any(&scope)?).await
}

/// `PUT /v1/admin/limits/{scope}`: what is limited from now on, and nothing else. Holds for the next call.
///
/// # Errors
/// 404 for no such organisation or member; 422 without any limit.
pub async fn put_any(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(scope): Path,
    Json(wish): Json<LimitWish>,
) -> Result<Limit, Problem> {
    put(cx, Asking { caller: &caller, admin: true }, &any(&scope)?, &wish).await
}

/// `DELETE /v1/admin/limits/{scope}`: an organisation is back at the deployment's defaults, what is in it unlimited.
///
/// # Errors
/// 404 where nothing is limited.
pub async fn delete_any(cx: &Cx, caller: Rc<Caller>, Path(scope): Path) -> Result<(), Problem> {
    delete(cx, Asking { caller: &caller, admin: true }, &any(&scope)?).await
}

/// `GET /v1/organisations/{id}/limits`: of the organisation, its members and models, by their scopes.
///
/// # Errors
/// 404 for an organisation the caller does not belong to.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(query): Query<PageQuery>,
) -> Result<Page<Limit>, Problem> {
    let after = page::after(cx, query.cursor.as_deref())?;
    let place = Place { org_id: id, scope: "org".to_owned() };
    let by = Asking { caller: &caller, admin: false };
    let batch = vec![store::may(by, &place), store::list(&place.org_id, after.as_deref(), query.limit.to_read())];
    let mut rows = cx.platform.db().batch(batch).await?;
    May::pass(rows.take::<May>(0)?.into_iter().next(), false)?;
    let limits: Vec<LimitRow> = rows.take(1)?;
    let states = states(&cx.platform, &place.org_id, &limits).await;
    let shown = |row: LimitRow| {
        let state = states.iter().find(|state| state.id == row.scope);
        row.shown(state)
    };
    page::page(cx, query.limit, limits, |row| row.scope.clone(), shown)
}

/// `GET /v1/organisations/{id}/limits/{scope}`: `user:usr_…` or `model:…`.
///
/// # Errors
/// 404 where nothing is limited, and for an organisation the caller does not belong to.
pub async fn read_own(cx: &Cx, caller: Rc<Caller>, PathPair(id, scope): PathPair) -> Result<Limit, Problem> {
    read(cx, Asking { caller: &caller, admin: false }, &own(&id, &scope)?).await
}

/// `PUT /v1/organisations/{id}/limits/{scope}`: what is limited from now on, and nothing else. Holds for the next call.
///
/// # Errors
/// 404 for no member, 403 without a role that may `update` a `limit`, 422 without any limit.
pub async fn put_own(
    cx: &Cx,
    caller: Rc<Caller>,
    PathPair(id, scope): PathPair,
    Json(wish): Json<LimitWish>,
) -> Result<Limit, Problem> {
    put(cx, Asking { caller: &caller, admin: false }, &own(&id, &scope)?, &wish).await
}

/// `DELETE /v1/organisations/{id}/limits/{scope}`.
///
/// # Errors
/// 404 where nothing is limited, 403 without a role that may `update` a `limit`.
pub async fn delete_own(cx: &Cx, caller: Rc<Caller>, PathPair(id, scope): PathPair) -> Result<(), Problem> {
    delete(cx, Asking { caller: &caller, admin: false }, &own(&id, &scope)?).await
}

fn any(scope: &str) -> Result<Place, Problem> {
    Place::read(scope).ok_or_else(|| Code::NotFound.into())
}

/// The organisation's own limit is not its own to change.
fn own(id: &str, scope: &str) -> Result<Place, Problem> {
    Place::within(id, scope).ok_or_else(|| Code::NotFound.into())
}

async fn read(cx: &Cx, by: Asking<'_>, place: &Place) -> Result<Limit, Problem> {
    let mut rows = cx.platform.db().batch(vec![store::may(by, place), store::read(place)]).await?;
    May::pass(rows.take::<May>(0)?.into_iter().next(), false)?;
    let row = rows.take::<LimitRow>(1)?.into_iter().next().ok_or(Code::NotFound)?;
    let states = states(&cx.platform, &place.org_id, std::slice::from_ref(&row)).await;
    Ok(row.shown(states.first()))
}

async fn put(cx: &Cx, by: Asking<'_>, place: &Place, wish: &LimitWish) -> Result<Limit, Problem> {
    if wish.is_empty() {
        return Err(Problem::invalid("", "missing", "names no limit; DELETE takes limits away"));
    }
    let [set, noted] = store::put(cx, by, place, wish);
    let mut rows = cx.platform.db().batch(vec![store::may(by, place), set, noted, store::read(place)]).await?;
    May::pass(rows.take::<May>(0)?.into_iter().next(), true)?;
    let row = rows.take::<LimitRow>(3)?.into_iter().next().ok_or(Code::NotFound)?;
    let states = told(cx, std::slice::from_ref(&row)).await;
    Ok(row.shown(states.first()))
}

async fn delete(cx: &Cx, by: Asking<'_>, place: &Place) -> Result<(), Problem> {
    let [noted, taken] = store::take(cx, by, place);
    let mut rows = cx.platform.db().batch(vec![store::may(by, place), noted, taken]).await?;
    May::pass(rows.take::<May>(0)?.into_iter().next(), true)?;
    let row = rows.take::<LimitRow>(2)?.into_iter().next().ok_or(Code::NotFound)?;
    told(cx, std::slice::from_ref(&row)).await;
    Ok(())
}

/// Tells the object limits of one organisation. What was told is noted behind the reply; what was not, the schedule
/// tells.
async fn told(cx: &Cx, rows: &[LimitRow]) -> Vec<State> {
    let Some(org) = rows.first().map(|row| row.org_id.clone()) else { return Vec::new() };
    let states = states(&cx.platform, &org, rows).await;
    let noted = noted(&org, &states);
    if !noted.is_empty() {
        let platform = cx.platform.background();
        cx.platform.wait_until(async move { note(&platform, noted).await });
    }
    states
}

fn noted(org: &str, states: &[State]) -> Vec<Statement> {
    states.iter().map(|state| store::told(org, &state.id, state.version)).collect()
}

async fn note(platform: &Platform, noted: Vec<Statement>) {
    if let Err(cause) = platform.db().batch(noted).await {
        log::event("users", "warn", "limits::note", "will be told again", Some(&format!("{cause:?}")));
    }
}

/// What the object says of these limits, which it learns by the question; nothing where it cannot be asked.
async fn states(platform: &Platform, org: &str, rows: &[LimitRow]) -> Vec<State> {
    if rows.is_empty() {
        return Vec::new();
    }
    let scopes: Vec<_> = rows.iter().map(LimitRow::told_scope).collect();
    budget::tell(platform, org, &scopes).await.unwrap_or_else(|cause| {
        log::event("users", "warn", "limits::states", "an object was not asked", Some(&cause));
        Vec::new()
    })
}

/// Each minute: tells objects what they have not said they hold. A change that was told, and whose answer or note was
/// lost, is told again: that changes nothing. A failure is logged, and the next minute tries again.
pub async fn mend(platform: &Platform) {
    let rows: Vec<LimitRow> = match platform.db().all(store::untold()).await {
        Ok(rows) => rows,
        Err(cause) => {
            log::event("users", "error", "limits::mend", "limits were not told", Some(&format!("{cause:?}")));
            return;
        }
    };
    for row in rows {
        let states = states(platform, &row.org_id, std::slice::from_ref(&row)).await;
        let noted = noted(&row.org_id, &states);
        if !noted.is_empty() {
            note(platform, noted).await;
        }
    }
}
