//! A call that is made dearer for another target.

use ai::admission::book::{Book, Reserve, Scope, Settle, Verdict};
use shared::budget::Limits;

use crate::asking::{NOON, admits, ask, ask_in, budget, record, scope, settlement, sums};

fn model(id: &str) -> Scope {
    Scope { id: id.into(), limits: None }
}

#[test]
fn a_call_can_reserve_more_if_that_fits_and_keeps_what_it_has_if_not() {
    let mut book = Book::default();
    assert!(admits(&mut book, ask("a", 40, 100)) && admits(&mut book, ask("b", 30, 100)));
    assert!(admits(&mut book, ask("a", 70, 100)), "30 of the others and 70 fit");
    assert_eq!(sums(&mut book, "org"), (0, 100));
    assert!(!admits(&mut book, ask("a", 71, 100)));
    assert_eq!(sums(&mut book, "org"), (0, 100), "the old one stands");
    assert!(admits(&mut book, ask("a", 10, 100)), "less is less");
    assert_eq!(sums(&mut book, "org"), (0, 40));
    book.settle(settlement("a", 10), NOON);
    book.settle(settlement("b", 30), NOON);
    assert_eq!(sums(&mut book, "org"), (40, 0));
}

#[test]
fn asking_for_the_same_again_changes_nothing() {
    let mut book = Book::default();
    assert!(admits(&mut book, ask("a", 100, 100)) && admits(&mut book, ask("a", 100, 100)));
    assert_eq!(sums(&mut book, "org"), (0, 100));
}

#[test]
fn it_moves_to_the_other_models_scope_or_stays_where_it_is() {
    let mut book = Book::default();
    let to = |name: &str, nano_usd| ask_in("a", nano_usd, vec![scope("org", budget(100)), model(name)]);
    book.tell(&[scope("model:small", budget(10))], "org_1", NOON);
    assert!(admits(&mut book, to("model:large", 40)));
    assert!(!admits(&mut book, to("model:small", 11)));
    assert_eq!((sums(&mut book, "model:large"), sums(&mut book, "model:small")), ((0, 40), (0, 0)));
    assert!(admits(&mut book, to("model:small", 10)));
    assert_eq!((sums(&mut book, "model:large"), sums(&mut book, "model:small")), ((0, 0), (0, 10)));
    book.settle(settlement("a", 9), NOON);
    assert_eq!((sums(&mut book, "model:large"), sums(&mut book, "model:small")), ((0, 0), (9, 0)));
}

#[test]
fn it_is_no_further_request_and_no_further_call_under_way() {
    let limits = Limits { version: 1, rpm: Some(1), tpm: Some(100), concurrency: Some(1), ..Limits::default() };
    let mut book = Book::default();
    let of = |call: &str, tokens| Reserve { tokens, ..ask_in(call, 0, vec![scope("key:k", limits.clone())]) };
    let admitted = |book: &mut Book, ask| matches!(book.reserve(ask, NOON + 5_000).verdict, Verdict::Admitted(_));
    assert!(admits(&mut book, of("a", 60)));
    assert!(admitted(&mut book, of("a", 90)), "its own tokens are not in its way");
    assert!(!admitted(&mut book, of("a", 101)) && !admitted(&mut book, of("b", 1)));
    let ended = Settle { tokens: 20, record: record("succeeded"), ..settlement("a", 0) };
    book.settle(ended, NOON + 6_000);
    let mut next = of("c", 80);
    next.scopes[0].limits = Some(Limits { version: 2, rpm: None, ..limits.clone() });
    assert!(admitted(&mut book, next));
}

#[test]
fn one_that_had_been_given_up_is_charged_once() {
    let mut book = Book::default();
    admits(&mut book, ask("a", 40, 100));
    book.expire(NOON + 100);
    assert_eq!(sums(&mut book, "org"), (40, 0));
    let again = Reserve { expires_ms: NOON + 900, ..ask("a", 50, 100) };
    assert!(admits(&mut book, again.clone()));
    book.settle(settlement("a", 45), NOON + 200);
    assert_eq!(sums(&mut book, "org"), (45, 0));

    let mut book = Book::default();
    admits(&mut book, ask("a", 40, 100));
    book.expire(NOON + 100);
    assert!(admits(&mut book, again));
    book.expire(NOON + 900);
    assert_eq!(sums(&mut book, "org"), (50, 0));
}

#[test]
fn what_another_model_answered_is_spent_there() {
    let mut book = Book::default();
    let to = |call: &str| ask_in(call, 40, vec![scope("org", budget(100)), model("model:a")]);
    assert!(admits(&mut book, to("c")) && admits(&mut book, to("d")));
    let ended = |call: &str| Settle { model: "b".into(), ..settlement(call, 30) };
    let settled = book.settle(ended("c"), NOON).unwrap();
    assert_eq!((sums(&mut book, "model:a"), sums(&mut book, "model:b")), ((0, 40), (30, 0)));
    assert_eq!(settled.totals[1][0], "model:b");
    // One that was given up is corrected where it was charged.
    book.expire(NOON + 100);
    assert_eq!(sums(&mut book, "model:a"), (40, 0));
    book.settle(ended("d"), NOON + 100);
    assert_eq!((sums(&mut book, "model:a"), sums(&mut book, "model:b")), ((0, 0), (60, 0)));
    assert_eq!(sums(&mut book, "org"), (60, 0));
}
