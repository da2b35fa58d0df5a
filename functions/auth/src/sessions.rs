//! Sessions: sign in, refresh, sign out.

use std::rc::Rc;

use shared::accounts::sign_in::{self, SignIn};
use shared::accounts::store::{SessionId, end_grants, ended_now};
use shared::accounts::{self, TokenReply, UserRow, failures, settings, tokens};
use shared::auth::{Caller, leave_hints};
use shared::cx::Cx;
use shared::extract::{Json, OptionalJson};
use shared::problem::{Code, Problem};

use crate::guesses::Guess;
use crate::model::{Credentials, LogoutRequest, RefreshRequest};
use crate::store::{self, RefreshedRow};
use crate::{end_store, password};

/// `POST /v1/auth/login`. An unknown address costs the same work as a wrong password and gets the same answer.
///
/// # Errors
/// 401 for wrong credentials, 403 for a suspended account or an unverified address, 428 or 429 after many wrong ones.
pub async fn create(cx: &Cx, Json(credentials): Json<Credentials>) -> Result<SignIn, Problem> {
    let settings = settings(cx)?;
    let email = credentials.email.as_str();
    let guess = Guess::of(cx, email)?;
    let mut batch = vec![accounts::store::user_by_email(email)];
    batch.extend(guess.count(cx));
    let mut rows = cx.platform.db().batch(batch).await?;
    let counted = guess.counted(cx, &mut rows, 1)?;
    let found = rows.take::<UserRow>(0)?.into_iter().next();
    let stored = found.as_ref().and_then(|user| user.password.as_deref());
    let checked = password::check(cx, &credentials.password, stored).await?;
    let Some(user) = found.filter(|_| checked.matches) else {
        counted.failed(cx, email);
        failures::note(cx, email);
        return Err(Code::InvalidCredentials.into());
    };
    sign_in::may_sign_in(&settings, &user)?;
    let mut also = vec![counted.succeeded()];
    if let (Some(old), Some(new)) = (&user.password, &checked.rehashed) {
        also.push(store::upgrade_password(&user.id, old, new));
    }
    sign_in::begin(cx, &settings, &user, "password", also).await
}

/// `POST /v1/auth/refresh`. A retry within ten seconds gets the same refresh token; a later use of a used
/// token ends the family.
///
/// # Errors
/// 401 for every token that does not open a living session.
pub async fn refresh(cx: &Cx, Json(request): Json<RefreshRequest>) -> Result<TokenReply, Problem> {
    let settings = settings(cx)?;
    let parent = request.refresh_token.expose();
    let successors = tokens::successors(&settings, parent)?;
    let hashes: Vec<String> = successors.iter().map(|next| tokens::hash(next)).collect();
    let hashes = serde_json::to_string(&hashes).map_err(Problem::internal)?;
    let now = cx.now_ms();
    let batch = store::refresh(cx, &tokens::hash(parent), &hashes, now + settings.refresh_s * 1000);
    let last = batch.len() - 1;
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<RefreshedRow>(last - 1)?.into_iter().next().ok_or(Code::RefreshRefused)?;
    let user = rows.take::<UserRow>(last)?.into_iter().next().ok_or(Code::RefreshRefused)?;
    let fresh = row.used_at.is_some_and(|used| used + store::RETRY_MS > now);
    if row.ended_at.is_some() || !fresh {
        tell_kv(cx, vec![row.session_id]);
        return Err(Code::RefreshRefused.into());
    }
    if user.status == "suspended" {
        return Err(Code::Suspended.into());
    }
    let given = |next: &String| row.successor.as_deref() == Some(&tokens::hash(next));
    let next = successors.into_iter().find(given).ok_or(Code::RefreshRefused)?;
    tokens::reply(cx, &settings, &user, &row.session_id, next).await
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
    let (noted, statement) = match (&request.refresh_token, request.all) {
        (_, true) => (end_store::noted_all(cx, user), store::end_all(user, now)),
        (Some(token), false) => {
            let hash = tokens::hash(token.expose());
            (end_store::noted_of_refresh(cx, user, &hash), store::end_session_of_refresh(&hash, user, now))
        }
        (None, false) => {
            let session = caller.claims.sid.as_str();
            (end_store::noted(cx, user, session), store::end_session(session, user, now))
        }
    };
    let mut batch = vec![noted, statement];
    if request.all {
        batch.push(end_grants(user, now));
    }
    let last = batch.len();
    batch.push(ended_now(user, now));
    let mut rows = cx.platform.db().batch(batch).await?;
    let ended: Vec<SessionId> = rows.take(last)?;
    tell_kv(cx, ended.into_iter().map(|session| session.id).collect());
    Ok(())
}

/// Leaves a hint in KV that sessions have ended, for rows that do not ask D1. Nobody waits for it and its
/// loss changes nothing that D1 decides.
pub(crate) fn tell_kv(cx: &Cx, sessions: Vec<String>) {
    leave_hints(cx, sessions, settings(cx).map_or(600, |s| s.access_s));
}
