//! The second half of a sign-in: what a pending sign-in becomes when its second factor is right.

use shared::accounts::{TokenReply, settings, sign_in, tokens};
use shared::cx::Cx;
use shared::extract::Json;
use shared::platform::Rows;
use shared::problem::{Code as ProblemCode, Problem};

use crate::model::{Code, Verification};
use crate::store::{self, PendingRow, Tried};
use crate::{proof, throttle};

/// `POST /v1/auth/mfa/verify`. A pending token is good for one session, five minutes and five codes; a code for one
/// use. Wrong codes of an app are slowed down by account; recovery codes are not.
///
/// # Errors
/// 401 `sign_in_refused` for a pending token that is unknown, used, expired or tried too often, 401
/// `code_refused` for a code that is wrong or was used, 403 for a suspended account, 429 after too many wrong ones.
pub async fn create(cx: &Cx, Json(asked): Json<Verification>) -> Result<TokenReply, Problem> {
    let settings = settings(cx)?;
    let (now, hash) = (cx.now_ms(), tokens::hash(asked.pending_token.expose()));
    let is_totp = matches!(asked.code, Code::Totp(_));
    let mut batch = vec![store::try_pending(&hash, now), store::pending(&hash)];
    if is_totp {
        batch.extend(store::attempt_of_pending(&hash, now));
    }
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = tried(&mut rows)?;
    let user = &row.user;
    let failures = if is_totp { throttle::allowed(cx, &mut rows, 2)? } else { 0 };
    sign_in::may_sign_in(&settings, user)?;
    let proof_id = cx.new_id("prf");
    let kept = row.secret.as_deref().zip(row.last_step);
    let checked = proof::check(cx, &user.id, &asked.code, kept, &proof_id).await;
    if checked.is_err() {
        throttle::note_failure(cx, &user.id, "totp", failures).await?;
    }
    let proof = checked?;
    let mut also = proof.uses;
    also.extend(store::use_pending(&user.id, &hash, &proof_id, now));
    also.push(store::forget(&throttle::of_totp(&user.id)));
    sign_in::complete(cx, &settings, user, &[&row.method, proof.method], also).await
}

/// The pending sign-in, when this try of it is allowed.
fn tried(rows: &mut Rows) -> Result<PendingRow, Problem> {
    let tried: Vec<Tried> = rows.take(0)?;
    let found: Vec<PendingRow> = rows.take(1)?;
    match (tried.first(), found.into_iter().next()) {
        (Some(_), Some(row)) => Ok(row),
        _ => Err(ProblemCode::SignInRefused.into()),
    }
}
