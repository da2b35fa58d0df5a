//! Who is told, and the secret that signs: shown once, sealed in the database, replaced with a day in which both sign. Rows that
//! change them are for people who have signed in: a key that leaked leads nobody's results elsewhere.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Json, Query};
use shared::problem::{Code, Problem};
use shared::vault;
use uploads::Owner;

use super::model::{Webhook, WebhookQuery, WebhookWish};
use super::signing::{SECRET_BYTES, secret_of};
use super::{address, store};
use crate::columns;

/// Milliseconds in which the secret before the current one signs, too.
const FORMER_MS: u64 = 24 * 60 * 60_000;

/// What the secret of these settings is sealed for: in another's row it opens nothing.
#[must_use]
pub fn seal_parts<'a>(user: &'a str, organisation: Option<&'a str>) -> [&'a [u8]; 3] {
    [b"webhook secret", user.as_bytes(), organisation.unwrap_or_default().as_bytes()]
}

/// Whose settings these are: with a key those of its organisation, else those that the query names.
fn owner<'a>(caller: &'a Caller, of: &'a WebhookQuery) -> Owner<'a> {
    let owner = Owner::of(caller);
    Owner { organisation_id: owner.organisation_id.or(of.organisation_id.as_deref()), ..owner }
}

/// `GET /v1/webhook`.
///
/// # Errors
/// 503 when the database fails.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Query(of): Query<WebhookQuery>) -> Result<Webhook, Problem> {
    let row = columns::last(&cx.platform, vec![store::read(owner(&caller, &of))]).await?;
    Ok(row.map_or(Webhook::NONE, |row| Webhook::of(row, None, cx.now_ms())))
}

/// `PUT /v1/webhook`: says who is told. The first time makes the secret, and shows it.
///
/// # Errors
/// 404 for an organisation that the person is no member of, 422 for a URL that may not be called; 503 when the database fails.
pub async fn set(
    cx: &Cx,
    caller: Rc<Caller>,
    Query(of): Query<WebhookQuery>,
    Json(wish): Json<WebhookWish>,
) -> Result<Webhook, Problem> {
    if let Some(url) = &wish.url {
        address::check(url, cx.config.is_local()).map_err(|rule| Problem::invalid("/url", "invalid", rule))?;
    }
    let (owner, now) = (owner(&caller, &of), cx.now_ms());
    let (secret, sealed) = new_secret(cx, owner).await?;
    let batch = vec![store::set(owner, wish.url.as_deref(), &sealed, now), store::read(owner)];
    let mut rows = columns::batch(&cx.platform, batch).await?;
    let row = rows.pop().and_then(|rows| rows.into_iter().next()).ok_or(Code::NotFound)?;
    let is_new = rows.first().and_then(|rows| rows.first()).is_some_and(|taken| taken.number("one") == 1);
    Ok(Webhook::of(row, is_new.then_some(secret), now))
}

/// `POST /v1/webhook/secret`: a new secret, shown once. For a day the one before signs, too.
///
/// # Errors
/// 404 for an organisation that the person is no member of; 503 when the database fails.
pub async fn rotate(cx: &Cx, caller: Rc<Caller>, Query(of): Query<WebhookQuery>) -> Result<Webhook, Problem> {
    let (owner, now) = (owner(&caller, &of), cx.now_ms());
    let (secret, sealed) = new_secret(cx, owner).await?;
    let row =
        columns::last(&cx.platform, vec![store::rotate(owner, &sealed, now.saturating_add(FORMER_MS), now)]).await?;
    Ok(Webhook::of(row.ok_or(Code::NotFound)?, Some(secret), now))
}

/// `DELETE /v1/webhook`: nobody is told any more, and the secrets are gone. What is on its way is given up.
///
/// # Errors
/// 503 when the database fails.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, Query(of): Query<WebhookQuery>) -> Result<(), Problem> {
    Ok(cx.platform.db().run(store::delete(owner(&caller, &of))).await?)
}

/// A new secret, as it is shown and as it is stored.
async fn new_secret(cx: &Cx, owner: Owner<'_>) -> Result<(String, String), Problem> {
    let secret = secret_of(&cx.platform.random::<SECRET_BYTES>());
    let sealed = vault::seal(cx, &seal_parts(owner.user_id, owner.organisation_id), &secret).await?;
    Ok((secret, sealed))
}
