//! How often a client may call.

use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;

use crate::probe::{call, json, probe};

const QUOTA: usize = 20;

/// A call of a strict row from this address.
fn check(bench: &Bench, path: &str, address: &str) -> Outgoing {
    call(bench, "POST", path, &[(HeaderName::CfConnectingIp, address)], r#"{"wish":"ok"}"#)
}

/// A probe whose quota for this row and address is used up.
fn exhausted(path: &str, address: &str) -> Bench {
    let bench = probe(&[]);
    for _ in 0..QUOTA {
        assert_eq!(check(&bench, path, address).status, 201);
    }
    bench
}

fn retry_after(out: &Outgoing) -> u64 {
    out.header("Retry-After").unwrap().parse().unwrap()
}

#[test]
fn a_strict_row_tells_what_is_left() {
    let bench = probe(&[]);
    let (first, second) = (check(&bench, "/v1/strict", "192.0.2.1"), check(&bench, "/v1/strict", "192.0.2.1"));
    assert_eq!(first.header("RateLimit-Policy"), Some("\"strict\";q=20;w=60"));
    assert!(first.header("RateLimit").unwrap().starts_with("\"strict\";r=19;t="));
    assert!(second.header("RateLimit").unwrap().starts_with("\"strict\";r=18;t="));
    assert_eq!(first.header("Retry-After"), None);
}

#[test]
fn a_normal_row_tells_its_policy_alone() {
    let out = call(&probe(&[]), "GET", "/v1/notes?from=1&to=2", &[], "");
    assert_eq!(out.header("RateLimit-Policy"), Some("\"normal\";q=600;w=60"));
    assert_eq!(out.header("RateLimit"), None);
}

#[test]
fn a_row_without_a_limit_tells_nothing() {
    let out = probe(&[]).request("GET", "/healthz", &[], "");
    assert_eq!((out.header("RateLimit-Policy"), out.header("RateLimit")), (None, None));
}

#[test]
fn one_call_too_many_is_429_in_the_dialect_of_the_row() {
    for (path, pointer, expected) in [
        ("/v1/strict", "/code", "rate_limited"),
        ("/v1/openai", "/error/type", "rate_limit_error"),
        ("/v1/anthropic", "/error/type", "rate_limit_error"),
    ] {
        let bench = exhausted(path, "192.0.2.1");
        let out = check(&bench, path, "192.0.2.1");
        assert_eq!(out.status, 429, "{path}");
        assert_eq!(json(&out).pointer(pointer).unwrap(), expected, "{path}");
        assert!(out.header("RateLimit").unwrap().starts_with("\"strict\";r=0;t="), "{path}");
        assert!(retry_after(&out) > 0, "{path}");
    }
}

#[test]
fn waiting_as_long_as_retry_after_says_is_enough() {
    for early_ms in [0, 1_000, 12_300, 59_999] {
        let bench = probe(&[]);
        bench.pass(early_ms);
        for _ in 0..QUOTA {
            assert_eq!(check(&bench, "/v1/strict", "192.0.2.1").status, 201);
        }
        let refused = check(&bench, "/v1/strict", "192.0.2.1");
        bench.pass(retry_after(&refused) * 1000);
        assert_eq!(check(&bench, "/v1/strict", "192.0.2.1").status, 201, "{early_ms} ms into the window");
    }
}

#[test]
fn other_clients_and_other_rows_are_counted_apart() {
    let bench = exhausted("/v1/strict", "2001:db8:1:2::1");
    assert_eq!(check(&bench, "/v1/strict", "2001:db8:1:2:ffff::9").status, 429, "one /64 is one client");
    assert_eq!(check(&bench, "/v1/strict", "2001:db8:1:3::1").status, 201);
    assert_eq!(check(&bench, "/v1/strict", "192.0.2.1").status, 201);
    assert_eq!(check(&bench, "/v1/openai", "2001:db8:1:2::1").status, 201);
}

#[test]
fn refused_calls_do_not_prolong_the_wait() {
    let bench = exhausted("/v1/strict", "192.0.2.1");
    for _ in 0..5 {
        assert_eq!(check(&bench, "/v1/strict", "192.0.2.1").status, 429);
    }
    bench.pass(120_000);
    assert_eq!(check(&bench, "/v1/strict", "192.0.2.1").status, 201);
}

#[test]
fn a_stranger_is_refused_before_the_call_is_counted() {
    let bench = probe(&[]);
    let out = bench.request("POST", "/v1/openai", &[], "{}");
    assert_eq!((out.status, out.header("RateLimit")), (401, None));
}
