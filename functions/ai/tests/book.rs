//! Budgets, concurrency, settlement and expiry of one organisation's book.

#![cfg(test)]

use ai::admission::book::{Book, Reserve, Scope, Settle, Verdict};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use serde_json::value::RawValue;

fn ask(call: &str, nano_usd: u64, budget: u64) -> Reserve {
    let scope = Scope { id: "org".into(), budget_nano_usd: Some(budget), concurrency: None };
    let (call_id, record) = (call.to_owned(), record("killed"));
    Reserve { call_id, nano_usd, record, scopes: vec![scope], period: "2026-11".into(), expires_ms: 100 }
}

fn record(status: &str) -> Box<RawValue> {
    RawValue::from_string(format!("\"{status}\"")).unwrap()
}

fn settlement(call: &str, nano_usd: u64) -> Settle {
    Settle { call_id: call.to_owned(), nano_usd, record: record("succeeded") }
}

#[test]
fn a_burst_cannot_overrun_a_budget() {
    let mut book = Book::default();
    let admitted = (0..500).filter(|i| book.reserve(ask(&format!("c{i}"), 10, 1000)) == Verdict::Admitted).count();
    assert_eq!(admitted, 100);
    for i in 0..100 {
        book.settle(settlement(&format!("c{i}"), 10)).unwrap();
    }
    assert_eq!(book.spent("org", "2026-11"), 1000);
    assert_eq!(book.reserve(ask("late", 1, 1000)), Verdict::Budget("org".into()));
}

#[test]
fn a_call_is_settled_once() {
    let mut book = Book::default();
    book.reserve(ask("c", 10, 100));
    assert_eq!(book.settle(settlement("c", 4)).unwrap().spent[0].1, 4);
    assert!(book.settle(settlement("c", 4)).is_none());
    assert!(book.settle(settlement("never", 4)).is_none());
}

#[test]
fn what_nobody_settles_is_charged_as_estimated_and_corrected_when_it_is() {
    let mut book = Book::default();
    book.reserve(ask("c", 10, 100));
    assert!(book.expire(99).is_empty());
    let expired = book.expire(100);
    assert_eq!((expired[0].record.get(), expired[0].spent[0].1), ("\"killed\"", 10));
    assert!(book.expire(100).is_empty());
    let corrected = book.settle(settlement("c", 3)).unwrap();
    assert_eq!((corrected.record.get(), corrected.spent[0].1), ("\"succeeded\"", 3));
    assert!(book.settle(settlement("c", 3)).is_none());
}

#[test]
fn a_call_given_up_long_ago_is_forgotten() {
    let mut book = Book::default();
    book.reserve(ask("c", 10, 100));
    book.expire(100);
    book.forget(100);
    assert!(book.settle(settlement("c", 3)).is_none());
}

#[test]
fn a_call_that_was_never_made_is_taken_back() {
    let mut book = Book::default();
    book.reserve(ask("c", 100, 100));
    assert!(book.withdraw("c") && !book.withdraw("c"));
    assert_eq!((book.reserve(ask("d", 100, 100)), book.spent("org", "2026-11")), (Verdict::Admitted, 0));
}

#[test]
fn concurrency_counts_open_calls() {
    let mut book = Book::default();
    let limited = |call: &str| {
        let mut ask = ask(call, 0, 100);
        ask.scopes[0].concurrency = Some(1);
        ask
    };
    assert_eq!(book.reserve(limited("a")), Verdict::Admitted);
    assert_eq!(book.reserve(limited("b")), Verdict::Concurrency("org".into()));
    book.settle(settlement("a", 0));
    assert_eq!(book.reserve(limited("b")), Verdict::Admitted);
}

#[test]
fn the_book_reads_back_from_its_tables() {
    let mut book = Book::load(vec![(("org".into(), "2026-11".into()), 95)], vec![ask("open", 5, 100)], vec![]);
    assert_eq!(book.reserve(ask("more", 1, 100)), Verdict::Budget("org".into()));
    assert_eq!(book.next_end_ms(), Some(100));
    assert!(book.settle(settlement("open", 5)).is_some());
}

proptest! {
    #[test]
    fn with_costs_up_to_the_reservation_a_budget_is_never_exceeded(
        calls in proptest::collection::vec((1_u64..50, any::<u8>(), any::<bool>()), 1..200),
        budget in 1_u64..1000,
    ) {
        let mut book = Book::default();
        let mut open = Vec::new();
        for (i, (reserve, part, settle)) in calls.into_iter().enumerate() {
            let call = format!("c{i}");
            if book.reserve(ask(&call, reserve, budget)) == Verdict::Admitted {
                open.push((call, reserve * u64::from(part) / 255));
            }
            if let Some((call, cost)) = open.pop_if(|_| settle) {
                prop_assert!(book.settle(settlement(&call, cost)).is_some());
            }
            prop_assert!(book.spent("org", "2026-11") <= budget);
        }
        let rest: u64 = open.iter().map(|(_, cost)| cost).sum();
        let before = book.spent("org", "2026-11");
        for (call, cost) in open {
            book.settle(settlement(&call, cost));
        }
        prop_assert_eq!(book.spent("org", "2026-11"), before + rest);
        prop_assert!(before + rest <= budget);
    }
}
