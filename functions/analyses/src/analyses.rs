//! What people do with analyses: make, read, list, cancel, replay, run again with another model, delete. Not here: the work
//! itself (`work`), the stream of events (`events`).

use std::rc::Rc;

use serde::Serialize;
use shared::auth::Caller;
use shared::auth::errand::Maker;
use shared::cx::Cx;
use shared::db::Statement;
use shared::etag;
use shared::extract::{Json, OptionalJson, Path, Query};
use shared::head::HeaderName;
use shared::page::Page;
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};
use uploads::{Owner, Reader};

use crate::columns::{self, Columns};
use crate::hooks;
use crate::model::{Analysis, AnalysisQuery, AnalysisWish, RerunWish, Status, check_model};
use crate::row::{AnalysisRow, Found};
use crate::shown::{Shown, page};
use crate::store::{self, NewAnalysis};
use crate::work::message::{Kind, Message};
use crate::work::picture::Picture;

/// Seconds after which a poll is worth its while.
const POLL_S: &str = "2";
/// Who is asked where nobody says it: the gateway's own default.
const DEFAULT_MODEL: &str = "chat-default";

/// `POST /v1/analyses`: queues an analysis of a picture that the caller may read.
///
/// # Errors
/// 403 for an administrator in somebody's place; 422 for settings that are not the task's, a file that is not there or no
/// picture, a URL without a secret to sign with, and when too many have not ended; 503 when the database fails.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<AnalysisWish>) -> Result<Shown<Analysis>, Problem> {
    let (owner, maker, now) = (Owner::of(&caller), Maker::of(&caller)?, cx.now_ms());
    let (task, file_id) = (wish.task, wish.file_id.clone());
    let model = wish.model.clone().or_else(|| cx.platform.var("ANALYSES_MODEL"));
    let (settings, webhook_url) = wish.checked(cx.config.is_local())?;
    let looked =
        vec![uploads::store::readable(Reader::of(Some(&caller)), &file_id, now), hooks::store::has_secret(owner)];
    let mut rows = columns::batch(&cx.platform, looked).await?;
    let has_secret = rows.pop().is_some_and(|rows| !rows.is_empty());
    check_file(rows.pop().and_then(|rows| rows.into_iter().next()))?;
    if webhook_url.is_some() && !has_secret {
        return Err(Problem::invalid(
            "/webhook_url",
            "no_secret",
            "needs a secret to sign with: `PUT /v1/webhook` makes one",
        ));
    }
    let id = cx.new_id("anl");
    let new = NewAnalysis {
        id: &id,
        key_id: maker.key_id.as_deref(),
        scopes: &json(&maker.scopes)?,
        file_id: &file_id,
        task,
        settings: &settings.json(),
        model: model.as_deref().unwrap_or(DEFAULT_MODEL),
        rerun_of: None,
        webhook_url: webhook_url.as_deref(),
        now,
    };
    add(cx, owner, &new).await
}

fn json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(Problem::internal)
}

fn check_file(file: Option<Columns>) -> Result<(), Problem> {
    let Some(file) = file.map(Picture::from) else {
        return Err(Problem::invalid("/file_id", "unknown", "is no file that you may read"));
    };
    let fault = file.fault();
    fault.map_or(Ok(()), |fault| Err(Problem::invalid("/file_id", fault.code, fault.detail)))
}

/// Writes a new analysis and hands it to the queue.
async fn add(cx: &Cx, owner: Owner<'_>, new: &NewAnalysis<'_>) -> Result<Shown<Analysis>, Problem> {
    let row = last(cx, vec![store::add(owner, new), store::read(owner, new.id)]).await?;
    let row = row.ok_or_else(too_many)?;
    accepted(cx, row).await
}

/// Tells the queue and the client.
async fn accepted(cx: &Cx, row: Found) -> Result<Shown<Analysis>, Problem> {
    let message = Message { kind: Kind::Analysis, id: row.id.clone(), step: row.step };
    if let Err(cause) = message.send(&cx.platform, 0).await {
        shared::log::event(cx.service, "warn", "analyses::queue", "an analysis waits for the schedule", Some(&cause));
    }
    cx.add_header("Location", format!("/v1/analyses/{}", row.id));
    cx.add_header("Retry-After", POLL_S.to_owned());
    Shown::of(&row.shown)
}

fn too_many() -> Problem {
    Problem::invalid("", "too_many", "has too many analyses that have not ended")
}

/// `GET /v1/analyses`: one's own, newest first.
///
/// # Errors
/// 422 for a cursor of another list; 503 when the database fails.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    Query(query): Query<AnalysisQuery>,
) -> Result<Page<Shown<Analysis>>, Problem> {
    query.check()?;
    let after = shared::page::after(cx, query.cursor.as_deref())?;
    let rows = columns::batch(&cx.platform, vec![store::list(Owner::of(&caller), &query, after.as_deref())]).await?;
    page(cx, query.limit, rows.into_iter().next().unwrap_or_default())
}

/// `GET /v1/analyses/{id}`: how far it is, and what came of it; 304 while nothing is new.
///
/// # Errors
/// 404 for another's; 503 when the database fails.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Reply, Problem> {
    let row = find(cx, &caller, &id).await?;
    let (tag, has_ended) = (row.etag(), row.status.has_ended());
    let unchanged = cx.head.header(HeaderName::IfNoneMatch).is_some_and(|sent| etag::matches(sent, &tag));
    let reply = if unchanged { Reply::empty(304) } else { Reply::new(200, "application/json", Body::Text(row.shown)) };
    let reply = reply.header("ETag", tag);
    Ok(if has_ended { reply } else { reply.header("Retry-After", POLL_S) })
}

/// The caller's analysis with this id.
///
/// # Errors
/// As `read`.
pub async fn find(cx: &Cx, caller: &Caller, id: &str) -> Result<Found, Problem> {
    last(cx, vec![store::read(Owner::of(caller), id)]).await?.ok_or_else(|| Code::NotFound.into())
}

/// `DELETE /v1/analyses/{id}`: gone, with what it said. A call that is under way is charged all the same.
///
/// # Errors
/// 404 for another's, 403 for an administrator in its owner's place; 503 when the database fails.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    if caller.claims.act.is_some() {
        return find(cx, &caller, &id).await.and_then(|_| Err(Code::ImpersonationRefused.into()));
    }
    let gone = columns::last(&cx.platform, vec![store::delete(Owner::of(&caller), &id)]).await?;
    gone.map(|_| ()).ok_or_else(|| Code::NotFound.into())
}

/// `POST /v1/analyses/{id}/cancel`: nothing more is asked. Cancelling twice is cancelling once.
///
/// # Errors
/// 404 for another's, 409 for one that has ended; 503 when the database fails.
pub async fn cancel(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Shown<Analysis>, Problem> {
    let owner = Owner::of(&caller);
    let row = last(cx, vec![store::cancel(owner, &id, cx.now_ms()), store::read(owner, &id)]).await?;
    let row = row.ok_or(Code::NotFound)?;
    if row.status == Status::Cancelled { Shown::of(&row.shown) } else { Err(Code::JobEnded.into()) }
}

/// `POST /v1/analyses/{id}/replay`: asks again what failed or was cancelled, in the name of whoever replays it.
///
/// # Errors
/// 404 for another's, 403 for an administrator in its owner's place, 409 for one that did not fail, 422 when too many have
/// not ended; 503 when the database fails.
pub async fn replay(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Shown<Analysis>, Problem> {
    let owner = Owner::of(&caller);
    let maker = match Maker::of(&caller) {
        Ok(maker) => maker,
        Err(refused) => return find(cx, &caller, &id).await.and(Err(refused)),
    };
    let scopes = json(&maker.scopes)?;
    let replay = store::replay(owner, &id, maker.key_id.as_deref(), &scopes, cx.now_ms());
    let (queued, row) = columns::pair(&cx.platform, replay, store::read(owner, &id)).await?;
    let row = Found::from(row.ok_or(Code::NotFound)?);
    match row.status {
        _ if queued => accepted(cx, row).await,
        Status::Failed | Status::Cancelled => Err(too_many()),
        _ => Err(Code::NotFailed.into()),
    }
}

/// `POST /v1/analyses/{id}/rerun`: a new analysis of the same picture and task, by another model.
///
/// # Errors
/// 404 for another's; otherwise as `create`.
pub async fn rerun(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    OptionalJson(wish): OptionalJson<RerunWish>,
) -> Result<Shown<Analysis>, Problem> {
    let (owner, now) = (Owner::of(&caller), cx.now_ms());
    check_model(wish.model.as_deref())?;
    let before = columns::last(&cx.platform, vec![store::again(owner, &id)]).await?;
    let before = AnalysisRow::from(before.ok_or(Code::NotFound)?);
    let maker = Maker::of(&caller)?;
    let file = uploads::store::readable(Reader::of(Some(&caller)), &before.file_id, now);
    check_file(columns::last(&cx.platform, vec![file]).await?)?;
    let new_id = cx.new_id("anl");
    let new = NewAnalysis {
        id: &new_id,
        key_id: maker.key_id.as_deref(),
        scopes: &json(&maker.scopes)?,
        file_id: &before.file_id,
        task: before.task().ok_or_else(|| Problem::internal("a task that nobody knows"))?,
        settings: &before.settings.json(),
        model: wish.model.as_deref().unwrap_or(&before.model),
        rerun_of: Some(&id),
        webhook_url: before.webhook_url.as_deref(),
        now,
    };
    add(cx, owner, &new).await
}

/// The analysis that the last of these statements reads.
async fn last(cx: &Cx, statements: Vec<Statement>) -> Result<Option<Found>, Problem> {
    Ok(columns::last(&cx.platform, statements).await?.map(Found::from))
}
