//! Requests and tokens a minute.

use ai::admission::account::Account;
use ai::admission::book::{Book, Rate, Refusal, Reserve, Settle, Verdict};
use shared::budget::Limits;

use crate::asking::{NOON, ask_in, record, refusal, scope, settlement};

fn with(call: &str, tokens: u64, rpm: Option<u64>, tpm: Option<u64>) -> Reserve {
    let limits = Limits { version: 1, rpm, tpm, ..Limits::default() };
    let ask = ask_in(call, 0, vec![scope("key:k", limits)]);
    Reserve { tokens, expires_ms: NOON + 600_000, ..ask }
}

fn admitted(book: &mut Book, ask: Reserve, now_ms: u64) -> bool {
    matches!(book.reserve(ask, now_ms).verdict, Verdict::Admitted(_))
}

fn used(call: &str, tokens: u64) -> Settle {
    Settle { tokens, record: record("succeeded"), ..settlement(call, 0) }
}

#[test]
fn requests_of_a_minute_are_counted_and_told_when_the_next_fits() {
    let mut book = Book::default();
    for (i, at) in [0, 10_000, 20_000].into_iter().enumerate() {
        assert!(admitted(&mut book, with(&format!("c{i}"), 1, Some(3), None), NOON + at));
    }
    let refused = refusal(&mut book, with("d", 1, Some(3), None), NOON + 30_000);
    let Refusal::Rate { scope, rate: Rate::Requests, limit: 3, wait_ms: Some(wait) } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((scope.as_str(), wait), ("key:k", 31_000));
    assert!(!admitted(&mut book, with("d", 1, Some(3), None), NOON + 30_000 + wait - 1));
    assert!(admitted(&mut book, with("d", 1, Some(3), None), NOON + 30_000 + wait));
    // Ending frees nothing of a minute.
    book.settle(used("d", 1), NOON + 61_000);
    assert!(!admitted(&mut book, with("e", 1, Some(3), None), NOON + 61_000));
}

#[test]
fn tokens_count_as_reserved_until_the_call_says_what_it_used() {
    let mut book = Book::default();
    assert!(admitted(&mut book, with("a", 90, None, Some(100)), NOON));
    assert!(!admitted(&mut book, with("b", 20, None, Some(100)), NOON + 1_000));
    book.settle(used("a", 30), NOON + 2_000);
    assert!(admitted(&mut book, with("b", 70, None, Some(100)), NOON + 2_000));
    book.settle(used("b", 500), NOON + 3_000);
    let refused = refusal(&mut book, with("c", 1, None, Some(100)), NOON + 3_000);
    assert!(matches!(refused, Refusal::Rate { rate: Rate::Tokens, wait_ms: Some(60_000), .. }), "{refused:?}");
    assert!(admitted(&mut book, with("c", 100, None, Some(100)), NOON + 63_000));
}

#[test]
fn a_call_that_alone_is_too_large_never_fits() {
    let refused = refusal(&mut Book::default(), with("a", 101, None, Some(100)), NOON);
    assert!(matches!(refused, Refusal::Rate { rate: Rate::Tokens, wait_ms: None, limit: 100, .. }));
}

#[test]
fn a_call_that_was_never_made_counts_in_no_minute() {
    let mut book = Book::default();
    assert!(admitted(&mut book, with("a", 100, Some(1), Some(100)), NOON));
    assert!(!admitted(&mut book, with("b", 100, Some(1), Some(100)), NOON));
    assert_eq!(book.withdraw("a").unwrap().len(), 1, "its minute is kept");
    assert!(admitted(&mut book, with("b", 100, Some(1), Some(100)), NOON));
}

#[test]
fn what_is_refused_does_not_count() {
    let mut book = Book::default();
    assert!(admitted(&mut book, with("a", 1, Some(2), Some(10)), NOON));
    for i in 0..50 {
        assert!(!admitted(&mut book, with(&format!("r{i}"), 10, Some(2), Some(10)), NOON));
    }
    assert!(admitted(&mut book, with("b", 9, Some(2), Some(10)), NOON));
}

#[test]
fn the_answer_tells_what_is_left_of_the_tightest_scope() {
    let mut book = Book::default();
    let limits = |rpm, tpm| Limits { version: 1, rpm, tpm, ..Limits::default() };
    let scopes = vec![scope("org", limits(Some(10), Some(500))), scope("key:k", limits(Some(4), None))];
    let ask = Reserve { tokens: 120, ..ask_in("a", 0, scopes) };
    let reserved = book.reserve(ask, NOON);
    let Verdict::Admitted(Some(room)) = reserved.verdict else { panic!("{reserved:?}") };
    let left = |left: Option<ai::admission::book::Left>| left.map(|left| (left.limit, left.remaining, left.reset_ms));
    assert_eq!((left(room.requests), left(room.tokens)), (Some((4, 3, 61_000)), Some((500, 380, 61_000))));
    assert_eq!(reserved.totals.len(), 2);
}

#[test]
fn a_minute_survives_a_restart() {
    let mut book = Book::default();
    let limits = Limits { version: 1, rpm: Some(1), ..Limits::default() };
    let reserved = book.reserve(with("a", 5, Some(1), None), NOON);
    let read = |[scope, periods, minute]: &[String; 3]| Account::read(scope.clone(), periods, minute);
    let accounts = reserved.totals.iter().map(read).collect();
    let mut book = Book::load(accounts, vec![("key:k".into(), limits)], vec![], vec![]);
    assert!(!admitted(&mut book, with("b", 5, Some(1), None), NOON + 60_999));
    assert!(admitted(&mut book, with("b", 5, Some(1), None), NOON + 61_000));
}
