//! All SQL of what came of rows. `?1` is the caller, `?2` the organisation of their key, or NULL, `?3` the evaluation, `?4`
//! the run; statements of the work itself name a run alone.

use serde::Deserialize;
use shared::db::Statement;
use shared::sql;
use uploads::Owner;

use crate::listing::Order;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[READ, ASC, DESC, NEXT, FINISH, TRIED, PAIRS];

/// What every reading statement gives, of items that this caller reaches and that are done.
macro_rules! reached_sql {
    ($rest:literal) => {
        concat!(
            "SELECT i.run_id, r.evaluation_id, i.n, i.item, i.status, i.sample, i.results, i.latency_ms, i.finished_at, \
(SELECT coalesce(sum(l.cost_nano_usd), 0) FROM ledger l WHERE l.request_id = i.run_id || '-' || i.n AND l.user_id = ?1) \
AS cost_nano_usd, \
(SELECT count(*) FROM ledger l WHERE l.request_id = i.run_id || '-' || i.n AND l.user_id = ?1 AND l.cost_nano_usd IS NULL) \
AS unpriced_calls FROM evaluation_items i JOIN evaluation_runs r ON r.id = i.run_id \
JOIN evaluations e ON e.id = r.evaluation_id WHERE e.user_id = ?1 AND (?2 IS NULL OR e.organisation_id = ?2) AND e.id = ?3 \
AND r.id = ?4 AND i.status <> 'queued'",
            $rest
        )
    };
}

const READ: &str = reached_sql!(" AND i.n = ?5");
const ASC: &str = reached_sql!(" AND (?5 IS NULL OR i.n > ?5) AND (?7 IS NULL OR i.status = ?7) ORDER BY i.n LIMIT ?6");
const DESC: &str =
    reached_sql!(" AND (?5 IS NULL OR i.n < ?5) AND (?7 IS NULL OR i.status = ?7) ORDER BY i.n DESC LIMIT ?6");
const NEXT: &str =
    "SELECT n, item, tries FROM evaluation_items WHERE run_id = ?1 AND status = 'queued' ORDER BY n LIMIT ?2";
const FINISH: &str = "UPDATE evaluation_items SET status = ?3, sample = ?4, results = ?5, model = ?6, prompt_tokens = ?7, \
cached_tokens = ?8, completion_tokens = ?9, latency_ms = ?10, finished_at = ?11 \
WHERE run_id = ?1 AND n = ?2 AND status = 'queued'";
const TRIED: &str = "UPDATE evaluation_items SET tries = tries + 1 WHERE run_id = ?1 AND n = ?2 AND status = 'queued'";
// Rows of ?4 and those of ?5 that are the same; of several that are, the first.
const PAIRS: &str = "SELECT i.n, i.item, i.status, o.n AS other_n, o.status AS other_status FROM evaluation_items i \
JOIN evaluation_runs r ON r.id = i.run_id JOIN evaluations e ON e.id = r.evaluation_id \
JOIN evaluation_runs x ON x.id = ?5 AND x.evaluation_id = e.id \
LEFT JOIN evaluation_items o ON o.run_id = x.id AND o.n = (SELECT min(s.n) FROM evaluation_items s WHERE s.run_id = x.id \
AND s.digest = i.digest AND s.item = i.item) WHERE e.user_id = ?1 AND (?2 IS NULL OR e.organisation_id = ?2) AND e.id = ?3 \
AND r.id = ?4 ORDER BY i.n";

/// What came of one row.
pub fn read(owner: Owner<'_>, evaluation: &str, run: &str, n: u64) -> Statement {
    sql!(READ, owner.user_id, owner.organisation_id, evaluation, run, n)
}

/// What came of rows, behind the one with the number `after`.
pub fn list(
    owner: Owner<'_>,
    (evaluation, run): (&str, &str),
    after: Option<u64>,
    limit: u64,
    order: Order,
    status: Option<&str>,
) -> Statement {
    let sql = if order == Order::Asc { ASC } else { DESC };
    sql!(sql, owner.user_id, owner.organisation_id, evaluation, run, after, limit, status)
}

/// A row that is still to be asked.
#[derive(Debug, Deserialize)]
pub struct Queued {
    /// Its number.
    pub n: u64,
    /// JSON.
    pub item: String,
    /// How often it was refused.
    pub tries: u64,
}

/// The next rows to be asked.
pub fn next(run: &str, limit: u64) -> Statement {
    sql!(NEXT, run, limit)
}

/// What came of a row.
pub struct Finished {
    /// Its number.
    pub n: u64,
    /// `pass`, `fail` or `error`.
    pub status: &'static str,
    /// JSON.
    pub sample: String,
    /// JSON.
    pub results: String,
    /// The model that answered.
    pub model: Option<String>,
    /// Tokens of request, of the provider's cache, and written.
    pub tokens: [u64; 3],
    /// Milliseconds.
    pub latency_ms: u64,
}

/// Writes down what came of a row, once.
pub fn finish(run: &str, done: Finished, now: u64) -> Statement {
    let Finished { n, status, sample, results, model, tokens: [prompt, cached, completion], latency_ms } = done;
    sql!(FINISH, run, n, status, sample, results, model, prompt, cached, completion, latency_ms, now)
}

/// Notes that a row was refused and is asked again.
pub fn tried(run: &str, n: u64) -> Statement {
    sql!(TRIED, run, n)
}

/// A row of one run beside the same row of another.
#[derive(Debug, Deserialize)]
pub struct Pair {
    /// Its number.
    pub n: u64,
    /// JSON.
    pub item: String,
    /// What came of it.
    pub status: String,
    /// Its number in the other run; none: it is not there.
    pub other_n: Option<u64>,
    /// What came of it there.
    pub other_status: Option<String>,
}

/// The rows of a run beside the same rows of another run of the evaluation.
pub fn pairs(owner: Owner<'_>, evaluation: &str, run: &str, other: &str) -> Statement {
    sql!(PAIRS, owner.user_id, owner.organisation_id, evaluation, run, other)
}
