//! Single calls: a list of them, and one with all that is known. What was said is in `capture`.

pub mod detail;
pub mod model;
pub mod query;
pub mod store;

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Path, Query};
use shared::page::{self, Page};
use shared::problem::{Code, Problem};

use self::detail::{CallDetail, PriceRow};
use self::model::{Call, CallRow};
use self::query::CallsQuery;
use self::store::{Asked, Before};

/// Whether somebody administers the deployment.
pub(crate) fn administers(caller: &Caller) -> bool {
    caller.claims.roles.iter().any(|role| role == "admin")
}

/// `GET /v1/calls`: one's own calls, newest first; with `organisation_id` those that an organisation paid for, where a
/// role there may `read` its `usage`. Administrators see everybody's with `everybody=true`.
///
/// # Errors
/// 403 for everybody's without being an administrator, 422 for times that cannot be read.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<CallsQuery>) -> Result<Page<Call>, Problem> {
    let admin = administers(&caller);
    if query.everybody && !admin {
        return Err(Problem::from(Code::Forbidden).detail("Only administrators see everybody's calls."));
    }
    let (from, to) = query.period(cx.now_ms())?;
    let cursor = page::after(cx, query.cursor.as_deref())?;
    let before = cursor.as_deref().and_then(Before::read);
    let asked = Asked { caller: caller.user_id(), admin, from, to, before, query: &query };
    let rows: Vec<CallRow> = cx.platform.db().all(store::list(&asked)).await?;
    page::page(cx, query.limit, rows, |row| Before::of(row).to_text(), Call::from)
}

/// `GET /v1/calls/{id}`: by its id, or by the `X-Request-Id` of its reply; of several calls that one request made, the
/// last that answered. One's own, and those an organisation paid for, where a role there may `read` its `usage`.
///
/// # Errors
/// 404 for a call that is not booked yet, is not there, or is another's.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<CallDetail, Problem> {
    one(cx, caller.user_id(), false, &id).await
}

/// `GET /v1/admin/ai/calls/{id}`: the same for administrators, of anybody's.
///
/// # Errors
/// 404 for a call that is not booked yet, or is not there.
pub async fn read_any(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<CallDetail, Problem> {
    one(cx, caller.user_id(), true, &id).await
}

async fn one(cx: &Cx, user: &str, admin: bool, id: &str) -> Result<CallDetail, Problem> {
    let batch = vec![store::read(user, admin, id), store::prices(user, admin, id)];
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<CallRow>(0)?.into_iter().next().ok_or(Code::NotFound)?;
    let prices = rows.take::<PriceRow>(1)?;
    Ok(CallDetail::of(row, prices))
}
