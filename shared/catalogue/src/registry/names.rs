//! What the entries of a registry may be called.

/// Longer names are refused: `ai` neither looks for them nor repeats them.
pub(super) const LONGEST: usize = 128;

/// A provider's id: it stands in paths and before a slash in models' names.
pub(super) fn is_provider(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && !id.starts_with('-')
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The name of an alias or a route: no slash, so that it is never taken for `provider/model`.
pub(super) fn is_word(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-'))
}

/// A model's id, as providers choose them.
pub(super) fn is_model(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
}
