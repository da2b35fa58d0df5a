//! All SQL of tuning jobs. `?1` is the caller, `?2` the organisation of their key, or NULL; statements of the work itself
//! name a job alone.

use serde::Deserialize;
use shared::db::Statement;
use shared::{reach_sql, sql};
use uploads::Owner;

use crate::model::Event;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[
    MAY,
    ADD,
    READ,
    LIST,
    EVENTS,
    CANCEL,
    CLAIM,
    WORK,
    NOTE,
    NOTE_THEIRS,
    UPDATE,
    SEND_KEY,
    CREATING,
    END,
    AGAIN,
    DUE,
];

/// Jobs of a person that are under way at most.
pub const MOST_OPEN: u64 = 5;

// Tuning spends what no budget counts: administrators may, and in an organisation those whose role has `tuning:create`.
const MAY: &str = concat!(
    "SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM users u, json_each(u.roles) AS j WHERE u.id = ?1 AND j.value = 'admin') OR ",
    reach_sql!("?1", "?2", "?1", "tuning", "create")
);
const ADD: &str = "INSERT INTO tuning_jobs (id, user_id, organisation_id, key_id, provider, model, request, training_file, \
validation_file, status, next_at, created_at) SELECT ?3, u.id, ?2, ?4, ?5, ?6, ?7, ?8, ?9, 'validating_files', ?10, ?10 \
FROM users u WHERE u.id = ?1 AND (SELECT count(*) FROM tuning_jobs o WHERE o.user_id = ?1 \
AND o.status IN ('validating_files', 'queued', 'running')) < ?11";

macro_rules! columns_sql {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, organisation_id, key_id, provider, model, request, training_file, validation_file, status, \
provider_key, remote_training_file, remote_validation_file, remote_id, create_tried, fine_tuned_model, trained_tokens, \
estimated_finish, error, failures, step, cancel_wanted, created_at, finished_at FROM tuning_jobs WHERE ",
            $rest
        )
    };
}

const READ: &str = columns_sql!("user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3");
const LIST: &str = columns_sql!(
    "user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4"
);
const EVENTS: &str = "SELECT v.id, v.level, v.message, v.at / 1000 AS created_at FROM tuning_events v \
JOIN tuning_jobs t ON t.id = v.job_id WHERE t.user_id = ?1 AND (?2 IS NULL OR t.organisation_id = ?2) AND t.id = ?3 \
AND (?4 IS NULL OR (v.at, v.id) < (SELECT b.at, b.id FROM tuning_events b WHERE b.id = ?4)) \
ORDER BY v.at DESC, v.id DESC LIMIT ?5";
const CANCEL: &str = "UPDATE tuning_jobs SET cancel_wanted = 1, next_at = ?4, \
status = CASE WHEN remote_id IS NULL AND create_tried = 0 AND leased_until <= ?4 THEN 'cancelled' ELSE status END, \
finished_at = CASE WHEN remote_id IS NULL AND create_tried = 0 AND leased_until <= ?4 THEN ?4 ELSE NULL END \
WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3 \
AND status IN ('validating_files', 'queued', 'running')";

/// A job to be.
pub struct NewTuning<'a> {
    /// `ftjob_…`.
    pub id: &'a str,
    /// The key that made it.
    pub key_id: Option<&'a str>,
    /// Who trains.
    pub provider: &'a str,
    /// What is trained.
    pub model: &'a str,
    /// JSON.
    pub request: &'a str,
    /// The file.
    pub training_file: &'a str,
    /// The file.
    pub validation_file: Option<&'a str>,
    /// Milliseconds.
    pub now: u64,
}

/// A row when the caller may spend on tuning.
pub fn may(owner: Owner<'_>) -> Statement {
    sql!(MAY, owner.user_id, owner.organisation_id)
}

/// Makes a job, unless too many are under way.
pub fn add(owner: Owner<'_>, new: &NewTuning<'_>) -> Statement {
    let NewTuning { id, key_id, provider, model, request, training_file, validation_file, now } = *new;
    let (user, organisation) = (owner.user_id, owner.organisation_id);
    sql!(ADD, user, organisation, id, key_id, provider, model, request, training_file, validation_file, now, MOST_OPEN)
}

/// One of the caller's.
pub fn read(owner: Owner<'_>, id: &str) -> Statement {
    sql!(READ, owner.user_id, owner.organisation_id, id)
}

/// Those of the caller, newest first.
pub fn list(owner: Owner<'_>, after: Option<&str>, limit: u64) -> Statement {
    sql!(LIST, owner.user_id, owner.organisation_id, after, limit)
}

/// What happened to a job, newest first.
pub fn events(owner: Owner<'_>, id: &str, after: Option<&str>, limit: u64) -> Statement {
    sql!(EVENTS, owner.user_id, owner.organisation_id, id, after, limit)
}

/// Ends a job that the provider does not know yet; of any other notes that it is to end.
pub fn cancel(owner: Owner<'_>, id: &str, now: u64) -> Statement {
    sql!(CANCEL, owner.user_id, owner.organisation_id, id, now)
}

const CLAIM: &str = "UPDATE tuning_jobs SET leased_until = ?3 WHERE id = ?1 AND step = ?2 AND leased_until <= ?4 \
AND status IN ('validating_files', 'queued', 'running') RETURNING 1 AS one";
const WORK: &str = columns_sql!("id = ?1");
const NOTE: &str = "INSERT INTO tuning_events (id, job_id, level, message, at) SELECT ?2, id, ?3, ?4, ?5 \
FROM tuning_jobs WHERE id = ?1";
const NOTE_THEIRS: &str = "INSERT INTO tuning_events (id, job_id, level, message, at) \
SELECT json_extract(j.value, '$.id'), t.id, json_extract(j.value, '$.level'), json_extract(j.value, '$.message'), \
json_extract(j.value, '$.created_at') * 1000 FROM json_each(?2) AS j JOIN tuning_jobs t ON t.id = ?1 WHERE true \
ON CONFLICT (id) DO NOTHING";
// Ends a step: what the provider said, and when it is asked again.
const UPDATE: &str = "UPDATE tuning_jobs SET step = step + 1, leased_until = 0, failures = 0, next_at = ?3, \
status = coalesce(?4, status), remote_id = coalesce(?5, remote_id), estimated_finish = coalesce(?6, estimated_finish), \
remote_training_file = coalesce(?7, remote_training_file), \
remote_validation_file = coalesce(?8, remote_validation_file) \
WHERE id = ?1 AND step = ?2 AND status IN ('validating_files', 'queued', 'running') RETURNING step AS step";
const SEND_KEY: &str = "UPDATE tuning_jobs SET provider_key = ?2 WHERE id = ?1 AND provider_key IS NULL";
const CREATING: &str = "UPDATE tuning_jobs SET create_tried = 1 WHERE id = ?1";
const END: &str = "UPDATE tuning_jobs SET step = step + 1, leased_until = 0, status = ?3, error = ?4, \
trained_tokens = coalesce(?5, trained_tokens), fine_tuned_model = coalesce(?6, fine_tuned_model), finished_at = ?7 \
WHERE id = ?1 AND step = ?2 AND status IN ('validating_files', 'queued', 'running')";
const AGAIN: &str = "UPDATE tuning_jobs SET step = step + 1, leased_until = 0, failures = failures + 1, next_at = ?3 \
WHERE id = ?1 AND step = ?2 AND status IN ('validating_files', 'queued', 'running') RETURNING step AS step";
const DUE: &str = "SELECT id, step FROM tuning_jobs WHERE status IN ('validating_files', 'queued', 'running') \
AND next_at <= ?1 AND leased_until <= ?1 LIMIT 50";

/// Where a job is after a step.
#[derive(Debug, Deserialize)]
pub struct Stepped {
    /// The number of the next one.
    pub step: u64,
}

/// A job that is to be looked at.
#[derive(Debug, Deserialize)]
pub struct Due {
    /// The job.
    pub id: String,
    /// Its step.
    pub step: u64,
}

/// Takes a job for one step, until `until`; a row when it was free.
pub fn claim(id: &str, step: u64, until: u64, now: u64) -> Statement {
    sql!(CLAIM, id, step, until, now)
}

/// The job.
pub fn work(id: &str) -> Statement {
    sql!(WORK, id)
}

/// Notes something that happened.
pub fn note(job: &str, id: &str, level: &str, message: &str, at: u64) -> Statement {
    sql!(NOTE, job, id, level, message, at)
}

/// Notes what the provider says that happened, once.
pub fn note_theirs(job: &str, events: &[Event]) -> Statement {
    sql!(NOTE_THEIRS, job, serde_json::to_string(events).unwrap_or_default())
}

/// What a step found out; nothing where it is as before.
#[derive(Debug, Default)]
pub struct News<'a> {
    /// The state.
    pub status: Option<&'a str>,
    /// The job's id there.
    pub remote_id: Option<&'a str>,
    /// Seconds since 1970.
    pub estimated_finish: Option<u64>,
    /// The file's id there.
    pub remote_training_file: Option<&'a str>,
    /// The file's id there.
    pub remote_validation_file: Option<&'a str>,
}

/// Ends a step: `Stepped`.
pub fn update(id: &str, step: u64, next_at: u64, news: &News<'_>) -> Statement {
    let News { status, remote_id, estimated_finish, remote_training_file, remote_validation_file } = *news;
    sql!(UPDATE, id, step, next_at, status, remote_id, estimated_finish, remote_training_file, remote_validation_file)
}

/// Notes by which of the provider's keys a job goes.
pub fn keep_key(id: &str, key: &str) -> Statement {
    sql!(SEND_KEY, id, key)
}

/// Notes that the job is about to be made at the provider.
pub fn creating(id: &str) -> Statement {
    sql!(CREATING, id)
}

/// How a job ended.
#[derive(Debug, Default)]
pub struct End<'a> {
    /// `succeeded`, `failed` or `cancelled`.
    pub status: &'a str,
    /// JSON.
    pub error: Option<String>,
    /// Tokens.
    pub trained_tokens: Option<u64>,
    /// The new model's name.
    pub fine_tuned_model: Option<&'a str>,
}

/// Ends a job.
pub fn end(id: &str, step: u64, end: &End<'_>, now: u64) -> Statement {
    sql!(END, id, step, end.status, end.error.clone(), end.trained_tokens, end.fine_tuned_model, now)
}

/// Ends a step that did not get through: `Stepped`.
pub fn again(id: &str, step: u64, next_at: u64) -> Statement {
    sql!(AGAIN, id, step, next_at)
}

/// Jobs that are to be looked at.
pub fn due(now: u64) -> Statement {
    sql!(DUE, now)
}
