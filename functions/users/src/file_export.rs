//! What an account's export says of files; their bytes are had one by one. Their deletion is the database's own: it goes with
//! the person.

use serde::{Deserialize, Serialize};
use shared::db::Statement;
use shared::sql;
use shared::time;

use crate::person_store::most;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[FILES];

const FILES: &str = "SELECT id, organisation_id, filename, media_type, bytes, sha256, visibility, created_at, deleted_at FROM files \
WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2";

/// The files of a person, newest first, those in the trash included.
pub fn files(user: &str) -> Statement {
    sql!(FILES, user, most())
}

/// A file, for its owner's records.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OwnFile {
    /// `file_…`.
    pub id: String,
    /// The organisation it was made for.
    pub organisation_id: Option<String>,
    /// As its owner called it.
    pub filename: String,
    /// What its bytes are.
    pub media_type: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Who reads it.
    pub visibility: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; in the trash since then.
    pub deleted_at: Option<String>,
}

/// A file as stored.
#[derive(Debug, Deserialize)]
pub struct OwnFileRow {
    id: String,
    organisation_id: Option<String>,
    filename: String,
    media_type: String,
    bytes: u64,
    sha256: String,
    visibility: String,
    created_at: u64,
    deleted_at: Option<u64>,
}

impl From<OwnFileRow> for OwnFile {
    fn from(row: OwnFileRow) -> Self {
        let OwnFileRow { id, organisation_id, filename, media_type, bytes, sha256, visibility, created_at, deleted_at } =
            row;
        Self {
            id,
            organisation_id,
            filename,
            media_type,
            bytes,
            sha256,
            visibility,
            created_at: time::rfc3339(created_at),
            deleted_at: deleted_at.map(time::rfc3339),
        }
    }
}
