//! Names and tags that people give their files.

use shared::problem::Problem;

use crate::name;

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
    name::of(name).ok_or_else(|| Problem::invalid(pointer, "invalid", name::RULE))
}

/// Whether this can be a tag: not empty, not too long, and without what nobody sees.
pub fn is_tag(tag: &str) -> bool {
    (1..=LONGEST_TAG).contains(&tag.chars().count()) && !tag.chars().any(char::is_control)
}

/// Refuses a tag that is empty, too long, or holds what nobody sees.
///
/// # Errors
/// 422.
pub fn sound_tag(tag: &str, pointer: &'static str) -> Result<(), Problem> {
    if is_tag(tag) { Ok(()) } else { Err(Problem::invalid(pointer, "invalid", "must be of 1 to 64 letters each")) }
}
