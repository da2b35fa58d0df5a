//! What a caller may do with a file, asked in the statement that shows it and again in each that writes. `?1` is the caller, `?2`
//! the organisation of their key or NULL.

use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::Statement;
use shared::problem::{Code, Problem};
use shared::sql;

use crate::owner::{Owner, Reader};
use crate::record::File;
use crate::store;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[SEEN, MEMBER, CREATES, UNTAG, TAG];

/// What is shown of a file `f`, with more columns and all that stands behind them.
#[macro_export]
macro_rules! shown_sql {
    ($more:expr) => {
        $crate::shown_sql!("f.id", $more)
    };
    ($id:literal, $more:expr) => {
        concat!(
            "SELECT ",
            $id,
            " AS id, f.user_id AS user_id, f.organisation_id AS organisation_id, f.filename AS filename, \
f.purpose AS purpose, f.media_type AS media_type, f.visibility AS visibility, f.bytes AS bytes, f.sha256 AS sha256, \
f.status AS status, f.created_at AS created_at, f.expires_at AS expires_at, f.deleted_at AS deleted_at, \
f.retain_until AS retain_until, f.scan AS scan, (SELECT json_group_array(t.tag) FROM file_tags t WHERE t.file_id = f.id) AS tags",
            $more
        )
    };
}

/// A predicate: whether the caller may do this with the file `f`: its owner, or a member whose role says so. What is private in
/// an organisation is its owner's alone.
#[macro_export]
macro_rules! may_sql {
    ($action:literal) => {
        concat!(
            "((f.user_id = ?1 AND (?2 IS NULL OR f.organisation_id = ?2)) OR (f.visibility <> 'private' \
AND (?2 IS NULL OR f.organisation_id = ?2) AND ",
            shared::reach_sql!("?1", "f.organisation_id", "f.user_id", "file", $action),
            "))"
        )
    };
}

/// A predicate: this user is let in, and so is whoever they opened a file to.
#[macro_export]
macro_rules! let_in_sql {
    ($user:literal) => {
        concat!("EXISTS (SELECT 1 FROM users o WHERE o.id = ", $user, " AND o.status = 'active')")
    };
}

/// A predicate: a job that has not ended reads the file `f`.
#[macro_export]
macro_rules! held_sql {
    () => {
        "EXISTS (SELECT 1 FROM batches b WHERE b.user_id = f.user_id AND b.input_file_id = f.id AND b.ended_at IS NULL)"
    };
}

const SEEN: &str = shown_sql!(concat!(
    ", ",
    may_sql!("update"),
    " AS may_update, ",
    may_sql!("delete"),
    " AS may_delete, ",
    may_sql!("share"),
    " AS may_share, ",
    held_sql!(),
    " AS held FROM files f WHERE f.id = ?3 AND (f.expires_at IS NULL OR f.expires_at > ?4) AND (f.deleted_at IS NOT NULL) = ?5 AND ",
    may_sql!("read")
));
const MEMBER: &str = "SELECT 1 AS one FROM members WHERE user_id = ?1 AND organisation_id = ?2";
const CREATES: &str = concat!("SELECT 1 AS one WHERE ", shared::reach_sql!("?1", "?2", "?1", "file", "create"));
const UNTAG: &str = concat!(
    "DELETE FROM file_tags WHERE file_id = ?3 AND tag NOT IN (SELECT value FROM json_each(?4)) \
AND EXISTS (SELECT 1 FROM files f WHERE f.id = ?3 AND ",
    may_sql!("update"),
    ")"
);
const TAG: &str = concat!(
    "INSERT INTO file_tags (file_id, tag) SELECT f.id, j.value FROM files f, json_each(?4) j WHERE f.id = ?3 AND ",
    may_sql!("update"),
    " ON CONFLICT DO NOTHING"
);

/// A file and what the caller may do with it, in the trash or out of it; none where they do not even see it.
pub fn seen(owner: Owner<'_>, id: &str, now: u64, in_trash: bool) -> Statement {
    sql!(SEEN, owner.user_id, owner.organisation_id, id, now, in_trash)
}

/// Why somebody may not work with a file that is neither theirs nor their organisation's: they read it and no more (403), or it is
/// not there for them (404).
///
/// # Errors
/// 503 when the database fails.
pub async fn refusal(cx: &Cx, caller: &Caller, id: &str) -> Result<Problem, Problem> {
    let read: Option<File> = cx.platform.db().first(store::readable(Reader::of(Some(caller)), id, cx.now_ms())).await?;
    Ok(if read.is_some() { Code::Forbidden } else { Code::NotFound }.into())
}

/// Whether somebody is a member of an organisation: a row of `One`.
pub fn member(user_id: &str, organisation_id: &str) -> Statement {
    sql!(MEMBER, user_id, organisation_id)
}

/// Whether somebody may make files for an organisation: a row of `One`.
pub fn creates(user_id: &str, organisation_id: &str) -> Statement {
    sql!(CREATES, user_id, organisation_id)
}

/// Leaves a file these tags (a JSON list) and no others.
pub fn tag(owner: Owner<'_>, id: &str, tags: &str) -> [Statement; 2] {
    [UNTAG, TAG].map(|sql| sql!(sql, owner.user_id, owner.organisation_id, id, tags))
}
