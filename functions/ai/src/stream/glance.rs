//! A glance at the JSON of one stream event: does it hold something we must read, and how
//! much text did the model write?
//!
//! One pass over the strings of the event, no tree, no allocation. It knows where strings
//! begin and end, so text that merely talks about `"usage"` is never mistaken for it. What
//! the values mean is decided elsewhere, by a real parser, for the few events that need it.

use memchr::{memchr, memchr2};

use crate::dialect::Dialect;

/// What is looked for in a dialect.
struct Words {
    /// Members worth a real parse when they are not `null`.
    telling: &'static [&'static [u8]],
    /// Members whose text the model wrote, and which its provider bills as completion.
    written: &'static [&'static [u8]],
    /// Types of events that end a stream.
    ends: &'static [&'static [u8]],
}

const CHAT: Words = Words {
    telling: &[b"usage", b"finish_reason", b"error"],
    written: &[b"content", b"reasoning_content", b"reasoning", b"refusal", b"arguments", b"response"],
    ends: &[],
};

const MESSAGES: Words = Words {
    telling: &[b"usage", b"stop_reason", b"error"],
    written: &[b"text", b"thinking", b"partial_json"],
    ends: &[b"message_stop"],
};

/// Events repeat at their end what came in pieces, so pieces alone count.
const RESPONSES: Words = Words {
    telling: &[b"usage", b"error"],
    written: &[b"delta"],
    ends: &[b"response.completed", b"response.incomplete", b"response.failed", b"error"],
};

const RESPONSE: Words = Words { telling: RESPONSES.telling, written: &[b"text", b"refusal", b"arguments"], ends: &[] };

/// What one look at an event told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Glance {
    /// Something that has to be read: usage, a reason to stop, an error, the end; and it is not `null`.
    pub telling: bool,
    /// Bytes of UTF-8 the model wrote in this event (escapes counted as what they stand for).
    pub written_bytes: u64,
}

/// Looks at the JSON text of one chat chunk or reply. Broken JSON gives whatever was seen before the break.
pub fn glance(json: &[u8]) -> Glance {
    look(&CHAT, json)
}

/// The same for one event of this dialect.
pub fn glance_event(dialect: Dialect, json: &[u8]) -> Glance {
    match dialect {
        Dialect::Chat => look(&CHAT, json),
        Dialect::Messages => look(&MESSAGES, json),
        Dialect::Responses => look(&RESPONSES, json),
    }
}

/// The same for a plain reply.
pub fn glance_reply(dialect: Dialect, json: &[u8]) -> Glance {
    match dialect {
        Dialect::Responses => look(&RESPONSE, json),
        other => glance_event(other, json),
    }
}

#[inline(never)]
fn look(words: &Words, json: &[u8]) -> Glance {
    let mut seen = Glance::default();
    let mut rest = json;
    while let Some((text, after)) = next_string(rest) {
        rest = after;
        let Some(value) = value_of_member(after) else {
            continue;
        };
        if words.telling.contains(&text) {
            seen.telling |= !value.starts_with(b"null");
        } else if value.starts_with(b"\"")
            && (words.written.contains(&text) || text == b"type")
            && let Some((string, after)) = next_string(value)
        {
            if text == b"type" {
                seen.telling |= words.ends.contains(&string);
            } else {
                seen.written_bytes += decoded_len(string);
            }
            rest = after;
        }
    }
    seen
}

/// The next JSON string's raw content, and what follows its closing quote.
pub(crate) fn next_string(json: &[u8]) -> Option<(&[u8], &[u8])> {
    let open = memchr(b'"', json)?;
    let inner = json.get(open + 1..)?;
    let mut from = 0;
    loop {
        let at = from + memchr2(b'"', b'\\', inner.get(from..)?)?;
        if inner.get(at) == Some(&b'"') {
            return Some((inner.get(..at)?, inner.get(at + 1..)?));
        }
        from = at + 2;
    }
}

/// If a colon follows (so the string was a member's name): the value's text onwards.
pub(crate) fn value_of_member(after: &[u8]) -> Option<&[u8]> {
    let value = after.trim_ascii_start().strip_prefix(b":")?;
    Some(value.trim_ascii_start())
}

/// How many bytes of UTF-8 an escaped string stands for. A surrogate pair counts six
/// instead of four: good enough for an estimate.
fn decoded_len(raw: &[u8]) -> u64 {
    let mut len = raw.len() as u64;
    let mut rest = raw;
    while let Some(at) = memchr(b'\\', rest) {
        // `\n` is one byte instead of two, `\u4f60` three instead of six.
        let unicode = rest.get(at + 1) == Some(&b'u');
        len = len.saturating_sub(if unicode { 3 } else { 1 });
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(json: &str) -> (bool, u64) {
        let seen = glance(json.as_bytes());
        (seen.telling, seen.written_bytes)
    }

    #[test]
    fn an_ordinary_chunk_needs_no_parse() {
        let json = r#"{"choices":[{"index":0,"delta":{"content":"Hello"},"logprobs":null,"finish_reason":null}],"usage":null}"#;
        assert_eq!(look(json), (false, 5));
    }

    #[test]
    fn usage_finish_and_error_are_telling() {
        assert!(look(r#"{"usage" : {"prompt_tokens":1}}"#).0);
        assert!(look(r#"{"choices":[{"finish_reason":"stop"}]}"#).0);
        assert!(look(r#"{"error":{"message":"x"}}"#).0);
    }

    #[test]
    fn text_that_talks_about_usage_is_not_usage() {
        let json = r#"{"delta":{"content":"say \"usage\":{} and \"error\":1"}}"#;
        assert_eq!(look(json), (false, 28));
        assert_eq!(look(r#"{"delta":{"content":"usage"},"x":"error"}"#), (false, 5));
    }

    #[test]
    fn reasoning_and_tool_arguments_are_written_too() {
        let json = r#"{"delta":{"reasoning_content":"hm","tool_calls":[{"function":{"arguments":"{\"a\":1}"}}]}}"#;
        assert_eq!(look(json), (false, 2 + 7));
    }

    #[test]
    fn escapes_count_as_what_they_stand_for() {
        assert_eq!(look(r#"{"content":"\u4f60\n\\"}"#), (false, 3 + 1 + 1));
        assert_eq!(look("{\"content\":\"你好\"}"), (false, 6));
    }

    #[test]
    fn broken_json_is_no_trouble() {
        for json in ["", "\"", "{\"content\":\"ab", "{\"content\":\"ab\\", "{\"content\":", "\"\\"] {
            look(json);
        }
        glance(&[b'"', 0xff, b'"', b':', 0xfe]);
    }

    #[test]
    fn each_dialect_writes_in_members_of_its_own() {
        let seen = |dialect, json: &str| {
            let seen = glance_event(dialect, json.as_bytes());
            (seen.telling, seen.written_bytes)
        };
        let json = r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"Hello"}}"#;
        assert_eq!(seen(Dialect::Messages, json), (false, 5));
        assert_eq!(seen(Dialect::Messages, r#"{"type":"message_stop"}"#), (true, 0));
        let json = r#"{"type":"response.output_text.delta","delta":"Hello","text":"not counted"}"#;
        assert_eq!(seen(Dialect::Responses, json), (false, 5));
        assert_eq!(seen(Dialect::Responses, r#"{"type":"response.failed"}"#), (true, 0));
        assert_eq!(glance_reply(Dialect::Responses, br#"{"output":[{"text":"Hello"}]}"#).written_bytes, 5);
    }
}
