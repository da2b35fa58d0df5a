//! `POST /v1/auth/step-up`: proving again who one is.

use serde_json::json;

use crate::service::{PASSWORD, Service};

const STEP_UP: &str = "/v1/auth/step-up";
/// A row that asks for a fresh proof.
const FRESH: &str = "/v1/auth/mfa/totp";

/// A session whose proof is ten minutes old.
fn stale() -> Service {
    let service = Service::new();
    service.bench.pass(600_000);
    service
}

#[test]
fn a_proof_is_fresh_for_ten_minutes() {
    let service = Service::new();
    service.bench.pass(599_999);
    assert_eq!(service.call("POST", FRESH, &json!({})).0, 200);
    service.bench.pass(1);
    let (status, problem) = service.call("POST", FRESH, &json!({}));
    assert_eq!(
        (status, &problem["code"], &problem["methods"]),
        (403, &json!("step_up_required"), &json!(["password"]))
    );
}

#[test]
fn the_password_opens_fresh_rows_of_this_session_for_ten_minutes() {
    let service = stale();
    let (status, proved) = service.call("POST", STEP_UP, &json!({ "password": PASSWORD }));
    let until = shared::time::rfc3339(service.bench.now_ms() + 600_000);
    assert_eq!((status, proved), (200, json!({ "methods": ["password"], "fresh_until": until })));
    assert_eq!(service.call("POST", FRESH, &json!({})).0, 200);
    let other = "SELECT authenticated_at AS value FROM sessions WHERE id = 'ses_2'";
    assert_eq!(service.value(other), (service.bench.now_ms() - 600_000).to_string(), "no other session");
}

#[test]
fn a_wrong_password_opens_nothing() {
    let service = stale();
    assert_eq!(service.call("POST", STEP_UP, &json!({ "password": "wrong" })).1["code"], "invalid_credentials");
    assert_eq!(service.call("POST", FRESH, &json!({})).0, 403);
}

#[test]
fn wrong_passwords_are_slowed_down_by_session() {
    let service = stale();
    for _ in 0..5 {
        assert_eq!(service.call("POST", STEP_UP, &json!({ "password": "wrong" })).0, 401);
    }
    assert_eq!(service.call("POST", STEP_UP, &json!({ "password": PASSWORD })).0, 429);
    assert_eq!(service.value("SELECT group_concat(subject) AS value FROM proof_attempts"), "password ses_1");
    service.bench.pass(15_000);
    assert_eq!(service.call("POST", STEP_UP, &json!({ "password": PASSWORD })).0, 200);
}

#[test]
fn with_a_second_factor_a_password_alone_is_not_enough() {
    let service = Service::new();
    let (app, codes) = service.enrol();
    service.bench.pass(600_000);
    let (status, problem) = service.call("POST", STEP_UP, &json!({ "password": PASSWORD }));
    assert_eq!((status, &problem["code"]), (403, &json!("step_up_required")));
    assert_eq!(problem["methods"], json!(["totp", "recovery_code"]));
    let code = app.code(service.bench.now_ms());
    assert_eq!(service.call("POST", STEP_UP, &json!({ "code": code })).0, 200);
    assert_eq!(service.call("POST", STEP_UP, &json!({ "code": code })).1["code"], "code_refused", "no code twice");
    assert_eq!(service.call("POST", STEP_UP, &json!({ "code": codes[0] })).0, 200);
    assert_eq!(service.send("DELETE", FRESH, &json!({})).status, 204);
}

#[test]
fn wrong_codes_here_and_at_sign_in_are_counted_together() {
    let service = Service::new();
    let (app, _) = service.enrol();
    for _ in 0..5 {
        let wrong = app.wrong(service.bench.now_ms());
        assert_eq!(service.call("POST", STEP_UP, &json!({ "code": wrong })).0, 401);
    }
    assert_eq!(service.verify(&service.pending(), &app.code(service.bench.now_ms())).0, 429);
}

#[test]
fn an_account_with_neither_password_nor_second_factor_signs_in_again() {
    let service = stale();
    service.bench.execute("UPDATE users SET password = NULL");
    assert_eq!(service.call("POST", FRESH, &json!({})).1["methods"], json!(["sign_in"]));
    assert_eq!(service.call("POST", STEP_UP, &json!({ "password": "" })).1["methods"], json!(["sign_in"]));
}

#[test]
fn exactly_one_proof_is_given() {
    let service = stale();
    for body in [json!({}), json!({ "password": PASSWORD, "code": "123456" })] {
        assert_eq!(service.call("POST", STEP_UP, &body).0, 422, "{body}");
    }
}
