//! `POST /v1/auth/password`.

use serde_json::{Value, json};
use shared::accounts::links::Purpose;

use crate::service::{EMAIL, PASSWORD, Service, Tokens};

const NEW: &str = "a better horse battery";

fn change(service: &Service, token: &str, body: &Value) -> (u16, Value) {
    let out = service.send("POST", "/v1/auth/password", token, body);
    (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
}

fn login(service: &Service, password: &str) -> u16 {
    service.post("/v1/auth/login", &json!({"email": EMAIL, "password": password})).0
}

#[test]
fn a_new_password_ends_every_other_session_and_tells_the_owner() {
    let service = Service::new();
    let here = service.register(EMAIL);
    let there = service.login(EMAIL);
    service.post("/v1/auth/magic", &json!({"email": EMAIL}));
    let magic = service.mailed(Purpose::Magic, EMAIL).unwrap();
    assert_eq!(change(&service, &here.access, &json!({"current": PASSWORD, "new": NEW})).0, 204);
    assert_eq!((service.get("/v1/auth/me", &here.access), service.get("/v1/auth/me", &there.access)), (200, 401));
    assert_eq!((service.refresh(&here.refresh).0, service.refresh(&there.refresh).0), (200, 401));
    assert_eq!(service.post("/v1/auth/magic/consume", &json!({"token": magic})).0, 401);
    assert_eq!((login(&service, PASSWORD), login(&service, NEW)), (401, 200));
    let letters = "SELECT count(*) AS value FROM letters WHERE kind = 'password_changed'";
    assert_eq!(service.value(letters).as_deref(), Some("1"));
    let noted = "SELECT count(*) AS value FROM security_events WHERE kind = 'password_changed'";
    assert_eq!(service.value(noted).as_deref(), Some("1"));
}

#[test]
fn a_wrong_current_password_changes_nothing() {
    let service = Service::new();
    let Tokens { access, .. } = service.register(EMAIL);
    let (status, problem) = change(&service, &access, &json!({"current": "wrong", "new": NEW}));
    assert_eq!((status, &problem["code"]), (401, &json!("invalid_credentials")));
    assert_eq!(login(&service, PASSWORD), 200);
    assert_eq!(service.value("SELECT count(*) AS value FROM letters").as_deref(), Some("0"));
}

#[test]
fn without_the_current_password_the_last_proof_must_be_fresh() {
    let service = Service::new();
    let Tokens { access, .. } = service.register(EMAIL);
    service.bench.pass(599_000);
    assert_eq!(change(&service, &access, &json!({ "new": NEW })).0, 204);
    service.bench.execute("UPDATE sessions SET authenticated_at = 0");
    let (status, problem) = change(&service, &access, &json!({ "new": PASSWORD }));
    assert_eq!(
        (status, &problem["code"], &problem["methods"]),
        (403, &json!("step_up_required"), &json!(["password"]))
    );
}

#[test]
fn a_password_that_changed_meanwhile_is_not_the_current_one() {
    let service = Service::new();
    let Tokens { access, .. } = service.register(EMAIL);
    service.meanwhile("UPDATE users SET password = 'today:of somebody else'");
    assert_eq!(change(&service, &access, &json!({"current": PASSWORD, "new": NEW})).0, 401);
    assert_eq!(login(&service, "of somebody else"), 200);
}
