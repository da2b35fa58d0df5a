//! Files as OpenAI's clients know them.

use serde::{Deserialize, Serialize};
use uploads::{File, Purpose};

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
}

impl From<File> for FileObject {
    fn from(file: File) -> Self {
        let File { id, filename, purpose, bytes, sha256, status, created_at, expires_at, .. } = file;
        Self {
            id,
            object: "file",
            bytes,
            created_at: created_at / 1_000,
            expires_at: expires_at.map(|at| at / 1_000),
            filename,
            purpose,
            status,
            status_details: None,
            sha256,
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
}
