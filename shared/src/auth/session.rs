//! The session behind a token. D1 is the truth; KV holds hints that a session has
//! ended, written by the auth function and seen elsewhere within KV's propagation.

use serde::Deserialize;

use super::claims::Caller;
use crate::accounts::store::code_methods;
use crate::cx::Cx;
use crate::problem::{Code, Problem};
use crate::sql;

/// `ended:<session>` in KV: the session has ended. Its absence says nothing.
pub const HINT_PREFIX: &str = "ended:";

/// What is asked of a living session, and the user's state now.
macro_rules! state_of_session {
    ($actor:literal) => {
        concat!(
            "SELECT u.status, u.epoch, u.factors, u.password IS NOT NULL AS has_password, s.authenticated_at ",
            "FROM sessions s JOIN users u ON u.id = s.user_id ",
            "WHERE s.id = ?1 AND s.user_id = ?2 AND s.ended_at IS NULL AND s.expires_at > ?3 AND ",
            $actor
        )
    };
}

/// One row when the session of a person who acts for themselves lives. The one of a stand-in is none of these, so
/// that the database plans nothing about administrators for nearly all who call.
pub const SESSION_STATE: &str = state_of_session!("s.actor_id IS NULL");

/// One row when the session of an administrator who acts as its user lives: as long as they are one.
pub const STAND_IN_STATE: &str = state_of_session!(
    "EXISTS (SELECT 1 FROM users a JOIN json_each(a.roles) r WHERE a.id = s.actor_id AND a.status = 'active' \
AND r.value = 'admin')"
);

#[derive(Deserialize)]
struct State {
    status: String,
    epoch: u64,
    factors: String,
    has_password: u8,
    authenticated_at: u64,
}

/// Milliseconds for which a proof of who one is opens rows marked `fresh`.
pub const FRESH_MS: u64 = 10 * 60_000;

/// What `POST /v1/auth/step-up` takes of this user. With a second factor a password alone is no proof; with
/// neither there is only signing in again.
pub fn step_up_methods(factors: &str, has_password: bool) -> Vec<String> {
    let codes = code_methods(factors);
    match (codes.is_empty(), has_password) {
        (false, _) => codes,
        (true, true) => vec!["password".to_owned()],
        (true, false) => vec!["sign_in".to_owned()],
    }
}

/// Asks D1: one round trip, for the session's life and the age of its last proof alike.
pub(super) async fn check(cx: &Cx, caller: &Caller, fresh: bool) -> Result<(), Problem> {
    let state = if caller.claims.act.is_some() { STAND_IN_STATE } else { SESSION_STATE };
    let statement = sql!(state, caller.claims.sid.as_str(), caller.user_id(), cx.now_ms());
    let state: Option<State> = cx.platform.db().first(statement).await?;
    match state {
        Some(state) if state.status == "suspended" => Err(Code::Suspended.into()),
        Some(state) if state.epoch != caller.claims.epoch => Err(super::refused("invalid_token")),
        Some(state) if fresh && state.authenticated_at.saturating_add(FRESH_MS) <= cx.now_ms() => Err(stale(&state)),
        Some(_) => Ok(()),
        None => Err(super::refused("invalid_token")),
    }
}

/// 403 with the ways to prove it again, and the challenge of RFC 9470 §3.
fn stale(state: &State) -> Problem {
    let challenge = format!("Bearer error=\"insufficient_user_authentication\", max_age={}", FRESH_MS / 1000);
    let methods = step_up_methods(&state.factors, state.has_password != 0);
    Problem::from(Code::StepUpRequired).methods(methods).header("WWW-Authenticate", challenge)
}

/// Leaves hints in KV that sessions have ended, for as long as their access tokens may live, `ttl_s` seconds.
/// Nobody waits for it and its loss changes nothing that D1 decides.
pub fn leave_hints(cx: &Cx, sessions: Vec<String>, ttl_s: u64) {
    let (platform, service) = (cx.platform.background(), cx.service);
    cx.platform.wait_until(async move {
        for session in sessions {
            let key = format!("{HINT_PREFIX}{session}");
            if let Err(cause) = platform.kv().put(&key, "1", ttl_s).await {
                crate::log::event(service, "warn", "auth::session", "the hint in KV was not written", Some(&cause));
            }
        }
    });
}

/// Asks KV for a hint that the session has ended. A failing KV refuses nobody.
pub(super) async fn check_hint(cx: &Cx, caller: &Caller) -> Result<(), Problem> {
    let key = format!("{HINT_PREFIX}{}", caller.claims.sid);
    match cx.platform.kv().get(&key).await {
        Ok(Some(_)) => Err(super::refused("invalid_token")),
        _ => Ok(()),
    }
}
