//! Text: pages, pictures of markup, JSON, lines of it, and text that is none of them. And whether bytes that begin like
//! something else could be read as a page all the same.

use super::contains;

/// What makes a page or a script of bytes for whoever guesses types.
const MARKS: &[&[u8]] = &[
    b"<script",
    b"<html",
    b"<svg",
    b"<!doctype",
    b"<iframe",
    b"<body",
    b"<head",
    b"<img",
    b"<object",
    b"<embed",
    b"<a href",
    b"javascript:",
    b"<?php",
];

/// First tags by which a browser takes bytes for a page (WHATWG MIME Sniffing §7.1), and a few more.
const PAGES: &[&[u8]] = &[
    b"!doctype html",
    b"html",
    b"head",
    b"script",
    b"iframe",
    b"h1",
    b"div",
    b"font",
    b"table",
    b"a",
    b"style",
    b"title",
    b"b",
    b"body",
    b"br",
    b"p",
    b"img",
    b"form",
    b"meta",
    b"link",
    b"base",
    b"object",
    b"embed",
    b"math",
    b"video",
    b"audio",
];

/// Whether a file that begins as a picture, sound or video is a page, a script or a PDF besides.
pub(super) fn is_two_things(head: &[u8]) -> bool {
    let lower = head.to_ascii_lowercase();
    contains(head.get(..1_029).unwrap_or(head), b"%PDF-") || MARKS.iter().any(|mark| contains(&lower, mark))
}

/// The type of text that begins like this; `None` for what is no text in UTF-8.
pub(super) fn of(head: &[u8]) -> Option<&'static str> {
    let bytes = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // The last letter may be cut through.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?,
        Err(_) => return None,
    };
    let plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\x0c');
    if text.is_empty() || !text.chars().all(plain) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    Some(markup(&lower).unwrap_or_else(|| json(text.trim_start()).unwrap_or("text/plain")))
}

/// By the first tag behind spaces, comments, declarations and instructions; or by any tag of a page.
fn markup(text: &str) -> Option<&'static str> {
    let mut rest = text.trim_start();
    let mut xml = false;
    loop {
        rest = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->").map_or("", |(_, after)| after)
        } else if let Some(instruction) = rest.strip_prefix("<?") {
            xml |= instruction.starts_with("xml");
            instruction.split_once("?>").map_or("", |(_, after)| after)
        } else if rest.starts_with("<!doctype") && !rest.starts_with("<!doctype html") {
            xml = true;
            // An inner subset ends with a bracket of its own.
            let end = if rest.find('[') < rest.find('>') && rest.contains('[') { "]>" } else { ">" };
            rest.split_once(end).map_or("", |(_, after)| after)
        } else {
            break;
        }
        .trim_start();
    }
    let tag = rest.strip_prefix('<');
    let begins = |name: &[u8]| {
        tag.and_then(|tag| tag.as_bytes().strip_prefix(name))
            .is_some_and(|after| after.first().is_none_or(|next| !next.is_ascii_alphanumeric() && *next != b':'))
    };
    if begins(b"svg") || tag.is_some_and(|tag| xml && tag.contains("http://www.w3.org/2000/svg")) {
        return Some("image/svg+xml");
    }
    if PAGES.iter().any(|name| begins(name)) {
        return Some("text/html");
    }
    let wild = MARKS.iter().filter(|mark| mark.starts_with(b"<")).any(|mark| contains(text.as_bytes(), mark));
    match (xml, wild && tag.is_some()) {
        (true, _) => Some("application/xml"),
        (false, true) => Some("text/html"),
        _ => None,
    }
}

/// JSON, or lines of it, as far as a beginning tells.
fn json(text: &str) -> Option<&'static str> {
    let inner = text.strip_prefix(['{', '['])?.trim_start();
    let first = inner.chars().next();
    let opens = match text.starts_with('{') {
        true => matches!(first, None | Some('"' | '}')),
        false => matches!(first, None | Some('"' | '{' | '[' | ']' | '-' | '0'..='9' | 't' | 'f' | 'n')),
    };
    if !opens {
        return None;
    }
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            let rest = text.get(at + 1..).unwrap_or_default().trim_start();
            return Some(match rest.chars().next() {
                None => "application/json",
                Some('{' | '[') => "application/jsonl",
                // Text that begins with a bracket.
                Some(_) => "text/plain",
            });
        }
    }
    Some("application/json")
}
