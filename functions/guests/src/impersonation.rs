//! Administrators in somebody's place, to see what they see. Never for long, never of an administrator, never
//! unseen: the person has an event with the reason, a session in their list, and a letter. What such a token opens
//! is `Row::opens_to_stand_ins`.

use std::rc::Rc;

use shared::accounts::store::SessionId;
use shared::accounts::{UserRow, letters, settings, tokens};
use shared::auth::{Caller, leave_hints};
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Json, Path};
use shared::problem::{Code, Problem};

use crate::impersonation_store::{self as store, LONGEST_MS, NewImpersonation};
use crate::model::{Impersonation, ImpersonationWish};

/// `POST /v1/admin/users/{id}/impersonate`: an access token for 15 minutes, without a refresh token. An
/// administrator acts in one person's place at a time.
///
/// # Errors
/// 404 for nobody; 403 for oneself, an administrator, and a suspended account.
pub async fn begin(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(wish): Json<ImpersonationWish>,
) -> Result<Impersonation, Problem> {
    let settings = settings(cx)?;
    let (session, letter) = (cx.new_id("ses"), cx.new_id("let"));
    let actor = caller.user_id();
    let new = NewImpersonation { session: &session, letter: &letter, user: &id, actor, reason: wish.reason.as_str() };
    let mut rows = cx.platform.db().batch(store::begin(cx, &new)).await?;
    let user = rows.take::<UserRow>(0)?.into_iter().next().ok_or(Code::NotFound)?;
    if rows.take::<One>(5)?.is_empty() {
        let why = "Nobody acts in their own place, an administrator's, or that of a suspended account.";
        return Err(Problem::from(Code::Forbidden).detail(why));
    }
    letters::hand_over(cx, vec![letter]);
    let seconds = LONGEST_MS / 1000;
    Ok(Impersonation {
        user: tokens::user(&user),
        actor_id: actor.to_owned(),
        access_token: tokens::in_place_of(cx, &settings, &user, &session, actor, seconds).await?,
        session_id: session,
        token_type: "Bearer",
        expires_in: seconds,
    })
}

/// `DELETE /v1/admin/users/{id}/impersonate`: ends it, whoever began it. Rows that ask the database refuse the token
/// at once, others when it expires.
///
/// # Errors
/// 404 for nobody. Ending what has ended is fine.
pub async fn end(cx: &Cx, Path(id): Path) -> Result<(), Problem> {
    let mut rows = cx.platform.db().batch(store::end(cx, &id)).await?;
    if rows.take::<One>(3)?.is_empty() {
        return Err(Code::NotFound.into());
    }
    let ended: Vec<SessionId> = rows.take(0)?;
    leave_hints(cx, ended.into_iter().map(|session| session.id).collect(), LONGEST_MS / 1000);
    Ok(())
}
