//! All SQL of batches. Whatever moves one says from which state: of two that try, one does.

use shared::db::Statement;
use shared::sql;
use uploads::Owner;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] =
    &[ADD, ROOM, READ, LIST, CANCEL, OF_ID, BEGIN, REFUSE, CONCLUDE, END, GIVE_UP, TOUCH, SILENT, OVER];

/// Batches of a person that have not ended, at most.
pub const MOST_ALIVE: u64 = 50;

macro_rules! columns_sql {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, organisation_id, key_id, scopes, endpoint, input_file_id, object, bytes, metadata, status, \
ending, errors, total, completed, failed, output_file_id, error_file_id, output_ms, created_at, expires_at, in_progress_at, \
finalizing_at, cancelling_at, ended_at FROM batches WHERE ",
            $rest
        )
    };
}

const ROOM: &str = "SELECT count(*) AS one FROM batches WHERE user_id = ?1 AND ended_at IS NULL";
// Only of a file that is still there.
const ADD: &str = "INSERT INTO batches (id, user_id, organisation_id, key_id, scopes, endpoint, input_file_id, object, bytes, \
metadata, output_ms, status, created_at, expires_at, touched_at) \
SELECT ?2, ?1, ?3, ?4, ?5, ?6, f.id, f.object, f.bytes, ?8, ?9, 'validating', ?10, ?11, ?10 FROM files f \
WHERE f.id = ?7 AND f.user_id = ?1";
const READ: &str = columns_sql!("user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3");
const LIST: &str = columns_sql!(
    "user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4"
);
const CANCEL: &str = "UPDATE batches SET status = 'cancelling', ending = 'cancelled', cancelling_at = ?4, touched_at = ?4 \
WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3 AND status IN ('validating', 'in_progress')";
const OF_ID: &str = columns_sql!("id = ?1");
const BEGIN: &str = "UPDATE batches SET status = 'in_progress', total = ?2, in_progress_at = ?3, touched_at = ?3 \
WHERE id = ?1 AND status = 'validating'";
const REFUSE: &str = "UPDATE batches SET status = 'failed', ending = 'failed', errors = ?2, ended_at = ?3, touched_at = ?3 \
WHERE id = ?1 AND status = 'validating'";
// A batch that was cancelled stays so until it has ended.
const CONCLUDE: &str = "UPDATE batches SET status = 'finalizing', ending = ?2, finalizing_at = ?3, touched_at = ?3, \
errors = CASE WHEN ?4 IS NULL THEN errors ELSE json_insert(errors, '$[#]', json(?4)) END \
WHERE id = ?1 AND status IN ('validating', 'in_progress') \
AND (?2 <> 'completed' OR status = 'in_progress' AND NOT EXISTS (SELECT 1 FROM batch_slices WHERE batch_id = ?1 AND state <> 'done')) RETURNING id AS id";
const END: &str = "UPDATE batches SET status = ending, output_file_id = ?2, error_file_id = ?3, failed = failed + ?4, \
ended_at = ?5, touched_at = ?5 WHERE id = ?1 AND status IN ('finalizing', 'cancelling')";
const GIVE_UP: &str = "UPDATE batches SET status = 'failed', ending = 'failed', errors = json_insert(errors, '$[#]', json(?2)), \
ended_at = ?3, touched_at = ?3 WHERE id = ?1 AND ended_at IS NULL";
const TOUCH: &str = "UPDATE batches SET touched_at = ?2 WHERE id = ?1";
const SILENT: &str = columns_sql!("ended_at IS NULL AND touched_at <= ?1 ORDER BY touched_at LIMIT 50");
const OVER: &str = "SELECT id AS id FROM batches WHERE status IN ('validating', 'in_progress') AND ended_at IS NULL \
AND expires_at <= ?1 LIMIT 50";

/// A batch to be.
pub struct NewBatch<'a> {
    /// `batch_…`.
    pub id: &'a str,
    /// The key or grant that makes it.
    pub key_id: Option<&'a str>,
    /// A JSON list.
    pub scopes: &'a str,
    /// The route.
    pub endpoint: &'a str,
    /// The input.
    pub file: &'a str,
    /// JSON.
    pub metadata: Option<&'a str>,
    /// Milliseconds for which its files are kept.
    pub output_ms: Option<u64>,
    /// The time, in milliseconds.
    pub now: u64,
    /// The end of its window.
    pub expires_at: u64,
}

/// How many batches of a person have not ended: a row of `One`.
pub fn room(user_id: &str) -> Statement {
    sql!(ROOM, user_id)
}

/// Makes a batch.
pub fn add(owner: Owner<'_>, new: &NewBatch<'_>) -> Statement {
    let NewBatch { id, key_id, scopes, endpoint, file, metadata, output_ms, now, expires_at } = *new;
    let (user, organisation) = (owner.user_id, owner.organisation_id);
    sql!(ADD, user, id, organisation, key_id, scopes, endpoint, file, metadata, output_ms, now, expires_at)
}

/// One batch that the caller reaches.
pub fn read(owner: Owner<'_>, id: &str) -> Statement {
    sql!(READ, owner.user_id, owner.organisation_id, id)
}

/// The batches that the caller reaches, behind the one with the id `after`.
pub fn list(owner: Owner<'_>, after: Option<&str>, limit: u64) -> Statement {
    sql!(LIST, owner.user_id, owner.organisation_id, after, limit)
}

/// Cancels a batch that has not begun to end.
pub fn cancel(owner: Owner<'_>, id: &str, now: u64) -> Statement {
    sql!(CANCEL, owner.user_id, owner.organisation_id, id, now)
}

/// One batch, whosever it is: for its steps.
pub fn of_id(id: &str) -> Statement {
    sql!(OF_ID, id)
}

/// Its lines are good and can be asked.
pub fn begin(id: &str, total: u64, now: u64) -> Statement {
    sql!(BEGIN, id, total, now)
}

/// Its lines are not good: `errors` in JSON.
pub fn refuse(id: &str, errors: &str, now: u64) -> Statement {
    sql!(REFUSE, id, errors, now)
}

/// Begins to end it so; as completed only when no line is open. A row where it was not ending already. `error` in JSON says
/// why.
pub fn conclude(id: &str, ending: &str, now: u64, error: Option<&str>) -> Statement {
    sql!(CONCLUDE, id, ending, now, error)
}

/// Ends it, with its files and the lines that were never answered.
pub fn end(id: &str, output: Option<&str>, error: Option<&str>, unanswered: u64, now: u64) -> Statement {
    sql!(END, id, output, error, unanswered, now)
}

/// Ends it without files, because they cannot be written: `error` in JSON says why.
pub fn give_up(id: &str, error: &str, now: u64) -> Statement {
    sql!(GIVE_UP, id, error, now)
}

/// A sign of life.
pub fn touch(id: &str, now: u64) -> Statement {
    sql!(TOUCH, id, now)
}

/// Batches that gave no sign since then.
pub fn silent(since: u64) -> Statement {
    sql!(SILENT, since)
}

/// Batches whose window has ended.
pub fn over(now: u64) -> Statement {
    sql!(OVER, now)
}
