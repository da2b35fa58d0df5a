//! `POST /v1/auth/refresh`: rotation, retries, and the end of a family.

use serde_json::{Value, json};

use crate::service::{EMAIL, Service, Tokens};

const DAY_MS: u64 = 86_400_000;

/// Uses a token that must be good.
fn check(service: &Service, token: &str) -> Tokens {
    let (status, reply) = service.refresh(token);
    assert_eq!(status, 200, "{reply}");
    Tokens::of(&reply)
}

/// Asserts that a token is refused in the one way refused tokens are.
fn refused(service: &Service, token: &str) {
    let (status, problem) = service.refresh(token);
    assert_eq!((status, problem["code"].as_str()), (401, Some("refresh_refused")));
}

#[test]
fn a_refresh_token_gets_the_next_pair() {
    let service = Service::new();
    let first = service.register(EMAIL);
    let second = check(&service, &first.refresh);
    assert_ne!(second.refresh, first.refresh);
    assert_ne!(second.access, first.access);
    assert_eq!(second.user_id, first.user_id);
    assert_eq!(service.get("/v1/auth/me", &second.access), 200);
    let third = check(&service, &second.refresh);
    assert_ne!(third.refresh, second.refresh);
    assert_eq!(service.value("SELECT count(*) AS value FROM sessions").as_deref(), Some("1"), "one family");
}

#[test]
fn a_retry_within_ten_seconds_gets_the_same_refresh_token() {
    let service = Service::new();
    let first = service.register(EMAIL);
    let second = check(&service, &first.refresh);
    service.bench.pass(9_999);
    let again = check(&service, &first.refresh);
    assert_eq!(again.refresh, second.refresh);
    assert_eq!(service.get("/v1/auth/me", &again.access), 200);
    check(&service, &second.refresh);
}

#[test]
fn a_retry_counts_from_the_first_use() {
    let service = Service::new();
    let first = service.register(EMAIL);
    check(&service, &first.refresh);
    service.bench.pass(6_000);
    check(&service, &first.refresh);
    service.bench.pass(6_000);
    refused(&service, &first.refresh);
}

#[test]
fn a_retry_is_fine_although_its_successor_was_used() {
    let service = Service::new();
    let first = service.register(EMAIL);
    let second = check(&service, &first.refresh);
    let third = check(&service, &second.refresh);
    assert_eq!(check(&service, &first.refresh).refresh, second.refresh);
    assert_eq!(check(&service, &second.refresh).refresh, third.refresh);
    check(&service, &third.refresh);
}

#[test]
fn reuse_after_ten_seconds_ends_the_family() {
    let service = Service::new();
    let first = service.register(EMAIL);
    let second = check(&service, &first.refresh);
    let third = check(&service, &second.refresh);
    let other = service.login(EMAIL);
    service.bench.pass(10_000);
    refused(&service, &first.refresh);
    refused(&service, &third.refresh);
    refused(&service, &second.refresh);
    assert_eq!(service.get("/v1/auth/me", &third.access), 401, "sensitive rows refuse at once");
    check(&service, &other.refresh);
}

#[test]
fn a_family_ended_by_reuse_leaves_a_hint() {
    let service = Service::with(&[("SESSION_CHECK", "hint")]);
    let first = service.register(EMAIL);
    let second = check(&service, &first.refresh);
    service.bench.pass(10_000);
    refused(&service, &first.refresh);
    assert_eq!(service.get("/v1/auth/token", &second.access), 200, "the hint is written after the reply");
    service.bench.settle();
    assert_eq!(service.get("/v1/auth/token", &second.access), 401);
}

#[test]
fn what_is_no_refresh_token_of_ours_is_refused() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    for bad in ["", "rt_", "junk", &tokens.access, &tokens.refresh[3..], &format!("{} ", tokens.refresh)] {
        refused(&service, bad);
    }
    check(&service, &tokens.refresh);
}

#[test]
fn a_refresh_token_dies_unused_after_thirty_days() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    service.bench.pass(30 * DAY_MS - 1);
    let next = check(&service, &tokens.refresh);
    service.bench.pass(30 * DAY_MS);
    refused(&service, &next.refresh);
}

#[test]
fn a_session_lives_as_long_as_it_is_used() {
    let service = Service::new();
    let mut tokens = service.register(EMAIL);
    for _ in 0..4 {
        service.bench.pass(20 * DAY_MS);
        tokens = check(&service, &tokens.refresh);
        assert_eq!(service.get("/v1/auth/me", &tokens.access), 200);
    }
}

#[test]
fn a_suspended_user_gets_no_new_tokens() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    service.bench.execute("UPDATE users SET status = 'suspended'");
    let (status, problem) = service.refresh(&tokens.refresh);
    assert_eq!((status, problem["code"].as_str()), (403, Some("suspended")));
    assert_eq!(problem.get("access_token"), None);
}

#[test]
fn new_tokens_say_what_is_true_now() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    service.bench.execute("UPDATE users SET epoch = 1, roles = '[\"admin\"]'");
    assert_eq!(service.get("/v1/auth/me", &tokens.access), 401, "the old one says what was true");
    let next = check(&service, &tokens.refresh);
    assert_eq!(service.get("/v1/auth/me", &next.access), 200);
    let out = service.send("GET", "/v1/auth/token", &next.access, &Value::Null);
    let claims: Value = serde_json::from_slice(&out.body).unwrap();
    assert_eq!((&claims["roles"], &claims["permissions"]), (&json!(["admin"]), &json!(["*:*"])));
}

#[test]
fn another_refresh_key_derives_other_successors() {
    let other = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU";
    let successors = [Service::new(), Service::with(&[("REFRESH_KEY", other)])].map(|service| {
        let first = service.register(EMAIL).refresh;
        (first.clone(), check(&service, &first).refresh)
    });
    assert_eq!(successors[0].0, successors[1].0, "chance is the same in every test");
    assert_ne!(successors[0].1, successors[1].1);
}

#[test]
fn a_retry_after_the_key_was_replaced_gets_the_successor_that_was_given() {
    let service = Service::new();
    let first = service.register(EMAIL).refresh;
    let given = check(&service, &first).refresh;
    let (old, new) = (crate::service::REFRESH_KEY, "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU");
    service.bench.set_var("REFRESH_KEY", &format!("{new},{old}"));
    assert_eq!(check(&service, &first).refresh, given);
    let next = check(&service, &given).refresh;
    service.bench.set_var("REFRESH_KEY", new);
    assert_eq!(check(&service, &given).refresh, next, "made by the new key");
    check(&service, &next);
}

#[test]
fn a_refresh_token_gets_into_no_log_line() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    let out = service.send("POST", "/v1/auth/refresh", "", &json!({"refresh_token": tokens.refresh}));
    let next = Tokens::of(&serde_json::from_slice(&out.body).unwrap());
    for secret in [tokens.refresh, next.refresh, next.access] {
        assert!(!out.line.contains(&secret));
    }
}
