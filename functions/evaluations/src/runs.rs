//! Handlers of runs. The asking goes on without them, in `working`.

use std::rc::Rc;

use jobs::json;
use serde_json::Value;
use shared::auth::Caller;
use shared::auth::errand::Maker;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Json, Path, PathPair, Query};
use shared::problem::{Code, Problem};
use uploads::lines::Reader;
use uploads::{File, Owner, Purpose};

use crate::data_set::{self, Row};
use crate::listing::{ListQuery, Listed, listed};
use crate::model::EvalRow;
use crate::run_model::{Run, RunDeleted, RunRow};
use crate::run_store::{self as store, NewRun};
use crate::run_wish::{RunWish, Source};
use crate::{store as evaluations, working};

/// `POST /v1/evals/{id}/runs`: begins to ask. The rows are read and checked first, and kept with the run.
///
/// # Errors
/// 404 for an evaluation or a file that is not the caller's, 422 for rows and templates that do not fit and for too many
/// runs.
pub async fn create(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(evaluation): Path,
    Json(mut wish): Json<RunWish>,
) -> Result<Run, Problem> {
    wish.check()?;
    let owner = Owner::of(&caller);
    let found: Option<EvalRow> = cx.platform.db().first(evaluations::read(owner, &evaluation)).await?;
    let schema = found.ok_or(Code::NotFound)?.item_schema;
    let maker = Maker::of(&caller)?;
    let schema: Value = shared::json::read(&schema).map_err(Problem::internal)?;
    let rows = rows_of(cx, owner, &mut wish.data_source.source, &schema).await?;
    let id = cx.new_id("evalrun");
    let new = NewRun {
        id: &id,
        key_id: maker.key_id.as_deref(),
        scopes: &json(&maker.scopes)?,
        name: wish.name.as_deref().unwrap_or(&wish.data_source.model),
        metadata: &json(&wish.metadata.unwrap_or_default())?,
        source: &json(&wish.data_source)?,
        model: &wish.data_source.model,
        items: rows.len() as u64,
        now: cx.now_ms(),
    };
    let mut batch = vec![store::add(owner, &evaluation, &new)];
    batch.extend(data_set::parts(&rows)?.into_iter().map(|(first, part)| store::add_items(&id, first, part)));
    batch.push(store::read(owner, &evaluation, &id));
    let last = batch.len().saturating_sub(1);
    let row = cx.platform.db().batch(batch).await?.take::<RunRow>(last)?.into_iter().next();
    let full = || Problem::invalid("", "too_many", "are too many: of an evaluation, or under way at once");
    let run: Run = row.ok_or_else(full)?.try_into()?;
    working::send(&cx.platform, &id, 0, 0).await;
    Ok(run)
}

/// The rows; what is stored of the source has none.
async fn rows_of(cx: &Cx, owner: Owner<'_>, source: &mut Source, schema: &Value) -> Result<Vec<Row>, Problem> {
    match source {
        Source::FileContent { content } => {
            let content = std::mem::take(content);
            data_set::from_items(content.iter().map(|row| &row.item), schema)
        }
        Source::FileId { id } => {
            let statement = uploads::store::read(owner, id, cx.now_ms());
            let file: File = cx.platform.db().first(statement).await?.ok_or_else(no_file)?;
            if file.purpose != Purpose::Evals {
                let detail = "is a file with another purpose than `evals`";
                return Err(Problem::invalid("/data_source/source/id", "purpose", detail));
            }
            if file.bytes > data_set::LONGEST as u64 {
                let detail = format!("is a file of more than {} bytes", data_set::LONGEST);
                return Err(Problem::invalid("/data_source/source/id", "too_long", detail));
            }
            let (mut bytes, mut reader) = (Vec::new(), Reader::new(&cx.platform, &file.object, 0, file.bytes));
            while let Some(part) = reader.next().await? {
                bytes.extend_from_slice(&part);
            }
            data_set::from_lines(&bytes, schema)
        }
    }
}

fn no_file() -> Problem {
    Problem::from(Code::NotFound).detail("There is no such file.")
}

/// `GET /v1/evals/{id}/runs`.
///
/// # Errors
/// 404 for an evaluation that is not the caller's, 422 for a status that is none.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(evaluation): Path,
    Query(query): Query<ListQuery>,
) -> Result<Listed<Run>, Problem> {
    let states = ["queued", "in_progress", "completed", "failed", "canceled"];
    let status = query.status.as_deref();
    if !status.is_none_or(|status| states.contains(&status)) {
        return Err(Problem::invalid("status", "invalid", "is no status of a run"));
    }
    let (owner, limit) = (Owner::of(&caller), query.limit.to_read());
    let batch = vec![
        evaluations::read(owner, &evaluation),
        store::list(owner, &evaluation, query.after.as_deref(), limit, query.order, status),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    if rows.take::<EvalRow>(0)?.is_empty() {
        return Err(Code::NotFound.into());
    }
    let runs = rows.take::<RunRow>(1)?.into_iter().map(Run::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(listed(query.limit, runs, |run| run.id.clone()))
}

/// `GET /v1/evals/{id}/runs/{run_id}`.
///
/// # Errors
/// 404 for one that is not the caller's.
pub async fn read(cx: &Cx, caller: Rc<Caller>, PathPair(evaluation, run): PathPair) -> Result<Run, Problem> {
    let row: Option<RunRow> = cx.platform.db().first(store::read(Owner::of(&caller), &evaluation, &run)).await?;
    row.ok_or(Code::NotFound)?.try_into()
}

/// `POST /v1/evals/{id}/runs/{run_id}/cancel`: nothing more is asked. What was asked stays; what is being asked is still
/// written down. A run that has ended stays as it is.
///
/// # Errors
/// 404 for one that is not the caller's.
pub async fn cancel(cx: &Cx, caller: Rc<Caller>, PathPair(evaluation, run): PathPair) -> Result<Run, Problem> {
    let owner = Owner::of(&caller);
    let batch = vec![store::cancel(owner, &evaluation, &run, cx.now_ms()), store::read(owner, &evaluation, &run)];
    let row = cx.platform.db().batch(batch).await?.take::<RunRow>(1)?.into_iter().next();
    row.ok_or(Code::NotFound)?.try_into()
}

/// `DELETE /v1/evals/{id}/runs/{run_id}`, with what came of it. What it cost stays in the ledger.
///
/// # Errors
/// 404 for one that is not the caller's.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, PathPair(evaluation, run): PathPair) -> Result<RunDeleted, Problem> {
    let gone: Option<One> = cx.platform.db().first(store::delete(Owner::of(&caller), &evaluation, &run)).await?;
    gone.ok_or(Code::NotFound)?;
    Ok(RunDeleted { object: "eval.run.deleted", deleted: true, run_id: run })
}
