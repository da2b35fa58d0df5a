//! `POST /v1/auth/login`.

use serde_json::{Value, json};
use shared::platform::Outgoing;

use crate::service::{EMAIL, PASSWORD, Service};

fn check(service: &Service, email: &str, password: &str) -> Outgoing {
    service.send("POST", "/v1/auth/login", "", &json!({"email": email, "password": password}))
}

fn code(out: &Outgoing) -> String {
    let problem: Value = serde_json::from_slice(&out.body).unwrap();
    problem["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_right_password_signs_in() {
    let service = Service::new();
    let registered = service.register(EMAIL);
    let out = check(&service, " Alice@EXAMPLE.com", PASSWORD);
    let reply: Value = serde_json::from_slice(&out.body).unwrap();
    assert_eq!((out.status, reply["user"]["id"].as_str()), (200, Some(registered.user_id.as_str())));
    assert_eq!((reply["expires_in"].as_u64(), reply["token_type"].as_str()), (Some(600), Some("Bearer")));
    assert_eq!(service.get("/v1/auth/me", reply["access_token"].as_str().unwrap()), 200);
}

#[test]
fn every_sign_in_is_a_session_of_its_own() {
    let service = Service::new();
    let (one, two) = (service.register(EMAIL), service.login(EMAIL));
    assert_ne!((one.access, one.refresh), (two.access, two.refresh));
    assert_eq!(service.value("SELECT count(*) AS value FROM sessions").as_deref(), Some("2"));
}

#[test]
fn wrong_password_and_unknown_address_cannot_be_told_apart() {
    let service = Service::new();
    service.register(EMAIL);
    service.asked();
    let facts = |email: &str| {
        let out = check(&service, email, "wrong");
        let mut problem: Value = serde_json::from_slice(&out.body).unwrap();
        assert!(problem["request_id"].take().is_string());
        let names: Vec<_> = out.headers.iter().map(|(name, _)| *name).collect();
        (out.status, problem, names, out.header("Server-Timing").unwrap().to_owned(), service.asked())
    };
    let (wrong, unknown) = (facts(EMAIL), facts("bob@example.com"));
    assert_eq!(wrong, unknown);
    assert_eq!((wrong.0, wrong.1["code"].as_str()), (401, Some("invalid_credentials")));
    assert_eq!(wrong.4, ["http://hash/check"], "the same work, once");
}

#[test]
fn an_account_without_a_password_answers_as_an_unknown_address_does() {
    let service = Service::new();
    service.register(EMAIL);
    service.bench.execute("UPDATE users SET password = NULL");
    service.asked();
    let out = check(&service, EMAIL, PASSWORD);
    assert_eq!((out.status, code(&out).as_str()), (401, "invalid_credentials"));
    assert_eq!(service.asked(), ["http://hash/check"]);
}

#[test]
fn only_the_owner_learns_that_the_account_is_suspended() {
    let service = Service::new();
    service.register(EMAIL);
    service.bench.execute("UPDATE users SET status = 'suspended'");
    let (wrong, right) = (check(&service, EMAIL, "wrong"), check(&service, EMAIL, PASSWORD));
    assert_eq!((wrong.status, code(&wrong).as_str()), (401, "invalid_credentials"));
    assert_eq!((right.status, code(&right).as_str()), (403, "suspended"));
    assert_eq!(service.value("SELECT count(*) AS value FROM sessions").as_deref(), Some("1"), "of the registration");
}

#[test]
fn only_the_owner_learns_that_the_address_is_unverified() {
    let service = Service::with(&[("EMAIL_VERIFICATION", "required")]);
    service.post("/v1/auth/register", &json!({"email": EMAIL, "password": PASSWORD}));
    let (wrong, right) = (check(&service, EMAIL, "wrong"), check(&service, EMAIL, PASSWORD));
    assert_eq!((wrong.status, code(&wrong).as_str()), (401, "invalid_credentials"));
    assert_eq!((right.status, code(&right).as_str()), (403, "email_unverified"));
    service.bench.execute("UPDATE users SET email_verified_at = 1");
    assert_eq!(check(&service, EMAIL, PASSWORD).status, 200);
}

#[test]
fn an_older_hash_is_replaced_when_the_password_was_right() {
    let service = Service::new();
    service.register(EMAIL);
    service.bench.execute("UPDATE users SET password = 'older:' || substr(password, 7)");
    assert_eq!(check(&service, EMAIL, "wrong").status, 401);
    assert!(service.value("SELECT password AS value FROM users").unwrap().starts_with("older:"));
    assert_eq!(check(&service, EMAIL, PASSWORD).status, 200);
    assert_eq!(service.value("SELECT password AS value FROM users").unwrap(), format!("today:{PASSWORD}"));
    assert_eq!(check(&service, EMAIL, PASSWORD).status, 200);
}

#[test]
fn a_new_password_is_not_overwritten_by_an_upgrade_of_the_old_one() {
    let service = Service::new();
    let user = service.register(EMAIL).user_id;
    let upgrade = auth::store::upgrade_password(&user, "older:what it was", "today:what it was");
    crate::service::at_once(service.bench.platform().db().run(upgrade)).unwrap();
    assert_eq!(service.value("SELECT password AS value FROM users").unwrap(), format!("today:{PASSWORD}"));
}

#[test]
fn passwords_are_compared_as_they_are() {
    let service = Service::new();
    service.register(EMAIL);
    for near in [format!(" {PASSWORD}"), PASSWORD.to_uppercase(), format!("{PASSWORD}\0"), String::new()] {
        assert_eq!(check(&service, EMAIL, &near).status, 401, "{near:?}");
    }
}

#[test]
fn a_body_that_cannot_be_used_is_refused_before_anything_is_hashed() {
    let service = Service::new();
    for (body, status) in [
        (json!({"email": EMAIL}), 422),
        (json!({"email": "x", "password": "y"}), 422),
        (json!({"email": EMAIL, "password": "y", "remember": true}), 422),
        (json!({"email": EMAIL, "password": 12_345_678}), 422),
    ] {
        assert_eq!(service.post("/v1/auth/login", &body).0, status, "{body}");
    }
    assert!(service.asked().is_empty());
}

#[test]
fn the_twenty_first_attempt_of_a_network_in_a_minute_is_429_and_costs_no_hash() {
    let service = Service::new();
    for i in 0..20 {
        assert_eq!(check(&service, &format!("a{i}@example.com"), "guess").status, 401);
    }
    service.asked();
    let out = check(&service, EMAIL, "guess");
    assert_eq!((out.status, out.header("Retry-After").is_some()), (429, true));
    assert!(service.asked().is_empty());
}

#[test]
fn neither_password_nor_tokens_nor_address_get_into_the_log() {
    let service = Service::new();
    service.register(EMAIL);
    let out = check(&service, EMAIL, PASSWORD);
    let reply: Value = serde_json::from_slice(&out.body).unwrap();
    for secret in [PASSWORD, EMAIL, reply["access_token"].as_str().unwrap(), reply["refresh_token"].as_str().unwrap()] {
        assert!(!out.line.contains(secret));
    }
}

#[test]
fn an_access_token_says_who_and_for_how_long() {
    let service = Service::with(&[("ACCESS_TOKEN_SECONDS", "30"), ("REFRESH_TOKEN_SECONDS", "60")]);
    let tokens = service.register(EMAIL);
    assert_eq!(service.get("/v1/auth/token", &tokens.access), 200);
    service.bench.pass(30_000);
    assert_eq!(service.get("/v1/auth/token", &tokens.access), 401);
    assert_eq!(service.refresh(&tokens.refresh).0, 200);
}

#[test]
fn an_account_with_a_second_factor_gets_no_session_from_a_password() {
    let service = Service::new();
    service.register(EMAIL);
    service.bench.execute("UPDATE users SET factors = '[\"totp\"]'; UPDATE sessions SET ended_at = 1");
    let reply: Value = serde_json::from_slice(&check(&service, EMAIL, PASSWORD).body).unwrap();
    let names: Vec<&String> = reply.as_object().unwrap().keys().collect();
    assert_eq!(names, ["methods", "pending_token", "status"]);
    assert_eq!((&reply["status"], &reply["methods"]), (&json!("mfa_required"), &json!(["totp", "recovery_code"])));
    let open = "SELECT count(*) AS value FROM sessions WHERE ended_at IS NULL";
    assert_eq!(service.value(open).as_deref(), Some("0"));
    let token = reply["pending_token"].as_str().unwrap();
    assert!(
        token.starts_with("pt_")
            && !service.value("SELECT hash AS value FROM pending_sign_ins").unwrap().contains(token)
    );
    assert_eq!((service.get("/v1/auth/me", token), service.get("/v1/auth/token", token)), (401, 401));
    assert_eq!(service.refresh(token).0, 401);
}
