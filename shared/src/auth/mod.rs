//! Who calls: access tokens, verified by every function for itself and without I/O, the session behind
//! them, asked of D1 where a row demands it, API keys, looked up in D1, or signing each request, and apps that
//! people let in; and errands, for jobs whose makers are not there.

pub mod api_key;
mod app;
pub mod claims;
pub mod errand;
mod fields;
pub mod jwt;
pub(crate) mod key;
pub mod keys;
pub mod programs;
mod public_key;
mod scope;
mod session;
mod signature;
mod signed;
mod verify;

pub use app::{GRANT_STATE, audience as audience_of_apps};
pub use claims::{AccessClaims, Actor, Caller, Key};
pub use fields::bytes as digests;
pub use key::{KEY_STATE, KEY_TRUST_MS, KEY_USED};
pub use public_key::public_key;
pub use scope::Scope;
pub use session::{FRESH_MS, HINT_PREFIX, SESSION_STATE, STAND_IN_STATE, leave_hints, step_up_methods};
pub use signed::USE_NONCE;
pub use verify::TOKEN_TYPE;

use std::rc::Rc;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use programs::Proof;

use crate::config::SessionCheck;
use crate::cx::Cx;
use crate::head::HeaderName;
use crate::problem::{Code, Problem};
use crate::route::{Marks, Row, Who};

/// Lets a caller in, or refuses it.
pub type Door = for<'a> fn(&'a Cx, &'a Row) -> LocalBoxFuture<'a, Result<(), Problem>>;

/// The door of rows that are not public.
pub fn door<'a>(cx: &'a Cx, row: &'a Row) -> LocalBoxFuture<'a, Result<(), Problem>> {
    admit(cx, row).boxed_local()
}

/// Checks that the caller may call this row and notes who it is, by the row's own door.
///
/// # Errors
/// As `admit`. 401 for everybody, too, where a row that is not public has no door: what was not said to be open is shut.
pub async fn pass(cx: &Cx, row: &Row) -> Result<(), Problem> {
    match (row.who, row.door) {
        (Who::Public, _) => Ok(()),
        (Who::Open, _) if !shows_anything(cx) => Ok(()),
        (_, Some(door)) => door(cx, row).await,
        (_, None) => Err(Code::Unauthenticated.into()),
    }
}

/// Whether the caller claims to be somebody, well or not.
fn shows_anything(cx: &Cx) -> bool {
    let headers = [HeaderName::Authorization, HeaderName::XApiKey];
    headers.into_iter().any(|name| cx.head.header(name).is_some())
        || cx.platform.request_header("signature-input").is_some()
}

/// # Errors
/// 401 without a valid token or key, or with an ended session, 403 when suspended, without the role or scope,
/// in somebody else's place where only they themselves may, or where the row is `fresh` and the session's last
/// proof is not.
async fn admit(cx: &Cx, row: &Row) -> Result<(), Problem> {
    let Row { who, marks: Marks { fresh, .. }, .. } = *row;
    let Some(token) = bearer(cx) else {
        // A token or key that was sent is the caller's word; only without one a signature is looked for.
        let input = cx.platform.request_header("signature-input").ok_or_else(|| refused("invalid_request"))?;
        return program(cx, row, Proof::Signature(&input)).await;
    };
    if let Some(door) = row.errands.filter(|_| token.starts_with(errand::PREFIX)) {
        return door(cx, row, token);
    }
    if token.starts_with(api_key::FAMILY) {
        return program(cx, row, Proof::Key(token)).await;
    }
    let caller = verify::token(cx, token).await.ok_or_else(|| refused("invalid_token"))?;
    cx.set_caller(Rc::clone(&caller));
    if caller.key.is_some() {
        return program(cx, row, Proof::App(caller)).await;
    }
    if caller.claims.act.is_some() && !row.opens_to_stand_ins() {
        return Err(Code::ImpersonationRefused.into());
    }
    if row.scope.is_some_and(|scope| !scope.is_among(&caller.claims.permissions)) {
        return Err(key::insufficient(row.scope));
    }
    match (who, cx.config.session_check) {
        (Who::Public, _) => {}
        (Who::Open | Who::User, SessionCheck::Sensitive) if !fresh => {}
        (Who::Open | Who::User, SessionCheck::Hint) if !fresh => session::check_hint(cx, &caller).await?,
        (Who::Open | Who::User | Who::Session | Who::Admin, _) => session::check(cx, &caller, fresh).await?,
    }
    if who == Who::Admin && !caller.claims.roles.iter().any(|role| role == "admin") {
        return Err(Code::Forbidden.into());
    }
    Ok(())
}

async fn program(cx: &Cx, row: &Row, proof: Proof<'_>) -> Result<(), Problem> {
    match row.programs {
        Some(door) => door(cx, row, proof).await,
        None => Err(programs::turned_away(&proof)),
    }
}

/// 401 with the challenge of RFC 6750 §3.
fn refused(error: &str) -> Problem {
    Problem::from(Code::Unauthenticated).header("WWW-Authenticate", format!("Bearer error=\"{error}\""))
}

/// The token of `Authorization: Bearer`, or of `X-Api-Key`, where Anthropic's clients put it.
fn bearer(cx: &Cx) -> Option<&str> {
    let from_header = cx.head.header(HeaderName::Authorization).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    from_header.or_else(|| cx.head.header(HeaderName::XApiKey)).filter(|token| !token.is_empty())
}

/// Forgets all keys, as a new isolate would.
#[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
pub(crate) fn forget() {
    key::forget();
    signed::forget();
}
