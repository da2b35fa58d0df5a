//! How many blocking round trips each route makes; raising a number needs a reason.

use serde_json::{Value, json};

use crate::service::{EMAIL, PASSWORD, Service};

/// What `Server-Timing` says of a request.
fn check(service: &Service, method: &str, path: &str, token: &str, body: &Value) -> String {
    let out = service.send(method, path, token, body);
    let timing = out.header("Server-Timing").unwrap().to_owned();
    assert!(out.status < 400, "{path}: {}", out.line);
    match timing.split_once("desc=\"") {
        Some((_, trips)) => trips.trim_end_matches('"').to_owned(),
        None => String::new(),
    }
}

fn credentials() -> Value {
    json!({"email": EMAIL, "password": PASSWORD})
}

#[test]
fn registering_asks_the_limiter_the_hash_function_and_the_database_once_each() {
    let trips = "d1=1 object=1 service=1";
    assert_eq!(check(&Service::new(), "POST", "/v1/auth/register", "", &credentials()), trips);
    let required = Service::with(&[("EMAIL_VERIFICATION", "required")]);
    assert_eq!(check(&required, "POST", "/v1/auth/register", "", &credentials()), trips);
}

#[test]
fn signing_in_asks_the_database_twice() {
    let service = Service::new();
    service.register(EMAIL);
    assert_eq!(check(&service, "POST", "/v1/auth/login", "", &credentials()), "d1=2 object=1 service=1");
}

#[test]
fn a_refresh_is_one_round_trip() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    let body = json!({"refresh_token": tokens.refresh});
    assert_eq!(check(&service, "POST", "/v1/auth/refresh", "", &body), "d1=1");
}

#[test]
fn signing_out_is_two_and_nobody_waits_for_the_hints() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    assert_eq!(check(&service, "POST", "/v1/auth/logout", &tokens.access, &json!({})), "d1=2");
}

#[test]
fn reading_ones_account_is_two_and_reading_ones_token_none() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    assert_eq!(check(&service, "GET", "/v1/auth/me", &tokens.access, &Value::Null), "d1=2");
    assert_eq!(check(&service, "GET", "/v1/auth/token", &tokens.access, &Value::Null), "");
}

#[test]
fn claiming_asks_the_limiter_and_the_hash_function_once_and_the_database_twice() {
    let service = Service::new();
    crate::claim::add_link(&service.bench, "link");
    let body = json!({"token": "link", "password": PASSWORD});
    assert_eq!(check(&service, "POST", "/v1/auth/claim", "", &body), "d1=2 object=1 service=1");
}

#[test]
fn keys_and_health_ask_nobody_and_readiness_asks_everyone_needed() {
    let service = Service::new();
    assert_eq!(check(&service, "GET", "/.well-known/jwks.json", "", &Value::Null), "");
    assert_eq!(check(&service, "GET", "/healthz", "", &Value::Null), "");
    assert_eq!(check(&service, "GET", "/readyz", "", &Value::Null), "d1=1 service=1");
}
