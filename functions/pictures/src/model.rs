//! What clients send and see.

use serde::{Deserialize, Serialize};

use crate::look::Kind;
use crate::spec::Spec;

/// What a file is as a picture.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PictureObject {
    /// The file's id.
    pub file_id: String,
    /// Its kind, by its content.
    pub kind: Kind,
    /// The media type of that kind.
    pub media_type: &'static str,
    /// Pixels of a row as shown: turned as `orientation` says.
    pub width: u32,
    /// Rows as shown.
    pub height: u32,
    /// How the stored picture is turned for showing: 1 to 8, as Exif counts; 1 is upright.
    pub orientation: u8,
    /// Whether it moves.
    pub animated: bool,
    /// A [BlurHash](https://blurha.sh) of 4 by 3 components; null where it could not be made.
    pub blurhash: Option<String>,
    /// Some variants, for pages that want no others: whole pictures of 320, 640 and 1280 pixels a row at most.
    pub variants: Vec<Address>,
}

/// The body of `POST /v1/files/{id}/variants`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct VariantWish {
    /// The variant.
    pub variant: Spec,
    /// Seconds for which the address of a file that is not public opens: 60 to 86400, an hour unless asked.
    #[serde(default = "hour")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(range(min = 60, max = 86_400)))]
    pub seconds: u32,
}

const fn hour() -> u32 {
    3_600
}

/// A signed address of a variant.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Address {
    /// The variant in one word.
    pub spec: String,
    /// Where it is.
    pub url: String,
    /// When the address ends; null: with the file, or when it is public no more.
    pub expires_at: Option<String>,
}

/// A file without what was written beside its picture.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Stripped {
    /// The file's id, as before.
    pub file_id: String,
    /// How long it is now.
    pub bytes: u64,
    /// SHA-256 of its bytes in hexadecimal.
    pub sha256: String,
    /// How many bytes went.
    pub removed_bytes: u64,
}

/// A person's or an organisation's picture.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AvatarObject {
    /// What the `avatar_ref` of whose it is says from now on: the size of 256.
    pub avatar_ref: String,
    /// Every size, the smallest first.
    pub sizes: Vec<AvatarSize>,
}

/// One size of it.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AvatarSize {
    /// Pixels of a side.
    pub size: u16,
    /// Where it is; changes with the picture.
    pub url: String,
}
