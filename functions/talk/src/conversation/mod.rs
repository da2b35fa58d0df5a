//! Conversations: made, listed, read, changed, deleted, and how long they are kept. They are their person's alone: no
//! key, no app and no administrator in the person's place opens a row of them. Not here: talking (`turn`).

pub mod export;
pub mod message_model;
pub mod message_store;
pub mod messages;
pub mod model;
pub mod search;
pub mod store;

use std::rc::Rc;

use serde::Deserialize;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Json, OptionalJson, Path, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use self::model::{Conversation, ConversationChange, ConversationRow, ConversationWish, Settings, SettingsWish};
use self::store::{Changed, NewConversation};
use crate::upstream;

/// Messages that a model is told, unless the conversation says so.
const CONTEXT_MESSAGES: u64 = 40;
/// Their bytes.
const CONTEXT_BYTES: u64 = 65_536;

/// `POST /v1/conversations`.
///
/// # Errors
/// 409 for whoever has 5,000.
pub async fn create(
    cx: &Cx,
    caller: Rc<Caller>,
    OptionalJson(wish): OptionalJson<ConversationWish>,
) -> Result<Conversation, Problem> {
    let (id, default) = (cx.new_id("cnv"), upstream::default_model(cx));
    let new = NewConversation {
        id: &id,
        title: wish.title.as_ref().map_or("", |title| title.as_str()),
        model: wish.model.as_ref().map_or(default.as_str(), |model| model.as_str()),
        system: wish.system.as_str(),
        context_messages: wish.context_messages.map_or(CONTEXT_MESSAGES, |bound| bound.get()),
        context_bytes: wish.context_bytes.map_or(CONTEXT_BYTES, |bound| bound.get()),
        now: cx.now_ms(),
    };
    let mut rows = cx.platform.db().batch(store::add(caller.user_id(), &new)).await?;
    let row = rows.take::<ConversationRow>(1)?.into_iter().next();
    let full = || Problem::from(Code::ConversationFull).detail("You have 5,000 conversations: delete one first.");
    row.map(Conversation::from).ok_or_else(full)
}

/// `GET /v1/conversations`: those first in which something was said last.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<PageQuery>) -> Result<Page<Conversation>, Problem> {
    let after = page::after(cx, query.cursor.as_deref())?;
    let before = after.as_deref().and_then(|place| place.split_once('.'));
    let before = before.and_then(|(at, id)| Some((at.parse().ok()?, id)));
    let statement = store::list(caller.user_id(), before, query.limit.to_read(), cx.now_ms());
    let rows: Vec<ConversationRow> = cx.platform.db().all(statement).await?;
    page::page(cx, query.limit, rows, ConversationRow::place, Conversation::from)
}

/// `GET /v1/conversations/{id}`.
///
/// # Errors
/// 404 for another's.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Conversation, Problem> {
    let statement = store::read(caller.user_id(), &id, cx.now_ms());
    let row: Option<ConversationRow> = cx.platform.db().first(statement).await?;
    row.map(Conversation::from).ok_or_else(|| Code::NotFound.into())
}

/// What stands before a change.
#[derive(Deserialize)]
struct DoorOfHead {
    known: u8,
    busy: u8,
}

/// `PATCH /v1/conversations/{id}`: what the body names is changed.
///
/// # Errors
/// 404 for another's, 409 for another branch while an answer is being written, 422 for a message of another conversation.
pub async fn change(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(change): Json<ConversationChange>,
) -> Result<Conversation, Problem> {
    let to = Changed {
        title: change.title.as_ref().map(|title| title.as_str()),
        model: change.model.as_ref().map(|model| model.as_str()),
        system: change.system.as_ref().map(|system| system.as_str()),
        context_messages: change.context_messages.map(|bound| bound.get()),
        context_bytes: change.context_bytes.map(|bound| bound.get()),
        head: change.head.as_deref(),
    };
    let mut rows = cx.platform.db().batch(store::change(caller.user_id(), &id, &to, cx.now_ms())).await?;
    let door = rows.take::<DoorOfHead>(0)?.into_iter().next().ok_or(Code::NotFound)?;
    if door.known == 0 {
        return Err(Problem::invalid("/head", "unknown", "is no message of this conversation"));
    }
    if door.busy != 0 && to.head.is_some() {
        return Err(busy());
    }
    let row = rows.take::<ConversationRow>(2)?.into_iter().next();
    row.map(Conversation::from).ok_or_else(|| Code::NotFound.into())
}

/// One answer at a time.
pub fn busy() -> Problem {
    Problem::from(Code::ConversationBusy).header("Retry-After", "1")
}

/// `DELETE /v1/conversations/{id}`, with all that was said in it, for good.
///
/// # Errors
/// 404 for another's.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    let gone: Option<One> = cx.platform.db().first(store::delete(caller.user_id(), &id)).await?;
    gone.map(|_| ()).ok_or_else(|| Code::NotFound.into())
}

/// A person's settings as stored.
#[derive(Deserialize)]
struct SettingsRow {
    retention_days: u32,
}

/// `GET /v1/conversations/settings`.
///
/// # Errors
/// None beyond the row's own.
pub async fn settings(cx: &Cx, caller: Rc<Caller>) -> Result<Settings, Problem> {
    let row: Option<SettingsRow> = cx.platform.db().first(store::settings(caller.user_id())).await?;
    Ok(settings_of(cx, row))
}

/// `PUT /v1/conversations/settings`: for how long one's conversations are kept. What is too old is deleted within the hour.
///
/// # Errors
/// None beyond the row's own.
pub async fn set(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<SettingsWish>) -> Result<Settings, Problem> {
    let days = wish.retention_days.map(|days| days.get());
    let batch = vec![store::keep_for(caller.user_id(), days), store::settings(caller.user_id())];
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<SettingsRow>(1)?.into_iter().next();
    Ok(settings_of(cx, row))
}

fn settings_of(cx: &Cx, row: Option<SettingsRow>) -> Settings {
    let deployment = deployment_days(cx.platform.var("CONVERSATION_RETENTION_DAYS"));
    Settings {
        retention_days: row.map(|row| row.retention_days),
        deployment_retention_days: deployment.and_then(|days| u32::try_from(days).ok()),
    }
}

/// The deployment's limit in days, of `CONVERSATION_RETENTION_DAYS`; none where it is no number above zero.
pub fn deployment_days(variable: Option<String>) -> Option<u64> {
    variable.and_then(|days| days.parse().ok()).filter(|days| *days > 0)
}
