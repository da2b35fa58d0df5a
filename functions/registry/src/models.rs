//! Handlers of models: what all entries have in common is in `entries`.

use std::rc::Rc;

use catalogue::registry::Kind;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Path, Query};
use shared::page::{Page, PageQuery};
use shared::problem::Problem;

use crate::entries;
use crate::model::Entry;

/// `GET /v1/admin/ai/models`: the models that were registered beside those of their providers, by their ids.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, Query(query): Query<PageQuery>) -> Result<Page<Entry>, Problem> {
    entries::list(cx, Kind::Model, query).await
}

/// `GET /v1/admin/ai/models/{model}`: a model that was registered.
///
/// # Errors
/// 404 where nothing of this id was registered.
pub async fn read(cx: &Cx, Path(id): Path) -> Result<Entry, Problem> {
    entries::read(cx, Kind::Model, &id).await
}

/// Adds a model to a provider, or writes it anew. Its id in the path is `provider/model`.
///
/// # Errors
/// 412 when the registry is not at the revision of `If-Match`, 413 for one that would be too large, 422 for what does
/// not fit.
pub async fn put(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Entry, Problem> {
    entries::put(cx, &caller, Kind::Model, &id).await
}

/// Removes a model; one of its name that the provider has anyway is back then.
///
/// # Errors
/// 404 where nothing of this id was registered, 412 when the registry is not at the revision of `If-Match`, 422 while
/// something else names it.
pub async fn remove(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    entries::remove(cx, &caller, Kind::Model, &id).await
}
