//! What can be guessed is slowed down, exactly and wherever the guesses arrive: six digits by account, a password
//! by session. Recovery codes have 120 random bits and are not slowed down, so that whoever keeps an account's app
//! locked with wrong guesses cannot keep its owner out. The counting is in `shared::accounts::attempts`.

use serde_json::json;
use shared::accounts::attempts;
pub(crate) use shared::accounts::attempts::of_password;
use shared::accounts::events::{Kind, event};
use shared::cx::Cx;
use shared::db::DbError;
use shared::platform::Rows;
use shared::problem::Problem;

/// From this many failures on, attempts wait: the moment an event is written.
const LOCKING: u64 = 5;

/// Whose guesses of an app's codes are counted: the account's.
pub(crate) fn of_totp(user_id: &str) -> String {
    format!("totp {user_id}")
}

/// The failures before an attempt that was allowed, from the two statements of `store::attempt` at this place.
///
/// # Errors
/// 429 with the seconds to wait.
pub(crate) fn allowed(cx: &Cx, rows: &mut Rows, at: usize) -> Result<u64, Problem> {
    let told = |problem: Problem| problem.detail("Too many wrong attempts. A recovery code is taken nevertheless.");
    attempts::allowed(cx, rows, at).map_err(told)
}

/// Notes that guessing begins to be slowed down: the owner may want to know.
pub(crate) async fn note_failure(cx: &Cx, user_id: &str, method: &str, failures: u64) -> Result<(), DbError> {
    if failures != LOCKING {
        return Ok(());
    }
    let detail = json!({ "method": method, "failures": failures });
    cx.platform.db().run(event(cx, Kind::ProofsRefused, user_id, &detail)).await
}
