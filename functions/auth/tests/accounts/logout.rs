//! `POST /v1/auth/logout`.

use serde_json::{Value, json};

use crate::service::{EMAIL, Service, Tokens};

/// Signs out with this body; it must work.
fn check(service: &Service, access: &str, body: &Value) {
    let out = service.send("POST", "/v1/auth/logout", access, body);
    assert_eq!((out.status, out.body.len()), (204, 0), "{body}");
    service.bench.settle();
}

/// Whether a session can go on: its sensitive rows, and its refresh token.
fn lives(service: &Service, tokens: &Tokens) -> (bool, bool) {
    (service.get("/v1/auth/me", &tokens.access) == 200, service.refresh(&tokens.refresh).0 == 200)
}

const ALIVE: (bool, bool) = (true, true);
const ENDED: (bool, bool) = (false, false);

#[test]
fn signing_out_ends_this_session_and_no_other() {
    let service = Service::new();
    let (here, there) = (service.register(EMAIL), service.login(EMAIL));
    check(&service, &here.access, &json!({}));
    assert_eq!(lives(&service, &here), ENDED);
    assert_eq!(lives(&service, &there), ALIVE);
}

#[test]
fn ordinary_rows_trust_an_access_token_until_it_expires() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    check(&service, &tokens.access, &json!({}));
    service.bench.pass(599_999);
    assert_eq!(service.get("/v1/auth/token", &tokens.access), 200);
    service.bench.pass(1);
    assert_eq!(service.get("/v1/auth/token", &tokens.access), 401);
}

#[test]
fn a_refresh_token_names_the_session_to_end() {
    let service = Service::new();
    let (here, there) = (service.register(EMAIL), service.login(EMAIL));
    check(&service, &here.access, &json!({"refresh_token": there.refresh}));
    assert_eq!(lives(&service, &there), ENDED);
    assert_eq!(lives(&service, &here), ALIVE);
}

#[test]
fn a_used_refresh_token_still_names_its_session() {
    let service = Service::new();
    let (here, there) = (service.register(EMAIL), service.login(EMAIL));
    let next = Tokens::of(&service.refresh(&there.refresh).1);
    check(&service, &here.access, &json!({"refresh_token": there.refresh}));
    assert_eq!(lives(&service, &next), ENDED);
}

#[test]
fn all_ends_every_session_of_the_caller() {
    let service = Service::new();
    let (here, there) = (service.register(EMAIL), service.login(EMAIL));
    let other = service.register("bob@example.com");
    check(&service, &here.access, &json!({"all": true, "refresh_token": other.refresh}));
    assert_eq!((lives(&service, &here), lives(&service, &there)), (ENDED, ENDED));
    assert_eq!(lives(&service, &other), ALIVE);
}

#[test]
fn another_users_refresh_token_ends_nothing() {
    let service = Service::new();
    let (mallory, alice) = (service.register("mallory@example.com"), service.register(EMAIL));
    check(&service, &mallory.access, &json!({"refresh_token": alice.refresh}));
    assert_eq!((lives(&service, &alice), lives(&service, &mallory)), (ALIVE, ALIVE));
}

#[test]
fn an_unknown_refresh_token_ends_nothing_and_is_no_error() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    check(&service, &tokens.access, &json!({"refresh_token": "rt_unknown"}));
    assert_eq!(lives(&service, &tokens), ALIVE);
}

#[test]
fn signing_out_twice_is_401_because_the_session_has_ended() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    check(&service, &tokens.access, &json!({}));
    assert_eq!(service.send("POST", "/v1/auth/logout", &tokens.access, &json!({})).status, 401);
}

#[test]
fn a_stranger_signs_nobody_out() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    let (status, _) = service.post("/v1/auth/logout", &json!({"refresh_token": tokens.refresh}));
    assert_eq!(status, 401);
    assert_eq!(lives(&service, &tokens), ALIVE);
}

#[test]
fn unknown_fields_are_422_and_end_nothing() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    for body in [json!({"everything": true}), json!({"all": "yes"}), json!({"session_id": "ses_1"})] {
        assert_eq!(service.send("POST", "/v1/auth/logout", &tokens.access, &body).status, 422, "{body}");
    }
    assert_eq!(lives(&service, &tokens), ALIVE);
}
