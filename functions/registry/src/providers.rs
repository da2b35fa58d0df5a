//! Handlers of providers: what all entries have in common is in `entries`.

use std::rc::Rc;

use catalogue::registry::Kind;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Path, Query};
use shared::page::{Page, PageQuery};
use shared::problem::Problem;

use crate::entries;
use crate::model::Entry;

/// `GET /v1/admin/ai/providers`: the providers that were registered, by their ids; built-in ones are not among them.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, Query(query): Query<PageQuery>) -> Result<Page<Entry>, Problem> {
    entries::list(cx, Kind::Provider, query).await
}

/// `GET /v1/admin/ai/providers/{id}`: a provider that was registered.
///
/// # Errors
/// 404 where nothing of this id was registered.
pub async fn read(cx: &Cx, Path(id): Path) -> Result<Entry, Problem> {
    entries::read(cx, Kind::Provider, &id).await
}

/// Adds a provider, or writes it anew. One with the id of a built-in provider stands in its place. Keys go on as long as
/// the origin is the same.
///
/// # Errors
/// 412 when the registry is not at the revision of `If-Match`, 413 for one that would be too large, 422 for what does
/// not fit.
pub async fn put(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Entry, Problem> {
    entries::put(cx, &caller, Kind::Provider, &id).await
}

/// Removes a provider. A built-in one of its id is back then. Its keys stay, unused.
///
/// # Errors
/// 404 where nothing of this id was registered, 412 when the registry is not at the revision of `If-Match`, 422 while
/// something else names it.
pub async fn remove(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    entries::remove(cx, &caller, Kind::Provider, &id).await
}
