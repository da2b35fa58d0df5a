//! How soon an ended session is refused by rows that do not ask D1 by themselves.

use serde_json::json;

use crate::service::{EMAIL, Service, Tokens};

/// A session that was signed out, where `SESSION_CHECK` has this value.
fn signed_out(check: &str, body: impl Fn(&Tokens) -> serde_json::Value) -> (Service, Tokens) {
    let service = Service::with(&[("SESSION_CHECK", check)]);
    let tokens = service.register(EMAIL);
    assert_eq!(service.get("/v1/auth/token", &tokens.access), 200);
    let body = body(&tokens);
    assert_eq!(service.send("POST", "/v1/auth/logout", &tokens.access, &body).status, 204);
    (service, tokens)
}

/// The status of an ordinary row after signing out.
fn check(check: &str) -> u16 {
    let (service, tokens) = signed_out(check, |_| json!({}));
    service.bench.settle();
    service.get("/v1/auth/token", &tokens.access)
}

#[test]
fn by_default_an_ordinary_row_asks_nobody() {
    assert_eq!(check(""), 200);
    assert_eq!(check("sensitive"), 200);
}

#[test]
fn with_hints_an_ordinary_row_refuses_once_the_hint_is_there() {
    assert_eq!(check("hint"), 401);
}

#[test]
fn where_every_row_asks_an_ended_session_is_refused_at_once() {
    let (service, tokens) = signed_out("every", |_| json!({}));
    assert_eq!(service.get("/v1/auth/token", &tokens.access), 401, "without waiting for any hint");
}

#[test]
fn every_way_to_sign_out_leaves_a_hint() {
    for all in [false, true] {
        let body = |tokens: &Tokens| if all { json!({"all": true}) } else { json!({"refresh_token": tokens.refresh}) };
        let (service, tokens) = signed_out("hint", body);
        service.bench.settle();
        assert_eq!(service.get("/v1/auth/token", &tokens.access), 401, "all: {all}");
    }
}

#[test]
fn a_hint_is_left_for_each_session_that_ended_and_no_other() {
    let service = Service::with(&[("SESSION_CHECK", "hint")]);
    let (here, there) = (service.register(EMAIL), service.login(EMAIL));
    let other = service.register("bob@example.com");
    service.send("POST", "/v1/auth/logout", &here.access, &json!({"all": true}));
    service.bench.settle();
    let statuses = [here, there, other].map(|tokens| service.get("/v1/auth/token", &tokens.access));
    assert_eq!(statuses, [401, 401, 200]);
}

#[test]
fn an_expired_session_is_refused_where_every_row_asks() {
    let lifetimes = [("SESSION_CHECK", "every"), ("ACCESS_TOKEN_SECONDS", "604800"), ("REFRESH_TOKEN_SECONDS", "3600")];
    let service = Service::with(&lifetimes);
    let tokens = service.register(EMAIL);
    service.bench.pass(3_599_999);
    assert_eq!(service.get("/v1/auth/token", &tokens.access), 200);
    service.bench.pass(1);
    assert_eq!(service.get("/v1/auth/token", &tokens.access), 401, "the token itself would live a week");
}

#[test]
fn a_suspended_user_is_refused_at_once_by_sensitive_rows_and_where_every_row_asks() {
    let service = Service::with(&[("SESSION_CHECK", "every")]);
    let tokens = service.register(EMAIL);
    service.bench.execute("UPDATE users SET status = 'suspended'");
    assert_eq!((service.get("/v1/auth/me", &tokens.access), service.get("/v1/auth/token", &tokens.access)), (403, 403));
}
