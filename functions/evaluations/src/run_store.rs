//! All SQL of runs. `?1` is the caller, `?2` the organisation of their key, or NULL, `?3` the evaluation; statements of
//! the work itself name a run alone.

use serde::Deserialize;
use shared::db::Statement;
use shared::sql;
use uploads::Owner;

use crate::listing::Order;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD, ADD_ITEMS, READ, ASC, DESC, CANCEL, DELETE, CLAIM, WORK, SUM_UP, ADVANCE, FAIL, SILENT];

/// Runs of an evaluation at most.
pub const MOST_RUNS: u64 = 200;
/// Runs of a person that are under way at most.
pub const MOST_OPEN: u64 = 10;

const ADD: &str = "INSERT INTO evaluation_runs (id, evaluation_id, key_id, scopes, name, metadata, source, model, status, \
items, created_at) SELECT ?4, e.id, ?5, ?6, ?7, ?8, ?9, ?10, 'queued', ?11, ?12 FROM evaluations e WHERE e.user_id = ?1 \
AND (?2 IS NULL OR e.organisation_id = ?2) AND e.id = ?3 \
AND (SELECT count(*) FROM evaluation_runs WHERE evaluation_id = e.id) < ?13 \
AND (SELECT count(*) FROM evaluation_runs o JOIN evaluations oe ON oe.id = o.evaluation_id WHERE oe.user_id = ?1 \
AND o.status IN ('queued', 'in_progress')) < ?14";
const ADD_ITEMS: &str = "INSERT INTO evaluation_items (run_id, n, item, digest) \
SELECT r.id, ?2 + j.key, json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') \
FROM json_each(?3) AS j JOIN evaluation_runs r ON r.id = ?1";

/// What every reading statement gives, of runs that this caller reaches.
macro_rules! reached_sql {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.evaluation_id, r.name, r.metadata, r.source, r.model, r.status, r.error, r.items, r.passed, \
r.failed, r.errored, r.by_criterion, r.by_model, r.created_at, r.finished_at, \
(SELECT coalesce(sum(l.cost_nano_usd), 0) FROM ledger l WHERE l.request_id > r.id || '-' AND l.request_id < r.id || '.' \
AND l.user_id = ?1) AS cost_nano_usd, \
(SELECT count(*) FROM ledger l WHERE l.request_id > r.id || '-' AND l.request_id < r.id || '.' \
AND l.user_id = ?1 AND l.cost_nano_usd IS NULL) AS unpriced_calls \
FROM evaluation_runs r JOIN evaluations e ON e.id = r.evaluation_id \
WHERE e.user_id = ?1 AND (?2 IS NULL OR e.organisation_id = ?2) AND e.id = ?3",
            $rest
        )
    };
}

const READ: &str = reached_sql!(" AND r.id = ?4");
const ASC: &str =
    reached_sql!(" AND (?4 IS NULL OR r.id > ?4) AND (?6 IS NULL OR r.status = ?6) ORDER BY r.id LIMIT ?5");
const DESC: &str =
    reached_sql!(" AND (?4 IS NULL OR r.id < ?4) AND (?6 IS NULL OR r.status = ?6) ORDER BY r.id DESC LIMIT ?5");
const CANCEL: &str = "UPDATE evaluation_runs SET status = 'canceled', finished_at = ?5 WHERE id = ?4 \
AND status IN ('queued', 'in_progress') AND evaluation_id IN (SELECT e.id FROM evaluations e WHERE e.user_id = ?1 \
AND (?2 IS NULL OR e.organisation_id = ?2) AND e.id = ?3)";
const DELETE: &str = "DELETE FROM evaluation_runs WHERE id = ?4 AND evaluation_id IN (SELECT e.id FROM evaluations e \
WHERE e.user_id = ?1 AND (?2 IS NULL OR e.organisation_id = ?2) AND e.id = ?3) RETURNING 1 AS one";

/// A run to be.
pub struct NewRun<'a> {
    /// `evalrun_…`.
    pub id: &'a str,
    /// The key that made it.
    pub key_id: Option<&'a str>,
    /// JSON.
    pub scopes: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// JSON.
    pub metadata: &'a str,
    /// JSON.
    pub source: &'a str,
    /// Who is asked.
    pub model: &'a str,
    /// How many rows.
    pub items: u64,
    /// Milliseconds.
    pub now: u64,
}

/// Makes a run, unless there are too many; its items follow in the same batch.
pub fn add(owner: Owner<'_>, evaluation: &str, new: &NewRun<'_>) -> Statement {
    let NewRun { id, key_id, scopes, name, metadata, source, model, items, now } = *new;
    let (user, organisation) = (owner.user_id, owner.organisation_id);
    sql!(
        ADD,
        user,
        organisation,
        evaluation,
        id,
        key_id,
        scopes,
        name,
        metadata,
        source,
        model,
        items,
        now,
        MOST_RUNS,
        MOST_OPEN
    )
}

/// Gives a run rows, the first of them with this number: `[[item, digest], …]`.
pub fn add_items(run: &str, first: u64, rows: String) -> Statement {
    sql!(ADD_ITEMS, run, first, rows)
}

/// One of the evaluation's.
pub fn read(owner: Owner<'_>, evaluation: &str, run: &str) -> Statement {
    sql!(READ, owner.user_id, owner.organisation_id, evaluation, run)
}

/// Those of the evaluation.
pub fn list(
    owner: Owner<'_>,
    evaluation: &str,
    after: Option<&str>,
    limit: u64,
    order: Order,
    status: Option<&str>,
) -> Statement {
    let sql = if order == Order::Asc { ASC } else { DESC };
    sql!(sql, owner.user_id, owner.organisation_id, evaluation, after, limit, status)
}

/// Ends a run that has not ended.
pub fn cancel(owner: Owner<'_>, evaluation: &str, run: &str, now: u64) -> Statement {
    sql!(CANCEL, owner.user_id, owner.organisation_id, evaluation, run, now)
}

/// Deletes a run; a row when there was one.
pub fn delete(owner: Owner<'_>, evaluation: &str, run: &str) -> Statement {
    sql!(DELETE, owner.user_id, owner.organisation_id, evaluation, run)
}

// Whoever has the number of the step and finds nobody at work may work.
const CLAIM: &str = "UPDATE evaluation_runs SET status = 'in_progress', leased_until = ?3 WHERE id = ?1 AND step = ?2 \
AND leased_until <= ?4 AND status IN ('queued', 'in_progress') RETURNING 1 AS one";
const WORK: &str = "SELECT r.source, r.key_id, r.scopes, r.created_at, e.user_id, e.criteria FROM evaluation_runs r \
JOIN evaluations e ON e.id = r.evaluation_id WHERE r.id = ?1";
const SUM_UP: &str = "UPDATE evaluation_runs SET \
passed = (SELECT count(*) FROM evaluation_items i WHERE i.run_id = ?1 AND i.status = 'pass'), \
failed = (SELECT count(*) FROM evaluation_items i WHERE i.run_id = ?1 AND i.status = 'fail'), \
errored = (SELECT count(*) FROM evaluation_items i WHERE i.run_id = ?1 AND i.status = 'error'), \
by_criterion = (SELECT json_group_array(json_object('testing_criteria', s.name, 'passed', s.passed, 'failed', s.failed, \
'mean_score', s.mean)) FROM (SELECT json_extract(j.value, '$.name') AS name, sum(json_extract(j.value, '$.passed')) AS passed, \
sum(NOT json_extract(j.value, '$.passed')) AS failed, avg(json_extract(j.value, '$.score')) AS mean, min(j.key) AS place \
FROM evaluation_items i, json_each(i.results) AS j WHERE i.run_id = ?1 GROUP BY 1 ORDER BY place) s), \
by_model = (SELECT json_group_array(json_object('model_name', m.model, 'invocation_count', m.calls, 'prompt_tokens', m.prompt, \
'cached_tokens', m.cached, 'completion_tokens', m.completion, 'total_tokens', m.prompt + m.completion)) FROM \
(SELECT i.model, count(*) AS calls, sum(coalesce(i.prompt_tokens, 0)) AS prompt, sum(coalesce(i.cached_tokens, 0)) AS cached, \
sum(coalesce(i.completion_tokens, 0)) AS completion FROM evaluation_items i WHERE i.run_id = ?1 AND i.model IS NOT NULL \
GROUP BY i.model ORDER BY i.model) m) WHERE id = ?1";
const ADVANCE: &str = "UPDATE evaluation_runs SET step = step + 1, leased_until = ?3, \
status = CASE WHEN EXISTS (SELECT 1 FROM evaluation_items i WHERE i.run_id = ?1 AND i.status = 'queued') THEN status \
ELSE 'completed' END, \
finished_at = CASE WHEN EXISTS (SELECT 1 FROM evaluation_items i WHERE i.run_id = ?1 AND i.status = 'queued') THEN NULL \
ELSE ?4 END WHERE id = ?1 AND step = ?2 AND status = 'in_progress' RETURNING step AS step, status AS status";
const FAIL: &str = "UPDATE evaluation_runs SET status = 'failed', error = ?2, finished_at = ?3 WHERE id = ?1 \
AND status IN ('queued', 'in_progress')";
const SILENT: &str = "SELECT id, step FROM evaluation_runs WHERE status IN ('queued', 'in_progress') \
AND leased_until <= ?1 AND created_at <= ?1 LIMIT 50";

/// What a step of a run needs.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the columns, as the migration explains them")]
pub struct WorkRow {
    pub source: String,
    pub key_id: Option<String>,
    pub scopes: String,
    pub created_at: u64,
    pub user_id: String,
    pub criteria: String,
}

/// Where a run is after a step.
#[derive(Debug, Deserialize)]
pub struct Advanced {
    /// The number of the next one.
    pub step: u64,
    /// What it is now.
    pub status: String,
}

/// A run that nobody works on.
#[derive(Debug, Deserialize)]
pub struct Silent {
    /// The run.
    pub id: String,
    /// Its step.
    pub step: u64,
}

/// Takes a run for one step, until `until`; a row when it was free.
pub fn claim(run: &str, step: u64, until: u64, now: u64) -> Statement {
    sql!(CLAIM, run, step, until, now)
}

/// What the work needs: a `WorkRow`.
pub fn work(run: &str) -> Statement {
    sql!(WORK, run)
}

/// Writes down what its items come to.
pub fn sum_up(run: &str) -> Statement {
    sql!(SUM_UP, run)
}

/// Ends a step, and the run when nothing is left: `Advanced`. The next step begins from `free_at` on.
pub fn advance(run: &str, step: u64, free_at: u64, now: u64) -> Statement {
    sql!(ADVANCE, run, step, free_at, now)
}

/// Ends a run for this reason, which is JSON.
pub fn fail(run: &str, error: &str, now: u64) -> Statement {
    sql!(FAIL, run, error, now)
}

/// Runs that nobody has worked on since `before`.
pub fn silent(before: u64) -> Statement {
    sql!(SILENT, before)
}
