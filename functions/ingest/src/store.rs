//! All SQL of files that are not whole yet. `?1` is the caller, `?2` the organisation of their key, or NULL, `?3` the upload.

use serde::Deserialize;
use shared::db::Statement;
use shared::{reach_sql, sql};
use uploads::{Owner, Purpose, Room, Visibility, fits_sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[
    CREATE, MAY, READ, ANNOUNCE, PIECES, ADD_PIECE, ADVANCE, KEEP_PIECE, ADD_PART, WAIT, RECORD, TAGS, KEEP, DONE,
    CANCEL, OPEN, EXPIRE,
];

/// An upload of the caller's that is not over.
macro_rules! mine_sql {
    ($rest:literal) => {
        concat!("id = ?3 AND user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2)", $rest)
    };
}

// `?15`: whether the organisation is the caller's own word, so that their role there decides.
const CREATE: &str = concat!(
    "INSERT INTO uploads (id, user_id, organisation_id, filename, purpose, visibility, tags, length, sha256, keep_ms, created_at, \
expires_at) SELECT ?3, ?1, ?2, ?4, ?5, ?6, ?7, ?8, ?9, coalesce(?10, (SELECT o.files_expire_after_days * 86400000 FROM organisations o \
WHERE o.id = ?2)), ?11, ?12 WHERE ",
    fits_sql!("?8", "?13", "?14"),
    " AND (?15 = 0 OR ",
    reach_sql!("?1", "?2", "?1", "file", "create"),
    ") RETURNING id AS id"
);
const MAY: &str = concat!(
    "SELECT EXISTS (SELECT 1 FROM members m WHERE m.user_id = ?1 AND m.organisation_id = ?2) AS member, ",
    reach_sql!("?1", "?2", "?1", "file", "create"),
    " AS may"
);
const READ: &str = concat!(
    "SELECT id, filename, purpose, visibility, length, at, sha256, multipart, part_bytes, created_at, expires_at, \
(SELECT count(*) FROM upload_pieces p WHERE p.upload_id = uploads.id) AS pieces, \
EXISTS (SELECT 1 FROM upload_pieces p WHERE p.upload_id = uploads.id AND p.at < 0) AS parts FROM uploads WHERE ",
    mine_sql!(" AND expires_at > ?4")
);
// Bytes for nobody's upload are not announced: nothing is written then.
const ANNOUNCE: &str = concat!(
    "INSERT INTO file_remains (object, due_at) SELECT ?4, ?5 FROM uploads WHERE ",
    mine_sql!(""),
    " ON CONFLICT (object) DO UPDATE SET due_at = excluded.due_at WHERE taken_at IS NULL"
);
const PIECES: &str = "SELECT at, bytes, object FROM upload_pieces WHERE upload_id = ?1 ORDER BY at";
// Of two that go on at the same place one finds it there.
const ADD_PIECE: &str = concat!(
    "INSERT INTO upload_pieces (upload_id, at, bytes, object) SELECT uploads.id, uploads.at, ?5, r.object FROM uploads \
JOIN file_remains r ON r.object = ?6 AND r.taken_at IS NULL WHERE ",
    mine_sql!(" AND uploads.at = ?4 AND uploads.at + ?5 < length AND multipart IS NULL"),
    " RETURNING at AS at"
);
const ADVANCE: &str = "UPDATE uploads SET at = at + ?3, expires_at = ?4 WHERE id = ?1 AND at = ?2 \
AND EXISTS (SELECT 1 FROM upload_pieces WHERE upload_id = ?1 AND at = ?2 AND object = ?5)";
const KEEP_PIECE: &str =
    "DELETE FROM file_remains WHERE object = ?1 AND EXISTS (SELECT 1 FROM upload_pieces WHERE object = ?1)";
// Parts stand before the beginning until somebody says where they belong. Clients that retry leave some that nobody names.
const ADD_PART: &str = concat!(
    "INSERT INTO upload_pieces (upload_id, at, bytes, object) SELECT uploads.id, \
coalesce((SELECT min(p.at) FROM upload_pieces p WHERE p.upload_id = uploads.id), 0) - 1, ?4, r.object FROM uploads \
JOIN file_remains r ON r.object = ?5 AND r.taken_at IS NULL WHERE ",
    mine_sql!(
        " AND uploads.at = 0 AND multipart IS NULL \
AND (SELECT count(*) < ?6 AND coalesce(sum(p.bytes), 0) + ?4 <= 2 * length FROM upload_pieces p WHERE p.upload_id = uploads.id)"
    ),
    " RETURNING at AS at"
);
const WAIT: &str =
    "UPDATE uploads SET expires_at = ?2 WHERE id = ?1 AND EXISTS (SELECT 1 FROM upload_pieces WHERE object = ?3)";
const RECORD: &str = concat!(
    "INSERT INTO files (id, user_id, organisation_id, filename, purpose, bytes, sha256, object, created_at, expires_at, \
media_type, visibility, scan, scan_at) SELECT uploads.id, user_id, organisation_id, filename, purpose, length, ?5, r.object, ?6, \
?6 + keep_ms, ?8, visibility, ?9, CASE ?9 WHEN 'pending' THEN ?6 END FROM uploads \
JOIN file_remains r ON r.object = ?7 AND r.taken_at IS NULL WHERE ",
    mine_sql!(" AND uploads.at = ?4 AND expires_at > ?6"),
    " RETURNING id AS id"
);
const TAGS: &str = "INSERT INTO file_tags (file_id, tag) SELECT f.id, t.value FROM files f JOIN uploads u ON u.id = f.id, \
json_each(u.tags) t WHERE f.id = ?1 AND f.object = ?2";
const KEEP: &str = "DELETE FROM file_remains WHERE object = ?1 AND EXISTS (SELECT 1 FROM files WHERE object = ?1)";
const DONE: &str = "DELETE FROM uploads WHERE id = ?1 AND EXISTS (SELECT 1 FROM files WHERE id = ?1 AND object = ?2)";
const CANCEL: &str = concat!("DELETE FROM uploads WHERE ", mine_sql!(""), " RETURNING id AS id");
const OPEN: &str = concat!(
    "UPDATE uploads SET multipart = ?4, part_bytes = ?5, expires_at = ?6 WHERE ",
    mine_sql!(" AND at = 0 AND multipart IS NULL AND NOT EXISTS (SELECT 1 FROM upload_pieces WHERE upload_id = ?3)"),
    " RETURNING id AS id"
);
const EXPIRE: &str = "DELETE FROM uploads WHERE id IN (SELECT id FROM uploads WHERE expires_at <= ?1 LIMIT 100) \
RETURNING id AS id, multipart AS multipart";

/// An upload that is not over.
#[derive(Clone, Debug, Deserialize)]
pub struct Pending {
    /// `file_…`.
    pub id: String,
    /// As its owner calls it.
    pub filename: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Who will read it.
    pub visibility: Visibility,
    /// The length it will have.
    pub length: u64,
    /// How much of it is there.
    pub at: u64,
    /// What it must come to, in hexadecimal.
    pub sha256: Option<String>,
    /// R2's id, where the client writes to R2 itself.
    pub multipart: Option<String>,
    /// How long each of its parts is, but the last.
    pub part_bytes: Option<u64>,
    /// Milliseconds since 1970.
    pub created_at: u64,
    /// Milliseconds since 1970.
    pub expires_at: u64,
    /// Pieces of it that are there.
    pub pieces: u64,
    /// 1 where they are parts, whose order nobody knows yet.
    pub parts: u8,
}

/// A piece of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Piece {
    /// Where it begins; negative: nobody knows yet.
    pub at: i64,
    /// Its length.
    pub bytes: u64,
    /// The name of its bytes in the bucket.
    pub object: String,
}

/// An upload to be.
pub struct New<'a> {
    /// `file_…`.
    pub id: &'a str,
    /// As its owner calls it.
    pub filename: &'a str,
    /// What it is for.
    pub purpose: Purpose,
    /// Who will read it.
    pub visibility: Visibility,
    /// A JSON list.
    pub tags: &'a str,
    /// Its length.
    pub length: u64,
    /// What it must come to, in lower hexadecimal.
    pub sha256: Option<&'a str>,
    /// Milliseconds for which the file is kept; `None`: for as long as its organisation keeps files.
    pub keep_ms: Option<u64>,
    /// The time.
    pub now: u64,
    /// Milliseconds since 1970.
    pub expires_at: u64,
}

/// Makes an upload while there is room, and where `asked` while the caller's role in the organisation lets them: a row where
/// it was made.
pub fn create(owner: Owner<'_>, asked: bool, new: &New<'_>, room: Room) -> Statement {
    let New { id, filename, purpose, visibility, tags, length, sha256, keep_ms, now, expires_at } = *new;
    sql!(
        CREATE,
        owner.user_id,
        owner.organisation_id,
        id,
        filename,
        purpose.as_str(),
        visibility.as_str(),
        tags,
        length,
        sha256,
        keep_ms,
        now,
        expires_at,
        room.files,
        room.bytes,
        asked
    )
}

/// What the caller is in the organisation: `member`, `may`.
pub fn may(owner: Owner<'_>) -> Statement {
    sql!(MAY, owner.user_id, owner.organisation_id)
}

/// An upload of the caller's.
pub fn read(owner: Owner<'_>, id: &str, now: u64) -> Statement {
    sql!(READ, owner.user_id, owner.organisation_id, id, now)
}

/// Announces bytes of an upload of the caller's: without a record by `due_at` they go.
pub fn announce(owner: Owner<'_>, id: &str, object: &str, due_at: u64) -> Statement {
    sql!(ANNOUNCE, owner.user_id, owner.organisation_id, id, object, due_at)
}

/// The pieces of an upload, in order.
pub fn pieces(id: &str) -> Statement {
    sql!(PIECES, id)
}

/// Adds a piece that begins where the upload stands, and is not its last: a row where it was added.
pub fn add_piece(owner: Owner<'_>, id: &str, piece: &Piece, expires_at: u64) -> [Statement; 3] {
    let Piece { at, bytes, ref object } = *piece;
    [
        sql!(ADD_PIECE, owner.user_id, owner.organisation_id, id, at, bytes, object.as_str()),
        sql!(ADVANCE, id, at, bytes, expires_at, object.as_str()),
        sql!(KEEP_PIECE, object.as_str()),
    ]
}

/// Adds a part, whose place is said at the end: a row where it was added. `bounds`: parts at most, and until when (milliseconds
/// since 1970) the upload waits for more.
pub fn add_part(owner: Owner<'_>, id: &str, part: &Piece, (most, expires_at): (u64, u64)) -> [Statement; 3] {
    let Piece { bytes, ref object, .. } = *part;
    [
        sql!(ADD_PART, owner.user_id, owner.organisation_id, id, bytes, object.as_str(), most),
        sql!(WAIT, id, expires_at, object.as_str()),
        sql!(KEEP_PIECE, object.as_str()),
    ]
}

/// Where a piece that was added begins.
#[derive(Debug, Deserialize)]
pub struct Begins {
    /// Its place.
    #[allow(dead_code, reason = "its presence is the answer")]
    pub at: i64,
}

/// What a whole file's bytes are.
pub struct Whole<'a> {
    /// Where the upload stood when they were put together.
    pub at: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: &'a str,
    /// Their name in the bucket.
    pub object: &'a str,
    /// What they are.
    pub media_type: &'a str,
    /// What the scanner has to say: `none` or `pending`.
    pub scan: &'a str,
}

/// Makes the record of an upload that stands where it did, and ends the upload: a row where it was made. Room is neither taken
/// nor given: the upload has it.
pub fn record(owner: Owner<'_>, id: &str, whole: &Whole<'_>, now: u64) -> [Statement; 4] {
    let Whole { at, sha256, object, media_type, scan } = *whole;
    [
        sql!(RECORD, owner.user_id, owner.organisation_id, id, at, sha256, now, object, media_type, scan),
        sql!(TAGS, id, object),
        sql!(KEEP, object),
        sql!(DONE, id, object),
    ]
}

/// Ends an upload and leaves what came of it to the sweep: a row where there was one.
pub fn cancel(owner: Owner<'_>, id: &str) -> Statement {
    sql!(CANCEL, owner.user_id, owner.organisation_id, id)
}

/// A row where an upload was opened.
#[derive(Debug, Deserialize)]
pub struct Opened {
    /// Its id.
    #[allow(dead_code, reason = "its presence is the answer")]
    pub id: String,
}

/// Opens an upload of which nothing is there yet for parts that clients write to R2 themselves: R2's id and the bytes of a
/// part. A row where it was opened.
pub fn open(owner: Owner<'_>, id: &str, (multipart, part_bytes): (&str, u64), expires_at: u64) -> Statement {
    sql!(OPEN, owner.user_id, owner.organisation_id, id, multipart, part_bytes, expires_at)
}

/// Ends uploads that are over: rows of `id` and `multipart`.
pub fn expire(now: u64) -> Statement {
    sql!(EXPIRE, now)
}
