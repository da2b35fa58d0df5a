//! All SQL of what people do with analyses. `?1` is the caller, `?2` the organisation of their key, or NULL. Not here: the
//! work itself (`work/store.rs`), webhooks (`hooks/store.rs`).

use shared::db::Statement;
use shared::sql;
use uploads::Owner;

use crate::analysis_sql;
use crate::model::AnalysisQuery;
use crate::task::Task;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD, READ, AGAIN, LIST, DELETE, CANCEL, REPLAY];

/// Analyses of a person that have not ended, at most.
pub const MOST_OPEN: u64 = 200;

/// What every statement gives that reads analyses to work on them.
#[macro_export]
macro_rules! work_sql {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, organisation_id, key_id, scopes, file_id, task, model, webhook_url, step, failures, \
unfit, asked, settings ->> '$.language' AS language, settings ->> '$.prompt' AS prompt, settings -> '$.rubric' AS rubric, \
settings -> '$.schema' AS schema FROM analyses WHERE ",
            $rest
        )
    };
}

const ADD: &str = "INSERT INTO analyses (id, user_id, organisation_id, key_id, scopes, file_id, task, settings, model, rerun_of, \
webhook_url, next_at, created_at) SELECT ?3, u.id, ?2, ?4, ?5, f.id, ?7, ?8, ?9, ?10, ?11, ?12, ?12 \
FROM users u, files f WHERE u.id = ?1 AND f.id = ?6 AND (SELECT count(*) FROM analyses o WHERE o.user_id = ?1 \
AND o.status IN ('queued', 'running')) < ?13";
const READ: &str = concat!(
    "SELECT id, status, version, step, ",
    analysis_sql!(),
    " AS shown FROM analyses WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3"
);
const AGAIN: &str = work_sql!("user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3");
const LIST: &str = concat!(
    "SELECT id, ",
    analysis_sql!(),
    " AS shown FROM analyses WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND (?3 IS NULL OR id < ?3) AND (?4 IS NULL OR file_id = ?4) \
AND (?5 IS NULL OR status = ?5) AND (?6 IS NULL OR task = ?6) ORDER BY id DESC LIMIT ?7"
);
const DELETE: &str = "DELETE FROM analyses WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3 \
RETURNING 1 AS one";
const CANCEL: &str = "UPDATE analyses SET status = 'cancelled', step = step + 1, version = version + 1, leased_until = 0, \
ended_at = ?4 WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3 AND status IN ('queued', 'running') \
RETURNING 1 AS one";
// It is asked anew and by whoever replays it: the key that made it may be the reason why it failed.
const REPLAY: &str = "UPDATE analyses SET status = 'queued', step = step + 1, version = version + 1, asked = asked + 1, \
failures = 0, unfit = 0, leased_until = 0, next_at = ?6, error = NULL, started_at = NULL, ended_at = NULL, key_id = ?4, \
scopes = ?5 WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3 AND status IN ('failed', 'cancelled') \
AND (SELECT count(*) FROM analyses o WHERE o.user_id = ?1 AND o.status IN ('queued', 'running')) < ?7 RETURNING 1 AS one";

/// An analysis to be.
pub struct NewAnalysis<'a> {
    /// `anl_…`.
    pub id: &'a str,
    /// The key or grant that makes it.
    pub key_id: Option<&'a str>,
    /// What it may do, JSON.
    pub scopes: &'a str,
    /// The picture.
    pub file_id: &'a str,
    /// What is asked.
    pub task: Task,
    /// Beside it, JSON.
    pub settings: &'a str,
    /// Who is asked.
    pub model: &'a str,
    /// The one that it does again.
    pub rerun_of: Option<&'a str>,
    /// Who is told.
    pub webhook_url: Option<&'a str>,
    /// Milliseconds.
    pub now: u64,
}

/// Makes an analysis, unless too many have not ended or the file is gone.
pub fn add(owner: Owner<'_>, new: &NewAnalysis<'_>) -> Statement {
    let NewAnalysis { id, key_id, scopes, file_id, task, settings, model, rerun_of, webhook_url, now } = *new;
    let (user, organisation, task) = (owner.user_id, owner.organisation_id, task.as_str());
    sql!(
        ADD,
        user,
        organisation,
        id,
        key_id,
        scopes,
        file_id,
        task,
        settings,
        model,
        rerun_of,
        webhook_url,
        now,
        MOST_OPEN
    )
}

/// One of the caller's: `Found`.
pub fn read(owner: Owner<'_>, id: &str) -> Statement {
    sql!(READ, owner.user_id, owner.organisation_id, id)
}

/// One of the caller's that is to be done again: `AnalysisRow`.
pub fn again(owner: Owner<'_>, id: &str) -> Statement {
    sql!(AGAIN, owner.user_id, owner.organisation_id, id)
}

/// Those of the caller behind `after`, newest first: `ShownRow`.
pub fn list(owner: Owner<'_>, query: &AnalysisQuery, after: Option<&str>) -> Statement {
    let (file, status, task) = (query.file_id.as_deref(), query.status.as_deref(), query.task.as_deref());
    sql!(LIST, owner.user_id, owner.organisation_id, after, file, status, task, query.limit.to_read())
}

/// Deletes one of the caller's: `One`.
pub fn delete(owner: Owner<'_>, id: &str) -> Statement {
    sql!(DELETE, owner.user_id, owner.organisation_id, id)
}

/// Ends one that has not ended: `One`.
pub fn cancel(owner: Owner<'_>, id: &str, now: u64) -> Statement {
    sql!(CANCEL, owner.user_id, owner.organisation_id, id, now)
}

/// Queues one again that failed or was cancelled: `One`.
pub fn replay(owner: Owner<'_>, id: &str, key_id: Option<&str>, scopes: &str, now: u64) -> Statement {
    sql!(REPLAY, owner.user_id, owner.organisation_id, id, key_id, scopes, now, MOST_OPEN)
}
