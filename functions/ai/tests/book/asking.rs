//! What is asked of a book, and what it answers, in few words.

use ai::admission::book::{Book, Refusal, Reserve, Scope, Settle, Verdict};
use serde_json::value::RawValue;
use shared::budget::{Limits, Period};

/// 21 November 2026, noon: a Saturday.
pub(crate) const NOON: u64 = 1_795_262_400_000;

/// A budget of one month.
pub(crate) fn budget(nano_usd: u64) -> Limits {
    Limits { version: 1, budget_nano_usd: Some(nano_usd), ..Limits::default() }
}

/// A budget of this period.
pub(crate) fn budget_of(period: Period, nano_usd: u64) -> Limits {
    Limits { budget_period: Some(period), ..budget(nano_usd) }
}

/// The scope with these limits.
pub(crate) fn scope(id: &str, limits: Limits) -> Scope {
    Scope { id: id.to_owned(), limits: Some(limits) }
}

/// A call of one organisation with a budget.
pub(crate) fn ask(call: &str, nano_usd: u64, most: u64) -> Reserve {
    ask_in(call, nano_usd, vec![scope("org", budget(most))])
}

/// A call of these scopes.
pub(crate) fn ask_in(call: &str, nano_usd: u64, scopes: Vec<Scope>) -> Reserve {
    let (call_id, record) = (call.to_owned(), record("killed"));
    Reserve { call_id, nano_usd, tokens: 0, record, scopes, expires_ms: NOON + 100 }
}

/// A record that says whose it is.
pub(crate) fn record(status: &str) -> Box<RawValue> {
    RawValue::from_string(format!(r#"{{"org_id":"org_1","status":"{status}"}}"#)).unwrap()
}

/// The end of a call.
pub(crate) fn settlement(call: &str, nano_usd: u64) -> Settle {
    Settle { call_id: call.to_owned(), nano_usd, tokens: 0, record: record("succeeded"), model: String::new() }
}

/// Whether the book admits it.
pub(crate) fn admits(book: &mut Book, ask: Reserve) -> bool {
    matches!(book.reserve(ask, NOON).verdict, Verdict::Admitted(_))
}

/// Why the book refuses it.
pub(crate) fn refusal(book: &mut Book, ask: Reserve, now_ms: u64) -> Refusal {
    match book.reserve(ask, now_ms).verdict {
        Verdict::Refused(refusal) => refusal,
        Verdict::Admitted(_) => panic!("it was admitted"),
    }
}

/// Spent and reserved of a scope, in the period of its own budget.
pub(crate) fn sums(book: &mut Book, id: &str) -> (u64, u64) {
    sums_at(book, id, NOON)
}

/// The same at another time.
pub(crate) fn sums_at(book: &mut Book, id: &str, now_ms: u64) -> (u64, u64) {
    let asked = [Scope { id: id.to_owned(), limits: None }];
    let told = book.tell(&asked, "org_1", now_ms);
    (told.states[0].spent_nano_usd, told.states[0].reserved_nano_usd)
}
