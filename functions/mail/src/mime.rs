//! A letter as a message of RFC 5322: two alternatives, text and HTML, in quoted-printable. Nothing of it
//! depends on a clock or on chance but the date, so that a second try sends the same message.

use std::fmt::Write;

use base64ct::{Base64, Encoding};
use shared::time;

use crate::letter::Composed;

/// The whole message, lines ended by CRLF.
pub fn message(letter: &Composed<'_>, now_ms: u64) -> String {
    let Composed { id, from, from_name, to, ref content } = *letter;
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let boundary = format!("=_{id}");
    let sender = if from_name.is_empty() { from.to_owned() } else { format!("{} <{from}>", phrase(from_name)) };
    let mut message = String::with_capacity(4096);
    let headers = [
        ("Date", time::http_date(now_ms).replace("GMT", "+0000")),
        ("From", sender),
        ("To", to.to_owned()),
        ("Message-ID", format!("<{id}@{domain}>")),
        ("Subject", words(&content.subject)),
        ("MIME-Version", "1.0".to_owned()),
        // Tells other machines not to answer (RFC 3834 §5).
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("Content-Type", format!("multipart/alternative; boundary=\"{boundary}\"")),
    ];
    for (name, value) in headers {
        let value: String = value.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        // Writing to a string cannot fail.
        let _ = write!(message, "{name}: {}\r\n", value.replace('\t', "\r\n "));
    }
    for (media, text) in [("text/plain", &content.text), ("text/html", &content.html)] {
        let _ = write!(
            message,
            "\r\n--{boundary}\r\nContent-Type: {media}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
            quoted_printable(text)
        );
    }
    let _ = write!(message, "\r\n--{boundary}--\r\n");
    message
}

/// A name before an address: quoted, or encoded words.
fn phrase(name: &str) -> String {
    if name.is_ascii() { format!("\"{}\"", name.replace(['\\', '"'], "")) } else { words(name) }
}

/// A text in a header: itself, or encoded words of RFC 2047 §2, a tab where a line may be folded.
fn words(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut parts = Vec::new();
    let mut part = String::new();
    for letter in text.chars() {
        // 45 bytes are 60 digits; with their frame they fit into the 75 that a word may have.
        if part.len() + letter.len_utf8() > 45 {
            parts.push(std::mem::take(&mut part));
        }
        part.push(letter);
    }
    parts.push(part);
    let encoded: Vec<String> =
        parts.iter().map(|part| format!("=?utf-8?B?{}?=", Base64::encode_string(part.as_bytes()))).collect();
    encoded.join("\t")
}

/// RFC 2045 §6.7, lines of at most 76 characters.
pub fn quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    for (i, line) in text.lines().enumerate() {
        if i > 0 {
            out.push_str("\r\n");
        }
        let mut width = 0;
        let last = line.len().saturating_sub(1);
        for (at, byte) in line.bytes().enumerate() {
            let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && at < last);
            let need = if plain { 1 } else { 3 };
            if width + need > 75 {
                out.push_str("=\r\n");
                width = 0;
            }
            width += need;
            if plain {
                out.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(out, "={byte:02X}");
            }
        }
    }
    out
}
