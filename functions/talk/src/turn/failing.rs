//! What a person is told when the AI function refused or failed. Its errors have OpenAI's shape; a conversation's rows
//! answer with problems. Pure.

use serde::Deserialize;
use shared::problem::{Code, Problem};

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    code: Option<String>,
}

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: Refusal,
}

/// The problem that a failed call is, by its status and body.
pub fn problem(status: u16, body: &[u8], retry_after: Option<String>) -> Problem {
    let Refusal { message, code } = serde_json::from_slice::<Refused>(body).unwrap_or_default().error;
    let ours = code
        .as_deref()
        .and_then(|name| Code::ALL.iter().find(|code| code.facts().1 == name && code.facts().0 == status));
    let problem = match ours.copied().or_else(|| of_status(status)) {
        // The conversation is there; it is the model that is not.
        Some(Code::ModelNotFound) => {
            let why = message.clone().unwrap_or_else(|| "does not exist, or you may not use it".to_owned());
            Problem::invalid("/model", "unknown", why)
        }
        Some(code) => code.into(),
        None => {
            let why = message.clone().unwrap_or_else(|| "was refused by the model".to_owned());
            Problem::invalid("", code.unwrap_or_else(|| "refused".to_owned()), why)
        }
    };
    let problem = match message {
        Some(message) => problem.detail(message),
        None => problem,
    };
    match retry_after {
        Some(after) => problem.header("Retry-After", after),
        None => problem,
    }
}

/// By the status alone; `None` for what the model refused to read.
fn of_status(status: u16) -> Option<Code> {
    Some(match status {
        401 => Code::Unauthenticated,
        402 => Code::BudgetExhausted,
        403 => Code::Forbidden,
        404 => Code::ModelNotFound,
        409 => Code::ConcurrencyExceeded,
        413 => Code::PayloadTooLarge,
        429 => Code::RateLimited,
        400..=499 => return None,
        503 => Code::Unavailable,
        504 => Code::UpstreamTimeout,
        _ => Code::UpstreamFailed,
    })
}

#[cfg(test)]
mod tests {
    use super::problem;

    fn check(status: u16, body: &str, wanted: (u16, &str)) {
        let told = problem(status, body.as_bytes(), None);
        assert_eq!((told.status(), told.code.facts().1), wanted, "{status} {body}");
    }

    #[test]
    fn our_own_codes_stay_what_they_are() {
        check(402, r#"{"error":{"message":"m","code":"insufficient_quota"}}"#, (402, "budget_exhausted"));
        check(429, r#"{"error":{"message":"m","code":"concurrency_exceeded"}}"#, (429, "concurrency_exceeded"));
        check(502, r#"{"error":{"message":"m","code":"upstream_auth"}}"#, (502, "upstream_auth"));
        check(403, r#"{"error":{"message":"m","code":"suspended"}}"#, (403, "suspended"));
    }

    #[test]
    fn a_providers_refusal_is_told_by_its_status() {
        check(400, r#"{"error":{"message":"too long","code":"context_length_exceeded"}}"#, (422, "validation_failed"));
        check(429, r#"{"error":{"message":"m","code":"engine_overloaded"}}"#, (429, "rate_limited"));
        check(500, r#"{"error":{"message":"m","code":null}}"#, (502, "upstream_failed"));
        check(504, "", (504, "upstream_timeout"));
        check(503, "<html>", (503, "unavailable"));
        check(404, r#"{"error":{"message":"no","code":"model_not_found"}}"#, (422, "validation_failed"));
    }

    #[test]
    fn the_reason_and_when_to_come_back_are_told() {
        let told = problem(429, br#"{"error":{"message":"slow down","code":7}}"#, Some("3".into()));
        assert_eq!(told.headers, [("Retry-After", "3".to_owned())]);
        let told = problem(400, br#"{"error":{"message":"too long","code":"context"}}"#, None);
        assert_eq!((told.errors[0].code.as_str(), told.errors[0].detail.as_str()), ("context", "too long"));
    }
}
