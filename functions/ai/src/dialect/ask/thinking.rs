//! Thinking that travels through a client: what a dialect has no place for (a signature, thinking that only its maker can read)
//! is put where its clients carry what they do not understand, and found again when it comes back.
//!
//! In chat that is `reasoning_details`, as several gateways have it; in responses `encrypted_content` of a reasoning item.

use std::borrow::Cow;

use crate::dialect::ask::Part;
use crate::dialect::node::{Element, Notes, Object, inner};
use crate::dialect::write::Json;

/// What `encrypted_content` begins with where it holds a signature.
const SIGNED: &str = "thinking:";
/// What it begins with where it holds thinking that nobody else can read.
const REDACTED: &str = "redacted:";

/// What a signature begins with that is `encrypted_content` of OpenAI's.
const OPENAI: &str = "openai:";

/// A signature that holds `encrypted_content` of OpenAI's; inner texts.
pub(crate) fn openai(sealed: &str) -> String {
    [OPENAI, sealed].concat()
}

/// What such a signature, a JSON string, holds; `None` for that of another maker.
pub(crate) fn of_openai(signature: &str) -> Option<&str> {
    inner(signature).strip_prefix(OPENAI)
}

/// JSON strings as one, with `between` in between.
pub(crate) fn joined<'a>(strings: &[&str], between: &str) -> Cow<'a, str> {
    let inners: Vec<&str> = strings.iter().map(|string| inner(string)).collect();
    Cow::Owned(["\"", &inners.join(between), "\""].concat())
}

/// An element of `reasoning_details`. `inner` texts all.
pub(crate) fn detail(out: &mut Json, text: Option<(&str, &str)>, redacted: &str, index: usize) {
    out.raw("{");
    match text {
        Some((text, signature)) => {
            out.field("type", "\"reasoning.text\"").word("text", text).word("signature", signature);
        }
        None => {
            out.field("type", "\"reasoning.encrypted\"").word("data", redacted);
        }
    }
    let openai = text.is_some_and(|(_, signature)| signature.starts_with(OPENAI));
    out.word("format", if openai { "openai-responses-v1" } else { "anthropic-claude-v1" })
        .count("index", index as u64)
        .close('}');
}

/// Thinking in an element of `reasoning_details`, if it is of the kind written here.
pub(crate) fn of_detail<'a>(detail: Element<'a>, notes: &mut Notes) -> Option<Part<'a>> {
    let mut object = Object::read(detail.json, detail.at, notes);
    match object.word("type", notes).as_deref() {
        Some("reasoning.text") => {
            let text = Cow::Borrowed(object.text("text", notes).unwrap_or("\"\""));
            let signature = object.text("signature", notes).map(Cow::Borrowed);
            Some(Part::Thinking { text, signature })
        }
        Some("reasoning.encrypted") => {
            object.text("data", notes).map(|data| Part::Redacted { data: Cow::Borrowed(data) })
        }
        _ => {
            notes.drop(&object.at);
            None
        }
    }
}

/// `encrypted_content` that holds a signature, or else thinking nobody can read; inner texts.
pub(crate) fn sealed(signature: &str, redacted: &str) -> String {
    if redacted.is_empty() { [SIGNED, signature].concat() } else { [REDACTED, redacted].concat() }
}

/// Thinking of a reasoning item: its text, and `encrypted_content` where it is of the kind written here.
pub(crate) fn unsealed<'a>(text: Cow<'a, str>, sealed: Option<&'a str>, at: &str, notes: &mut Notes) -> Part<'a> {
    let sealed = sealed.map(inner).unwrap_or_default();
    if let Some(data) = sealed.strip_prefix(REDACTED) {
        return Part::Redacted { data: Cow::Owned(["\"", data, "\""].concat()) };
    }
    let signature = sealed.strip_prefix(SIGNED).map(|signature| Cow::Owned(["\"", signature, "\""].concat()));
    if signature.is_none() && !sealed.is_empty() {
        notes.drop(at);
    }
    Part::Thinking { text, signature }
}
