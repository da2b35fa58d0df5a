//! Proving again who one is, for rows that ask for a fresh proof.

use std::rc::Rc;

use serde_json::json;
use shared::accounts::events::{Kind, event};
use shared::accounts::{UserRow, password, store as stored};
use shared::auth::{Caller, FRESH_MS, step_up_methods};
use shared::cx::Cx;
use shared::db::{DbError, Statement};
use shared::extract::Json;
use shared::problem::{Code as ProblemCode, Problem};
use shared::secret::Secret;
use shared::time;

use crate::model::{Code, Proved, StepUp};
use crate::store::{self, TotpRow};
use crate::{proof, throttle};

/// `POST /v1/auth/step-up`. With a second factor it takes a code, without one the password; the session's rows
/// marked `fresh` are then open for ten minutes. Wrong codes are slowed down by account, wrong passwords by session.
///
/// # Errors
/// 401 `invalid_credentials` or `code_refused` for what is wrong or was used, 403 `step_up_required` for a
/// proof that is not enough for this account, 422 unless exactly one is given, 429 after too many wrong ones.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(asked): Json<StepUp>) -> Result<Proved, Problem> {
    let (method, uses) = match (&asked.password, &asked.code) {
        (Some(password), None) => by_password(cx, &caller, password).await?,
        (None, Some(code)) => by_code(cx, &caller, code).await?,
        _ => return Err(Problem::invalid("", "invalid", "give either password or code")),
    };
    let (user, now) = (caller.user_id(), cx.now_ms());
    let mut batch = uses;
    batch.push(store::step_up(&caller.claims.sid, user, &json!([method]).to_string(), now));
    let detail = json!({ "method": method, "session_id": caller.claims.sid });
    batch.push(event(cx, Kind::SteppedUp, user, &detail));
    let lost = |error: DbError| match error {
        error if error.violates("users.factors") => ProblemCode::CodeRefused.into(),
        error => Problem::from(error),
    };
    cx.platform.db().batch(batch).await.map_err(lost)?;
    Ok(Proved { methods: vec![method.to_owned()], fresh_until: time::rfc3339(now.saturating_add(FRESH_MS)) })
}

async fn by_password(cx: &Cx, caller: &Caller, password: &Secret) -> Result<(&'static str, Vec<Statement>), Problem> {
    let subject = throttle::of_password(&caller.claims.sid);
    let [attempt, wait] = store::attempt(&subject, cx.now_ms());
    let mut rows = cx.platform.db().batch(vec![attempt, wait, stored::user_by_id(caller.user_id())]).await?;
    let user = rows.take::<UserRow>(2)?.into_iter().next().ok_or(ProblemCode::Unauthenticated)?;
    if user.has_second_factor() || user.password.is_none() {
        return Err(not_enough(&user));
    }
    let failures = throttle::allowed(cx, &mut rows, 0)?;
    let checked = password::check(cx, password, user.password.as_deref()).await?;
    if !checked.matches {
        throttle::note_failure(cx, &user.id, "password", failures).await?;
        return Err(ProblemCode::InvalidCredentials.into());
    }
    Ok(("password", vec![store::forget(&subject)]))
}

async fn by_code(cx: &Cx, caller: &Caller, code: &Code) -> Result<(&'static str, Vec<Statement>), Problem> {
    let (id, is_totp) = (caller.user_id(), matches!(code, Code::Totp(_)));
    let subject = throttle::of_totp(id);
    let mut batch = vec![stored::user_by_id(id), store::totp(id)];
    if is_totp {
        batch.extend(store::attempt(&subject, cx.now_ms()));
    }
    let mut rows = cx.platform.db().batch(batch).await?;
    let user = rows.take::<UserRow>(0)?.into_iter().next().ok_or(ProblemCode::Unauthenticated)?;
    if !user.has_second_factor() {
        return Err(not_enough(&user));
    }
    let failures = if is_totp { throttle::allowed(cx, &mut rows, 2)? } else { 0 };
    let row = rows.take::<TotpRow>(1)?.into_iter().next().filter(|row| row.confirmed_at.is_some());
    let kept = row.as_ref().map(|row| (row.secret.as_str(), row.last_step));
    let checked = proof::check(cx, id, code, kept, &cx.new_id("prf")).await;
    if checked.is_err() {
        throttle::note_failure(cx, id, "totp", failures).await?;
    }
    let proof = checked?;
    let mut uses = proof.uses;
    uses.push(store::forget(&subject));
    Ok((proof.method, uses))
}

/// The account wants another proof than the one that was given.
fn not_enough(user: &UserRow) -> Problem {
    let methods = step_up_methods(&user.factors, user.password.is_some());
    Problem::from(ProblemCode::StepUpRequired).methods(methods)
}
