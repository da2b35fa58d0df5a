//! Handlers of output items: what came of each row.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{PathPair, PathTriple, Query};
use shared::problem::{Code, Problem};
use uploads::Owner;

use crate::item_model::{ItemRow, OutputItem, number_of};
use crate::listing::{ListQuery, Listed, listed};
use crate::run_model::RunRow;
use crate::{item_store, run_store};

/// `GET /v1/evals/{id}/runs/{run_id}/output_items`: rows that were asked, by their place in the data set.
///
/// # Errors
/// 404 for a run that is not the caller's, 422 for an `after` that is no item of it.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    PathPair(evaluation, run): PathPair,
    Query(query): Query<ListQuery>,
) -> Result<Listed<OutputItem>, Problem> {
    let after = query.after.as_deref().map(|id| number_of(&run, id).ok_or_else(no_item)).transpose()?;
    let status = query.status.as_deref();
    if !status.is_none_or(|status| matches!(status, "pass" | "fail" | "error")) {
        return Err(Problem::invalid("status", "invalid", "must be `pass`, `fail` or `error`"));
    }
    let owner = Owner::of(&caller);
    let limit = query.limit.to_read();
    let batch = vec![
        run_store::read(owner, &evaluation, &run),
        item_store::list(owner, (&evaluation, &run), after, limit, query.order, status),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    if rows.take::<RunRow>(0)?.is_empty() {
        return Err(Code::NotFound.into());
    }
    let items = rows.take::<ItemRow>(1)?.into_iter().map(OutputItem::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(listed(query.limit, items, |item| item.id.clone()))
}

/// `GET /v1/evals/{id}/runs/{run_id}/output_items/{item_id}`.
///
/// # Errors
/// 404 for an item of no run of the caller's, and for a row that was not asked yet.
pub async fn read(
    cx: &Cx,
    caller: Rc<Caller>,
    PathTriple(evaluation, run, item): PathTriple,
) -> Result<OutputItem, Problem> {
    let n = number_of(&run, &item).ok_or(Code::NotFound)?;
    let row: Option<ItemRow> =
        cx.platform.db().first(item_store::read(Owner::of(&caller), &evaluation, &run, n)).await?;
    row.ok_or(Code::NotFound)?.try_into()
}

fn no_item() -> Problem {
    Problem::invalid("after", "invalid", "is no output item of this run")
}
