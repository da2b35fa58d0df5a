//! Uploads as clients say and see them, in OpenAI's shape with what is ours beside it.

use serde::{Deserialize, Serialize};
use uploads::known::FileObject;
use uploads::life::Life;
use uploads::{Purpose, Visibility};

/// A file to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct UploadWish {
    /// As its owner calls it; folders before the name are dropped.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 255)))]
    pub filename: String,
    /// What it is for: `batch`, `fine-tune`, `evals` or `user_data`.
    pub purpose: Purpose,
    /// Its length. Room is reserved for as much.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(range(min = 1)))]
    pub bytes: u64,
    /// What its owner takes it for. Nobody believes it: the bytes decide.
    #[serde(default)]
    pub mime_type: Option<String>,
    /// SHA-256 of its bytes, in hexadecimal: what comes to another one is not kept.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(regex(pattern = "^[0-9a-fA-F]{64}$")))]
    pub sha256: Option<String>,
    /// Who reads it.
    #[serde(default)]
    pub visibility: Visibility,
    /// Words to find it by.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 16), inner(length(min = 1, max = 64))))]
    pub tags: Vec<String>,
    /// The organisation it is made for; where the caller's role lets them `create` a `file`.
    #[serde(default)]
    pub organisation_id: Option<String>,
    /// How long the file is kept.
    #[serde(default)]
    pub expires_after: Option<Life>,
}

/// What becomes of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Status {
    /// Bytes may come.
    Pending,
    /// The file is there.
    Completed,
    /// It was given up.
    Cancelled,
}

/// A file that is not whole yet, or was just made whole.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "Upload"))]
pub struct UploadObject {
    /// `file_…`: the file's own from the beginning.
    pub id: String,
    /// `upload`.
    pub object: &'static str,
    /// The length it will have.
    pub bytes: u64,
    /// How much of it is there.
    pub received: u64,
    /// Seconds since 1970.
    pub created_at: u64,
    /// As its owner called it.
    pub filename: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What has become of it.
    pub status: Status,
    /// Seconds since 1970; it is given up then. Null for one that is whole.
    pub expires_at: Option<u64>,
    /// Who will read it.
    pub visibility: Visibility,
    /// The file, when it is whole.
    pub file: Option<FileObject>,
}

impl From<FileObject> for UploadObject {
    fn from(file: FileObject) -> Self {
        let FileObject { purpose, visibility, bytes, created_at, .. } = file;
        Self {
            id: file.id.clone(),
            object: "upload",
            bytes,
            received: bytes,
            created_at,
            filename: file.filename.clone(),
            purpose,
            status: Status::Completed,
            expires_at: None,
            visibility,
            file: Some(file),
        }
    }
}

/// A part of an upload.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "UploadPart"))]
pub struct PartObject {
    /// `part_…`.
    pub id: String,
    /// `upload.part`.
    pub object: &'static str,
    /// Seconds since 1970.
    pub created_at: u64,
    /// The upload it belongs to.
    pub upload_id: String,
}

/// Which parts an upload comes to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PartsWish {
    /// The parts, in the order in which they stand in the file.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 1_000)))]
    pub part_ids: Vec<String>,
    /// MD5 of the whole, in hexadecimal.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(regex(pattern = "^[0-9a-fA-F]{32}$")))]
    pub md5: Option<String>,
}
