//! Handlers of prices: what all entries have in common is in `entries`.

use std::rc::Rc;

use catalogue::registry::Kind;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Path, Query};
use shared::page::{Page, PageQuery};
use shared::problem::Problem;

use crate::entries;
use crate::model::Entry;

/// `GET /v1/admin/ai/prices`: the prices that were registered, by their ids; built-in ones are not among them.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, Query(query): Query<PageQuery>) -> Result<Page<Entry>, Problem> {
    entries::list(cx, Kind::Price, query).await
}

/// `GET /v1/admin/ai/prices/{price}`: a price that was registered.
///
/// # Errors
/// 404 where nothing of this id was registered.
pub async fn read(cx: &Cx, Path(id): Path) -> Result<Entry, Problem> {
    entries::read(cx, Kind::Price, &id).await
}

/// Adds a price, or ends one. Its id in the path is `list/model@version`. A price that has begun can end and nothing else:
/// calls were priced by it.
///
/// # Errors
/// 412 when the registry is not at the revision of `If-Match`, 413 for one that would be too large, 422 for what does
/// not fit.
pub async fn put(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Entry, Problem> {
    entries::put(cx, &caller, Kind::Price, &id).await
}

/// Removes a price. Calls it priced keep what they cost.
///
/// # Errors
/// 404 where nothing of this id was registered, 412 when the registry is not at the revision of `If-Match`, 422 while
/// something else names it.
pub async fn remove(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    entries::remove(cx, &caller, Kind::Price, &id).await
}
