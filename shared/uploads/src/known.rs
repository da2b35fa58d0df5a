//! A file as clients see it, in OpenAI's words with what we say of it besides; and as the rows tell it that ask what the caller
//! may do with it.

use serde::{Deserialize, Serialize};

use crate::record::{File, Purpose, Visibility};

/// A file.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "File"))]
pub struct FileObject {
    /// `file_…`.
    pub id: String,
    /// `file`.
    pub object: &'static str,
    /// Its length.
    pub bytes: u64,
    /// Seconds since 1970.
    pub created_at: u64,
    /// Seconds since 1970; null: until somebody deletes it.
    pub expires_at: Option<u64>,
    /// As its owner called it.
    pub filename: String,
    /// What it is for.
    pub purpose: Purpose,
    /// `processed`, or `error`.
    pub status: String,
    /// Always null.
    pub status_details: Option<String>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// What its bytes are, whatever its name says.
    pub media_type: String,
    /// Who reads it.
    pub visibility: Visibility,
    /// Whose it is.
    pub owner_id: String,
    /// The organisation it was made for; null: the owner's own.
    pub organisation_id: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// What the scanner said: `none` where there is none, `pending`, `clean`, `infected`.
    pub scan: String,
    /// Seconds since 1970; in the trash since then.
    pub deleted_at: Option<u64>,
    /// Seconds since 1970; nobody deletes it before.
    pub retain_until: Option<u64>,
}

/// A file as the lists read it, and what the caller may do with it.
#[derive(Debug, Deserialize)]
pub struct Known {
    /// `file_…`.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// The organisation it was made for.
    pub organisation_id: Option<String>,
    filename: String,
    purpose: Purpose,
    media_type: String,
    /// Who reads it.
    pub visibility: Visibility,
    bytes: u64,
    sha256: String,
    status: String,
    created_at: u64,
    /// Milliseconds since 1970.
    pub expires_at: Option<u64>,
    deleted_at: Option<u64>,
    /// Milliseconds since 1970.
    pub retain_until: Option<u64>,
    scan: String,
    /// A JSON list.
    tags: Option<String>,
    /// Whether the caller may change it.
    #[serde(default)]
    pub may_update: i64,
    /// Whether the caller may delete it.
    #[serde(default)]
    pub may_delete: i64,
    /// Whether the caller may open it to others.
    #[serde(default)]
    pub may_share: i64,
    /// Whether a job reads it.
    #[serde(default)]
    pub held: i64,
}

const fn seconds(at: Option<u64>) -> Option<u64> {
    match at {
        Some(at) => Some(at / 1_000),
        None => None,
    }
}

impl From<Known> for FileObject {
    fn from(known: Known) -> Self {
        let tags = known.tags.and_then(|tags| shared::json::read(&tags).ok()).unwrap_or_default();
        let Known { id, user_id, organisation_id, filename, purpose, media_type, visibility, bytes, sha256, .. } =
            known;
        let Known { status, created_at, expires_at, deleted_at, retain_until, scan, .. } = known;
        // Where its bytes lie no client is told.
        let object = String::new();
        let file = File {
            id,
            user_id,
            organisation_id,
            filename,
            purpose,
            media_type,
            visibility,
            bytes,
            sha256,
            object,
            status,
            created_at,
            expires_at,
            deleted_at,
            retain_until,
            scan,
        };
        Self::new(file, tags)
    }
}

impl FileObject {
    /// A file with these tags.
    pub fn new(file: File, tags: Vec<String>) -> Self {
        Self {
            id: file.id,
            object: "file",
            bytes: file.bytes,
            created_at: file.created_at / 1_000,
            expires_at: seconds(file.expires_at),
            filename: file.filename,
            purpose: file.purpose,
            status: file.status,
            status_details: None,
            sha256: file.sha256,
            media_type: file.media_type,
            visibility: file.visibility,
            owner_id: file.user_id,
            organisation_id: file.organisation_id,
            tags,
            scan: file.scan,
            deleted_at: seconds(file.deleted_at),
            retain_until: seconds(file.retain_until),
        }
    }
}
