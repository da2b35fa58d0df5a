//! Models that were called without a price are noted once a day.

#![cfg(test)]

use std::task::{Context, Poll, Waker};

use shared::platform::testing::{Bench, check_sql};
use usage::store::Noted;
use usage::{consumer, store};

/// A finished call of a day in November 2026, with or without a cost.
fn record(call_id: &str, model: &str, day: u64, cost: Option<u64>) -> Option<String> {
    let started = 1_793_491_200_000 + day * 86_400_000;
    let cost = cost.map_or("null".to_owned(), |cost| cost.to_string());
    let version = if cost == "null" { "null" } else { "\"v\"" };
    Some(format!(
        r#"{{"call_id":"{call_id}","org_id":"usr_1","user_id":"usr_1","key_id":null,"request_id":"r","trace_id":"t",
        "model":"{model}","provider":"acme","stream":false,"status":"succeeded","settlement":"reported",
        "usage":{{"prompt_tokens":1,"cached_tokens":0,"completion_tokens":1,"reasoning_tokens":0}},"raw_usage":null,
        "priced_as":null,"price_version":{version},"cost_nano_usd":{cost},"started_at_ms":{started},
        "first_token_ms":null,"finished_at_ms":{started}}}"#
    ))
}

/// What is noted of these messages.
fn noted(bench: &Bench, messages: &[Option<String>]) -> Vec<String> {
    let batch = consumer::read(messages, bench.now_ms());
    assert_eq!(batch.unreadable, []);
    let notes = batch.unpriced.len();
    let mut work = std::pin::pin!(async {
        bench.platform().db().batch(batch.statements).await.unwrap();
        let mut rows = bench.platform().db().batch(batch.unpriced).await.unwrap();
        (0..notes).flat_map(|i| rows.take::<Noted>(i).unwrap()).map(|noted| noted.name).collect()
    });
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(names) => names,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}

#[test]
fn every_statement_prepares() {
    store::ALL.iter().for_each(|statements| check_sql(statements));
    check_sql(usage::calls::store::ALL);
    check_sql(usage::capture::store::ALL);
    check_sql(usage::reprice::store::ALL);
}

#[test]
fn a_model_without_a_price_is_noted_once_a_day() {
    let bench = Bench::new(&usage::TABLE, &[]);
    let first =
        [record("call_1", "big", 0, None), record("call_2", "big", 0, None), record("call_3", "small", 0, None)];
    assert_eq!(noted(&bench, &first), ["2026-11-01/acme/big", "2026-11-01/acme/small"]);
    assert_eq!(noted(&bench, &first), [""; 0]);
    assert_eq!(noted(&bench, &[record("call_4", "big", 1, None)]), ["2026-11-02/acme/big"]);
}

#[test]
fn a_call_with_a_price_is_nothing_to_note_even_one_that_cost_nothing() {
    let bench = Bench::new(&usage::TABLE, &[]);
    assert_eq!(noted(&bench, &[record("call_1", "big", 0, Some(0)), record("call_2", "big", 0, Some(5))]), [""; 0]);
}
