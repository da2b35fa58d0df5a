//! Files as OpenAI's clients know them, with what we say of them besides.

use serde::{Deserialize, Serialize};
use uploads::{File, Purpose, Visibility};

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
    id: String,
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
    fn from(file: Known) -> Self {
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
            tags: file.tags.and_then(|tags| shared::json::read(&tags).ok()).unwrap_or_default(),
            scan: file.scan,
            deleted_at: seconds(file.deleted_at),
            retain_until: seconds(file.retain_until),
        }
    }
}

impl FileObject {
    /// A file that was just kept, with these tags.
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
            deleted_at: None,
            retain_until: seconds(file.retain_until),
        }
    }
}

/// A page of files in OpenAI's shape.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FileList {
    /// `list`.
    pub object: &'static str,
    /// The files.
    pub data: Vec<FileObject>,
    /// The first one's id.
    pub first_id: Option<String>,
    /// The last one's id; the next page is asked for with it as `after`.
    pub last_id: Option<String>,
    /// Whether there are more.
    pub has_more: bool,
}

/// A deleted file.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FileDeleted {
    /// Its id.
    pub id: String,
    /// `file`.
    pub object: &'static str,
    /// True.
    pub deleted: bool,
}

/// By which time a list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Order {
    /// The oldest first.
    Asc,
    /// The newest first.
    #[default]
    Desc,
}

/// What was opened to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Shared {
    /// By others.
    #[serde(rename = "with-me")]
    WithMe,
}

/// The query of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FileQuery {
    /// Files at most: 1 to 10,000; a page has 1,000 all the same.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(range(min = 1, max = 10_000)))]
    pub limit: Option<u32>,
    /// The `last_id` of the page before.
    pub after: Option<String>,
    /// The newest first, or the oldest.
    pub order: Order,
    /// Those for this purpose.
    pub purpose: Option<Purpose>,
    /// Those that the members of this organisation see.
    pub organisation_id: Option<String>,
    /// Those with this tag.
    pub tag: Option<String>,
    /// `true`: those in the trash.
    pub trash: bool,
    /// `with-me`: those that others have opened to the caller.
    pub shared: Option<Shared>,
}

/// How a file is deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeleteQuery {
    /// `true`: for good, from the trash or past it.
    pub permanent: bool,
}
