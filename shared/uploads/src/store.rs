//! All SQL of whole files and of bytes without a record. `?1` is the caller, `?2` the organisation of their key, or NULL.

use shared::db::Statement;
use shared::sql;

use crate::link::Scope;
use crate::owner::{Owner, Reader};
use crate::record::{File, Purpose};
use crate::room::Room;
use crate::{fits_sql, let_in_sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[
    READ,
    READABLE,
    LINKED,
    SCANNED,
    LIST_NEWEST,
    LIST_OLDEST,
    HELD,
    DELETE,
    ANNOUNCE,
    ADD,
    KEEP,
    EXPIRE,
    TAKE,
    FORGET,
    LEAVE,
];

/// What every reading statement gives.
macro_rules! columns_sql {
    ($rest:expr) => {
        concat!(
            "SELECT id, user_id, organisation_id, filename, purpose, media_type, visibility, bytes, sha256, object, status, \
created_at, expires_at, deleted_at, retain_until, scan FROM files WHERE ",
            $rest
        )
    };
}

/// Of files that are this caller's, not over and not in the trash.
macro_rules! reached_sql {
    ($now:literal, $rest:literal) => {
        columns_sql!(concat!(
            "user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND deleted_at IS NULL AND (expires_at IS NULL OR expires_at > ",
            $now,
            ")",
            $rest
        ))
    };
}

// For jobs: what was found to be infected they read no more than anybody.
const READ: &str = reached_sql!("?4", " AND id = ?3 AND scan <> 'infected'");
const LIST_NEWEST: &str =
    reached_sql!("?3", " AND (?4 IS NULL OR purpose = ?4) AND (?5 IS NULL OR id < ?5) ORDER BY id DESC LIMIT ?6");
const LIST_OLDEST: &str =
    reached_sql!("?3", " AND (?4 IS NULL OR purpose = ?4) AND (?5 IS NULL OR id > ?5) ORDER BY id LIMIT ?6");
// Whose it is; whom it is shared with, its organisation's members and everybody, as it says; what was found to be infected, or
// is not looked at yet, its owner alone. With an organisation's key only what is that organisation's, or anybody's. What a
// suspended person opened to others is closed, but to their organisation.
const READABLE: &str = columns_sql!(concat!(
    "id = ?3 AND deleted_at IS NULL AND (expires_at IS NULL OR expires_at > ?4) AND (\
(user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2)) OR (scan IN ('none', 'clean') AND (\
(visibility <> 'private' AND (?2 IS NULL OR organisation_id = ?2) AND ",
    shared::reach_sql!("?1", "files.organisation_id", "files.user_id", "file", "read"),
    ") OR (",
    let_in_sql!("files.user_id"),
    " AND (visibility = 'public' \
OR (?2 IS NULL AND (EXISTS (SELECT 1 FROM file_shares s WHERE s.file_id = files.id AND s.user_id = ?1 \
AND (s.expires_at IS NULL OR s.expires_at > ?4)) OR EXISTS (SELECT 1 FROM users u JOIN file_addresses a ON a.email = u.email \
WHERE u.id = ?1 AND u.email_verified_at IS NOT NULL AND a.file_id = files.id \
AND (a.expires_at IS NULL OR a.expires_at > ?4)))))))))"
));
// The file of a link that holds: not over, not taken back, and made by somebody who is still let in and may still share it: what
// is private, in an organisation too, its owner alone.
const LINKED: &str = columns_sql!(concat!(
    "id = ?2 AND deleted_at IS NULL AND (expires_at IS NULL OR expires_at > ?3) AND scan IN ('none', 'clean') \
AND EXISTS (SELECT 1 FROM file_links l JOIN users m ON m.id = l.created_by AND m.status = 'active' WHERE l.id = ?1 \
AND l.file_id = files.id AND l.revoked_at IS NULL AND l.expires_at > ?3 AND (l.scope = 'content' OR l.scope = ?4) \
AND (l.created_by = files.user_id OR (files.visibility <> 'private' AND ",
    shared::reach_sql!("l.created_by", "files.organisation_id", "files.user_id", "file", "share"),
    ")))"
));
// What the scanner has been asked about, and nobody else reads yet.
const SCANNED: &str = columns_sql!("id = ?1 AND scan = 'pending'");
// 1 where a job that has not ended reads the file.
const HELD: &str =
    "SELECT 1 AS one FROM batches WHERE user_id = ?1 AND input_file_id = ?2 AND ended_at IS NULL LIMIT 1";
const DELETE: &str = "DELETE FROM files WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND id = ?3 \
AND NOT EXISTS (SELECT 1 FROM batches WHERE user_id = ?1 AND input_file_id = ?3 AND ended_at IS NULL) RETURNING id AS id";
const ANNOUNCE: &str = "INSERT INTO file_remains (object, due_at) VALUES (?1, ?2) \
ON CONFLICT (object) DO UPDATE SET due_at = excluded.due_at WHERE taken_at IS NULL";
// Only bytes that are announced and that the sweep has not taken get a record, and, where room is asked for, while there is some.
const ADD: &str = concat!(
    "INSERT INTO files (id, user_id, organisation_id, filename, purpose, bytes, sha256, object, created_at, expires_at, \
media_type, visibility, scan, scan_at) SELECT ?3, ?1, ?2, ?4, ?5, ?6, ?7, ?8, ?9, \
coalesce(?10, (SELECT ?9 + o.files_expire_after_days * 86400000 FROM organisations o WHERE o.id = ?2)), \
?11, ?12, ?13, CASE ?13 WHEN 'pending' THEN ?9 END \
FROM file_remains WHERE object = ?8 AND taken_at IS NULL AND (?14 IS NULL OR (",
    fits_sql!("?6", "?14", "?15"),
    ")) RETURNING expires_at AS expires_at"
);
const KEEP: &str = "DELETE FROM file_remains WHERE object = ?1 AND EXISTS (SELECT 1 FROM files WHERE object = ?1)";
const EXPIRE: &str = "DELETE FROM files WHERE id IN (SELECT id FROM files WHERE expires_at <= ?1 \
AND (retain_until IS NULL OR retain_until <= ?1) LIMIT 500)";
const TAKE: &str = "UPDATE file_remains SET taken_at = ?1 WHERE object IN \
(SELECT object FROM file_remains WHERE due_at <= ?1 ORDER BY due_at LIMIT 500) RETURNING object AS object";
const FORGET: &str =
    "DELETE FROM file_remains WHERE taken_at IS NOT NULL AND object IN (SELECT value FROM json_each(?1))";
const LEAVE: &str = "INSERT INTO file_remains (object, due_at) SELECT value, ?2 FROM json_each(?1) WHERE true \
ON CONFLICT (object) DO UPDATE SET due_at = excluded.due_at";

/// One file that the caller reaches and that their jobs may read.
pub fn read(owner: Owner<'_>, id: &str, now: u64) -> Statement {
    sql!(READ, owner.user_id, owner.organisation_id, id, now)
}

/// One file that this reader may read, whosever it is.
pub fn readable(reader: Reader<'_>, id: &str, now: u64) -> Statement {
    sql!(READABLE, reader.user_id, reader.organisation_id, id, now)
}

/// The file that this link opens for pictures or bytes, as its scope is (`content`, which opens both, or `picture`).
pub fn linked(link_id: &str, id: &str, now: u64, scope: Scope) -> Statement {
    sql!(LINKED, link_id, id, now, scope.as_str())
}

/// A file that a scanner is to look at.
pub fn scanned(id: &str) -> Statement {
    sql!(SCANNED, id)
}

/// Files that the caller reaches, behind the one with the id `after`.
pub fn list(
    owner: Owner<'_>,
    now: u64,
    purpose: Option<Purpose>,
    after: Option<&str>,
    newest: bool,
    limit: u64,
) -> Statement {
    let sql = if newest { LIST_NEWEST } else { LIST_OLDEST };
    sql!(sql, owner.user_id, owner.organisation_id, now, purpose.map(Purpose::as_str), after, limit)
}

/// Whether a job that has not ended reads this file: a row of `One`.
pub fn held(user_id: &str, id: &str) -> Statement {
    sql!(HELD, user_id, id)
}

/// Deletes a record that no job reads; its bytes are left to the sweep. A row where there was one.
pub fn delete(owner: Owner<'_>, id: &str) -> Statement {
    sql!(DELETE, owner.user_id, owner.organisation_id, id)
}

/// Announces bytes that are about to be written: without a record by `due_at` they go.
pub fn announce(object: &str, due_at: u64) -> Statement {
    sql!(ANNOUNCE, object, due_at)
}

/// Makes the record of bytes that were announced and written: a row of `expires_at` where it was made. A file for which nobody
/// said how long it is kept is kept for as long as its organisation keeps files. Without a room it is made however much its
/// owner has already: what jobs write is never lost.
pub fn add(owner: Owner<'_>, file: &File, room: Option<Room>) -> [Statement; 2] {
    let File { purpose, bytes, created_at, expires_at, visibility, .. } = file;
    let [id, filename, sha256, object] = [&file.id, &file.filename, &file.sha256, &file.object].map(String::as_str);
    let [media_type, scan] = [&file.media_type, &file.scan].map(String::as_str);
    [
        sql!(
            ADD,
            owner.user_id,
            owner.organisation_id,
            id,
            filename,
            purpose.as_str(),
            *bytes,
            sha256,
            object,
            *created_at,
            *expires_at,
            media_type,
            visibility.as_str(),
            scan,
            room.map(|room| room.files),
            room.map(|room| room.bytes)
        ),
        sql!(KEEP, object),
    ]
}

/// Forgets that bytes were announced, where a file has them now.
pub fn settle(object: &str) -> Statement {
    sql!(KEEP, object)
}

/// Deletes records that are over.
pub fn expire(now: u64) -> Statement {
    sql!(EXPIRE, now)
}

/// Takes the names of bytes that are due, so that no record can take them: rows of `object`.
pub fn take(now: u64) -> Statement {
    sql!(TAKE, now)
}

/// Forgets names (a JSON list) whose bytes are gone.
pub fn forget(objects: &str) -> Statement {
    sql!(FORGET, objects)
}

/// Leaves bytes that nobody needs any more to the sweep: names in a JSON list.
pub fn leave(objects: &str, due_at: u64) -> Statement {
    sql!(LEAVE, objects, due_at)
}
