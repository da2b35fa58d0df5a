//! The session behind a token. D1 is the truth; KV holds hints that a session has
//! ended, written by the auth function and seen elsewhere within KV's propagation.

use serde::Deserialize;

use super::claims::Caller;
use crate::cx::Cx;
use crate::problem::{Code, Problem};
use crate::sql;

/// `ended:<session>` in KV: the session has ended. Its absence says nothing.
pub const HINT_PREFIX: &str = "ended:";

/// One row when the session lives: the user's state now.
pub const SESSION_STATE: &str = "SELECT u.status AS status, u.epoch AS epoch FROM sessions s \
JOIN users u ON u.id = s.user_id WHERE s.id = ?1 AND s.user_id = ?2 AND s.ended_at IS NULL AND s.expires_at > ?3";

#[derive(Deserialize)]
struct State {
    status: String,
    epoch: u64,
}

/// Asks D1: one round trip.
pub(super) async fn check(cx: &Cx, caller: &Caller) -> Result<(), Problem> {
    let statement = sql!(SESSION_STATE, caller.claims.sid.as_str(), caller.user_id(), cx.now_ms());
    let state: Option<State> = cx.platform.db().first(statement).await?;
    match state {
        Some(state) if state.status == "suspended" => Err(Code::Suspended.into()),
        Some(state) if state.epoch == caller.claims.epoch => Ok(()),
        _ => Err(super::refused("invalid_token")),
    }
}

/// Asks KV for a hint that the session has ended. A failing KV refuses nobody.
pub(super) async fn check_hint(cx: &Cx, caller: &Caller) -> Result<(), Problem> {
    let key = format!("{HINT_PREFIX}{}", caller.claims.sid);
    match cx.platform.kv().get(&key).await {
        Ok(Some(_)) => Err(super::refused("invalid_token")),
        _ => Ok(()),
    }
}
