//! Names and tags that people give their files.

use shared::problem::Problem;

/// Bytes of a file's name at most.
const LONGEST_NAME: usize = 255;
/// Tags of a file at most.
pub const MOST_TAGS: usize = 16;
/// Letters of a tag at most.
const LONGEST_TAG: usize = 64;

/// The name of a file without the folders that some clients send along.
///
/// # Errors
/// 422 for one that is empty, too long, or holds what nobody sees.
pub fn name_of(name: Option<&str>, pointer: &'static str) -> Result<String, Problem> {
    let name = name.ok_or_else(|| Problem::invalid(pointer, "invalid", "must be a file, with a name"))?;
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let sound = (1..=LONGEST_NAME).contains(&last.len()) && !last.chars().any(char::is_control);
    if sound {
        Ok(last.to_owned())
    } else {
        Err(Problem::invalid(pointer, "invalid", "must have a name of 1 to 255 bytes"))
    }
}

/// Refuses a tag that is empty, too long, or holds what nobody sees.
///
/// # Errors
/// 422.
pub fn sound_tag(tag: &str, pointer: &'static str) -> Result<(), Problem> {
    let sound = (1..=LONGEST_TAG).contains(&tag.chars().count()) && !tag.chars().any(char::is_control);
    if sound { Ok(()) } else { Err(Problem::invalid(pointer, "invalid", "must be of 1 to 64 letters each")) }
}
