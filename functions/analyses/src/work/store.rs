//! All SQL of the work on analyses. Whatever moves one says from which step: of two that try, one does.

use shared::db::Statement;
use shared::sql;

use super::outcome::Said;
use crate::work_sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[CLAIM, WORK, RELEASE, AGAIN, SUCCEED, FAIL, DUE];

const CLAIM: &str = "UPDATE analyses SET leased_until = ?3, version = version + (status = 'queued'), status = 'running', \
started_at = coalesce(started_at, ?4) WHERE id = ?1 AND step = ?2 AND leased_until <= ?4 AND status IN ('queued', 'running') \
RETURNING 1 AS one";
const WORK: &str = work_sql!("id = ?1");
const RELEASE: &str = "UPDATE analyses SET leased_until = 0 WHERE id = ?1 AND step = ?2";
const AGAIN: &str = "UPDATE analyses SET step = step + 1, version = version + 1, leased_until = 0, next_at = ?3, \
failures = failures + (1 - ?4), unfit = unfit + ?4, asked = asked + ?4 \
WHERE id = ?1 AND step = ?2 AND status = 'running' RETURNING id AS id, step AS step";
const SUCCEED: &str = "UPDATE analyses SET status = 'succeeded', step = step + 1, version = version + 1, leased_until = 0, \
result = ?3, error = NULL, model_version = ?4, provider = ?5, request_id = ?6, prompt_tokens = ?7, completion_tokens = ?8, \
cost_nano_usd = ?9, ended_at = ?10 WHERE id = ?1 AND step = ?2 AND status = 'running'";
const FAIL: &str = "UPDATE analyses SET status = 'failed', step = step + 1, version = version + 1, leased_until = 0, error = ?3, \
ended_at = ?4 WHERE id = ?1 AND step = ?2 AND status IN ('queued', 'running')";
const DUE: &str = "SELECT id, step FROM analyses WHERE status IN ('queued', 'running') AND next_at <= ?1 AND leased_until <= ?2 \
ORDER BY next_at LIMIT 100";

/// Takes an analysis for one step, until `until`: `One` when it was free.
pub fn claim(id: &str, step: u64, until: u64, now: u64) -> Statement {
    sql!(CLAIM, id, step, until, now)
}

/// The analysis: `AnalysisRow`.
pub fn work(id: &str) -> Statement {
    sql!(WORK, id)
}

/// Lets a step go that could not be done.
pub fn release(id: &str, step: u64) -> Statement {
    sql!(RELEASE, id, step)
}

/// Ends a step that is to be repeated, where `anew` with another call: `Due`.
pub fn again(id: &str, step: u64, next_at: u64, anew: bool) -> Statement {
    sql!(AGAIN, id, step, next_at, anew)
}

/// Ends an analysis with what came of it.
pub fn succeed(id: &str, step: u64, said: &Said, request_id: &str, now: u64) -> Statement {
    let Said { result, model_version, provider, prompt_tokens, completion_tokens, cost_nano_usd } = said;
    let (result, version, provider) = (result.as_str(), model_version.as_deref(), provider.as_deref());
    sql!(
        SUCCEED,
        id,
        step,
        result,
        version,
        provider,
        request_id,
        *prompt_tokens,
        *completion_tokens,
        *cost_nano_usd,
        now
    )
}

/// Ends an analysis with the reason, JSON.
pub fn fail(id: &str, step: u64, error: &str, now: u64) -> Statement {
    sql!(FAIL, id, step, error, now)
}

/// Those that were to be worked on before `before` and that nobody has: `Due`.
pub fn due(before: u64, now: u64) -> Statement {
    sql!(DUE, before, now)
}
