//! Of whom calls are captured, as administrators say it. Calls that begin ten seconds later go by it; what is kept
//! already stays until its day.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Json, Path, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use super::model::{CaptureSetting, CaptureWish, SettingRow};
use super::store;

/// `GET /v1/admin/ai/captures`: organisations and people that have a setting.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, Query(query): Query<PageQuery>) -> Result<Page<CaptureSetting>, Problem> {
    let after = page::after(cx, query.cursor.as_deref())?;
    let rows: Vec<SettingRow> = cx.platform.db().all(store::settings(after.as_deref(), query.limit.to_read())).await?;
    page::page(cx, query.limit, rows, |row| row.org_id.clone(), CaptureSetting::from)
}

/// `GET /v1/admin/ai/captures/{organisation}`: of an organisation, or of a person alone by the user's id.
///
/// # Errors
/// 404 where nothing is set.
pub async fn read(cx: &Cx, Path(organisation): Path) -> Result<CaptureSetting, Problem> {
    let row: Option<SettingRow> = cx.platform.db().first(store::setting(&organisation)).await?;
    row.map(CaptureSetting::from).ok_or_else(|| Code::NotFound.into())
}

/// `PUT /v1/admin/ai/captures/{organisation}`.
///
/// # Errors
/// 404 for no such organisation or person, 422 for days beyond a year.
pub async fn put(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(organisation): Path,
    Json(wish): Json<CaptureWish>,
) -> Result<CaptureSetting, Problem> {
    let batch = store::put(cx, caller.user_id(), &organisation, &wish);
    let row: Option<SettingRow> = cx.platform.db().batch(batch).await?.take(0)?.into_iter().next();
    row.map(CaptureSetting::from).ok_or_else(|| Code::NotFound.into())
}

/// `DELETE /v1/admin/ai/captures/{organisation}`: only what routes capture, from now on.
///
/// # Errors
/// 404 where nothing is set.
pub async fn remove(cx: &Cx, caller: Rc<Caller>, Path(organisation): Path) -> Result<(), Problem> {
    let batch = store::remove(cx, caller.user_id(), &organisation);
    let row: Option<One> = cx.platform.db().batch(batch).await?.take(1)?.into_iter().next();
    row.map(|_| ()).ok_or_else(|| Code::NotFound.into())
}
