//! What an account has as a second factor: an authenticator app, and recovery codes.

use std::rc::Rc;

use serde_json::json;
use shared::accounts::events::{Kind, event};
use shared::accounts::store::code_methods;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::{DbError, One};
use shared::extract::Json;
use shared::problem::{Code as ProblemCode, Problem};
use shared::time;

use crate::model::{Code, Confirmation, Factors, NewTotp, RecoveryCodes};
use crate::store::{self, CONFIRM_MS, StateRow, TotpRow};
use crate::{proof, qr, recovery, throttle, totp};

/// `GET /v1/auth/mfa`.
///
/// # Errors
/// 401 when the account is gone.
pub async fn read(cx: &Cx, caller: Rc<Caller>) -> Result<Factors, Problem> {
    let row: Option<StateRow> = cx.platform.db().first(store::state(caller.user_id())).await?;
    let row = row.ok_or(ProblemCode::Unauthenticated)?;
    Ok(Factors {
        methods: code_methods(&row.factors),
        totp_since: row.confirmed_at.map(time::rfc3339),
        recovery_codes_left: row.remaining,
    })
}

/// `POST /v1/auth/mfa/totp`. Makes a secret for an authenticator app. Nothing is on until a code confirms it, within
/// an hour; until then this may be asked again.
///
/// # Errors
/// 409 while one is on: turn it off first.
pub async fn begin(cx: &Cx, caller: Rc<Caller>) -> Result<NewTotp, Problem> {
    let secret: [u8; totp::SECRET_BYTES] = cx.platform.random();
    let sealed = proof::seal(cx, caller.user_id(), &secret).await?;
    let begun: Option<One> = cx.platform.db().first(store::begin_totp(caller.user_id(), &sealed, cx.now_ms())).await?;
    begun.ok_or(ProblemCode::FactorExists)?;
    let issuer = cx.platform.var("TOTP_ISSUER").unwrap_or_else(|| cx.config.issuer.clone());
    let account = if caller.claims.email.is_empty() { caller.user_id() } else { &caller.claims.email };
    let secret = totp::base32(&secret);
    let otpauth_uri = totp::uri(&issuer, account, &secret);
    Ok(NewTotp { qr: qr::data_url(&otpauth_uri)?, secret, otpauth_uri })
}

/// `POST /v1/auth/mfa/totp/confirm`. Turns the app on and gives ten recovery codes. From now on every sign-in that is
/// not two factors in one stops at it.
///
/// # Errors
/// 401 `code_refused` for a wrong code, 404 when nothing was begun within the last hour, 409 when one is on.
pub async fn confirm(cx: &Cx, caller: Rc<Caller>, Json(asked): Json<Confirmation>) -> Result<RecoveryCodes, Problem> {
    let Code::Totp(digits) = asked.code else { return Err(ProblemCode::CodeRefused.into()) };
    let (user, now) = (caller.user_id(), cx.now_ms());
    let [attempt, wait] = store::attempt(&throttle::of_totp(user), now);
    let mut rows = cx.platform.db().batch(vec![attempt, wait, store::totp(user)]).await?;
    throttle::allowed(cx, &mut rows, 0)?;
    let row = rows.take::<TotpRow>(2)?.into_iter().next().ok_or(ProblemCode::NotFound)?;
    if row.confirmed_at.is_some() {
        return Err(ProblemCode::FactorExists.into());
    }
    if row.created_at.saturating_add(CONFIRM_MS) <= now {
        return Err(ProblemCode::NotFound.into());
    }
    let secret = proof::open(cx, user, &row.secret).await?;
    let step = totp::matching_step(&secret, &digits, now, row.last_step).ok_or(ProblemCode::CodeRefused)?;
    let (codes, hashes) = new_codes(cx, user);
    let mut batch = Vec::from(store::confirm_totp(user, &row.secret, step, &cx.new_id("prf"), now));
    batch.extend(store::replace_codes(user, &hashes, now));
    batch.push(store::forget(&throttle::of_totp(user)));
    batch.push(event(cx, Kind::SecondFactorOn, user, &json!({ "method": "totp" })));
    cx.platform.db().batch(batch).await.map_err(|error| lost(error, ProblemCode::FactorExists))?;
    Ok(RecoveryCodes { recovery_codes: codes })
}

/// `DELETE /v1/auth/mfa/totp`. Turns the second factor off, and its recovery codes with it.
///
/// # Errors
/// 404 when none is on.
pub async fn remove(cx: &Cx, caller: Rc<Caller>) -> Result<(), Problem> {
    let user = caller.user_id();
    let mut batch = store::drop_totp(user);
    batch.push(event(cx, Kind::SecondFactorOff, user, &json!({ "method": "totp" })));
    cx.platform.db().batch(batch).await.map_err(|error| lost(error, ProblemCode::NotFound))?;
    Ok(())
}

/// `POST /v1/auth/mfa/recovery-codes`. Ten new ones; the older ones are good no more.
///
/// # Errors
/// 404 without a second factor.
pub async fn renew(cx: &Cx, caller: Rc<Caller>) -> Result<RecoveryCodes, Problem> {
    let user = caller.user_id();
    let (codes, hashes) = new_codes(cx, user);
    let mut batch = Vec::from(store::replace_codes(user, &hashes, cx.now_ms()));
    batch.push(event(cx, Kind::RecoveryCodesMade, user, &json!({})));
    cx.platform.db().batch(batch).await.map_err(|error| lost(error, ProblemCode::NotFound))?;
    Ok(RecoveryCodes { recovery_codes: codes })
}

/// What a batch that undid itself means here.
fn lost(error: DbError, code: ProblemCode) -> Problem {
    if error.violates("users.factors") { code.into() } else { error.into() }
}

/// Ten codes, and the JSON array of what is stored of them.
fn new_codes(cx: &Cx, user_id: &str) -> (Vec<String>, String) {
    let codes: Vec<String> = (0..recovery::COUNT).map(|_| recovery::write(cx.platform.random())).collect();
    let hashes: Vec<String> = codes.iter().map(|code| recovery::hash(user_id, code)).collect();
    (codes, json!(hashes).to_string())
}
