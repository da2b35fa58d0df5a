//! What can be guessed is slowed down: one row for each subject, counted before anything is compared, so that many
//! guesses at once are as many as one after the other. Not here: whose guesses are counted together; that is decided
//! where they are checked.

use serde::Deserialize;

use crate::cx::Cx;
use crate::db::Statement;
use crate::platform::Rows;
use crate::problem::{Code, Problem};
use crate::sql;

/// Every statement of this module, for the test that prepares them.
pub const ALL: &[&str] = &[TRY_SUBJECT, WAIT, FORGET];

/// Five attempts are free; from then on each waits twice as long as the one before, from 15 seconds to an hour, until
/// one succeeds.
const TRY_SUBJECT: &str = "INSERT INTO proof_attempts (subject, failures, next_at, expires_at) VALUES (?1, 1, 0, ?3) \
ON CONFLICT (subject) DO UPDATE SET failures = failures + 1, expires_at = ?3, \
next_at = CASE WHEN failures < 4 THEN 0 ELSE ?2 + min(3600000, 15000 << min(failures - 4, 10)) END \
WHERE proof_attempts.next_at <= ?2 RETURNING failures";
const WAIT: &str = "SELECT next_at FROM proof_attempts WHERE subject = ?1";
const FORGET: &str = "DELETE FROM proof_attempts WHERE subject = ?1";

/// Milliseconds after which failures are forgotten when no more come.
pub const REMEMBERED_MS: u64 = 30 * crate::time::DAY_MS;

/// An attempt that was allowed.
#[derive(Debug, Deserialize)]
pub struct Attempt {
    /// How many there were since the last success, this one included.
    pub failures: u64,
}

/// When the next attempt is allowed, milliseconds.
#[derive(Debug, Deserialize)]
pub struct Wait {
    /// Milliseconds since 1970.
    pub next_at: u64,
}

/// Whose guesses of a password are counted where somebody is signed in: those of one session, so that a stolen one
/// locks no other.
pub fn of_password(session: &str) -> String {
    format!("password {session}")
}

/// Counts an attempt of this subject, if one is allowed; the second statement reads how long to wait if not.
pub fn attempt(subject: &str, now: u64) -> [Statement; 2] {
    [sql!(TRY_SUBJECT, subject, now, now.saturating_add(REMEMBERED_MS)), sql!(WAIT, subject)]
}

/// Forgets the failures of a subject, after a success.
pub fn forget(subject: &str) -> Statement {
    sql!(FORGET, subject)
}

/// The failures before an attempt that was allowed, from the two statements of `attempt` at this place.
///
/// # Errors
/// 429 with the seconds to wait.
pub fn allowed(cx: &Cx, rows: &mut Rows, at: usize) -> Result<u64, Problem> {
    if let Some(attempt) = rows.take::<Attempt>(at)?.into_iter().next() {
        return Ok(attempt.failures);
    }
    let next_at = rows.take::<Wait>(at + 1)?.into_iter().next().map_or(0, |wait| wait.next_at);
    Err(wait_until(cx, next_at))
}

/// 429 until this moment.
pub fn wait_until(cx: &Cx, next_at: u64) -> Problem {
    let seconds = next_at.saturating_sub(cx.now_ms()).div_ceil(1000).max(1);
    Problem::from(Code::RateLimited).detail("Too many wrong attempts.").header("Retry-After", seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::platform::testing::check_sql;

    #[test]
    fn every_statement_prepares() {
        check_sql(ALL);
    }
}
