//! Evaluations themselves: what people make, read, change and delete. Their runs are in `runs`.

use std::rc::Rc;

use jobs::{json, metadata};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Json, Path, Query};
use shared::problem::{Code, Problem};
use uploads::Owner;

use crate::listing::{ListQuery, Listed, listed};
use crate::model::{Eval, EvalChange, EvalDeleted, EvalRow, EvalWish, check_name};
use crate::store::{self, NewEvaluation};

/// `POST /v1/evals`: what rows look like, and how answers are scored.
///
/// # Errors
/// 422 for a schema or a scorer that is not known here, and beyond 500 evaluations.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<EvalWish>) -> Result<Eval, Problem> {
    wish.check()?;
    let id = cx.new_id("eval");
    let new = NewEvaluation {
        id: &id,
        name: wish.name.as_deref().unwrap_or("Unnamed evaluation"),
        metadata: &json(&wish.metadata.unwrap_or_default())?,
        item_schema: &json(&wish.data_source_config.item_schema)?,
        criteria: &json(&wish.testing_criteria)?,
        now: cx.now_ms(),
    };
    let owner = Owner::of(&caller);
    let mut rows = cx.platform.db().batch(vec![store::add(owner, &new), store::read(owner, &id)]).await?;
    let row = rows.take::<EvalRow>(1)?.into_iter().next();
    row.ok_or_else(|| Problem::invalid("", "too_many", "are too many: delete one first"))?.try_into()
}

/// `GET /v1/evals`: the caller's own.
///
/// # Errors
/// 422 for a query that is not known.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<ListQuery>) -> Result<Listed<Eval>, Problem> {
    if query.status.is_some() {
        return Err(Problem::invalid("status", "unknown", "evaluations have no status: their runs have"));
    }
    let statement = store::list(Owner::of(&caller), query.after.as_deref(), query.limit.to_read(), query.order);
    let rows: Vec<EvalRow> = cx.platform.db().all(statement).await?;
    let evals = rows.into_iter().map(Eval::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(listed(query.limit, evals, |eval| eval.id.clone()))
}

/// `GET /v1/evals/{id}`.
///
/// # Errors
/// 404 for one that is not the caller's.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Eval, Problem> {
    let row: Option<EvalRow> = cx.platform.db().first(store::read(Owner::of(&caller), &id)).await?;
    row.ok_or(Code::NotFound)?.try_into()
}

/// `POST /v1/evals/{id}`: another name, other pairs. What is scored stays: its runs are compared by it.
///
/// # Errors
/// 404 for one that is not the caller's, 422 for what does not fit.
pub async fn change(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(change): Json<EvalChange>,
) -> Result<Eval, Problem> {
    check_name(change.name.as_deref())?;
    metadata::check(change.metadata.as_ref())?;
    let metadata = change.metadata.as_ref().map(json).transpose()?;
    let owner = Owner::of(&caller);
    let batch = vec![store::change(owner, &id, change.name.as_deref(), metadata, cx.now_ms()), store::read(owner, &id)];
    let row = cx.platform.db().batch(batch).await?.take::<EvalRow>(1)?.into_iter().next();
    row.ok_or(Code::NotFound)?.try_into()
}

/// `DELETE /v1/evals/{id}`, with its runs and what came of them. A run that is under way ends.
///
/// # Errors
/// 404 for one that is not the caller's.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<EvalDeleted, Problem> {
    let gone: Option<One> = cx.platform.db().first(store::delete(Owner::of(&caller), &id)).await?;
    gone.ok_or(Code::NotFound)?;
    Ok(EvalDeleted { object: "eval.deleted", deleted: true, eval_id: id })
}
