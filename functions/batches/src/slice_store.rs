//! All SQL of slices and of what their tries brought. `?1` is the batch.

use serde::Deserialize;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[CUT, NEXT, CLAIM, HOLD, RELEASE, PART, SETTLE, COUNT, BUSY, LEFT, PARTS, STUCK, REVIVE];

/// Slices of a batch that are asked at the same time.
pub const AT_ONCE: u64 = 2;
/// Milliseconds for which a slice is held by whoever asks it; renewed with every few calls.
pub const HELD_MS: u64 = 660_000;

// ?2 a list of {line, from, to}.
const CUT: &str = "INSERT INTO batch_slices (batch_id, slice, first_line, from_byte, to_byte) \
SELECT ?1, key, value ->> 'line', value ->> 'from', value ->> 'to' FROM json_each(?2) \
WHERE EXISTS (SELECT 1 FROM batches WHERE id = ?1 AND status = 'validating') ON CONFLICT DO NOTHING";
const NEXT: &str = "UPDATE batch_slices SET state = 'sent', touched_at = ?2 WHERE batch_id = ?1 AND state = 'open' \
AND slice IN (SELECT slice FROM batch_slices WHERE batch_id = ?1 AND state = 'open' ORDER BY slice \
LIMIT max(0, ?3 - (SELECT count(*) FROM batch_slices WHERE batch_id = ?1 AND state = 'sent'))) \
AND EXISTS (SELECT 1 FROM batches WHERE id = ?1 AND status = 'in_progress') RETURNING slice AS slice, try AS try";
// ?2 the slice, ?3 the try.
const CLAIM: &str = "UPDATE batch_slices SET busy_until = ?5, touched_at = ?4 WHERE batch_id = ?1 AND slice = ?2 AND try = ?3 \
AND state = 'sent' AND (busy_until IS NULL OR busy_until <= ?4) \
AND EXISTS (SELECT 1 FROM batches WHERE id = ?1 AND status = 'in_progress') \
RETURNING first_line AS first_line, from_byte AS from_byte, to_byte AS to_byte, pending AS pending";
const HOLD: &str = "UPDATE batch_slices SET busy_until = ?5, touched_at = ?4 WHERE batch_id = ?1 AND slice = ?2 AND try = ?3 \
AND busy_until IS NOT NULL AND EXISTS (SELECT 1 FROM batches WHERE id = ?1 AND status = 'in_progress') RETURNING 1 AS one";
const RELEASE: &str = "UPDATE batch_slices SET busy_until = NULL WHERE batch_id = ?1 AND slice = ?2 AND try = ?3";
// A second time the key breaks the batch of statements, and nothing counts twice.
const PART: &str = "INSERT INTO batch_parts (batch_id, slice, try, kind, object, bytes) \
SELECT id, ?2, ?3, ?4, ?5, ?6 FROM batches WHERE id = ?1";
const SETTLE: &str = "UPDATE batch_slices SET try = ?3 + 1, pending = ?4, state = CASE WHEN ?4 IS NULL THEN 'done' ELSE 'sent' END, \
busy_until = NULL, touched_at = ?5 WHERE batch_id = ?1 AND slice = ?2 AND try = ?3";
const COUNT: &str =
    "UPDATE batches SET completed = completed + ?2, failed = failed + ?3, touched_at = ?4 WHERE id = ?1";
const BUSY: &str =
    "SELECT max(busy_until) AS one FROM batch_slices WHERE batch_id = ?1 AND busy_until > ?2 HAVING count(*) > 0";
const LEFT: &str = "SELECT slice, first_line, from_byte, to_byte, pending FROM batch_slices \
WHERE batch_id = ?1 AND state <> 'done' AND slice > ?2 ORDER BY slice LIMIT 200";
const PARTS: &str = "SELECT kind, object, bytes FROM batch_parts WHERE batch_id = ?1 AND bytes > 0 ORDER BY slice, try";
const STUCK: &str = "SELECT slice, try FROM batch_slices WHERE batch_id = ?1 AND state = 'sent' AND touched_at <= ?2 \
AND (busy_until IS NULL OR busy_until <= ?3)";
const REVIVE: &str =
    "UPDATE batch_slices SET touched_at = ?3 WHERE batch_id = ?1 AND state = 'sent' AND touched_at <= ?2";

/// A slice to be asked.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Due {
    /// Its number.
    pub slice: u64,
    /// How often it was asked.
    pub r#try: u64,
}

/// The lines of a slice.
#[derive(Clone, Debug, Deserialize)]
pub struct Lines {
    /// Its number, where several are read.
    #[serde(default)]
    pub slice: u64,
    /// Counted from 1.
    pub first_line: u64,
    /// Where they begin.
    pub from_byte: u64,
    /// Where they end.
    pub to_byte: u64,
    /// JSON: the lines still to be asked; `None`: all.
    pub pending: Option<String>,
}

/// An object with what a try brought.
#[derive(Clone, Debug, Deserialize)]
pub struct Part {
    /// `output` or `error`.
    pub kind: String,
    /// Its name.
    pub object: String,
    /// Its length.
    pub bytes: u64,
}

/// A try at a slice.
#[derive(Clone, Copy, Debug)]
pub struct Try<'a> {
    /// The batch.
    pub batch: &'a str,
    /// The slice.
    pub slice: u64,
    /// Which try.
    pub r#try: u64,
}

/// Cuts a batch that is being looked at: `slices` in JSON.
pub fn cut(batch: &str, slices: &str) -> Statement {
    sql!(CUT, batch, slices)
}

/// Takes the next open slices, as many as may be asked at once: rows of `Due`.
pub fn next(batch: &str, now: u64) -> Statement {
    sql!(NEXT, batch, now, AT_ONCE)
}

/// Claims a try, unless somebody is at it: a row of `Lines`.
pub fn claim(of: Try<'_>, now: u64) -> Statement {
    sql!(CLAIM, of.batch, of.slice, of.r#try, now, now.saturating_add(HELD_MS))
}

/// Goes on holding a try; a row while the batch goes on.
pub fn hold(of: Try<'_>, now: u64) -> Statement {
    sql!(HOLD, of.batch, of.slice, of.r#try, now, now.saturating_add(HELD_MS))
}

/// Lets a try go that failed, so that the next message takes it.
pub fn release(of: Try<'_>) -> Statement {
    sql!(RELEASE, of.batch, of.slice, of.r#try)
}

/// Notes what a try brought.
pub fn part(of: Try<'_>, kind: &str, object: &str, bytes: u64) -> Statement {
    sql!(PART, of.batch, of.slice, of.r#try, kind, object, bytes)
}

/// Ends a try: `pending` in JSON, or nothing when all lines are answered.
pub fn settle(of: Try<'_>, pending: Option<&str>, now: u64) -> Statement {
    sql!(SETTLE, of.batch, of.slice, of.r#try, pending, now)
}

/// Adds to the counts of a batch.
pub fn count(batch: &str, completed: u64, failed: u64, now: u64) -> Statement {
    sql!(COUNT, batch, completed, failed, now)
}

/// Until when somebody is at a slice of this batch: a row of `One`, or none.
pub fn busy(batch: &str, now: u64) -> Statement {
    sql!(BUSY, batch, now)
}

/// Slices that are not done, behind this one: rows of `Lines`.
pub fn left(batch: &str, after: i64) -> Statement {
    sql!(LEFT, batch, after)
}

/// What all tries brought, in the order of the lines: rows of `Part`.
pub fn parts(batch: &str) -> Statement {
    sql!(PARTS, batch)
}

/// Slices whose step is lost: rows of `Due`.
pub fn stuck(batch: &str, since: u64, now: u64) -> Statement {
    sql!(STUCK, batch, since, now)
}

/// Notes that they were woken.
pub fn revive(batch: &str, since: u64, now: u64) -> Statement {
    sql!(REVIVE, batch, since, now)
}
