//! API keys: make, list, read, change, revoke. No key opens these rows: whoever has one cannot make another.

use std::rc::Rc;

use shared::accounts::events::{Detail, Kind, event_when};
use shared::accounts::tokens;
use shared::auth::{Caller, Scope, api_key};
use shared::budget::{self, Limits, State};
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Json, Path, Query};
use shared::futures::join_all;
use shared::log;
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use crate::key_row::KeyRow;
use crate::limit_model::{Amount, ModelName};
use crate::model::{ApiKey, KeyChange, KeyWish, Moment, NewApiKey};
use crate::store::{self, ChangedKey, NewKey, WHEN_ADDED, WHEN_THERE, of_key};

/// `POST /v1/keys`. The key is in this reply and nowhere else: only its hash is kept. With a `public_key` there is none
/// to send: calls are signed with its other half (RFC 9421).
///
/// # Errors
/// 422 for an end that is past, more than 100 keys, or an organisation where the caller may make none.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<KeyWish>) -> Result<NewApiKey, Problem> {
    let expires_at = future(cx, wish.expires_at)?;
    let (user, id) = (caller.user_id(), cx.new_id("key"));
    let public = wish.public_key.as_ref().map(|key| key.as_str());
    let text = if public.is_none() { Some(api_key::text(&id, cx.platform.random())) } else { None };
    let hash = text.as_deref().map(tokens::hash).unwrap_or_default();
    let (scopes, models) = (names(&wish.scopes), wish.models.as_deref().map(list_of));
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
        organisation_id: wish.organisation_id.as_deref(),
        models: models.as_deref(),
        limits: &limits(&wish),
    };
    let kind = if public.is_some() { "signing" } else { "secret" };
    let detail = Detail(&[("key_id", &id), ("scopes", &scopes), ("kind", kind)]);
    let noted = event_when(cx, WHEN_ADDED, Kind::KeyCreated, Some(user), &detail, of_key(&id));
    let paying = store::paying(user, wish.organisation_id.as_deref());
    let mut rows = cx.platform.db().batch(vec![store::add_key(&key), noted, store::key_of(&id, user), paying]).await?;
    if rows.take::<One>(3)?.is_empty() {
        let why = "is no organisation in which you may `create` a `key`";
        return Err(Problem::invalid("/organisation_id", "invalid", why));
    }
    let row = rows.take::<KeyRow>(2)?.into_iter().next();
    let row = row.ok_or_else(|| {
        Problem::invalid("", "too_many", format!("{} keys are the most: revoke one first", store::MOST_KEYS))
    })?;
    let unused = row.unused(cx.now_ms());
    Ok(NewApiKey { listed: row.shown(Some(&unused)), key: text })
}

/// `GET /v1/keys`: the caller's keys, newest first; revoked ones are not among them.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<PageQuery>) -> Result<Page<ApiKey>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let statement = store::keys_of(caller.user_id(), before.as_deref(), query.limit.to_read());
    let rows: Vec<KeyRow> = cx.platform.db().all(statement).await?;
    let states = states(cx, &rows).await;
    let shown = |row: KeyRow| {
        let state = states.iter().find(|state| state.id == row.scope_id());
        row.shown(state)
    };
    page::page(cx, query.limit, rows, |row| row.id.clone(), shown)
}

/// `GET /v1/keys/{id}`.
///
/// # Errors
/// 404 for a key that is not the caller's, or was revoked.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<ApiKey, Problem> {
    let row: Option<KeyRow> = cx.platform.db().first(store::key_of(&id, caller.user_id())).await?;
    shown(cx, row).await
}

/// `PATCH /v1/keys/{id}`: what the body names is changed. Limits hold for the next call; functions notice the rest
/// within ten seconds.
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
    let scopes = change.scopes.as_deref().map(names);
    let models = change.models.as_ref().and_then(Option::as_deref).map(list_of);
    let detail = Detail(&[("key_id", &id), ("scopes", scopes.as_deref().unwrap_or_default())]);
    let changed = ChangedKey { change: &change, scopes: scopes.as_deref(), expires_at, models: models.as_deref() };
    let batch = vec![
        event_when(cx, WHEN_THERE, Kind::KeyChanged, Some(user), &detail, of_key(&id)),
        store::change_key(&id, user, &changed),
        store::key_of(&id, user),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    shown(cx, rows.take::<KeyRow>(2)?.into_iter().next()).await
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

/// A key with what the organisation's object says of it; the object learns its limits by the question. Where the object
/// cannot be asked, the key's next call tells it.
async fn shown(cx: &Cx, row: Option<KeyRow>) -> Result<ApiKey, Problem> {
    let row = row.ok_or(Code::NotFound)?;
    let states = states(cx, std::slice::from_ref(&row)).await;
    Ok(row.shown(states.first()))
}

/// What the objects say of these keys: one is asked for each organisation that pays.
async fn states(cx: &Cx, rows: &[KeyRow]) -> Vec<State> {
    let mut orgs: Vec<&str> = rows.iter().map(KeyRow::org_id).collect();
    orgs.sort_unstable();
    orgs.dedup();
    let ask = async |org: &str| {
        let scopes: Vec<_> = rows.iter().filter(|row| row.org_id() == org).map(KeyRow::scope).collect();
        budget::tell(&cx.platform, org, &scopes).await
    };
    let mut states = Vec::new();
    for told in join_all(orgs.into_iter().map(ask)).await {
        match told {
            Ok(told) => states.extend(told),
            Err(cause) => log::event(cx.service, "warn", "keys::states", "an object was not asked", Some(&cause)),
        }
    }
    states
}

/// The limits of a key to be: the first version where there is one.
fn limits(wish: &KeyWish) -> Limits {
    let amount = |wish: Option<Amount>| wish.map(Amount::get);
    let limits = Limits {
        version: 0,
        budget_nano_usd: amount(wish.budget_nano_usd),
        budget_period: wish.budget_period,
        rpm: amount(wish.rpm),
        tpm: amount(wish.tpm),
        concurrency: wish.concurrency,
    };
    Limits { version: u64::from(limits != Limits::default()), ..limits }
}

/// Names of models as a JSON array.
fn list_of(models: &[ModelName]) -> String {
    serde_json::to_string(models).unwrap_or_else(|_| "[]".to_owned())
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
