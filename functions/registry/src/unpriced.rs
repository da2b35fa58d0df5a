//! Models that were called without a price. They are noted where finished calls are written down (`usage`).

use shared::cx::Cx;
use shared::extract::Query;
use shared::page::{self, Page, PageQuery};
use shared::problem::Problem;

use crate::model::{UnpricedModel, UnpricedRow};
use crate::store;

/// `GET /v1/admin/ai/unpriced`: once a model and day, newest first.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, Query(query): Query<PageQuery>) -> Result<Page<UnpricedModel>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let rows: Vec<UnpricedRow> =
        cx.platform.db().all(store::unpriced(before.as_deref(), query.limit.to_read())).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), UnpricedModel::from)
}
