//! What the rows take and give besides files themselves.

use serde::{Deserialize, Serialize};
use uploads::Purpose;
use uploads::known::FileObject;

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
