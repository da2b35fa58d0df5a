//! Another password for somebody who is signed in. It stands beside the mailed links because it ends them, too.

use std::rc::Rc;

use shared::accounts::attempts;
use shared::accounts::events::{Detail, Kind, event_when};
use shared::accounts::letters::{self, Letter};
use shared::accounts::store::{SessionId, ended_now};
use shared::accounts::{UserRow, password, settings, store as stored};
use shared::auth::{Caller, FRESH_MS, leave_hints, step_up_methods};
use shared::cx::Cx;
use shared::db::{One, Statement};
use shared::extract::Json;
use shared::problem::{Code, Problem};

use crate::model::PasswordChange;
use crate::new_password_store::{self as store, ProvedRow};
use crate::store::{end_links, end_pending};

/// `POST /v1/auth/password`. With the current password, or without it while the session's last proof is not older
/// than ten minutes: so an account that has none gets one. Ends every other session, every mailed link and every
/// sign-in that waits for its second factor; tells the owner.
///
/// # Errors
/// 401 for a wrong current password, 429 after many wrong ones, 403 without one where the last proof is too old.
pub async fn change(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<PasswordChange>) -> Result<(), Problem> {
    let id = caller.user_id();
    let subject = attempts::of_password(&caller.claims.sid);
    let mut batch = vec![stored::user_by_id(id), store::proved(&caller.claims.sid)];
    if wish.current.is_some() {
        batch.extend(attempts::attempt(&subject, cx.now_ms()));
    }
    let mut rows = cx.platform.db().batch(batch).await?;
    let user = rows.take::<UserRow>(0)?.into_iter().next().ok_or(Code::Unauthenticated)?;
    let proved_at = rows.take::<ProvedRow>(1)?.first().map_or(0, |row| row.authenticated_at);
    if let Some(current) = &wish.current {
        attempts::allowed(cx, &mut rows, 2)?;
        if !password::check(cx, current, user.password.as_deref()).await?.matches {
            return Err(Code::InvalidCredentials.into());
        }
    } else if proved_at.saturating_add(FRESH_MS) <= cx.now_ms() {
        let methods = step_up_methods(&user.factors, user.password.is_some());
        return Err(Problem::from(Code::StepUpRequired).methods(methods));
    }
    let phc = password::hash(cx, wish.new.secret()).await?;
    let notice = cx.new_id("let");
    let mut batch = statements(cx, &caller, &user, &phc, &notice);
    batch.push(attempts::forget(&subject));
    let mut rows = cx.platform.db().batch(batch).await?;
    // Somebody changed it while we hashed.
    if rows.take::<One>(0)?.is_empty() {
        return Err(Code::InvalidCredentials.into());
    }
    letters::hand_over(cx, vec![notice]);
    let ended: Vec<SessionId> = rows.take(6)?;
    let access_s = settings(cx).map_or(600, |settings| settings.access_s);
    leave_hints(cx, ended.into_iter().map(|session| session.id).collect(), access_s);
    Ok(())
}

fn statements(cx: &Cx, caller: &Caller, user: &UserRow, phc: &str, notice: &str) -> Vec<Statement> {
    let (id, session, now) = (user.id.as_str(), caller.claims.sid.as_str(), cx.now_ms());
    let noted = event_when(cx, store::WHEN_CHANGED, Kind::PasswordChanged, Some(id), &Detail(&[]), [phc.into()]);
    vec![
        store::set(id, user.password.as_deref(), phc),
        store::end_others(id, session, phc, now),
        end_links(id, now),
        end_pending(id),
        noted,
        letters::notice(notice, Letter::PasswordChanged, id, None, now),
        ended_now(id, now),
    ]
}
