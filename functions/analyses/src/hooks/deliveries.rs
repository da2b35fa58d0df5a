//! `GET /v1/webhook/deliveries`: what became of messages to webhooks.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Query;
use shared::problem::Problem;
use uploads::Owner;

use super::model::{Deliveries, DeliveryQuery};
use super::store;
use crate::columns;
use crate::shown::page;

/// `GET /v1/webhook/deliveries`: those of the last thirty days, newest first.
///
/// # Errors
/// 422 for a cursor of another list; 503 when the database fails.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<DeliveryQuery>) -> Result<Deliveries, Problem> {
    query.check()?;
    let after = shared::page::after(cx, query.cursor.as_deref())?;
    let rows = columns::batch(&cx.platform, vec![store::list(Owner::of(&caller), &query, after.as_deref())]).await?;
    page(cx, query.limit, rows.into_iter().next().unwrap_or_default())
}
