//! Limits that change while calls run, defaults, and warnings.

use ai::admission::book::{Book, Refusal, Scope};
use shared::budget::{Limits, Period};
use shared::time::parse;

use crate::asking::{NOON, admits, ask, ask_in, budget, budget_of, refusal, scope, settlement, sums};

fn tell(book: &mut Book, id: &str, limits: Limits) -> ai::admission::book::Told {
    book.tell(&[scope(id, limits)], "org_1", NOON)
}

fn bare(call: &str, nano_usd: u64) -> ai::admission::book::Reserve {
    ask_in(call, nano_usd, vec![Scope { id: "org".into(), limits: None }])
}

#[test]
fn a_limit_that_is_lowered_while_calls_run_holds_for_the_next_one() {
    let mut book = Book::default();
    tell(&mut book, "org", budget(100));
    assert!(admits(&mut book, bare("a", 50)) && admits(&mut book, bare("b", 10)));
    tell(&mut book, "org", Limits { version: 2, ..budget(60) });
    assert!(!admits(&mut book, bare("c", 1)), "60 are reserved");
    book.settle(settlement("a", 20), NOON);
    assert!(admits(&mut book, bare("d", 30)));
    tell(&mut book, "org", Limits { version: 3, ..budget(10) });
    assert!(!admits(&mut book, bare("e", 0)), "more is spent than there is: nothing at all goes");
    assert_eq!(sums(&mut book, "org"), (20, 40), "what runs goes on");
    tell(&mut book, "org", Limits { version: 4, ..budget(90) });
    assert!(admits(&mut book, bare("f", 30)));
}

#[test]
fn a_late_change_never_undoes_a_newer_one() {
    let mut book = Book::default();
    assert_eq!(tell(&mut book, "org", Limits { version: 5, ..budget(10) }).learnt.len(), 1);
    for version in [0, 4, 5] {
        let told = tell(&mut book, "org", Limits { version, ..budget(1000) });
        assert!(told.learnt.is_empty() && told.states[0].version == 5, "{version}");
    }
    // Nor one that comes with a call, from an isolate that looked a while ago.
    assert!(!admits(&mut book, ask_in("a", 11, vec![scope("org", Limits { version: 4, ..budget(1000) })])));
    let newer = book.reserve(ask_in("b", 11, vec![scope("org", Limits { version: 6, ..budget(1000) })]), NOON);
    assert!(newer.times.is_some());
    assert_eq!(newer.learnt[0].1.version, 6, "a call that knows more than the object tells it");
}

#[test]
fn limits_that_are_taken_away_limit_nothing() {
    let mut book = Book::default();
    tell(&mut book, "model:m", budget(10));
    let ask = || ask_in("a", 11, vec![Scope { id: "model:m".into(), limits: None }]);
    assert!(!admits(&mut book, ask()));
    tell(&mut book, "model:m", Limits { version: 2, ..Limits::default() });
    assert!(admits(&mut book, ask()));
}

#[test]
fn defaults_fill_up_what_a_scopes_own_limits_leave_open() {
    let mut book = Book::default();
    let defaults = Limits { budget_nano_usd: Some(100), concurrency: Some(2), ..Limits::default() };
    let ask = |call: &str, nano_usd| ask_in(call, nano_usd, vec![scope("org", defaults.clone())]);
    assert!(!admits(&mut book, ask("a", 101)) && admits(&mut book, ask("a", 100)));
    tell(&mut book, "org", budget_of(Period::Day, 1000));
    assert!(admits(&mut book, ask("b", 500)));
    assert!(matches!(refusal(&mut book, ask("c", 1), NOON), Refusal::Concurrency(_)));
    tell(&mut book, "org", Limits { version: 2, concurrency: Some(9), ..Limits::default() });
    assert!(matches!(refusal(&mut book, ask("c", 1), NOON), Refusal::Budget { period: Period::Month, .. }));
}

#[test]
fn concurrency_counts_open_calls() {
    let mut book = Book::default();
    let limited = |call: &str| {
        ask_in(call, 0, vec![scope("org", Limits { version: 1, concurrency: Some(1), ..Limits::default() })])
    };
    assert!(admits(&mut book, limited("a")));
    assert_eq!(refusal(&mut book, limited("b"), NOON), Refusal::Concurrency("org".into()));
    book.settle(settlement("a", 0), NOON);
    assert!(admits(&mut book, limited("b")));
    book.expire(NOON + 100);
    assert!(admits(&mut book, limited("c")), "a reservation ends with its lease");
}

#[test]
fn of_several_reasons_the_one_that_lasts_longest_is_told() {
    let mut book = Book::default();
    let scopes = || {
        let busy = Limits { version: 1, concurrency: Some(0), ..Limits::default() };
        let often = Limits { version: 1, rpm: Some(0), ..Limits::default() };
        vec![scope("org", busy), scope("key:k", budget(1)), scope("model:m", often)]
    };
    assert!(matches!(refusal(&mut book, ask_in("a", 2, scopes()), NOON), Refusal::Budget { .. }));
    assert!(matches!(refusal(&mut book, ask_in("a", 1, scopes()), NOON), Refusal::Rate { wait_ms: None, .. }));
}

#[test]
fn each_threshold_is_told_once_a_period() {
    let mut book = Book::default();
    let mut percents = |call: &str, cost: u64, at: u64| -> Vec<u64> {
        let asked = ask_in(call, cost, vec![scope("org", budget_of(Period::Day, 100)), scope("key:k", budget(1000))]);
        book.reserve(asked, at);
        let settled = book.settle(settlement(call, cost), at).unwrap();
        assert!(settled.warnings.iter().all(|warning| warning.org_id == "org_1" && warning.scope == "org"));
        settled.warnings.iter().map(|warning| warning.percent).collect()
    };
    assert_eq!(percents("a", 79, NOON), [0; 0]);
    assert_eq!(percents("b", 1, NOON), [80]);
    assert_eq!(percents("c", 5, NOON), [0; 0]);
    assert_eq!(percents("d", 15, NOON), [100]);
    assert_eq!(percents("e", 0, NOON), [0; 0]);
    let tomorrow = parse("2026-11-22").unwrap();
    assert_eq!(percents("f", 10, tomorrow), [0; 0]);
    assert_eq!(percents("g", 90, tomorrow), [100], "both at once are told as one");
}

#[test]
fn a_budget_lowered_below_what_is_spent_is_told_at_once_and_a_raised_one_anew() {
    let mut book = Book::default();
    admits(&mut book, ask("a", 50, 100));
    book.settle(settlement("a", 50), NOON);
    let lowered = tell(&mut book, "org", Limits { version: 2, ..budget(50) });
    assert_eq!((lowered.warnings[0].percent, lowered.warnings[0].version, lowered.totals.len()), (100, 2, 1));
    assert!(tell(&mut book, "org", Limits { version: 3, rpm: Some(4), ..budget(50) }).warnings.is_empty());
    assert!(tell(&mut book, "org", Limits { version: 4, ..budget(100) }).warnings.is_empty());
    assert!(admits(&mut book, bare("b", 30)));
    assert_eq!(book.settle(settlement("b", 30), NOON).unwrap().warnings[0].percent, 80);
}
