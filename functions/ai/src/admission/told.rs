//! How a client is told what the object decided: problems with their waiting times, and the headers that OpenAI's
//! clients read. Not here: what is decided.

use coordination::refusal::{Rate, Refusal};
use coordination::verdict::{Left, Room};
use shared::cx::Cx;
use shared::problem::{Code, Problem};
use shared::time;

/// Adds what is left of the minute to whatever the reply will be; of several reservations the last counts.
pub(super) fn room(cx: &Cx, room: Room) {
    if let Some(Left { limit, remaining, reset_ms }) = room.requests {
        cx.put_header("x-ratelimit-limit-requests", limit.to_string());
        cx.put_header("x-ratelimit-remaining-requests", remaining.to_string());
        cx.put_header("x-ratelimit-reset-requests", duration(reset_ms));
    }
    if let Some(Left { limit, remaining, reset_ms }) = room.tokens {
        cx.put_header("x-ratelimit-limit-tokens", limit.to_string());
        cx.put_header("x-ratelimit-remaining-tokens", remaining.to_string());
        cx.put_header("x-ratelimit-reset-tokens", duration(reset_ms));
    }
}

/// The problem that says why a call was not admitted.
pub(super) fn refusal(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Budget { scope, period, resets_ms } => {
            let anew = match resets_ms {
                Some(at) => format!(" It begins anew at {}.", time::rfc3339(at)),
                None => String::new(),
            };
            let period = period.as_str();
            Problem::from(Code::BudgetExhausted).detail(format!(
                "The budget of `{scope}` (`{period}`) does not cover the most this call can cost.{anew}"
            ))
        }
        Refusal::Concurrency(scope) => Problem::from(Code::ConcurrencyExceeded)
            .detail(format!("`{scope}` has too many calls under way."))
            .header("Retry-After", "1"),
        Refusal::Rate { scope, rate, limit, wait_ms } => rated(&scope, rate, limit, wait_ms),
    }
}

fn rated(scope: &str, rate: Rate, limit: u64, wait_ms: Option<u64>) -> Problem {
    let (what, headers) = match rate {
        Rate::Requests => {
            let names = ("x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests");
            ("requests", names)
        }
        Rate::Tokens => {
            ("tokens", ("x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"))
        }
    };
    let problem = Problem::from(Code::RateLimited).header(headers.0, limit.to_string());
    match wait_ms {
        Some(wait) => problem
            .detail(format!("`{scope}` may have {limit} {what} a minute; this call fits in {}.", duration(wait)))
            .header(headers.1, "0")
            .header(headers.2, duration(wait))
            .header("Retry-After", wait.div_ceil(1000).max(1).to_string()),
        // OpenAI's and Anthropic's clients read this and do not try again.
        None => problem
            .detail(format!("`{scope}` may have {limit} {what} a minute, and this call alone can take more."))
            .header("x-should-retry", "false"),
    }
}

/// `42s`, `1m1s`: as OpenAI writes it. Rounded up to seconds.
fn duration(ms: u64) -> String {
    let seconds = ms.div_ceil(1000);
    match seconds / 60 {
        0 => format!("{seconds}s"),
        minutes => format!("{minutes}m{}s", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header<'a>(problem: &'a Problem, name: &str) -> Option<&'a str> {
        problem.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn a_rate_says_how_long_to_wait_and_one_that_never_fits_that_waiting_is_no_use() {
        let refused = |wait_ms| refusal(Refusal::Rate { scope: "key:k".into(), rate: Rate::Tokens, limit: 7, wait_ms });
        let soon = refused(Some(60_001));
        assert_eq!((soon.code, header(&soon, "Retry-After")), (Code::RateLimited, Some("61")));
        assert_eq!(header(&soon, "x-ratelimit-limit-tokens"), Some("7"));
        assert_eq!(header(&soon, "x-ratelimit-reset-tokens"), Some("1m1s"));
        assert!(soon.detail.unwrap().contains("`key:k`"));
        let never = refused(None);
        assert_eq!((header(&never, "Retry-After"), header(&never, "x-should-retry")), (None, Some("false")));
    }

    #[test]
    fn a_budget_says_when_it_begins_anew() {
        let resets_ms = time::parse("2026-12-01");
        let problem = refusal(Refusal::Budget { scope: "org".into(), period: Default::default(), resets_ms });
        assert!(problem.detail.unwrap().ends_with("It begins anew at 2026-12-01T00:00:00.000Z."));
    }
}
