//! What an account's export says of work that models do, of files that are open to others, and of settings. Each row is written
//! by the database as the JSON that clients get, so that no list costs the Worker a type of its own; what the rows look like is
//! said to the host alone (`work_model`). Their deletion is the database's own: it goes with the person.

use serde::Deserialize;
use serde_json::value::RawValue;
use shared::db::Statement;
use shared::platform::Rows;
use shared::problem::Problem;
use shared::sql;

use crate::person_store::{MOST_EXPORTED, most};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] =
    &[ANALYSES, BATCHES, EVALUATIONS, RUNS, TUNING_JOBS, UPLOADS, SHARES, LINKS, WEBHOOKS, SETTINGS];

/// Bytes of what analyses came to in an export; the others are read one by one.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// A column in milliseconds since 1970 as RFC 3339, or null.
macro_rules! time_sql {
    ($column:literal) => {
        concat!("strftime('%Y-%m-%dT%H:%M:%fZ', ", $column, " / 1000.0, 'unixepoch')")
    };
}

const ANALYSES: &str = concat!(
    "SELECT json_object('id', a.id, 'organisation_id', a.organisation_id, 'file_id', a.file_id, 'task', a.task, 'settings', \
json(a.settings), 'model', a.model, 'status', a.status, 'result', json(a.result), 'error', json(a.error), 'cost_nano_usd', \
a.cost_nano_usd, 'created_at', ",
    time_sql!("a.created_at"),
    ", 'ended_at', ",
    time_sql!("a.ended_at"),
    ") AS item, s.whole AS bytes FROM (SELECT id, sum(length(settings) + coalesce(length(result), 0)) OVER (ORDER BY id DESC) AS total, \
sum(length(settings) + coalesce(length(result), 0)) OVER () AS whole FROM analyses WHERE user_id = ?1) s \
JOIN analyses a ON a.id = s.id WHERE s.total <= ?3 ORDER BY a.id DESC LIMIT ?2"
);
const BATCHES: &str = concat!(
    "SELECT json_object('id', id, 'organisation_id', organisation_id, 'endpoint', endpoint, 'input_file_id', input_file_id, \
'output_file_id', output_file_id, 'error_file_id', error_file_id, 'metadata', json(metadata), 'status', status, 'total', total, \
'completed', completed, 'failed', failed, 'created_at', ",
    time_sql!("created_at"),
    ", 'ended_at', ",
    time_sql!("ended_at"),
    ") AS item FROM batches WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2"
);
const EVALUATIONS: &str = concat!(
    "SELECT json_object('id', id, 'organisation_id', organisation_id, 'name', name, 'metadata', json(metadata), 'criteria', \
json(criteria), 'created_at', ",
    time_sql!("created_at"),
    ") AS item FROM evaluations WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2"
);
const RUNS: &str = concat!(
    "SELECT json_object('id', r.id, 'evaluation_id', r.evaluation_id, 'name', r.name, 'model', r.model, 'status', r.status, \
'items', r.items, 'passed', r.passed, 'failed', r.failed, 'errored', r.errored, 'created_at', ",
    time_sql!("r.created_at"),
    ", 'finished_at', ",
    time_sql!("r.finished_at"),
    ") AS item FROM evaluation_runs r JOIN evaluations e ON e.id = r.evaluation_id WHERE e.user_id = ?1 ORDER BY r.id DESC LIMIT ?2"
);
const TUNING_JOBS: &str = concat!(
    "SELECT json_object('id', id, 'organisation_id', organisation_id, 'provider', provider, 'model', model, 'training_file', \
training_file, 'validation_file', validation_file, 'status', status, 'fine_tuned_model', fine_tuned_model, 'trained_tokens', \
trained_tokens, 'created_at', ",
    time_sql!("created_at"),
    ", 'finished_at', ",
    time_sql!("finished_at"),
    ") AS item FROM tuning_jobs WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2"
);
const UPLOADS: &str = concat!(
    "SELECT json_object('id', id, 'organisation_id', organisation_id, 'filename', filename, 'bytes', length, 'created_at', ",
    time_sql!("created_at"),
    ", 'expires_at', ",
    time_sql!("expires_at"),
    ") AS item FROM uploads WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2"
);
// With whom the person shares, and what is shared with them: the same row twice where it is both.
const SHARES: &str = concat!(
    "SELECT json_object('file_id', s.file_id, 'with', s.reader, 'created_at', ",
    time_sql!("s.created_at"),
    ", 'expires_at', ",
    time_sql!("s.expires_at"),
    ") AS item FROM (SELECT s.file_id, s.user_id AS reader, s.created_at, s.expires_at FROM files f JOIN file_shares s ON s.file_id = f.id \
WHERE f.user_id = ?1 UNION ALL SELECT a.file_id, a.email, a.created_at, a.expires_at FROM files f JOIN file_addresses a ON a.file_id = f.id \
WHERE f.user_id = ?1 UNION ALL SELECT file_id, user_id, created_at, expires_at FROM file_shares WHERE user_id = ?1) s \
ORDER BY s.file_id DESC LIMIT ?2"
);
const LINKS: &str = concat!(
    "SELECT json_object('id', id, 'file_id', file_id, 'scope', scope, 'created_at', ",
    time_sql!("created_at"),
    ", 'expires_at', ",
    time_sql!("expires_at"),
    ", 'revoked_at', ",
    time_sql!("revoked_at"),
    ") AS item FROM file_links WHERE created_by = ?1 ORDER BY id DESC LIMIT ?2"
);
const WEBHOOKS: &str = concat!(
    "SELECT json_object('organisation_id', organisation_id, 'url', url, 'created_at', ",
    time_sql!("created_at"),
    ") AS item FROM webhook_settings WHERE user_id = ?1 ORDER BY created_at DESC LIMIT ?2"
);
const SETTINGS: &str = "SELECT json_object('conversation_retention_days', retention_days) AS item FROM conversation_settings \
WHERE user_id = ?1 LIMIT ?2";

/// What stands here, in the order of the export's members: each statement gives rows of one item.
pub fn all(user: &str) -> Vec<Statement> {
    let plain = |sql: &'static str| sql!(sql, user, most());
    let rest = [BATCHES, EVALUATIONS, RUNS, TUNING_JOBS, UPLOADS, SHARES, LINKS, WEBHOOKS, SETTINGS].map(plain);
    let mut statements = vec![sql!(ANALYSES, user, most(), MOST_BYTES)];
    statements.extend(rest);
    statements
}

#[derive(Deserialize)]
struct Item {
    item: String,
    /// Bytes of all there are, where those in the export are bounded.
    #[serde(default)]
    bytes: u64,
}

/// One list of these; `complete` turns false when more is kept than is in it.
///
/// # Errors
/// When the database gave something else, which it never does.
pub fn part(rows: &mut Rows, statement: usize, complete: &mut bool) -> Result<Vec<Box<RawValue>>, Problem> {
    let rows: Vec<Item> = rows.take(statement)?;
    *complete &= rows.len() <= MOST_EXPORTED && rows.first().is_none_or(|row| row.bytes <= MOST_BYTES);
    let items = rows.into_iter().take(MOST_EXPORTED).map(|row| RawValue::from_string(row.item));
    items.collect::<Result<_, _>>().map_err(Problem::internal)
}
