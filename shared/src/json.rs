//! Reading JSON text. One way for all: `serde_json` is compiled once for bytes and once more for
//! `str`, and in a Worker every kilobyte is downloaded and compiled at each cold start.

use serde::Deserialize;

/// Reads a value from JSON text.
///
/// # Errors
/// When it is not JSON, or not of this shape.
pub fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    serde_json::from_slice(text.as_bytes())
}
