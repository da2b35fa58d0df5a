//! Guessing is slowed down by account, and never locks the owner out.

use serde_json::json;

use crate::service::{Service, at_once};

const VERIFY: &str = "/v1/auth/mfa/verify";

/// Gives wrong codes, each with a pending sign-in of its own, until one has to wait; how many, and for how long.
fn guess(service: &Service, wrong: &str) -> (usize, u64) {
    for n in 0..100 {
        let body = json!({ "pending_token": service.pending(), "code": wrong });
        let out = service.post(VERIFY, &body);
        if out.status == 429 {
            return (n, out.header("Retry-After").unwrap().parse().unwrap());
        }
        assert_eq!(out.status, 401);
    }
    panic!("a hundred guesses were free");
}

#[test]
fn after_five_wrong_codes_each_further_one_waits_twice_as_long() {
    let service = Service::new();
    let (app, _) = service.enrol();
    let wrong = app.wrong(service.bench.now_ms());
    assert_eq!(guess(&service, &wrong), (5, 15));
    let mut waits = Vec::new();
    for _ in 0..10 {
        let wait = waits.last().copied().unwrap_or(15);
        service.bench.pass(wait * 1000);
        let (free, next) = guess(&service, &app.wrong(service.bench.now_ms()));
        assert_eq!(free, 1, "one attempt after each wait");
        waits.push(next);
    }
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
}

#[test]
fn a_right_code_must_wait_too_and_then_forgets_the_failures() {
    let service = Service::new();
    let (app, _) = service.enrol();
    guess(&service, &app.wrong(service.bench.now_ms()));
    assert_eq!(service.verify(&service.pending(), &app.code(service.bench.now_ms())).0, 429);
    service.bench.pass(15_000);
    assert_eq!(service.verify(&service.pending(), &app.code(service.bench.now_ms())).0, 200);
    assert_eq!(guess(&service, &app.wrong(service.bench.now_ms())).0, 5);
}

#[test]
fn whoever_keeps_the_app_locked_cannot_lock_the_owner_out() {
    let service = Service::new();
    let (app, codes) = service.enrol();
    guess(&service, &app.wrong(service.bench.now_ms()));
    assert_eq!(service.verify(&service.pending(), &codes[0]).0, 200, "a recovery code is taken nevertheless");
}

#[test]
fn guesses_at_one_account_slow_no_other_down() {
    let service = Service::new();
    let (app, _) = service.enrol();
    guess(&service, &app.wrong(service.bench.now_ms()));
    let [attempt, wait] = factors::store::attempt("totp usr_2", service.bench.now_ms());
    let mut rows = at_once(service.bench.platform().db().batch(vec![attempt, wait])).unwrap();
    assert_eq!(rows.take::<factors::store::Attempt>(0).unwrap().len(), 1);
}

#[test]
fn of_many_guesses_at_once_no_more_are_allowed_than_of_as_many_in_a_row() {
    let service = Service::new();
    let now = service.bench.now_ms();
    let allowed = (0..50).filter(|_| {
        let batch = factors::store::attempt("totp usr_1", now).into();
        let mut rows = at_once(service.bench.platform().db().batch(batch)).unwrap();
        !rows.take::<factors::store::Attempt>(0).unwrap().is_empty()
    });
    assert_eq!(allowed.count(), 5);
}

#[test]
fn the_moment_guessing_is_slowed_down_is_an_event() {
    let service = Service::new();
    let (app, _) = service.enrol();
    guess(&service, &app.wrong(service.bench.now_ms()));
    let events = "SELECT detail AS value FROM security_events WHERE kind = 'proofs_refused'";
    assert_eq!(service.value(events), "{\"failures\":5,\"method\":\"totp\"}");
}
