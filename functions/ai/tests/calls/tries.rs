//! What is tried again, with what, and what the client and the ledger hear of it.

use std::cell::Cell;

use serde_json::Value;
use shared::platform::{Scripted, SendError};

use crate::service::{COST, PLAIN, STREAM, Service, answer, completion, error};

/// Answers in this order, the last one again and again.
fn in_turn(answers: Vec<fn() -> Scripted>) -> impl Fn() -> Scripted {
    let next = Cell::new(0);
    move || {
        let i = next.replace(next.get() + 1).min(answers.len() - 1);
        answers[i]()
    }
}

fn outcomes(service: &Service) -> Vec<String> {
    let settled = service.settled();
    let attempts = settled["record"]["detail"]["attempts"].as_array().unwrap();
    attempts.iter().map(|one| one["outcome"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_outage_is_tried_again_and_the_client_hears_nothing_of_it() {
    for body in [PLAIN, STREAM] {
        let service = Service::new(in_turn(vec![|| answer(500, "{}"), || answer(200, &completion())]));
        assert_eq!(service.chat(body).status, 200);
        assert_eq!(service.upstream().len(), 2);
        assert_eq!(outcomes(&service), ["upstream_error", "ok"]);
    }
}

#[test]
fn a_refused_key_gives_way_to_the_next() {
    let service = Service::new(in_turn(vec![|| answer(401, "{}"), || answer(200, &completion())]));
    service.bench.set_var("OPENAI_API_KEY", "sk-old-key, sk-new-key");
    assert_eq!(service.chat(PLAIN).status, 200);
    let settled = service.settled();
    let attempts = settled["record"]["detail"]["attempts"].as_array().unwrap();
    let keys: Vec<&Value> = attempts.iter().map(|one| &one["key"]).collect();
    assert_ne!(keys[0], keys[1]);
    assert!(!settled.to_string().contains("sk-"));
}

#[test]
fn a_refused_key_that_is_the_only_one_is_not_tried_twice() {
    let service = Service::new(|| answer(401, "{}"));
    assert_eq!(error(&service.chat(PLAIN)), (502, "upstream_auth".into()));
    assert_eq!(service.upstream().len(), 1);
}

#[test]
fn a_pause_that_is_short_is_kept_and_a_long_one_is_the_clients() {
    let limited = |seconds: &str| Ok((429, vec![("retry-after".into(), seconds.into())], b"{}".to_vec()));
    let tries = Cell::new(0);
    let service = Service::new(move || {
        tries.set(tries.get() + 1);
        if tries.get() == 1 { limited("1") } else { answer(200, &completion()) }
    });
    let before = service.bench.now_ms();
    assert_eq!(service.chat(PLAIN).status, 200);
    assert!(service.bench.now_ms() >= before + 1_000);
    let service = Service::new(move || limited("2"));
    assert_eq!(service.chat(PLAIN).header("Retry-After"), Some("2"));
    assert_eq!(service.upstream().len(), 1);
}

#[test]
fn what_may_have_cost_something_is_not_tried_again_at_the_same_provider() {
    for broken in [|| Err(SendError::Deadline), || answer(200, "half")] {
        let service = Service::new(broken);
        assert!(service.chat(PLAIN).status >= 500);
        assert_eq!(service.upstream().len(), 1);
    }
}

#[test]
fn a_call_that_was_tried_twice_costs_what_the_one_that_answered_cost() {
    let service = Service::new(in_turn(vec![|| answer(503, "{}"), || answer(200, &completion())]));
    let out = service.chat(PLAIN);
    assert_eq!(out.header("X-Cost-Nano-Usd").map(str::to_owned), Some(COST.to_string()));
    assert_eq!(service.settled_as(), ("succeeded".into(), "reported".into(), Some(COST)));
    assert_eq!(service.admission("reserve").len(), 1);
}

#[test]
fn a_provider_that_fails_again_and_again_is_left_alone_for_a_while() {
    let service = Service::new(|| answer(500, "{}"));
    for _ in 0..3 {
        assert_eq!(error(&service.chat(PLAIN)), (502, "upstream_error".into()));
    }
    let asked = service.upstream().len();
    let out = service.chat(PLAIN);
    assert_eq!(error(&out), (503, "upstream_resting".into()));
    assert_eq!((out.header("Retry-After"), service.upstream().len()), (Some("5"), asked));
    // Then one call finds out whether it is well again.
    service.bench.pass(5_000);
    assert_eq!(error(&service.chat(PLAIN)).0, 502);
    assert!(service.upstream().len() > asked);
}

#[test]
fn breakers_can_be_turned_off() {
    let service = Service::new(|| answer(500, "{}"));
    service.bench.set_var("AI_BREAKER_FAILURES", "0");
    for _ in 0..10 {
        assert_eq!(error(&service.chat(PLAIN)), (502, "upstream_error".into()));
    }
}
