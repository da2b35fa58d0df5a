//! Changing what is known of a file: its name, who reads it, its tags, how long it is kept.

use std::rc::Rc;

use serde::Deserialize;
use shared::accounts::events::{Detail, Kind, event_when};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::{One, Param};
use shared::extract::{Json, Path};
use shared::json::named;
use shared::problem::{Code, Problem};
use shared::time;
use uploads::known::{FileObject, Known};
use uploads::words::{MOST_TAGS, name_of, sound_tag};
use uploads::{Owner, Visibility, rights};

use crate::change_store::{self, Change, VISIBILITY_CHANGED};

/// What is to be changed; what is not named stays.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FileChange {
    /// Another name.
    pub filename: Option<String>,
    /// Who reads it.
    pub visibility: Option<Visibility>,
    /// Words to find it by: 16 at most, 64 letters each.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 16), inner(length(min = 1, max = 64))))]
    pub tags: Option<Vec<String>>,
    /// RFC 3339; from then on it is not there. Null: until somebody deletes it.
    #[serde(deserialize_with = "named")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<String>"))]
    pub expires_at: Option<Option<String>>,
    /// RFC 3339; nobody deletes it before. It can only be made later.
    pub retain_until: Option<String>,
}

/// `PATCH /v1/files/{id}`: its owner, or a member of its organisation whose role may update files. What was public is read by
/// nobody else from then on.
///
/// # Errors
/// 404 for what the caller does not read, 403 without the right and for an administrator in somebody's place, 409 for an end that would come before
/// what it is to be kept for, 422 for values that do not fit; 503 when the database fails.
pub async fn update(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(wish): Json<FileChange>,
) -> Result<FileObject, Problem> {
    let (owner, now) = (Owner::of(&caller), cx.now_ms());
    let file: Option<Known> = cx.platform.db().first(rights::seen(owner, &id, now, false)).await?;
    let Some(file) = file else { return Err(rights::refusal(cx, &caller, &id).await?) };
    if caller.claims.act.is_some() {
        return Err(Code::ImpersonationRefused.into());
    }
    if file.may_update == 0 {
        return Err(Code::Forbidden.into());
    }
    let change = decide(&wish, &file, now)?;
    let mut batch = vec![change_store::change(owner, &id, now, &change)];
    if let Some(tags) = &wish.tags {
        let list = serde_json::to_string(tags).map_err(Problem::internal)?;
        batch.extend(rights::tag(owner, &id, &list));
    }
    if let Some(visibility) = wish.visibility.filter(|new| *new != file.visibility) {
        let detail = Detail(&[("file_id", &id), ("from", file.visibility.as_str()), ("to", visibility.as_str())]);
        let condition: [Param; 2] = [id.as_str().into(), visibility.as_str().into()];
        let user_id = Some(file.user_id.as_str());
        batch.push(event_when(cx, VISIBILITY_CHANGED, Kind::FileVisibilityChanged, user_id, &detail, condition));
    }
    let last = batch.len();
    batch.push(rights::seen(owner, &id, now, false));
    let mut rows = cx.platform.db().batch(batch).await?;
    if rows.take::<One>(0)?.is_empty() {
        return Err(Code::NotFound.into());
    }
    let changed: Option<Known> = rows.take(last)?.into_iter().next();
    changed.map(FileObject::from).ok_or_else(|| Code::NotFound.into())
}

/// Whether the change fits the file.
fn decide(wish: &FileChange, file: &Known, now: u64) -> Result<Change, Problem> {
    let filename = wish.filename.as_deref().map(|name| name_of(Some(name), "/filename")).transpose()?;
    if wish.visibility == Some(Visibility::Organisation) && file.organisation_id.is_none() {
        return Err(Problem::invalid("/visibility", "invalid", "The file belongs to no organisation."));
    }
    for tag in wish.tags.iter().flatten() {
        sound_tag(tag, "/tags")?;
    }
    if wish.tags.as_ref().is_some_and(|tags| tags.len() > MOST_TAGS) {
        return Err(Problem::invalid("/tags", "too_many", "must be 16 at most"));
    }
    let moment = |text: &str, pointer: &'static str| {
        let later = time::parse(text).filter(|at| *at > now);
        later.ok_or_else(|| Problem::invalid(pointer, "invalid", "must be a time to come, by RFC 3339"))
    };
    let retain_until = wish.retain_until.as_deref().map(|text| moment(text, "/retain_until")).transpose()?;
    if retain_until < file.retain_until && retain_until.is_some() {
        return Err(Problem::from(Code::FileRetained).detail("What is to be kept can only be kept longer."));
    }
    let expires_at = match &wish.expires_at {
        None => None,
        Some(None) => Some(None),
        Some(Some(text)) => Some(Some(moment(text, "/expires_at")?)),
    };
    let end = expires_at.unwrap_or(file.expires_at);
    if end.is_some_and(|end| retain_until.or(file.retain_until).is_some_and(|until| end < until)) {
        return Err(Problem::from(Code::FileRetained).detail("It would end before the time it is to be kept for."));
    }
    Ok(Change { filename, visibility: wish.visibility, expires_at, retain_until })
}
