//! Who is told, and the secret that signs: shown once, sealed in the database, replaced with a day in which both sign.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Json;
use shared::problem::{Code, Problem};
use shared::vault;
use uploads::Owner;

use super::model::{Webhook, WebhookWish};
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

/// `GET /v1/webhook`.
///
/// # Errors
/// 503 when the database fails.
pub async fn read(cx: &Cx, caller: Rc<Caller>) -> Result<Webhook, Problem> {
    let row = columns::last(&cx.platform, vec![store::read(Owner::of(&caller))]).await?;
    Ok(row.map_or(Webhook::NONE, |row| Webhook::of(row, None, cx.now_ms())))
}

/// `PUT /v1/webhook`: says who is told. The first time makes the secret, and shows it.
///
/// # Errors
/// 403 for an administrator in somebody's place, 422 for a URL that may not be called; 503 when the database fails.
pub async fn set(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<WebhookWish>) -> Result<Webhook, Problem> {
    in_person(&caller)?;
    if let Some(url) = &wish.url {
        address::check(url, cx.config.is_local()).map_err(|rule| Problem::invalid("/url", "invalid", rule))?;
    }
    let (owner, now) = (Owner::of(&caller), cx.now_ms());
    let (secret, sealed) = new_secret(cx, owner).await?;
    let batch = vec![store::set(owner, wish.url.as_deref(), &sealed, now), store::read(owner)];
    let mut rows = columns::batch(&cx.platform, batch).await?;
    let row = rows.pop().and_then(|rows| rows.into_iter().next()).ok_or_else(|| Problem::internal("no settings"))?;
    let is_new = rows.first().and_then(|rows| rows.first()).is_some_and(|taken| taken.number("one") == 1);
    Ok(Webhook::of(row, is_new.then_some(secret), now))
}

/// `POST /v1/webhook/secret`: a new secret, shown once. For a day the one before signs, too.
///
/// # Errors
/// 403 for an administrator in somebody's place; 503 when the database fails.
pub async fn rotate(cx: &Cx, caller: Rc<Caller>) -> Result<Webhook, Problem> {
    in_person(&caller)?;
    let (owner, now) = (Owner::of(&caller), cx.now_ms());
    let (secret, sealed) = new_secret(cx, owner).await?;
    let rotated = store::rotate(owner, &sealed, now.saturating_add(FORMER_MS), now);
    let row = columns::last(&cx.platform, vec![rotated]).await?;
    Ok(Webhook::of(row.ok_or_else(|| Problem::internal("no settings"))?, Some(secret), now))
}

/// `DELETE /v1/webhook`: nobody is told any more, and the secrets are gone. What is on its way is given up.
///
/// # Errors
/// 403 for an administrator in somebody's place; 503 when the database fails.
pub async fn delete(cx: &Cx, caller: Rc<Caller>) -> Result<(), Problem> {
    in_person(&caller)?;
    Ok(cx.platform.db().run(store::delete(Owner::of(&caller))).await?)
}

/// Who is told what a person's pictures show is theirs alone to say.
fn in_person(caller: &Caller) -> Result<(), Problem> {
    if caller.claims.act.is_some() { Err(Code::ImpersonationRefused.into()) } else { Ok(()) }
}

/// A new secret, as it is shown and as it is stored.
async fn new_secret(cx: &Cx, owner: Owner<'_>) -> Result<(String, String), Problem> {
    let secret = secret_of(&cx.platform.random::<SECRET_BYTES>());
    let sealed = vault::seal(cx, &seal_parts(owner.user_id, owner.organisation_id), &secret).await?;
    Ok((secret, sealed))
}
