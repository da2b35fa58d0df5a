//! Prompts: templates whose versions never change, and labels that move between them. A prompt is a person's or an
//! organisation's. Here are prompts themselves and their labels.

pub mod choice;
pub mod model;
pub mod names;
pub mod render;
pub mod rollout;
pub mod running;
pub mod store;
pub mod template;
pub mod variable;
pub mod version_model;
pub mod version_store;
pub mod versions;

use std::rc::Rc;

use serde::Deserialize;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Json, Path, PathPair, Query};
use shared::page::{self, Limit, Page};
use shared::problem::{Code, Problem};

use self::model::{LabelWish, Prompt, PromptChange, PromptRow, PromptWish};
use self::names::Label;
use self::store::{Door, NewLabel, NewPrompt};
use self::version_model::Stored;

/// `POST /v1/prompts`: a prompt and its first version, the caller's or an organisation's.
///
/// # Errors
/// 422 for what cannot be rendered and for too many; 404 and 403 as everywhere in organisations.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<PromptWish>) -> Result<Prompt, Problem> {
    let stored = Stored::of(wish.version)?;
    let (id, user, now) = (cx.new_id("prm"), caller.user_id(), cx.now_ms());
    let organisation = wish.organisation_id.as_deref();
    let (name, description) = (wish.name.as_str(), wish.description.as_str());
    let new = NewPrompt { id: &id, organisation, name, description, now };
    let mut batch: Vec<_> = organisation.map(|id| store::door_of_organisation(user, id)).into_iter().collect();
    batch.push(store::add(user, &new));
    batch.push(version_store::add_first(user, &id, &stored, now));
    batch.push(store::read(user, &id));
    let last = batch.len().saturating_sub(1);
    let mut rows = cx.platform.db().batch(batch).await?;
    if organisation.is_some() {
        Door::pass(rows.take::<Door>(0)?.into_iter().next())?;
    }
    // An organisation's role may make prompts and read none: then there is nothing to show.
    let row = rows.take::<PromptRow>(last)?.into_iter().next();
    row.map(Prompt::from).ok_or_else(|| Problem::invalid("", "too_many", "are too many: take one away first"))
}

/// The query of the list of prompts.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PromptQuery {
    /// Items at most.
    pub limit: Limit,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Those of this organisation alone.
    pub organisation_id: Option<String>,
}

/// `GET /v1/prompts`: the caller's own and those of organisations that they reach, newest first.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<PromptQuery>) -> Result<Page<Prompt>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let organisation = query.organisation_id.as_deref();
    let statement = store::list(caller.user_id(), before.as_deref(), query.limit.to_read(), organisation);
    let rows: Vec<PromptRow> = cx.platform.db().all(statement).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), Prompt::from)
}

/// `GET /v1/prompts/{id}`.
///
/// # Errors
/// 404 for one that the caller does not reach.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Prompt, Problem> {
    let row: Option<PromptRow> = cx.platform.db().first(store::read(caller.user_id(), &id)).await?;
    row.map(Prompt::from).ok_or_else(|| Code::NotFound.into())
}

/// `PATCH /v1/prompts/{id}`: what the body names is changed.
///
/// # Errors
/// 404 and 403 as everywhere.
pub async fn change(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(change): Json<PromptChange>,
) -> Result<Prompt, Problem> {
    let name = change.name.as_ref().map(|name| name.as_str());
    let description = change.description.as_ref().map(|text| text.as_str());
    let mut rows = cx.platform.db().batch(store::change(caller.user_id(), &id, name, description, cx.now_ms())).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next())?;
    let row = rows.take::<PromptRow>(2)?.into_iter().next();
    row.map(Prompt::from).ok_or_else(|| Code::NotFound.into())
}

/// `DELETE /v1/prompts/{id}`, with its versions and labels.
///
/// # Errors
/// 404 and 403 as everywhere.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    let mut rows = cx.platform.db().batch(store::delete(caller.user_id(), &id)).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next())
}

/// `PUT /v1/prompts/{id}/labels/{label}`: makes a label or moves it, from the next call on.
///
/// # Errors
/// 404 and 403 as everywhere; 422 for a bad name, a version that does not exist, and beyond 32 labels.
pub async fn put_label(
    cx: &Cx,
    caller: Rc<Caller>,
    PathPair(id, label): PathPair,
    Json(wish): Json<LabelWish>,
) -> Result<Prompt, Problem> {
    let label = Label::try_from(label).map_err(|why| Problem::invalid("label", "invalid", why))?;
    let next = wish.rollout.map(|rollout| (rollout.version, rollout.percent));
    let to = NewLabel { label: label.as_str(), version: wish.version, next };
    let mut rows = cx.platform.db().batch(store::put_label(caller.user_id(), &id, &to, cx.now_ms())).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next())?;
    let row = rows.take::<PromptRow>(2)?.into_iter().next();
    row.map(Prompt::from).ok_or_else(|| Code::NotFound.into())
}

/// `DELETE /v1/prompts/{id}/labels/{label}`; one that is not there is gone already.
///
/// # Errors
/// 404 and 403 as everywhere.
pub async fn delete_label(cx: &Cx, caller: Rc<Caller>, PathPair(id, label): PathPair) -> Result<(), Problem> {
    let mut rows = cx.platform.db().batch(store::delete_label(caller.user_id(), &id, &label)).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next())
}
