//! All SQL of pictures and their variants. Not here: that of avatars.

use serde::Deserialize;
use shared::db::Statement;
use shared::sql;
use uploads::{Owner, let_in_sql};

use crate::look::{Facts, Kind};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] =
    &[SOURCE, PICTURE, KEEP_PICTURE, BLUR, BREAK, VARIANT, CLAIM, EVICT, RELEASE, FINISH, SETTLE, REPLACE, OWN];

/// Variants of a file that are kept at most; the oldest go for new ones.
pub const MOST_VARIANTS: u64 = 64;

// Addresses of pictures open nothing of somebody's who may not come in any more.
const SOURCE: &str = concat!(
    "SELECT id, object, bytes, visibility, ",
    let_in_sql!("files.user_id"),
    " AS addressed FROM files WHERE id = ?1 \
AND deleted_at IS NULL AND (expires_at IS NULL OR expires_at > ?2) AND scan IN ('none', 'clean')"
);
const OWN: &str = "SELECT id, object, bytes, visibility, 1 AS addressed FROM files WHERE id = ?1 AND user_id = ?2 AND (?3 IS NULL OR \
organisation_id = ?3) AND deleted_at IS NULL AND (expires_at IS NULL OR expires_at > ?4) AND scan IN ('none', 'clean')";
const PICTURE: &str =
    "SELECT kind, width, height, orientation, frames, blurhash, broken FROM pictures WHERE file_id = ?1";
// Only of the bytes that were looked at.
const KEEP_PICTURE: &str = "INSERT INTO pictures (file_id, kind, width, height, orientation, frames) \
SELECT id, ?3, ?4, ?5, ?6, ?7 FROM files WHERE id = ?1 AND object = ?2 ON CONFLICT (file_id) DO NOTHING";
const BLUR: &str = "UPDATE pictures SET blurhash = ?3 WHERE file_id = ?1 \
AND EXISTS (SELECT 1 FROM files WHERE id = ?1 AND object = ?2)";
const BREAK: &str = "UPDATE pictures SET broken = 1 WHERE file_id = ?1 \
AND EXISTS (SELECT 1 FROM files WHERE id = ?1 AND object = ?2)";
const VARIANT: &str = "SELECT object, bytes, sha256, busy_until FROM picture_variants WHERE file_id = ?1 AND spec = ?2";
// One at a time makes a variant: a row for whom it is.
const CLAIM: &str = "INSERT INTO picture_variants (file_id, spec, source, busy_until, created_at) \
SELECT id, ?2, object, ?4, ?5 FROM files WHERE id = ?1 AND object = ?3 \
ON CONFLICT (file_id, spec) DO UPDATE SET busy_until = excluded.busy_until \
WHERE object IS NULL AND busy_until <= ?5 RETURNING file_id AS id";
const EVICT: &str = "DELETE FROM picture_variants WHERE file_id = ?1 AND spec IN (SELECT spec FROM picture_variants \
WHERE file_id = ?1 ORDER BY created_at DESC LIMIT -1 OFFSET ?2)";
const RELEASE: &str =
    "DELETE FROM picture_variants WHERE file_id = ?1 AND spec = ?2 AND object IS NULL AND busy_until = ?3";
// Only bytes that the sweep has not taken, and only of what the file still is.
const FINISH: &str = "UPDATE picture_variants SET object = ?4, bytes = ?5, sha256 = ?6, busy_until = 0 \
WHERE file_id = ?1 AND spec = ?2 AND source = ?3 AND object IS NULL \
AND EXISTS (SELECT 1 FROM file_remains WHERE object = ?4 AND taken_at IS NULL)";
const SETTLE: &str =
    "DELETE FROM file_remains WHERE object = ?1 AND EXISTS (SELECT 1 FROM picture_variants WHERE object = ?1)";
const REPLACE: &str = "UPDATE files SET object = ?5, bytes = ?6, sha256 = ?7 WHERE id = ?1 AND user_id = ?2 \
AND (?3 IS NULL OR organisation_id = ?3) AND object = ?4 AND deleted_at IS NULL AND (retain_until IS NULL OR retain_until <= ?8) \
AND EXISTS (SELECT 1 FROM file_remains WHERE object = ?5 AND taken_at IS NULL) RETURNING id AS id";

/// A row that is asked for its existence, by whatever stands in it as `id`.
#[derive(Debug, Deserialize)]
pub struct Seen {
    /// What it is known by.
    #[allow(dead_code, reason = "its presence is the answer")]
    pub id: String,
}

/// What is known of a picture.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PictureRow {
    kind: Kind,
    width: u32,
    height: u32,
    orientation: u8,
    frames: u32,
    /// Its BlurHash, once made.
    pub blurhash: Option<String>,
    /// 1 where it cannot be decoded.
    pub broken: u8,
}

impl PictureRow {
    /// One that was just looked at.
    pub const fn new(facts: Facts) -> Self {
        let Facts { kind, width, height, orientation, frames } = facts;
        Self { kind, width, height, orientation, frames, blurhash: None, broken: 0 }
    }

    /// What its head says.
    pub const fn facts(&self) -> Facts {
        let Self { kind, width, height, orientation, frames, .. } = *self;
        Facts { kind, width, height, orientation, frames }
    }
}

/// A variant that is kept, or being made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct VariantRow {
    /// Its bytes; `None` while it is being made.
    pub object: Option<String>,
    /// How many.
    pub bytes: Option<u64>,
    /// Their SHA-256 in hexadecimal.
    pub sha256: Option<String>,
    /// Milliseconds since 1970 until which somebody makes it.
    pub busy_until: u64,
}

/// A file that may be shown at this time, whoever asks.
pub fn source(id: &str, now: u64) -> Statement {
    sql!(SOURCE, id, now)
}

/// A file of the caller's own.
pub fn own(owner: Owner<'_>, id: &str, now: u64) -> Statement {
    sql!(OWN, id, owner.user_id, owner.organisation_id, now)
}

/// What is known of a file as a picture.
pub fn picture(id: &str) -> Statement {
    sql!(PICTURE, id)
}

/// Keeps what the head of these bytes of a file says.
pub fn keep_picture(id: &str, object: &str, facts: Facts) -> Statement {
    let Facts { kind, width, height, orientation, frames } = facts;
    let [width, height, orientation, frames] = [width, height, u32::from(orientation), frames].map(u64::from);
    sql!(KEEP_PICTURE, id, object, kind.as_str(), width, height, orientation, frames)
}

/// Keeps the BlurHash of these bytes of a file.
pub fn blur(id: &str, object: &str, hash: &str) -> Statement {
    sql!(BLUR, id, object, hash)
}

/// Marks these bytes of a file as what cannot be decoded.
pub fn mark_broken(id: &str, object: &str) -> Statement {
    sql!(BREAK, id, object)
}

/// One variant.
pub fn variant(id: &str, spec: &str) -> Statement {
    sql!(VARIANT, id, spec)
}

/// Claims the making of a variant until then: a row for whom it is. The oldest go where there are too many.
pub fn claim(id: &str, spec: &str, source: &str, until: u64, now: u64) -> [Statement; 2] {
    [sql!(CLAIM, id, spec, source, until, now), sql!(EVICT, id, MOST_VARIANTS)]
}

/// Gives a claim back.
pub fn release(id: &str, spec: &str, until: u64) -> Statement {
    sql!(RELEASE, id, spec, until)
}

/// Keeps a variant whose bytes were announced and written.
pub fn finish(id: &str, spec: &str, source: &str, object: &str, bytes: u64, sha256: &str) -> [Statement; 2] {
    [sql!(FINISH, id, spec, source, object, bytes, sha256), sql!(SETTLE, object)]
}

/// Gives a file of the caller's own other bytes, in the place of those it was made of: a row where it did. What was made of
/// the old ones goes with them.
pub fn replace(owner: Owner<'_>, id: &str, from: &str, to: &str, bytes: u64, sha256: &str, now: u64) -> Statement {
    sql!(REPLACE, id, owner.user_id, owner.organisation_id, from, to, bytes, sha256, now)
}
