//! Sessions: sign in, refresh, sign out.

use std::rc::Rc;

use shared::auth::{Caller, HINT_PREFIX};
use shared::cx::Cx;
use shared::extract::{Json, OptionalJson};
use shared::problem::{Code, Problem};

use crate::model::{Credentials, LogoutRequest, RefreshRequest, TokenReply};
use crate::settings::{self, Settings};
use crate::store::{self, NewSession, RefreshedRow, SessionId, UserRow};
use crate::{password, tokens};

/// `POST /v1/auth/login`. An unknown address costs the same work as a wrong password and gets the same answer.
///
/// # Errors
/// 401 for wrong credentials, 403 for a suspended account or an unverified address.
pub async fn create(cx: &Cx, Json(credentials): Json<Credentials>) -> Result<TokenReply, Problem> {
    let settings = settings::of(cx)?;
    let found: Option<UserRow> = cx.platform.db().first(store::user_by_email(credentials.email.as_str())).await?;
    let stored = found.as_ref().and_then(|user| user.password.as_deref());
    let checked = password::check(cx, &credentials.password, stored).await?;
    let user = found.filter(|_| checked.matches).ok_or(Code::InvalidCredentials)?;
    may_sign_in(&settings, &user)?;
    begin(cx, &settings, &user, checked.rehashed.as_deref()).await
}

/// Decides after the password was right, so that only the owner learns why not.
fn may_sign_in(settings: &Settings, user: &UserRow) -> Result<(), Problem> {
    if user.status == "suspended" {
        return Err(Code::Suspended.into());
    }
    if settings.verification_required && user.email_verified_at.is_none() {
        return Err(Code::EmailUnverified.into());
    }
    Ok(())
}

async fn begin(cx: &Cx, settings: &Settings, user: &UserRow, rehashed: Option<&str>) -> Result<TokenReply, Problem> {
    let now = cx.now_ms();
    let (session_id, refresh) = (cx.new_id("ses"), tokens::new_refresh(cx));
    let refresh_hash = tokens::hash(&refresh);
    let expires_at = now + settings.refresh_s * 1000;
    let session = NewSession { id: &session_id, user_id: &user.id, refresh_hash: &refresh_hash, now, expires_at };
    let mut batch = Vec::from(store::add_session(&session));
    if let (Some(old), Some(new)) = (&user.password, rehashed) {
        batch.push(store::upgrade_password(&user.id, old, new));
    }
    cx.platform.db().batch(batch).await.map_err(|error| match error {
        // The account was deleted while its password was being checked.
        error if error.violates("FOREIGN KEY") => Code::InvalidCredentials.into(),
        error => Problem::from(error),
    })?;
    tokens::reply(cx, settings, user, &session_id, refresh)
}

/// `POST /v1/auth/refresh`. A retry within ten seconds gets the same refresh token; a later use of a used
/// token ends the family.
///
/// # Errors
/// 401 for every token that does not open a living session.
pub async fn refresh(cx: &Cx, Json(request): Json<RefreshRequest>) -> Result<TokenReply, Problem> {
    let settings = settings::of(cx)?;
    let parent = request.refresh_token.expose();
    let next = tokens::successor(&settings, parent)?;
    let now = cx.now_ms();
    let batch = store::refresh(&tokens::hash(parent), &tokens::hash(&next), now, now + settings.refresh_s * 1000);
    let last = batch.len() - 1;
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<RefreshedRow>(last)?.into_iter().next().ok_or(Code::RefreshRefused)?;
    let fresh = row.used_at.is_some_and(|used| used + store::RETRY_MS > now);
    if row.ended_at.is_some() || !fresh {
        tell_kv(cx, vec![row.session_id]);
        return Err(Code::RefreshRefused.into());
    }
    if row.user.status == "suspended" {
        return Err(Code::Suspended.into());
    }
    tokens::reply(cx, &settings, &row.user, &row.session_id, next)
}

/// `POST /v1/auth/logout`. The refresh token and sensitive rows refuse at once; other rows when the access
/// token expires, or within KV's propagation where hints are read.
///
/// # Errors
/// None beyond the row's own: ending what has ended is fine.
pub async fn end(
    cx: &Cx,
    caller: Rc<Caller>,
    OptionalJson(request): OptionalJson<LogoutRequest>,
) -> Result<(), Problem> {
    let (user, now) = (caller.user_id(), cx.now_ms());
    let statement = match (&request.refresh_token, request.all) {
        (_, true) => store::end_all(user, now),
        (Some(token), false) => store::end_session_of_refresh(&tokens::hash(token.expose()), user, now),
        (None, false) => store::end_session(&caller.claims.sid, user, now),
    };
    let mut rows = cx.platform.db().batch(vec![statement, store::ended_now(user, now)]).await?;
    let ended: Vec<SessionId> = rows.take(1)?;
    tell_kv(cx, ended.into_iter().map(|session| session.id).collect());
    Ok(())
}

/// Leaves a hint in KV that sessions have ended, for rows that do not ask D1. Nobody waits for it and its
/// loss changes nothing that D1 decides.
pub(crate) fn tell_kv(cx: &Cx, sessions: Vec<String>) {
    let platform = cx.platform.background();
    let ttl_s = settings::of(cx).map_or(600, |s| s.access_s);
    cx.platform.wait_until(async move {
        for session in sessions {
            let key = format!("{HINT_PREFIX}{session}");
            if let Err(cause) = platform.kv().put(&key, "1", ttl_s).await {
                shared::log::event("auth", "warn", "sessions::end", "the hint in KV was not written", Some(&cause));
            }
        }
    });
}
