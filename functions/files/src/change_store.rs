//! SQL of changes to a file. `?1` is the caller, `?2` the organisation of their key or NULL, `?3` the file. Each statement asks
//! again whether the caller may: between reading and writing the right may go.

use shared::db::Statement;
use shared::{event_sql, sql};
use uploads::{Owner, Visibility, may_sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[CHANGE, VISIBILITY_CHANGED];

const CHANGE: &str = concat!(
    "UPDATE files AS f SET filename = coalesce(?5, f.filename), visibility = coalesce(?6, f.visibility), \
expires_at = CASE ?7 WHEN 1 THEN ?8 ELSE f.expires_at END, retain_until = CASE WHEN ?9 IS NULL THEN f.retain_until \
ELSE max(coalesce(f.retain_until, 0), ?9) END WHERE f.id = ?3 AND f.deleted_at IS NULL AND (f.expires_at IS NULL OR f.expires_at > ?4) AND ",
    may_sql!("update"),
    " RETURNING 1 AS one"
);
/// Notes that a file is read by others than before, once it is.
pub const VISIBILITY_CHANGED: &str =
    event_sql!("f.user_id", "FROM files f WHERE f.id = ?9 AND f.visibility = ?10 AND ?4 IS NOT NULL");

/// What becomes of a file's record; `None` stays.
#[derive(Debug)]
pub struct Change {
    /// Its name.
    pub filename: Option<String>,
    /// Who reads it.
    pub visibility: Option<Visibility>,
    /// Milliseconds since 1970, or never.
    pub expires_at: Option<Option<u64>>,
    /// Milliseconds since 1970; an earlier one changes nothing.
    pub retain_until: Option<u64>,
}

/// Changes a record; a row where the caller may.
pub fn change(owner: Owner<'_>, id: &str, now: u64, change: &Change) -> Statement {
    let visibility = change.visibility.map(Visibility::as_str);
    sql!(
        CHANGE,
        owner.user_id,
        owner.organisation_id,
        id,
        now,
        change.filename.as_deref(),
        visibility,
        change.expires_at.is_some(),
        change.expires_at.flatten(),
        change.retain_until
    )
}
