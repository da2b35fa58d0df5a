//! Texts inside JSON: a string's characters out of its escapes, through a masker, and back.

use crate::guard::mask::{Masker, Tally};
use crate::json::pointer;

/// Puts a JSON string (quotes included) through `masker` as the next piece of its text, or the last; the string that
/// goes out, or `None` when it is the very same.
pub(crate) fn piece(raw: &str, last: bool, masker: &mut Masker, tally: &mut Tally) -> Option<String> {
    let held = masker.holds();
    let mut out = String::with_capacity(raw.len());
    let Some(text) = pointer::text(raw) else {
        // What cannot be read is not let through.
        return Some(torn(raw, last, masker, tally).unwrap_or_else(|| "\"\"".to_owned()));
    };
    masker.push(&text, &mut out, tally);
    if last && tally.blocked.is_none() {
        masker.end(&mut out, tally);
    }
    (held || out != text).then(|| quote(&out))
}

/// A text as a JSON string.
pub(crate) fn quote(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// The characters a JSON string of it has, without the quotes.
fn escaped(text: &str) -> String {
    let quoted = quote(text);
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// The same for a string with half a character: some providers tear a character of two escapes apart. The half goes
/// on as it is; no rule finds anything with such a character in it, so what was held before it is decided.
fn torn(raw: &str, last: bool, masker: &mut Masker, tally: &mut Tally) -> Option<String> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::from("\"");
    let mut rest = inner;
    while let Some(at) = half(rest) {
        let (before, from) = rest.split_at_checked(at)?;
        out.push_str(&through(before, true, masker, tally)?);
        let (half, after) = from.split_at_checked(6)?;
        out.push_str(half);
        rest = after;
    }
    out.push_str(&through(rest, last, masker, tally)?);
    out.push('"');
    Some(out)
}

fn through(inner: &str, last: bool, masker: &mut Masker, tally: &mut Tally) -> Option<String> {
    let text = pointer::text(&format!("\"{inner}\"")).map(std::borrow::Cow::into_owned)?;
    let mut out = String::new();
    masker.push(&text, &mut out, tally);
    if last && tally.blocked.is_none() {
        masker.end(&mut out, tally);
    }
    Some(escaped(&out))
}

/// Where the next half of a character stands.
fn half(inner: &str) -> Option<usize> {
    let bytes = inner.as_bytes();
    let unit = |at: usize| -> Option<u16> {
        let digits = inner.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut at = 0;
    while at < bytes.len() {
        if bytes.get(at) != Some(&b'\\') {
            at += 1;
            continue;
        }
        match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => return Some(at),
            _ => at += 2,
        }
    }
    None
}
