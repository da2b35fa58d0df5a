//! Money: what fits, what is settled, what nobody settles, and periods that begin anew.

use ai::admission::account::Account;
use ai::admission::book::{Book, Refusal, Scope};
use ai::admission::calls::Call;
use shared::budget::Period;
use shared::time::{DAY_MS, parse};

use crate::asking::{NOON, admits, ask, ask_in, budget, budget_of, refusal, scope, settlement, sums, sums_at};

#[test]
fn a_burst_cannot_overrun_a_budget_whichever_scope_has_it() {
    for limited in ["org", "user:usr_1", "key:key_1", "model:m"] {
        let mut book = Book::default();
        let scopes = || {
            let of = |id: &str| Scope { id: id.into(), limits: (id == limited).then(|| budget(1000)) };
            ["org", "user:usr_1", "key:key_1", "model:m"].map(of).to_vec()
        };
        let admitted = (0..500).filter(|i| admits(&mut book, ask_in(&format!("c{i}"), 10, scopes()))).count();
        assert_eq!(admitted, 100, "{limited}");
        for i in 0..500 {
            book.settle(settlement(&format!("c{i}"), 10), NOON);
        }
        for id in ["org", "user:usr_1", "key:key_1", "model:m"] {
            assert_eq!(sums(&mut book, id), (1000, 0), "what one refuses is reserved in none");
        }
        let late = refusal(&mut book, ask_in("late", 1, scopes()), NOON);
        assert!(matches!(late, Refusal::Budget { scope, .. } if scope == limited));
    }
}

#[test]
fn where_one_of_two_scopes_refuses_nothing_stays_reserved_in_the_other() {
    let mut book = Book::default();
    let scopes = |wide: u64, tight: u64| vec![scope("org", budget(wide)), scope("key:k", budget(tight))];
    assert!(!admits(&mut book, ask_in("a", 10, scopes(100, 5))));
    assert_eq!((sums(&mut book, "org"), sums(&mut book, "key:k")), ((0, 0), (0, 0)));
    assert!(admits(&mut book, ask("b", 100, 100)), "all of it is free");
    let state = book.tell(&[Scope { id: "key:k".into(), limits: None }], "org_1", NOON);
    assert_eq!((state.states[0].under_way, state.states[0].version), (0, 1));
}

#[test]
fn a_call_is_settled_once() {
    let mut book = Book::default();
    admits(&mut book, ask("c", 10, 100));
    assert!(book.settle(settlement("c", 4), NOON).is_some());
    assert!(book.settle(settlement("c", 4), NOON).is_none());
    assert!(book.settle(settlement("never", 4), NOON).is_none());
    assert_eq!(sums(&mut book, "org"), (4, 0));
}

#[test]
fn what_nobody_settles_is_charged_as_estimated_and_corrected_when_it_is() {
    let mut book = Book::default();
    admits(&mut book, ask("c", 10, 100));
    assert!(book.expire(NOON + 99).is_empty());
    let expired = book.expire(NOON + 100);
    assert!(expired[0].record.get().contains("killed"));
    assert_eq!(sums(&mut book, "org"), (10, 0));
    assert!(book.expire(NOON + 100).is_empty());
    let corrected = book.settle(settlement("c", 3), NOON + 200).unwrap();
    assert!(corrected.record.get().contains("succeeded"));
    assert_eq!(sums(&mut book, "org"), (3, 0));
    assert!(book.settle(settlement("c", 3), NOON).is_none());
}

#[test]
fn a_call_given_up_long_ago_is_forgotten() {
    let mut book = Book::default();
    admits(&mut book, ask("c", 10, 100));
    book.expire(NOON + 100);
    book.forget(NOON + 100);
    assert!(book.settle(settlement("c", 3), NOON).is_none());
}

#[test]
fn a_call_that_was_never_made_is_taken_back() {
    let mut book = Book::default();
    admits(&mut book, ask("c", 100, 100));
    assert!(book.withdraw("c").is_some() && book.withdraw("c").is_none());
    assert!(admits(&mut book, ask("d", 100, 100)));
    assert_eq!(sums(&mut book, "org"), (0, 100));
}

#[test]
fn each_period_begins_anew_where_the_calendar_says_and_a_total_never() {
    let ends = [(Period::Day, "2026-11-22"), (Period::Week, "2026-11-23"), (Period::Month, "2026-12-01")];
    for (period, end) in ends {
        let mut book = Book::default();
        let mut one = |call: &str, at: u64| {
            let ask = ask_in(call, 10, vec![scope("org", budget_of(period, 10))]);
            let verdict = book.reserve(ask, at).verdict;
            book.settle(settlement(call, 10), at);
            matches!(verdict, ai::admission::book::Verdict::Admitted(_))
        };
        let end = parse(end).unwrap();
        assert!(one("a", NOON) && !one("b", NOON) && !one("c", end - 1), "{period:?}");
        assert!(one("d", end), "{period:?}");
        assert!(!one("e", end - 5), "a clock that is behind brings no ended period back");
    }
    let mut book = Book::default();
    let total = |call: &str| ask_in(call, 10, vec![scope("org", budget_of(Period::Total, 10))]);
    book.reserve(total("a"), NOON);
    book.settle(settlement("a", 10), NOON);
    let refused = refusal(&mut book, total("b"), NOON + 4000 * DAY_MS);
    assert!(matches!(refused, Refusal::Budget { resets_ms: None, period: Period::Total, .. }));
}

#[test]
fn a_call_counts_in_the_period_it_began_in() {
    let mut book = Book::default();
    let next = parse("2026-11-22").unwrap();
    let mut long = ask_in("long", 10, vec![scope("org", budget_of(Period::Day, 10))]);
    long.expires_ms = next + 60_000;
    book.reserve(long, NOON);
    assert_eq!(sums(&mut book, "org"), (0, 10));
    assert_eq!(sums_at(&mut book, "org", next), (0, 0), "the new day is free");
    let today = ask_in("today", 10, vec![scope("org", budget_of(Period::Day, 10))]);
    assert!(matches!(book.reserve(today, next).verdict, ai::admission::book::Verdict::Admitted(_)));
    book.settle(settlement("long", 10), next + 5);
    assert_eq!(sums_at(&mut book, "org", next + 5), (0, 10), "what began yesterday was yesterday's");
    book.settle(settlement("today", 7), next + 6);
    assert_eq!(sums_at(&mut book, "org", next + 6), (7, 0));
}

#[test]
fn a_change_of_period_finds_what_was_spent_in_it() {
    let mut book = Book::default();
    admits(&mut book, ask("a", 60, 100));
    book.settle(settlement("a", 60), NOON);
    let daily = |version| {
        let limits = shared::budget::Limits { version, ..budget_of(Period::Day, 65) };
        vec![scope("org", limits)]
    };
    assert!(matches!(refusal(&mut book, ask_in("b", 6, daily(2)), NOON), Refusal::Budget { .. }));
    assert!(admits(&mut book, ask_in("b", 5, daily(2))));
}

#[test]
fn the_book_reads_back_from_its_tables() {
    let mut book = Book::default();
    admits(&mut book, ask("spent", 95, 100));
    let settled = book.settle(settlement("spent", 95), NOON).unwrap();
    let open = book.reserve(ask("open", 5, 100), NOON);
    let read = |[scope, periods, minute]: &[String; 3]| Account::read(scope.clone(), periods, minute);
    let accounts = settled.totals.iter().map(read).collect();
    let open = Call::read(&open.times.unwrap(), ask("open", 5, 100));
    let mut book = Book::load(accounts, vec![("org".into(), budget(100))], vec![open], vec![]);
    assert_eq!(sums(&mut book, "org"), (95, 5));
    assert!(!admits(&mut book, ask("more", 1, 100)));
    assert_eq!(book.next_end_ms(), Some(NOON + 100));
    assert!(book.settle(settlement("open", 5), NOON).is_some());
    assert_eq!(sums(&mut book, "org"), (100, 0));
}
