//! Feedback: what people think of answers, in conversations and without. Administrators read what was thought of which
//! model, never what was said.

pub mod model;
pub mod store;

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::{One, Statement};
use shared::extract::{Json, Path, PathPair, Query};
use shared::page::{self, Page};
use shared::problem::{Code, Problem};

use self::model::{Feedback, FeedbackQuery, Opinion, Rated, StoredFeedback};
use self::store::NewOpinion;

/// `PUT /v1/conversations/{id}/messages/{message_id}/feedback`: of an answer; a new opinion replaces the old one.
///
/// # Errors
/// 404 for what is no answer of the caller's, 422 for reasons that are no words.
pub async fn rate(
    cx: &Cx,
    caller: Rc<Caller>,
    PathPair(conversation, message): PathPair,
    Json(opinion): Json<Opinion>,
) -> Result<Rated, Problem> {
    let (id, reasons) = (cx.new_id("fbk"), opinion.checked()?);
    let new = of(cx, &id, &opinion, &reasons);
    there(cx, store::rate_message(caller.user_id(), &conversation, &message, &new)).await?;
    Ok(opinion.into())
}

/// `DELETE /v1/conversations/{id}/messages/{message_id}/feedback`.
///
/// # Errors
/// 404 for what is no answer of the caller's.
pub async fn forget(cx: &Cx, caller: Rc<Caller>, PathPair(conversation, message): PathPair) -> Result<(), Problem> {
    there(cx, store::forget_message(caller.user_id(), &conversation, &message)).await
}

/// `PUT /v1/calls/{id}/feedback`: of a call that belongs to no conversation, by its id or its `X-Request-Id`, once it is
/// booked.
///
/// # Errors
/// 404 for what is no booked call of the caller's, 422 for reasons that are no words.
pub async fn rate_call(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(call): Path,
    Json(opinion): Json<Opinion>,
) -> Result<Rated, Problem> {
    let (id, reasons) = (cx.new_id("fbk"), opinion.checked()?);
    there(cx, store::rate_call(caller.user_id(), &call, &of(cx, &id, &opinion, &reasons))).await?;
    Ok(opinion.into())
}

/// `DELETE /v1/calls/{id}/feedback`.
///
/// # Errors
/// 404 for what is no booked call of the caller's.
pub async fn forget_call(cx: &Cx, caller: Rc<Caller>, Path(call): Path) -> Result<(), Problem> {
    there(cx, store::forget_call(caller.user_id(), &call)).await
}

/// `GET /v1/admin/feedback`, newest first.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, Query(query): Query<FeedbackQuery>) -> Result<Page<Feedback>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let (model, prompt) = (query.model.as_deref(), query.prompt_id.as_deref());
    let statement = store::list(before.as_deref(), query.limit.to_read(), model, query.rating, prompt);
    let rows: Vec<StoredFeedback> = cx.platform.db().all(statement).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), Feedback::from)
}

fn of<'a>(cx: &Cx, id: &'a str, opinion: &'a Opinion, reasons: &'a str) -> NewOpinion<'a> {
    NewOpinion { id, rating: opinion.rating, reasons, comment: &opinion.comment, now: cx.now_ms() }
}

/// Runs a batch whose first statement says whether the object is there.
async fn there(cx: &Cx, batch: Vec<Statement>) -> Result<(), Problem> {
    let mut rows = cx.platform.db().batch(batch).await?;
    let found = rows.take::<One>(0)?.into_iter().next();
    found.map(|_| ()).ok_or_else(|| Code::NotFound.into())
}
