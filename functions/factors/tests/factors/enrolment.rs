//! Turning a second factor on and off.

use serde_json::json;

use crate::service::Service;

const TOTP: &str = "/v1/auth/mfa/totp";
const CONFIRM: &str = "/v1/auth/mfa/totp/confirm";

#[test]
fn a_new_secret_is_off_until_a_code_confirms_it() {
    let service = Service::new();
    let (status, begun) = service.call("POST", TOTP, &json!({}));
    assert_eq!((status, begun["secret"].as_str().unwrap().len()), (200, 32));
    assert!(begun["otpauth_uri"].as_str().unwrap().starts_with("otpauth://totp/selvage:someone%40example%2Ecom?"));
    assert!(begun["qr"].as_str().unwrap().starts_with("data:image/svg+xml;base64,"));
    let (_, state) = service.call("GET", "/v1/auth/mfa", &json!({}));
    assert_eq!(state, json!({ "methods": [], "totp_since": null, "recovery_codes_left": 0 }));
}

#[test]
fn a_confirmed_app_is_on_with_ten_recovery_codes() {
    let service = Service::new();
    let since = shared::time::rfc3339(service.bench.now_ms());
    let (_, codes) = service.enrol();
    assert_eq!(codes.len(), 10);
    let (_, state) = service.call("GET", "/v1/auth/mfa", &json!({}));
    let on = json!({ "methods": ["totp", "recovery_code"], "totp_since": since, "recovery_codes_left": 10 });
    assert_eq!(state, on);
}

#[test]
fn no_recovery_code_stands_in_the_database() {
    let service = Service::new();
    let (_, codes) = service.enrol();
    let stored = service.value("SELECT group_concat(hash) AS value FROM recovery_codes");
    assert!(codes.iter().all(|code| !stored.contains(code) && !stored.contains(&code.replace('-', ""))));
}

#[test]
fn a_secret_that_was_put_into_anothers_row_opens_nothing() {
    let service = Service::new();
    let (app, _) = service.enrol();
    service.bench.execute(
        "UPDATE totp_factors SET user_id = 'usr_2'; UPDATE sessions SET user_id = 'usr_2' WHERE id = 'ses_1';
         UPDATE users SET factors = '[\"totp\"]' WHERE id = 'usr_2'",
    );
    let (token, body) = (service.bench.token("usr_2", &[]), json!({ "code": app.code(service.bench.now_ms()) }));
    let (status, problem) = service.bench.json("POST", "/v1/auth/step-up", Some(&token), &body.to_string());
    assert_eq!((status, &problem["code"]), (500, &json!("internal")));
}

#[test]
fn a_wrong_code_turns_nothing_on() {
    let service = Service::new();
    service.call("POST", TOTP, &json!({}));
    let (status, problem) = service.call("POST", CONFIRM, &json!({ "code": "000000" }));
    assert_eq!((status, &problem["code"]), (401, &json!("code_refused")));
    assert_eq!(service.value("SELECT factors AS value FROM users WHERE id = 'usr_1'"), "[]");
}

#[test]
fn what_was_begun_must_be_confirmed_within_an_hour() {
    let service = Service::new();
    assert_eq!(service.call("POST", CONFIRM, &json!({ "code": "000000" })).0, 404);
    service.call("POST", TOTP, &json!({}));
    service.bench.pass(3_600_000);
    assert_eq!(service.call("POST", CONFIRM, &json!({ "code": "000000" })).0, 404);
}

#[test]
fn while_one_is_on_another_cannot_be_begun() {
    let service = Service::new();
    let (app, _) = service.enrol();
    assert_eq!(service.call("POST", TOTP, &json!({})).1["code"], "factor_exists");
    let code = app.code(service.bench.now_ms());
    assert_eq!(service.call("POST", CONFIRM, &json!({ "code": code })).1["code"], "factor_exists");
}

#[test]
fn turning_it_off_takes_codes_and_waiting_sign_ins_with_it() {
    let service = Service::new();
    let (app, _) = service.enrol();
    let token = service.pending();
    assert_eq!(service.send("DELETE", TOTP, &json!({})).status, 204);
    assert_eq!(service.value("SELECT factors AS value FROM users WHERE id = 'usr_1'"), "[]");
    assert_eq!(service.value("SELECT count(*) AS value FROM recovery_codes"), "0");
    assert_eq!(service.verify(&token, &app.code(service.bench.now_ms())).1["code"], "sign_in_refused");
    assert_eq!(service.send("DELETE", TOTP, &json!({})).status, 404, "there is none any more");
    assert_eq!(service.value("SELECT count(*) AS value FROM security_events WHERE kind = 'second_factor_off'"), "1");
}

#[test]
fn new_recovery_codes_replace_the_older_ones() {
    let service = Service::new();
    assert_eq!(service.send("POST", "/v1/auth/mfa/recovery-codes", &json!({})).status, 404, "without a second factor");
    let (_, older) = service.enrol();
    let (status, made) = service.call("POST", "/v1/auth/mfa/recovery-codes", &json!({}));
    assert_eq!((status, made["recovery_codes"].as_array().unwrap().len()), (200, 10));
    assert_eq!(service.verify(&service.pending(), &older[0]).1["code"], "code_refused");
    assert_eq!(service.verify(&service.pending(), made["recovery_codes"][0].as_str().unwrap()).0, 200);
}

#[test]
fn changing_the_second_factor_wants_a_fresh_proof() {
    let service = Service::new();
    service.enrol();
    service.bench.pass(600_000);
    for (method, path) in [("POST", TOTP), ("DELETE", TOTP), ("POST", "/v1/auth/mfa/recovery-codes")] {
        let out = service.send(method, path, &json!({}));
        let problem: serde_json::Value = serde_json::from_slice(&out.body).unwrap();
        assert_eq!((out.status, &problem["code"]), (403, &json!("step_up_required")), "{method} {path}");
        assert_eq!(problem["methods"], json!(["totp", "recovery_code"]));
        assert!(out.header("WWW-Authenticate").unwrap().contains("max_age=600"));
    }
    assert_eq!(service.send("GET", "/v1/auth/mfa", &json!({})).status, 200);
}

#[test]
fn a_secret_sealed_under_an_older_key_opens_and_is_sealed_anew() {
    let service = Service::new();
    let (app, _) = service.enrol();
    let stored = "SELECT secret AS value FROM totp_factors";
    let before = service.value(stored);
    let (old, new) =
        (service.bench.platform().var("STORE_KEY").unwrap(), "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU");
    service.bench.set_var("STORE_KEY", &format!("{new},{old}"));
    let code = |service: &Service| app.code(service.bench.now_ms());
    assert_eq!(service.verify(&service.pending(), &code(&service)).0, 200);
    let after = service.value(stored);
    assert_ne!(after, before);
    service.bench.set_var("STORE_KEY", new);
    service.bench.pass(30_000);
    assert_eq!(service.verify(&service.pending(), &code(&service)).0, 200, "the old key is not needed any more");
    assert_eq!(service.value(stored), after);
}

#[test]
fn a_secret_from_before_keys_had_names_opens() {
    let service = Service::new();
    let (app, _) = service.enrol();
    service.bench.execute("UPDATE totp_factors SET secret = substr(secret, instr(secret, '.') + 1)");
    assert_eq!(service.verify(&service.pending(), &app.code(service.bench.now_ms())).0, 200);
}
