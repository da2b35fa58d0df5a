//! Pairs of texts that clients keep with a job, as OpenAI bounds them.

use std::collections::BTreeMap;

use shared::problem::Problem;

/// The pairs.
pub type Metadata = BTreeMap<String, String>;

/// Pairs at most.
const MOST: usize = 16;
/// Characters of a name at most.
const LONGEST_NAME: usize = 64;
/// Characters of a value at most.
const LONGEST_VALUE: usize = 512;

/// Lets pairs pass that are neither too many nor too long.
///
/// # Errors
/// 422 for others.
pub fn check(metadata: Option<&Metadata>) -> Result<(), Problem> {
    let longest = |text: &str, most: usize| text.chars().count() <= most;
    let fits = |metadata: &Metadata| {
        metadata.len() <= MOST
            && metadata.iter().all(|(name, value)| longest(name, LONGEST_NAME) && longest(value, LONGEST_VALUE))
    };
    if metadata.is_none_or(fits) {
        return Ok(());
    }
    let rule = format!("must be {MOST} pairs at most: names of {LONGEST_NAME}, values of {LONGEST_VALUE} characters");
    Err(Problem::invalid("/metadata", "invalid", rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(count: usize, name: usize, value: usize) -> Metadata {
        (0..count).map(|n| (format!("{n:0name$}"), "é".repeat(value))).collect()
    }

    #[test]
    fn pairs_are_bounded_in_number_and_length_by_characters() {
        for (metadata, fits) in [
            (None, true),
            (Some(pairs(0, 1, 1)), true),
            (Some(pairs(16, 64, 512)), true),
            (Some(pairs(17, 2, 1)), false),
            (Some(pairs(1, 65, 1)), false),
            (Some(pairs(1, 1, 513)), false),
        ] {
            assert_eq!(check(metadata.as_ref()).is_ok(), fits, "{metadata:?}");
        }
    }
}
