//! Tuning jobs: what people make, read and cancel. Not here: the work on them (`working`).

use std::rc::Rc;

use catalogue::registry::revision::{Head, head};
use jobs::json;
use serde::Serialize;
use serde_json::value::RawValue;
use shared::auth::Caller;
use shared::auth::errand::Maker;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Json, Path, Query};
use shared::problem::{Code, Problem};
use uploads::{File, Owner, Purpose};

use crate::model::{Event, Tuning, TuningList, TuningQuery, TuningRow};
use crate::provider::{access, named, trainer};
use crate::remote::{Remote, Told};
use crate::store::{self, NewTuning};
use crate::wish::TuningWish;
use crate::working;

/// `POST /v1/fine_tuning/jobs`.
///
/// # Errors
/// 403 for who may not spend on tuning, 404 for a model or a file that is not there, 501 for a model that nobody trains, 422
/// for what does not fit and for too many jobs at once.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<TuningWish>) -> Result<Tuning, Problem> {
    let request = wish.request()?;
    let (owner, maker) = (Owner::of(&caller), Maker::of(&caller)?);
    let (db, now) = (cx.platform.db(), cx.now_ms());
    let mut batch = vec![store::may(owner), head(), uploads::store::read(owner, &wish.training_file, now)];
    batch.extend(wish.validation_file.as_deref().map(|id| uploads::store::read(owner, id, now)));
    let mut rows = db.batch(batch).await?;
    if rows.take::<One>(0)?.is_empty() {
        let detail = "Tuning spends beyond budgets: administrators may, and roles with `tuning:create`.";
        return Err(Problem::from(Code::Forbidden).detail(detail));
    }
    let registry =
        rows.take::<Head>(1)?.into_iter().next().unwrap_or_default().registry().map_err(Problem::internal)?;
    let (trains, _, model) = trainer(&registry, &wish.model)?;
    fits("training_file", rows.take::<File>(2)?.into_iter().next())?;
    if wish.validation_file.is_some() {
        fits("validation_file", rows.take::<File>(3)?.into_iter().next())?;
    }
    access(&cx.platform, trains, None).await?;
    let id = cx.new_id("ftjob");
    let new = NewTuning {
        id: &id,
        key_id: maker.key_id.as_deref(),
        provider: &trains.id,
        model: &model,
        request: &json(&request)?,
        training_file: &wish.training_file,
        validation_file: wish.validation_file.as_deref(),
        now,
    };
    let event = cx.new_id("ftevent");
    let made = store::note(&id, &event, "info", "The job was made.", now);
    let row = db.batch(vec![store::add(owner, &new), made, store::read(owner, &id)]).await?.take::<TuningRow>(2)?;
    let row = row.into_iter().next();
    let tuning = row.ok_or_else(|| Problem::invalid("", "too_many", "are too many under way at once"))?.try_into()?;
    working::send(&cx.platform, &id, 0, 0).await;
    Ok(tuning)
}

fn fits(member: &str, file: Option<File>) -> Result<(), Problem> {
    let file = file.ok_or_else(|| Problem::from(Code::NotFound).detail(format!("There is no such {member}.")))?;
    if file.purpose == Purpose::FineTune {
        return Ok(());
    }
    Err(Problem::invalid(format!("/{member}"), "purpose", "is a file with another purpose than `fine-tune`"))
}

/// `GET /v1/fine_tuning/jobs`: newest first.
///
/// # Errors
/// 422 for a query that is not known.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    Query(query): Query<TuningQuery>,
) -> Result<TuningList<Tuning>, Problem> {
    let statement = store::list(Owner::of(&caller), query.after.as_deref(), query.limit.to_read());
    let rows: Vec<TuningRow> = cx.platform.db().all(statement).await?;
    let data = rows.into_iter().map(Tuning::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(page(&query, data))
}

fn page<T>(query: &TuningQuery, mut data: Vec<T>) -> TuningList<T> {
    let shown = usize::try_from(query.limit.to_read().saturating_sub(1)).unwrap_or(usize::MAX);
    let has_more = data.len() > shown;
    data.truncate(shown);
    TuningList { object: "list", data, has_more }
}

async fn row(cx: &Cx, caller: &Caller, id: &str) -> Result<TuningRow, Problem> {
    let row: Option<TuningRow> = cx.platform.db().first(store::read(Owner::of(caller), id)).await?;
    row.ok_or_else(|| Code::NotFound.into())
}

/// `GET /v1/fine_tuning/jobs/{id}`.
///
/// # Errors
/// 404 for one that is not the caller's.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Tuning, Problem> {
    row(cx, &caller, &id).await?.try_into()
}

/// `POST /v1/fine_tuning/jobs/{id}/cancel`: ends it here at once while the provider does not know it; there it is ended
/// with the next look. One that has ended stays as it is.
///
/// # Errors
/// 404 for one that is not the caller's.
pub async fn cancel(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Tuning, Problem> {
    let owner = Owner::of(&caller);
    let batch = vec![store::cancel(owner, &id, cx.now_ms()), store::read(owner, &id)];
    let row = cx.platform.db().batch(batch).await?.take::<TuningRow>(1)?.into_iter().next();
    row.ok_or(Code::NotFound)?.try_into()
}

/// `GET /v1/fine_tuning/jobs/{id}/events`: ours and the provider's, newest first.
///
/// # Errors
/// 404 for a job that is not the caller's.
pub async fn events(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(query): Query<TuningQuery>,
) -> Result<TuningList<Event>, Problem> {
    let owner = Owner::of(&caller);
    let wanted = store::events(owner, &id, query.after.as_deref(), query.limit.to_read());
    let mut rows = cx.platform.db().batch(vec![store::read(owner, &id), wanted]).await?;
    if rows.take::<TuningRow>(0)?.is_empty() {
        return Err(Code::NotFound.into());
    }
    Ok(page(&query, rows.take(1)?))
}

/// What the provider keeps of a model on the way.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningCheckpoints"))]
pub struct Checkpoints {
    /// `list`.
    pub object: &'static str,
    /// As the provider says it; nothing where it says nothing.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>"))]
    pub data: Box<RawValue>,
    /// Always false: all that the provider gave are here.
    pub has_more: bool,
}

/// `GET /v1/fine_tuning/jobs/{id}/checkpoints`: asked of the provider now. They are not registered as models.
///
/// # Errors
/// 404 for a job that is not the caller's, 502 when the provider does not say.
pub async fn checkpoints(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(_): Query<TuningQuery>,
) -> Result<Checkpoints, Problem> {
    let job = row(cx, &caller, &id).await?;
    let none = RawValue::from_string("[]".to_owned()).map_err(Problem::internal)?;
    let Some(remote_id) = job.remote_id.as_deref() else {
        return Ok(Checkpoints { object: "list", data: none, has_more: false });
    };
    let registry =
        cx.platform.db().first::<Head>(head()).await?.unwrap_or_default().registry().map_err(Problem::internal)?;
    let trains = named(&registry, &job.provider).ok_or(Code::NotOffered)?;
    let access = access(&cx.platform, trains, job.provider_key.as_deref()).await?;
    let told = Remote { platform: &cx.platform, access: &access }.checkpoints(remote_id).await;
    match told {
        Told::Said(data) => Ok(Checkpoints { object: "list", data, has_more: false }),
        Told::Unknown => Ok(Checkpoints { object: "list", data: none, has_more: false }),
        Told::Refused(_) | Told::Again(_) => Err(Code::UpstreamFailed.into()),
    }
}
