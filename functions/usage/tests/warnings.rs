//! Warnings of budgets: each is kept once, and its owner is written to once.

#![cfg(test)]

use shared::budget::{Period, Warned, Warning};
use shared::platform::testing::{Bench, check_sql};
use usage::{TABLE, consumer, store};

const DAY: u64 = 20_778;

fn warning(org_id: &str, scope: &str, percent: u64) -> Warning {
    Warning {
        org_id: org_id.into(),
        scope: scope.into(),
        version: 1,
        percent,
        period: Period::Month,
        begins_day: DAY,
        spent_nano_usd: 4_019_999_999,
        budget_nano_usd: 5_000_000_000,
        at_ms: 7,
    }
}

fn bench() -> Bench {
    let bench = Bench::new(&TABLE, &[]);
    bench.execute(
        "INSERT INTO users (id, email, name, created_at) VALUES ('usr_1', 'a@example.com', 'A', 0),
         ('usr_2', 'b@example.com', 'B', 0), ('usr_3', 'nobody@elsewhere.invalid', 'C', 0);
         INSERT INTO organisations (id, slug, name, created_at) VALUES ('org_1', 'one', 'One', 0);
         INSERT INTO organisation_roles (organisation_id, name, permissions, changed_as)
         VALUES ('org_1', 'owner', '[]', 'x'), ('org_1', 'member', '[]', 'x');
         INSERT INTO members (organisation_id, user_id, role, joined_at)
         VALUES ('org_1', 'usr_1', 'owner', 5), ('org_1', 'usr_2', 'member', 0);
         INSERT INTO api_keys (id, user_id, name, hash, ending, scopes, created_at, organisation_id)
         VALUES ('key_2', 'usr_2', 'k', 'x', 'ABCD', '[]', 0, 'org_1');",
    );
    bench
}

/// Delivers these, as the queue's consumer does.
fn deliver(bench: &Bench, warnings: &[Warning]) {
    let text = |warning: &Warning| Some(serde_json::to_string(&Warned { warning: warning.clone() }).unwrap());
    let batch = consumer::read(&warnings.iter().map(text).collect::<Vec<_>>(), 0);
    assert!(batch.unreadable.is_empty());
    at_once(bench.platform().db().batch(batch.statements)).unwrap();
}

/// Recipient and words of all letters.
fn letters(bench: &Bench) -> Vec<(String, String)> {
    #[derive(serde::Deserialize)]
    struct Row {
        recipient: String,
        about: String,
    }
    let sql =
        "SELECT recipient, about FROM letters WHERE kind = 'budget' AND id GLOB 'let_*' ORDER BY recipient, about";
    let rows: Vec<Row> = at_once(bench.platform().db().all(shared::sql!(sql))).unwrap();
    rows.into_iter().map(|row| (row.recipient, row.about)).collect()
}

fn at_once<T>(future: impl Future<Output = T>) -> T {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}

#[test]
fn every_statement_prepares() {
    store::ALL.iter().for_each(|statements| check_sql(statements));
}

#[test]
fn a_warning_is_mailed_to_whose_budget_it_is() {
    for (org, scope, to) in [
        ("usr_2", "org", "b@example.com"),
        ("usr_2", "model:m", "b@example.com"),
        ("org_1", "org", "a@example.com"),
        ("org_1", "model:m", "a@example.com"),
        ("org_1", "user:usr_2", "b@example.com"),
        ("org_1", "key:key_2", "b@example.com"),
    ] {
        let bench = bench();
        deliver(&bench, &[warning(org, scope, 80)]);
        let about = format!("{scope}: 80 % (4.01 / 5.00 USD, month 2026-11-21)");
        assert_eq!(letters(&bench), [(to.to_owned(), about)], "{org} {scope}");
    }
}

#[test]
fn a_warning_that_is_delivered_again_writes_no_second_letter() {
    let bench = bench();
    let first = warning("usr_1", "org", 80);
    deliver(&bench, &[first.clone(), first.clone()]);
    deliver(&bench, &[first.clone(), warning("usr_1", "org", 100)]);
    assert_eq!(letters(&bench).len(), 2);
    // Another period, or another budget, is another matter.
    let next = Warning { begins_day: DAY + 30, ..first.clone() };
    deliver(&bench, &[next, Warning { version: 2, ..first }]);
    assert_eq!(letters(&bench).len(), 4);
}

#[test]
fn nobody_is_written_to_at_an_address_that_is_none() {
    let bench = bench();
    deliver(&bench, &[warning("usr_3", "org", 80), warning("org_9", "org", 80), warning("usr_9", "model:m", 80)]);
    assert_eq!(letters(&bench), []);
}

#[test]
fn a_total_has_no_beginning_and_small_sums_are_told_to_the_last_digit() {
    let bench = bench();
    let small =
        Warning { spent_nano_usd: 80, budget_nano_usd: 100, period: Period::Total, ..warning("usr_1", "org", 80) };
    deliver(&bench, &[small]);
    assert_eq!(letters(&bench)[0].1, "org: 80 % (0.000000080 / 0.000000100 USD)");
}

#[test]
fn what_is_no_warning_and_no_record_waits_for_a_person() {
    let texts = [r#"{"warning":{"org_id":1}}"#, "{}", ""].map(|text| Some(text.to_owned()));
    let batch = consumer::read(&[&texts[..], &[None]].concat(), 0);
    assert!(batch.statements.is_empty() && batch.unreadable.len() == 4);
}
