//! An answer as it is kept: its bytes, to the letter what the client that asked first got, and what headers say of it.
//!
//! A stream is kept as a stream and a plain reply as a plain one. Neither is made of the other: ids, times, probabilities
//! and the sizes of pieces differ, and a client may look at all of them.

use crate::stream::glance::{next_string, value_of_member};

/// An answer may have so many bytes to be kept.
pub const LONGEST_ANSWER: usize = 1024 * 1024;

/// The first line of what is kept: the version of the form.
const FORM: &str = "1";

/// An answer that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// It is a stream.
    pub stream: bool,
    /// The model that made it, as its provider calls it.
    pub model: String,
    /// The provider.
    pub provider: String,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: u64,
    /// The body.
    pub text: String,
}

impl Answer {
    /// As one text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Self { stream, model, provider, made_ms, text } = self;
        let one_line = |name: &str| name.replace('\n', " ");
        let (model, provider) = (one_line(model), one_line(provider));
        format!("{FORM}\n{}\n{model}\n{provider}\n{made_ms}\n{text}", if *stream { "stream" } else { "plain" })
    }

    /// Reads what [`Answer::to_text`] wrote; `None` for anything else.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let mut lines = text.splitn(6, '\n');
        let mut line = || lines.next();
        (line()? == FORM).then_some(())?;
        let stream = match line()? {
            "stream" => true,
            "plain" => false,
            _ => return None,
        };
        let (model, provider) = (line()?.to_owned(), line()?.to_owned());
        let made_ms = line()?.parse().ok()?;
        Some(Self { stream, model, provider, made_ms, text: line()?.to_owned() })
    }
}

/// Whether an answer, plain or a stream, in any dialect, calls a tool: whoever asked may have to act on it, once.
#[must_use]
pub fn calls_tools(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some((name, after)) = next_string(rest) {
        rest = after;
        let Some(value) = value_of_member(after) else { continue };
        if name == b"tool_calls" || name == b"function_call" {
            let inner = value.strip_prefix(b"[").unwrap_or(value).trim_ascii_start();
            if value.starts_with(b"{") || inner.starts_with(b"{") {
                return true;
            }
        } else if name == b"type"
            && let Some((kind, _)) = value.starts_with(b"\"").then(|| next_string(value)).flatten()
            && (kind.ends_with(b"tool_use") || kind.ends_with(b"_call"))
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_being_kept() {
        let answer = Answer {
            stream: true,
            model: "m\nn".to_owned(),
            provider: "p".to_owned(),
            made_ms: 7,
            text: "data: a\n\ndata: [DONE]\n\n".to_owned(),
        };
        let read = Answer::of_text(&answer.to_text()).unwrap();
        assert_eq!(read, Answer { model: "m n".to_owned(), ..answer });
        for broken in
            ["", "1", "2\nplain\nm\np\n7\nx", "1\nother\nm\np\n7\nx", "1\nplain\nm\np\nx\nx", "1\nplain\nm\np\n7"]
        {
            assert_eq!(Answer::of_text(broken), None);
        }
    }

    #[test]
    fn answers_that_call_tools_are_known_in_all_dialects() {
        for body in [
            r#"{"choices":[{"message":{"tool_calls":[ {"id":"c"}]}}]}"#,
            r#"data: {"choices":[{"delta":{"function_call":{"name":"f"}}}]}"#,
            r#"{"content":[{"type":"tool_use","input":{}}]}"#,
            r#"data: {"item":{"type" : "function_call"}}"#,
            r#"{"content":[{"type":"server_tool_use"}]}"#,
        ] {
            assert!(calls_tools(body.as_bytes()), "{body}");
        }
        for body in [
            r#"{"choices":[{"message":{"tool_calls":[],"function_call":null,"content":"\"type\":\"tool_use\""}}]}"#,
            r#"{"type":"message","content":"tool_calls"}"#,
            "",
        ] {
            assert!(!calls_tools(body.as_bytes()), "{body}");
        }
    }
}
