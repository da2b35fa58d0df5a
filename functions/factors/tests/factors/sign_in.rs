//! `POST /v1/auth/mfa/verify`: the second half of a sign-in.

use serde_json::json;
use shared::accounts::{store as stored, tokens};

use crate::service::{Service, at_once};

#[test]
fn a_right_code_begins_a_session_that_knows_both_proofs() {
    let service = Service::new();
    let (app, _) = service.enrol();
    let (status, reply) = service.verify(&service.pending(), &app.code(service.bench.now_ms()));
    assert_eq!((status, &reply["user"]["id"]), (200, &json!("usr_1")));
    assert!(reply["access_token"].is_string() && reply["refresh_token"].as_str().unwrap().starts_with("rt_"));
    let methods = service.value("SELECT methods AS value FROM sessions ORDER BY created_at DESC LIMIT 1");
    assert_eq!(methods, "[\"password\",\"totp\"]");
}

#[test]
fn a_pending_token_is_good_for_one_session() {
    let service = Service::new();
    let (app, codes) = service.enrol();
    let token = service.pending();
    assert_eq!(service.verify(&token, &app.code(service.bench.now_ms())).0, 200);
    assert_eq!(service.verify(&token, &codes[0]).1["code"], "sign_in_refused");
}

#[test]
fn a_pending_token_is_good_for_five_minutes() {
    let service = Service::new();
    let (_, codes) = service.enrol();
    let (first, second) = (service.pending(), service.pending());
    service.bench.pass(299_999);
    assert_eq!(service.verify(&first, &codes[0]).0, 200);
    service.bench.pass(1);
    assert_eq!(service.verify(&second, &codes[1]).1["code"], "sign_in_refused");
}

#[test]
fn a_pending_token_is_good_for_five_codes() {
    let service = Service::new();
    let (_, codes) = service.enrol();
    let token = service.pending();
    for _ in 0..5 {
        let (status, problem) = service.verify(&token, "0000-0000-0000-0000-0000-0000");
        assert_eq!((status, &problem["code"]), (401, &json!("code_refused")));
    }
    assert_eq!(service.verify(&token, &codes[0]).1["code"], "sign_in_refused");
}

#[test]
fn an_unknown_pending_token_is_refused_and_counts_for_nobody() {
    let service = Service::new();
    service.enrol();
    for token in ["", "pt_", "pt_unknown", "rt_unknown"] {
        assert_eq!(service.verify(token, "123456").1["code"], "sign_in_refused", "{token}");
    }
    assert_eq!(service.value("SELECT count(*) AS value FROM proof_attempts"), "0");
}

#[test]
fn no_code_of_an_app_is_taken_twice() {
    let service = Service::new();
    let (app, _) = service.enrol();
    let code = app.code(service.bench.now_ms());
    assert_eq!(service.verify(&service.pending(), &code).0, 200);
    assert_eq!(service.verify(&service.pending(), &code).1["code"], "code_refused");
    service.bench.pass(30_000);
    assert_eq!(service.verify(&service.pending(), &code).1["code"], "code_refused", "it would still be within reach");
    assert_eq!(service.verify(&service.pending(), &app.code(service.bench.now_ms())).0, 200);
}

#[test]
fn the_code_that_turned_the_app_on_signs_nobody_in() {
    let service = Service::new();
    let (app, _) = service.enrol();
    assert_eq!(
        service.verify(&service.pending(), &app.code(service.bench.now_ms() - 30_000)).1["code"],
        "code_refused"
    );
}

#[test]
fn a_recovery_code_works_once_however_it_is_typed() {
    let service = Service::new();
    let (_, codes) = service.enrol();
    let typed = codes[3].to_lowercase().replace('-', " ");
    assert_eq!(service.verify(&service.pending(), &typed).0, 200);
    assert_eq!(service.verify(&service.pending(), &codes[3]).1["code"], "code_refused");
    assert_eq!(service.call("GET", "/v1/auth/mfa", &json!({})).1["recovery_codes_left"], 9);
}

#[test]
fn of_two_uses_of_one_time_step_at_once_one_undoes_itself() {
    let service = Service::new();
    service.enrol();
    let sessions = "SELECT count(*) AS value FROM sessions";
    let before: u64 = service.value(sessions).parse().unwrap();
    let outcomes: Vec<bool> = ["prf_1", "prf_2"]
        .iter()
        .enumerate()
        .map(|(n, proof)| {
            // Both have read the same last step before either took it.
            let (id, hash) = (format!("ses_new{n}"), tokens::hash(&format!("{n}")));
            let now = service.bench.now_ms();
            let session = stored::NewSession {
                id: &id,
                user_id: "usr_1",
                refresh_hash: &hash,
                methods: "[]",
                now,
                expires_at: now + 1000,
            };
            let mut batch = Vec::from(stored::add_session(&session));
            batch.extend(factors::store::use_totp("usr_1", 99_999_999, proof));
            at_once(service.bench.platform().db().batch(batch)).is_ok()
        })
        .collect();
    assert_eq!(outcomes, [true, false]);
    assert_eq!(service.value(sessions), (before + 1).to_string(), "nothing is left of the one that lost");
}

#[test]
fn of_two_uses_of_a_pending_sign_in_or_of_a_recovery_code_at_once_one_undoes_itself() {
    let service = Service::new();
    let (_, codes) = service.enrol();
    let (token, now) = (tokens::hash(&service.pending()), service.bench.now_ms());
    let code = factors::recovery::hash("usr_1", &codes[0]);
    let run = |statements: [shared::db::Statement; 2]| {
        at_once(service.bench.platform().db().batch(statements.into())).is_ok()
    };
    let pending = ["prf_1", "prf_2"].map(|proof| run(factors::store::use_pending("usr_1", &token, proof, now)));
    let recovery = ["prf_1", "prf_2"].map(|proof| run(factors::store::use_recovery("usr_1", &code, proof, now)));
    assert_eq!((pending, recovery), ([true, false], [true, false]));
}

#[test]
fn a_code_of_somebody_else_is_refused() {
    let service = Service::new();
    let (_, codes) = service.enrol();
    service.bench.execute("UPDATE recovery_codes SET user_id = 'usr_2'");
    assert_eq!(service.verify(&service.pending(), &codes[0]).1["code"], "code_refused");
}

#[test]
fn a_sign_in_that_waits_ends_when_rights_are_taken_away() {
    let service = Service::new();
    let (_, codes) = service.enrol();
    let token = service.pending();
    service.bench.execute("UPDATE users SET epoch = epoch + 1");
    assert_eq!(service.verify(&token, &codes[0]).1["code"], "sign_in_refused");
    let token = service.pending();
    service.bench.execute("UPDATE users SET status = 'suspended'");
    assert_eq!(service.verify(&token, &codes[0]).1["code"], "suspended");
}

#[test]
fn a_body_that_cannot_be_used_is_422() {
    let service = Service::new();
    for body in [
        json!({ "pending_token": "pt_1" }),
        json!({ "pending_token": "pt_1", "code": 123_456 }),
        json!({ "pending_token": "pt_1", "code": "12345" }),
        json!({ "pending_token": "pt_1", "code": "123456", "trust": true }),
    ] {
        assert_eq!(service.post("/v1/auth/mfa/verify", &body).status, 422, "{body}");
    }
}

#[test]
fn neither_token_nor_code_gets_into_the_log() {
    let service = Service::new();
    let (app, _) = service.enrol();
    let (token, code) = (service.pending(), app.code(service.bench.now_ms()));
    let out = service.post("/v1/auth/mfa/verify", &json!({ "pending_token": token, "code": code }));
    assert_eq!(out.status, 200);
    assert!(!out.line.contains(&token) && !out.line.contains(&code));
}
