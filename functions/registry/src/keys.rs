//! The keys of providers. A key is sealed before it is stored, together with the one origin it may be sent to, and
//! shown to nobody again: who changes a provider's address does not get its keys sent there.

use std::rc::Rc;

use catalogue::base_url::origin;
use catalogue::builtin;
use catalogue::registry::{Kind, Registry};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Json, Path, PathPair, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};
use shared::vault;

use crate::change;
use crate::key_store::{self as store, NewKey};
use crate::model::{KeyChange, KeyRow, KeyWish, ProviderKey};

/// Characters of a key that are shown, if the rest is long enough to stay a secret.
const SHOWN: usize = 4;
const LONG_ENOUGH: usize = 20;

/// `GET /v1/admin/ai/providers/{id}/keys`: newest first.
///
/// # Errors
/// None beyond the row's own: of a provider without keys, known or not, the list is empty.
pub async fn list(cx: &Cx, Path(provider): Path, Query(query): Query<PageQuery>) -> Result<Page<ProviderKey>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let wanted = store::keys(&provider, before.as_deref(), query.limit.to_read());
    let rows: Vec<KeyRow> = cx.platform.db().all(wanted).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), ProviderKey::from)
}

/// `POST /v1/admin/ai/providers/{id}/keys`: adds a key to those of a provider. All of them are used.
///
/// # Errors
/// 404 for no provider, 422 for what is no key, where nobody knows the provider's origin, and beyond fifty keys.
pub async fn create(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(provider): Path,
    Json(wish): Json<KeyWish>,
) -> Result<ProviderKey, Problem> {
    let key = wish.key.expose();
    if !(8..=512).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Problem::invalid("/key", "invalid", "must be 8 to 512 visible ASCII characters"));
    }
    let name = name(&wish.name)?;
    let origin = origin_for(cx, &provider, wish.origin.as_deref()).await?;
    let id = cx.new_id("pk");
    let parts = catalogue::provider::key_parts(&provider, &origin, &id);
    let sealed = vault::seal(cx, &parts, key).await?;
    let ending = if key.len() < LONG_ENOUGH { "" } else { key.get(key.len() - SHOWN..).unwrap_or_default() };
    let new = NewKey {
        id: &id,
        provider: &provider,
        origin: &origin,
        name,
        ending,
        sealed: &sealed,
        now: cx.now_ms(),
        by: caller.user_id(),
    };
    let mut rows = cx.platform.db().batch(store::add(cx, &new)).await?;
    let row = rows.take::<KeyRow>(3)?.into_iter().next();
    let full = || Problem::invalid("/key", "too_many", format!("a provider may have {} keys", store::MOST));
    row.map(ProviderKey::from).ok_or_else(full)
}

/// `PATCH /v1/admin/ai/providers/{id}/keys/{key_id}`: a key is used no more, or again; or is called otherwise.
///
/// # Errors
/// 404 for no key, 422 for a name that is none.
pub async fn change(
    cx: &Cx,
    caller: Rc<Caller>,
    PathPair(provider, id): PathPair,
    Json(wish): Json<KeyChange>,
) -> Result<ProviderKey, Problem> {
    let name = wish.name.as_deref().map(name).transpose()?;
    let batch = store::change(cx, &provider, &id, wish.enabled, name, caller.user_id());
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<KeyRow>(3)?.into_iter().next().ok_or(Code::NotFound)?;
    renew(cx, &row).await?;
    Ok(row.into())
}

/// Seals a key anew that is sealed under an older `STORE_KEY`, so that the older one can go.
async fn renew(cx: &Cx, row: &KeyRow) -> Result<(), Problem> {
    if vault::is_current(cx, &row.sealed) {
        return Ok(());
    }
    let parts = catalogue::provider::key_parts(&row.provider, &row.origin, &row.id);
    let key = vault::open(cx, &parts, &row.sealed).await?;
    let sealed = vault::seal(cx, &parts, &key).await?;
    Ok(cx.platform.db().run(store::reseal(&row.id, &row.sealed, &sealed)).await?)
}

/// `DELETE /v1/admin/ai/providers/{id}/keys/{key_id}`: a key is forgotten.
///
/// # Errors
/// 404 for no key.
pub async fn remove(cx: &Cx, caller: Rc<Caller>, PathPair(provider, id): PathPair) -> Result<(), Problem> {
    let mut rows = cx.platform.db().batch(store::remove(cx, &provider, &id, caller.user_id())).await?;
    if rows.take::<KeyRow>(0)?.is_empty() { Err(Code::NotFound.into()) } else { Ok(()) }
}

fn name(text: &str) -> Result<&str, Problem> {
    let name = text.trim();
    let fits = name.chars().count() <= 100 && !name.chars().any(char::is_control);
    if fits {
        Ok(name)
    } else {
        Err(Problem::invalid("/name", "invalid", "must have at most 100 characters, on one line"))
    }
}

/// Where a provider's key may be sent: to the origin that was named, or the provider's own.
async fn origin_for(cx: &Cx, provider: &str, named: Option<&str>) -> Result<String, Problem> {
    let (_, documents) = change::current(cx).await?;
    let text = documents.find(Kind::Provider, provider).map(|document| &document.text);
    let registered = text.and_then(|text| Registry::from_json(&format!("{{\"providers\":[{text}]}}")).ok());
    let registered = registered.and_then(|registry| registry.providers.into_iter().next());
    let known = registered.as_ref().or_else(|| builtin::provider(provider)).ok_or(Code::NotFound)?;
    let invalid = |detail: &str| Problem::invalid("/origin", "invalid", detail);
    let url = named.or(known.base_url.as_deref());
    let url = url.ok_or_else(|| invalid("must be named: only the environment knows this provider's address"))?;
    let found = origin(url).ok_or_else(|| invalid("must be an https origin"))?;
    let sealed = found.starts_with("https://") || change::place(cx) == catalogue::registry::Where::Local;
    if sealed { Ok(found) } else { Err(invalid("must be an https origin")) }
}
