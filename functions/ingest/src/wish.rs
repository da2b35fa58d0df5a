//! What an upload is to be, whoever asks and however; and whether it can be. Pure: what its owner may, and how much room there
//! is, is looked up by `pending`.

use shared::problem::{Code, Problem};
use uploads::words::{MOST_TAGS, is_tag, name_of};
use uploads::{Purpose, Visibility, life};

use crate::model::UploadWish;

/// What an upload is to be.
#[derive(Debug)]
pub struct Wish {
    /// As its owner calls it.
    pub filename: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Its length.
    pub length: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: Option<String>,
    /// Who reads it.
    pub visibility: Visibility,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The organisation it is made for.
    pub organisation_id: Option<String>,
    /// Seconds for which it is kept.
    pub seconds: Option<u64>,
}

impl From<UploadWish> for Wish {
    fn from(wish: UploadWish) -> Self {
        let UploadWish { filename, purpose, bytes, sha256, visibility, tags, organisation_id, expires_after, .. } =
            wish;
        let seconds = expires_after.map(|life| life.seconds);
        Self { filename, purpose, length: bytes, sha256, visibility, tags, organisation_id, seconds }
    }
}

/// The wish, when it can be granted to files of `longest` bytes.
///
/// # Errors
/// 413 for one that is too long; 422 for values that do not fit.
pub fn sound(mut wish: Wish, longest: u64) -> Result<Wish, Problem> {
    let invalid = |pointer: &str, rule: &str| Err(Problem::invalid(pointer, "invalid", rule));
    wish.filename = name_of(Some(&wish.filename), "/filename")?;
    if !wish.purpose.is_uploaded() {
        return invalid("/purpose", "must be batch, fine-tune, evals or user_data");
    }
    if wish.length == 0 {
        return invalid("/bytes", "must be 1 or more");
    }
    if wish.length > longest {
        return Err(Problem::from(Code::PayloadTooLarge).detail(format!("At most {longest} bytes are kept of a file.")));
    }
    if let Some(sum) = &mut wish.sha256 {
        sum.make_ascii_lowercase();
        if sum.len() != 64 || !sum.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return invalid("/sha256", "must be 64 digits in hexadecimal");
        }
    }
    if wish.seconds.is_some_and(|seconds| !life::SECONDS.contains(&seconds)) {
        return invalid("/expires_after/seconds", life::RULE);
    }
    wish.tags.sort_unstable();
    wish.tags.dedup();
    if wish.tags.len() > MOST_TAGS || !wish.tags.iter().all(|tag| is_tag(tag)) {
        return invalid("/tags", "must be at most 16 words of 1 to 64 letters");
    }
    Ok(wish)
}
