//! What happened to one's own account.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Query;
use shared::page::{self, Page, PageQuery};
use shared::problem::Problem;

use crate::admin::row_of;
use crate::model::{OwnEvent, OwnRow};
use crate::store;

/// `GET /v1/users/me/events`: what happened to the caller's account, newest first.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<PageQuery>) -> Result<Page<OwnEvent>, Problem> {
    let before = row_of(page::after(cx, query.cursor.as_deref())?);
    let statement = store::own(caller.user_id(), before, query.limit.to_read());
    let rows: Vec<OwnRow> = cx.platform.db().all(statement).await?;
    page::page(cx, query.limit, rows, |row| row.seq.to_string(), OwnEvent::from)
}
