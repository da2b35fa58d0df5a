//! API keys: make, list, read, change, revoke. No key opens these rows: whoever has one cannot make another.

use std::rc::Rc;

use shared::accounts::events::{Detail, Kind, event_when};
use shared::accounts::tokens;
use shared::auth::{Caller, Scope, api_key};
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Json, Path, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use crate::model::{ApiKey, KeyChange, KeyRow, KeyWish, Moment, NewApiKey};
use crate::store::{self, NewKey, WHEN_ADDED, WHEN_THERE, of_key};

/// `POST /v1/keys`. The key is in this reply and nowhere else: only its hash is kept. With a `public_key` there is none
/// to send: calls are signed with its other half (RFC 9421).
///
/// # Errors
/// 422 for an end that is past, or more than 100 keys.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<KeyWish>) -> Result<NewApiKey, Problem> {
    let expires_at = future(cx, wish.expires_at)?;
    let (user, id) = (caller.user_id(), cx.new_id("key"));
    let public = wish.public_key.as_ref().map(|key| key.as_str());
    let text = if public.is_none() { Some(api_key::text(&id, cx.platform.random())) } else { None };
    let hash = text.as_deref().map(tokens::hash).unwrap_or_default();
    let scopes = names(&wish.scopes);
    let key = NewKey {
        id: &id,
        user_id: user,
        name: wish.name.as_str(),
        hash: &hash,
        ending: api_key::ending(text.as_deref().or(public).unwrap_or_default()),
        public_key: public,
        scopes: &scopes,
        now: cx.now_ms(),
        expires_at,
    };
    let kind = if public.is_some() { "signing" } else { "secret" };
    let detail = Detail(&[("key_id", &id), ("scopes", &scopes), ("kind", kind)]);
    let noted = event_when(cx, WHEN_ADDED, Kind::KeyCreated, Some(user), &detail, of_key(&id));
    let mut rows = cx.platform.db().batch(vec![store::add_key(&key), noted, store::key_of(&id, user)]).await?;
    let row = rows.take::<KeyRow>(2)?.into_iter().next();
    let row = row.ok_or_else(|| {
        Problem::invalid("", "too_many", format!("{} keys are the most: revoke one first", store::MOST_KEYS))
    })?;
    Ok(NewApiKey { listed: row.into(), key: text })
}

/// `GET /v1/keys`: the caller's keys, newest first; revoked ones are not among them.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<PageQuery>) -> Result<Page<ApiKey>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let statement = store::keys_of(caller.user_id(), before.as_deref(), query.limit.to_read());
    let rows: Vec<KeyRow> = cx.platform.db().all(statement).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), ApiKey::from)
}

/// `GET /v1/keys/{id}`.
///
/// # Errors
/// 404 for a key that is not the caller's, or was revoked.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<ApiKey, Problem> {
    let row: Option<KeyRow> = cx.platform.db().first(store::key_of(&id, caller.user_id())).await?;
    row.map(ApiKey::from).ok_or_else(|| Code::NotFound.into())
}

/// `PATCH /v1/keys/{id}`: what the body names is changed. Functions notice within ten seconds.
///
/// # Errors
/// 404 for a key that is not the caller's, or was revoked; 422 for an end that is past.
pub async fn change(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(change): Json<KeyChange>,
) -> Result<ApiKey, Problem> {
    let expires_at = change.expires_at.map(|end| future(cx, end)).transpose()?;
    let user = caller.user_id();
    let name = change.name.as_ref().map(|name| name.as_str());
    let scopes = change.scopes.as_deref().map(names);
    let detail = Detail(&[("key_id", &id), ("scopes", scopes.as_deref().unwrap_or_default())]);
    let batch = vec![
        event_when(cx, WHEN_THERE, Kind::KeyChanged, Some(user), &detail, of_key(&id)),
        store::change_key(&id, user, name, scopes.as_deref(), expires_at),
        store::key_of(&id, user),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<KeyRow>(2)?.into_iter().next();
    row.map(ApiKey::from).ok_or_else(|| Code::NotFound.into())
}

/// `DELETE /v1/keys/{id}`: revokes the key. Functions refuse it within ten seconds.
///
/// # Errors
/// 404 for a key that is not the caller's, or was revoked before.
pub async fn revoke(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    let user = caller.user_id();
    let batch = vec![
        event_when(cx, WHEN_THERE, Kind::KeyRevoked, Some(user), &Detail(&[("key_id", &id)]), of_key(&id)),
        store::revoke_key(&id, user, cx.now_ms()),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    if rows.take::<One>(1)?.is_empty() { Err(Code::NotFound.into()) } else { Ok(()) }
}

/// Scopes as a JSON array.
fn names(scopes: &[Scope]) -> String {
    let names: Vec<String> = scopes.iter().map(|scope| format!("\"{}\"", scope.as_str())).collect();
    format!("[{}]", names.join(","))
}

/// The end of a key, which must be yet to come.
fn future(cx: &Cx, end: Option<Moment>) -> Result<Option<u64>, Problem> {
    let end = end.map(Moment::ms);
    if end.is_some_and(|end| end <= cx.now_ms()) {
        return Err(Problem::invalid("/expires_at", "past", "must be yet to come"));
    }
    Ok(end)
}
