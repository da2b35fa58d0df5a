//! How many blocking round trips each route makes; raising a number needs a reason.

use serde_json::json;
use shared::platform::Outgoing;

use crate::service::{PASSWORD, Service};

fn trips(out: &Outgoing) -> String {
    assert!(out.status < 400, "{}", out.line);
    let timing = out.header("Server-Timing").unwrap();
    timing.split_once("desc=\"").map_or(String::new(), |(_, trips)| trips.trim_end_matches('"').to_owned())
}

#[test]
fn a_fresh_row_asks_as_often_as_any_row_that_asks_for_the_session() {
    let service = Service::new();
    assert_eq!(trips(&service.send("GET", "/v1/auth/mfa", &json!({}))), "d1=2");
    assert_eq!(trips(&service.send("POST", "/v1/auth/mfa/totp", &json!({}))), "d1=2");
}

#[test]
fn the_second_half_of_a_sign_in_asks_the_limiter_and_the_database_twice() {
    let service = Service::new();
    let (app, _) = service.enrol();
    let body = json!({ "pending_token": service.pending(), "code": app.code(service.bench.now_ms()) });
    assert_eq!(trips(&service.post("/v1/auth/mfa/verify", &body)), "d1=2 object=1");
}

#[test]
fn proving_again_reads_and_writes_behind_the_session_check() {
    let service = Service::new();
    assert_eq!(trips(&service.send("POST", "/v1/auth/step-up", &json!({ "password": PASSWORD }))), "d1=3 service=1");
    let (app, _) = service.enrol();
    let body = json!({ "code": app.code(service.bench.now_ms()) });
    assert_eq!(trips(&service.send("POST", "/v1/auth/step-up", &body)), "d1=3");
    assert_eq!(trips(&service.send("POST", "/v1/auth/mfa/recovery-codes", &json!({}))), "d1=2");
    assert_eq!(trips(&service.send("DELETE", "/v1/auth/mfa/totp", &json!({}))), "d1=2");
}
