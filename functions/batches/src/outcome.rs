//! What becomes of a line by its answer, and how it is written into the batch's files. Pure.

use jobs::upstream::Answered;
use serde::{Deserialize, Serialize};

/// Tries of a line that is told to come later.
const MOST_WAITS: u32 = 30;
/// Tries of a line where something else fails.
const MOST_TRIES: u32 = 6;
/// Seconds between two tries at most.
const LONGEST_WAIT: u32 = 900;

/// A line that is to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its number.
    pub line: u64,
    /// Where it begins in the input.
    pub from: u64,
    /// Where the next one begins.
    pub to: u64,
    /// How often it was asked.
    pub tries: u32,
}

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes into the output.
    Output(String),
    /// It goes among the errors.
    Error(String),
    /// It is asked again after so many seconds.
    Again(Pending, u32),
}

/// What becomes of a line of this batch after this answer.
pub fn decide(batch: &str, pending: Pending, custom_id: &str, answered: &Answered) -> Outcome {
    let tries = pending.tries.saturating_add(1);
    let id = format!("batch_req_{}_{}", batch.trim_start_matches("batch_"), pending.line);
    let again = |most: u32, wait: Option<u32>| {
        let wait = wait.unwrap_or(0).max(1_u32 << tries.min(8)).min(LONGEST_WAIT);
        (tries < most).then_some(Outcome::Again(Pending { tries, ..pending }, wait))
    };
    match answered {
        Answered::Nothing(_) => again(MOST_TRIES, None)
            .unwrap_or_else(|| Outcome::Error(failure(&id, custom_id, "unreachable", "The model did not answer."))),
        Answered::Said { status, request_id, retry_after, body, .. } => {
            let tried = match status {
                429 => again(MOST_WAITS, *retry_after),
                401 | 408 | 409 | 500 | 502..=599 => again(MOST_TRIES, *retry_after),
                _ => None,
            };
            tried.unwrap_or_else(|| {
                let text = answer(&id, custom_id, *status, request_id, body);
                if (200..300).contains(status) { Outcome::Output(text) } else { Outcome::Error(text) }
            })
        }
    }
}

/// A line with an answer. Line ends in a JSON text stand between its tokens only, so they may become spaces.
fn answer(id: &str, custom_id: &str, status: u16, request_id: &str, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
    let body = if json { text.replace(['\n', '\r'], " ") } else { quoted(&text) };
    format!(
        "{{\"id\":{},\"custom_id\":{},\"response\":{{\"status_code\":{status},\"request_id\":{},\"body\":{body}}},\"error\":null}}\n",
        quoted(id),
        quoted(custom_id),
        quoted(request_id)
    )
}

/// A line without an answer, and why.
pub fn failure(id: &str, custom_id: &str, code: &str, message: &str) -> String {
    format!(
        "{{\"id\":{},\"custom_id\":{},\"response\":null,\"error\":{{\"code\":{},\"message\":{}}}}}\n",
        quoted(id),
        quoted(custom_id),
        quoted(code),
        quoted(message)
    )
}

/// Strings always serialise.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Pending, decide};
    use jobs::upstream::Answered;

    const PENDING: Pending = Pending { line: 7, from: 0, to: 9, tries: 0 };

    fn said(status: u16, retry_after: Option<u32>, body: &str) -> Answered {
        let (provider, cost_nano_usd) = (None, None);
        let body = body.as_bytes().to_vec();
        Answered::Said { status, request_id: "req_1".into(), retry_after, provider, cost_nano_usd, body }
    }

    #[test]
    fn an_answer_is_one_line_whatever_it_looks_like() {
        for (body, shown) in [("{\n \"a\": \"x\\ny\"\r\n}", "{  \"a\": \"x\\ny\"  }"), ("no\njson", "\"no\\njson\"")] {
            let Outcome::Output(line) = decide("batch_1", PENDING, "a\"b", &said(200, None, body)) else { panic!() };
            let head = r#"{"id":"batch_req_1_7","custom_id":"a\"b","response":{"status_code":200,"request_id":"req_1","body":"#;
            assert_eq!(line, format!("{head}{shown}}},\"error\":null}}\n"));
            serde_json::from_str::<serde_json::Value>(&line).unwrap();
        }
    }

    #[test]
    fn what_may_pass_is_asked_again_and_what_cannot_is_an_error() {
        for status in [401, 408, 409, 429, 500, 502, 503, 504] {
            let first = decide("batch_1", PENDING, "a", &said(status, None, "{}"));
            assert_eq!(first, Outcome::Again(Pending { tries: 1, ..PENDING }, 2), "{status}");
        }
        for status in [400, 402, 403, 404, 413, 422, 501] {
            assert!(
                matches!(decide("batch_1", PENDING, "a", &said(status, None, "{}")), Outcome::Error(_)),
                "{status}"
            );
        }
    }

    #[test]
    fn waits_grow_and_end() {
        let at =
            |tries, retry_after| decide("batch_1", Pending { tries, ..PENDING }, "a", &said(429, retry_after, "{}"));
        assert!(matches!(at(0, Some(60)), Outcome::Again(_, 60)));
        assert!(matches!(at(0, Some(60_000)), Outcome::Again(_, 900)));
        assert!(matches!(at(20, None), Outcome::Again(_, 256)));
        assert!(matches!(at(29, None), Outcome::Error(_)));
        let silent = |tries| decide("batch_1", Pending { tries, ..PENDING }, "a", &Answered::Nothing("x".into()));
        assert!(matches!(silent(4), Outcome::Again(..)));
        let Outcome::Error(line) = silent(5) else { panic!() };
        assert!(line.contains(r#""response":null,"error":{"code":"unreachable""#), "{line}");
    }
}
