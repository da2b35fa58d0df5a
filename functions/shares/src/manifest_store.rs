//! SQL of the manifest, and of what is mended by it.

use serde::Deserialize;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[EXPECTED, REMAINS, LOSE, UNMAKE, UNFACE, UNFACE_ORGANISATIONS, STALE, EMPTY, COUNT];

const EXPECTED: &str = "SELECT object, bytes, sha256, file_id, state, created_at FROM (\
SELECT object, bytes, sha256, id AS file_id, CASE WHEN status = 'error' THEN 'lost' WHEN deleted_at IS NULL THEN 'file' ELSE 'trash' END \
AS state, created_at FROM files WHERE object > ?1 AND object <= ?2 UNION ALL \
SELECT object, bytes, NULL, upload_id, 'piece', NULL FROM upload_pieces WHERE object > ?1 AND object <= ?2 UNION ALL \
SELECT object, bytes, NULL, batch_id, 'part', NULL FROM batch_parts WHERE object > ?1 AND object <= ?2 UNION ALL \
SELECT object, bytes, sha256, file_id, 'variant', created_at FROM picture_variants WHERE object > ?1 AND object <= ?2 UNION ALL \
SELECT object, bytes, sha256, user_id, 'avatar', created_at FROM avatars WHERE object > ?1 AND object <= ?2 UNION ALL \
SELECT object, bytes, sha256, organisation_id, 'avatar', created_at FROM organisation_avatars WHERE object > ?1 AND object <= ?2) ORDER BY object LIMIT ?3";
const REMAINS: &str = "SELECT object AS name FROM file_remains WHERE object > ?1 AND object <= ?2 ORDER BY object";
const LOSE: &str = "UPDATE files SET status = 'error' WHERE object IN (SELECT value FROM json_each(?1))";
// Made from a file whenever it is asked for.
const UNMAKE: &str = "DELETE FROM picture_variants WHERE object IN (SELECT value FROM json_each(?1))";
const UNFACE: &str = "DELETE FROM avatars WHERE object IN (SELECT value FROM json_each(?1))";
const UNFACE_ORGANISATIONS: &str = "DELETE FROM organisation_avatars WHERE object IN (SELECT value FROM json_each(?1))";
/// What every owner really has.
macro_rules! truth_sql {
    () => {
        "SELECT owner, count(*) AS files, sum(bytes) AS bytes FROM (SELECT coalesce(organisation_id, user_id) AS owner, bytes FROM files \
UNION ALL SELECT coalesce(organisation_id, user_id), length FROM uploads) GROUP BY owner"
    };
}
const STALE: &str = concat!(
    "SELECT coalesce(r.owner, t.owner) AS name FROM file_room r FULL OUTER JOIN (",
    truth_sql!(),
    ") t ON t.owner = r.owner WHERE coalesce(r.files, 0) <> coalesce(t.files, 0) OR coalesce(r.bytes, 0) <> coalesce(t.bytes, 0) \
ORDER BY 1 LIMIT 1000"
);
const EMPTY: &str = "UPDATE file_room SET files = 0, bytes = 0";
const COUNT: &str = concat!(
    "INSERT INTO file_room (owner, files, bytes) SELECT owner, files, bytes FROM (",
    truth_sql!(),
    ") WHERE true ON CONFLICT (owner) DO UPDATE SET files = excluded.files, bytes = excluded.bytes"
);

/// A name alone.
#[derive(Debug, Deserialize)]
pub struct Owner {
    /// Of an owner, or of an object.
    pub name: String,
}

/// What should lie in the bucket behind `after`, up to `end`.
pub fn expected(after: &str, end: &str, limit: u64) -> Statement {
    sql!(EXPECTED, after, end, limit)
}

/// Names there that are waiting for a record, or for the sweep.
pub fn remains(after: &str, end: &str) -> Statement {
    sql!(REMAINS, after, end)
}

/// Says of files (a JSON list of objects) that their bytes are lost, and forgets pictures that have none.
pub fn lose(objects: &str) -> [Statement; 4] {
    [LOSE, UNMAKE, UNFACE, UNFACE_ORGANISATIONS].map(|sql| sql!(sql, objects))
}

/// Owners whose counters are wrong.
pub fn stale() -> Statement {
    sql!(STALE)
}

/// Counts anew what everybody has, in one transaction.
pub fn count_again() -> [Statement; 2] {
    [sql!(EMPTY), sql!(COUNT)]
}
