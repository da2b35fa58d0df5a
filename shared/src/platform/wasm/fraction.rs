//! Numbers with a fraction as text. The build lets this take the place of the standard library's way
//! (`xtask/src/displaced.rs`), which every module carries for one message of serde's: 7 kB compressed.

use std::fmt::{Formatter, Result};
use std::hint;

/// Writes a number as JSON does; of a whole one without its point. A width and a precision are passed over.
pub(super) fn written(number: &f64, out: &mut Formatter<'_>) -> Result {
    let text = serde_json::to_string(number).unwrap_or_default();
    out.write_str(text.strip_suffix(".0").unwrap_or(&text))
}

/// Keeps it in the module, though nothing in Rust calls it.
pub(super) fn keep() {
    hint::black_box(written as fn(&f64, &mut Formatter<'_>) -> Result);
}
