//! Batches of calls: what people make, read and cancel. Not here: their steps (`steps`).

use std::rc::Rc;

use jobs::step::Step;
use shared::auth::Caller;
use shared::auth::errand::Maker;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Json, Path, Query};
use shared::problem::{Code, Problem};
use uploads::{File, Owner, Purpose};

use crate::model::{Batch, BatchList, BatchQuery, BatchWish, WINDOW_MS};
use crate::row::BatchRow;
use crate::store::{self, MOST_ALIVE, NewBatch};

/// `POST /v1/batches`: makes a batch of a file; its lines are looked at when it is its turn.
///
/// # Errors
/// 403 for an administrator in somebody's place, 422 for a file that is not there or not for a batch, for an endpoint that
/// takes none, and when too many have not ended; 503 when the database fails.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<BatchWish>) -> Result<Batch, Problem> {
    wish.check()?;
    let (owner, maker, now) = (Owner::of(&caller), Maker::of(&caller)?, cx.now_ms());
    let looked = vec![uploads::store::read(owner, &wish.input_file_id, now), store::room(owner.user_id)];
    let mut rows = cx.platform.db().batch(looked).await?;
    check_input(rows.take::<File>(0)?.first())?;
    let alive = rows.take::<One>(1)?.first().map_or(0, |count| count.one);
    if u64::try_from(alive).unwrap_or(u64::MAX) >= MOST_ALIVE {
        return Err(Problem::invalid("", "too_many", "has too many batches that have not ended"));
    }
    let id = cx.new_id("batch");
    let json = |value: &dyn Fn() -> serde_json::Result<String>| value().map_err(Problem::internal);
    let scopes = json(&|| serde_json::to_string(&maker.scopes))?;
    let metadata = wish.metadata.as_ref().map(|metadata| json(&|| serde_json::to_string(metadata))).transpose()?;
    let new = NewBatch {
        id: &id,
        key_id: maker.key_id.as_deref(),
        scopes: &scopes,
        endpoint: &wish.endpoint,
        file: &wish.input_file_id,
        metadata: metadata.as_deref(),
        output_ms: wish.output_expires_after.map(|life| life.seconds.saturating_mul(1_000)),
        now,
        expires_at: now.saturating_add(WINDOW_MS),
    };
    let made = one(cx, vec![store::add(owner, &new), store::read(owner, &id)]).await?;
    hand_over(cx, Step::new("batch.validate", &id)).await;
    Ok(made.ok_or_else(|| Problem::internal("the batch is not there"))?.show())
}

fn check_input(file: Option<&File>) -> Result<(), Problem> {
    let invalid = |code: &str, rule: &str| Err(Problem::invalid("/input_file_id", code, rule));
    match file {
        None => invalid("unknown", "is no file of yours"),
        Some(file) if file.purpose != Purpose::Batch => invalid("invalid", "must be a file with the purpose `batch`"),
        Some(_) => Ok(()),
    }
}

/// `GET /v1/batches`: one's own batches.
///
/// # Errors
/// 503 when the database fails.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<BatchQuery>) -> Result<BatchList, Problem> {
    let more = query.limit.to_read();
    let statement = store::list(Owner::of(&caller), query.after.as_deref(), more);
    let mut rows: Vec<BatchRow> = cx.platform.db().batch(vec![statement]).await?.take(0)?;
    let has_more = rows.len() as u64 >= more;
    if has_more {
        rows.pop();
    }
    let data: Vec<Batch> = rows.into_iter().map(BatchRow::show).collect();
    let id = |batch: Option<&Batch>| batch.map(|batch| batch.id.clone());
    Ok(BatchList { object: "list", first_id: id(data.first()), last_id: id(data.last()), data, has_more })
}

/// `GET /v1/batches/{id}`.
///
/// # Errors
/// 404 for another's; 503 when the database fails.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Batch, Problem> {
    let row = one(cx, vec![store::read(Owner::of(&caller), &id)]).await?;
    Ok(row.ok_or(Code::NotFound)?.show())
}

/// `POST /v1/batches/{id}/cancel`: nothing more is asked; what is under way is kept. Cancelling twice is cancelling once.
///
/// # Errors
/// 404 for another's, 409 for one that has ended or is ending; 503 when the database fails.
pub async fn cancel(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Batch, Problem> {
    let owner = Owner::of(&caller);
    let row = one(cx, vec![store::cancel(owner, &id, cx.now_ms()), store::read(owner, &id)]).await?;
    let row = row.ok_or(Code::NotFound)?;
    match row.status.as_str() {
        "cancelling" | "cancelled" => {
            hand_over(cx, Step::new("batch.finish", &id)).await;
            Ok(row.show())
        }
        _ => Err(Code::JobEnded.into()),
    }
}

/// The row that the last of these statements reads.
async fn one(cx: &Cx, statements: Vec<shared::db::Statement>) -> Result<Option<BatchRow>, Problem> {
    let last = statements.len().saturating_sub(1);
    Ok(cx.platform.db().batch(statements).await?.take(last)?.into_iter().next())
}

/// Hands a step to the queue. What is lost there the schedule finds.
async fn hand_over(cx: &Cx, step: Step) {
    if let Err(cause) = Step::send(&cx.platform, &[step], 0).await {
        shared::log::event(cx.service, "warn", "jobs::queue", "a step waits for the schedule", Some(&cause));
    }
}
