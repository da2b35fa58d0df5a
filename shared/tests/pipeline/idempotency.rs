//! `Idempotency-Key`: what a retry gets. What is stored for it is in `kept`.

use std::task::{Context, Poll, Waker};

use futures::future::LocalBoxFuture;
use shared::extract::JSON_LIMIT;
use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;

use crate::probe::{begin, call, json as body_of, open_the_gate, probe};

pub(crate) const OK: &str = r#"{"wish":"ok"}"#;
const WAIT: &str = r#"{"wish":"wait"}"#;

/// A call of this row under a key.
pub(crate) fn check(bench: &Bench, path: &str, key: &str, body: &str) -> Outgoing {
    call(bench, "POST", path, &[(HeaderName::IdempotencyKey, key)], body)
}

pub(crate) fn is_replay(out: &Outgoing) -> bool {
    out.header("Idempotent-Replayed") == Some("true")
}

/// Goes on with a request as far as it can now.
fn poll(request: &mut LocalBoxFuture<'static, Outgoing>) -> Option<Outgoing> {
    match request.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(out) => Some(out),
        Poll::Pending => None,
    }
}

#[test]
fn a_retry_gets_the_stored_reply() {
    let bench = probe(&[]);
    let (first, retry) = (check(&bench, "/v1/once", "k-1", OK), check(&bench, "/v1/once", "k-1", OK));
    assert_eq!((first.status, is_replay(&first)), (201, false));
    assert_eq!((retry.status, is_replay(&retry)), (201, true));
    assert_eq!(retry.body, first.body);
    assert_eq!(retry.header("Content-Type"), first.header("Content-Type"));
    assert_ne!(retry.header("X-Request-Id"), first.header("X-Request-Id"), "a retry is a request of its own");
}

#[test]
fn without_a_key_every_request_is_its_own() {
    let bench = probe(&[]);
    let (one, two) = (call(&bench, "POST", "/v1/once", &[], OK), call(&bench, "POST", "/v1/once", &[], OK));
    assert_ne!(one.body, two.body);
}

#[test]
fn a_row_that_takes_no_keys_ignores_them() {
    let bench = probe(&[]);
    let (one, two) = (check(&bench, "/v1/never", "k-1", OK), check(&bench, "/v1/never", "k-1", OK));
    assert_ne!(one.body, two.body);
    assert_eq!(one.header("Server-Timing"), Some("app;dur=0"), "nothing was asked");
}

#[test]
fn the_same_key_with_another_body_is_422() {
    let bench = probe(&[]);
    check(&bench, "/v1/once", "k-1", OK);
    let out = check(&bench, "/v1/once", "k-1", r#"{"wish":"ok" }"#);
    assert_eq!((out.status, body_of(&out)["code"].as_str()), (422, Some("idempotency_mismatch")));
}

#[test]
fn a_retry_while_the_first_runs_is_409() {
    let bench = probe(&[]);
    let mut first = begin(&bench, "/v1/once", "k-1", WAIT);
    assert!(poll(&mut first).is_none());
    let retry = check(&bench, "/v1/once", "k-1", WAIT);
    assert_eq!((retry.status, body_of(&retry)["code"].as_str()), (409, Some("idempotency_in_progress")));
    assert_eq!(retry.header("Retry-After"), Some("1"));
    open_the_gate();
    let first = poll(&mut first).unwrap();
    let late = check(&bench, "/v1/once", "k-1", WAIT);
    assert_eq!((is_replay(&late), late.body), (true, first.body));
}

#[test]
fn another_body_is_422_while_the_first_runs() {
    let bench = probe(&[]);
    let mut first = begin(&bench, "/v1/once", "k-1", WAIT);
    assert!(poll(&mut first).is_none());
    assert_eq!(check(&bench, "/v1/once", "k-1", OK).status, 422);
}

#[test]
fn what_a_killed_isolate_left_is_taken_over_after_a_minute() {
    let bench = probe(&[]);
    let mut killed = begin(&bench, "/v1/once", "k-1", WAIT);
    assert!(poll(&mut killed).is_none());
    drop(killed);
    open_the_gate();
    bench.pass(59_999);
    assert_eq!(check(&bench, "/v1/once", "k-1", WAIT).status, 409);
    bench.pass(1);
    let taken = check(&bench, "/v1/once", "k-1", WAIT);
    assert_eq!((taken.status, is_replay(&taken)), (201, false));
}

#[test]
fn one_that_was_taken_over_does_not_overwrite_the_reply() {
    let bench = probe(&[]);
    let mut slow = begin(&bench, "/v1/once", "k-1", WAIT);
    assert!(poll(&mut slow).is_none());
    bench.pass(60_000);
    open_the_gate();
    let taken = check(&bench, "/v1/once", "k-1", WAIT);
    let slow = poll(&mut slow).unwrap();
    assert_ne!(slow.body, taken.body);
    assert_eq!(check(&bench, "/v1/once", "k-1", WAIT).body, taken.body);
}

#[test]
fn a_failure_lets_the_key_go() {
    for failing in [r#"{"wish":"unavailable"}"#, r#"{"wish":"internal"}"#, r#"{"wish":"detail"}"#, "{}", "{"] {
        let bench = probe(&[]);
        let failed = check(&bench, "/v1/once", "k-1", failing);
        assert!(failed.status >= 400, "{failing}");
        let next = check(&bench, "/v1/once", "k-1", OK);
        assert_eq!((next.status, is_replay(&next)), (201, false), "{failing}");
    }
}

#[test]
fn the_same_key_on_another_row_is_another_key() {
    let bench = probe(&[]);
    let (one, two) = (check(&bench, "/v1/once", "k-1", OK), check(&bench, "/v1/also", "k-1", OK));
    assert_eq!((two.status, is_replay(&two)), (201, false));
    assert_ne!(one.body, two.body);
}

#[test]
fn the_same_key_of_another_caller_is_another_key() {
    let bench = probe(&[]);
    let bearers = ["usr_1", "usr_2"].map(|user| format!("Bearer {}", bench.token(user, &[])));
    let [one, two] = bearers.map(|bearer| {
        let headers = [(HeaderName::Authorization, bearer.as_str()), (HeaderName::IdempotencyKey, "k-1")];
        bench.request("POST", "/v1/once", &headers, OK)
    });
    assert_eq!((two.status, is_replay(&two)), (201, false));
    assert_ne!(one.body, two.body);
}

#[test]
fn strangers_share_keys_within_their_network_alone() {
    let bench = probe(&[]);
    let [one, near, far] = ["2001:db8::1", "2001:db8::2", "192.0.2.1"].map(|address| {
        let headers = [(HeaderName::CfConnectingIp, address), (HeaderName::IdempotencyKey, "k-1")];
        bench.request("POST", "/v1/page", &headers, OK)
    });
    assert_eq!((is_replay(&near), &near.body), (true, &one.body));
    assert_eq!((is_replay(&far), far.status), (false, 201));
}

#[test]
fn a_key_is_forgotten_after_a_day() {
    let bench = probe(&[]);
    check(&bench, "/v1/once", "k-1", OK);
    bench.pass(86_399_999);
    assert!(is_replay(&check(&bench, "/v1/once", "k-1", OK)));
    bench.pass(1);
    let later = check(&bench, "/v1/once", "k-1", r#"{"wish":"another"}"#);
    assert_eq!((later.status, is_replay(&later)), (201, false));
}

#[test]
fn an_unusable_key_is_400() {
    let bench = probe(&[]);
    for bad in ["with space", "schlüssel", &"k".repeat(256)] {
        let out = check(&bench, "/v1/once", bad, OK);
        assert_eq!((out.status, body_of(&out)["code"].as_str()), (400, Some("malformed_request")), "{bad}");
    }
    assert_eq!(check(&bench, "/v1/once", &"k".repeat(255), OK).status, 201);
}

#[test]
fn a_stranger_claims_no_key_of_a_row_for_users() {
    let bench = probe(&[]);
    let out = bench.request("POST", "/v1/once", &[(HeaderName::IdempotencyKey, "k-1")], OK);
    assert_eq!((out.status, out.header("Server-Timing")), (401, Some("app;dur=0")));
}

#[test]
fn a_body_above_the_rows_limit_is_413_before_a_key_is_claimed() {
    let out = check(&probe(&[]), "/v1/once", "k-1", &"x".repeat(JSON_LIMIT + 1));
    assert_eq!((out.status, out.header("Server-Timing")), (413, Some("app;dur=0")));
}
