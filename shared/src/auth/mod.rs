//! Who calls: access tokens, verified by every function for itself and without I/O,
//! and the session behind them, asked of D1 where a row demands it.

pub mod claims;
pub mod keys;
mod session;
mod verify;

pub use claims::{AccessClaims, Caller};
pub use session::{HINT_PREFIX, SESSION_STATE};

use std::rc::Rc;

use crate::config::SessionCheck;
use crate::cx::Cx;
use crate::head::HeaderName;
use crate::problem::{Code, Problem};
use crate::route::Who;

/// Checks that the caller may call a row of this kind and notes who it is.
///
/// # Errors
/// 401 without a valid token or with an ended session, 403 when suspended or without the role.
pub async fn admit(cx: &Cx, who: Who) -> Result<(), Problem> {
    if who == Who::Public {
        return Ok(());
    }
    let token = bearer(cx).ok_or_else(|| refused("invalid_request"))?;
    let caller = verify::token(&cx.config, token, cx.now_ms()).ok_or_else(|| refused("invalid_token"))?;
    cx.set_caller(Rc::clone(&caller));
    match (who, cx.config.session_check) {
        (Who::Public, _) | (Who::User, SessionCheck::Sensitive) => {}
        (Who::User, SessionCheck::Hint) => session::check_hint(cx, &caller).await?,
        (Who::Session | Who::Admin, _) | (Who::User, SessionCheck::Every) => session::check(cx, &caller).await?,
    }
    if who == Who::Admin && !caller.claims.roles.iter().any(|role| role == "admin") {
        return Err(Code::Forbidden.into());
    }
    Ok(())
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
