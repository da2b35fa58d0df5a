//! `POST /v1/auth/claim`: the first administrator.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::platform::testing::Bench;

use crate::service::{EMAIL, PASSWORD, Service, Tokens, at_once};

const TOKEN: &str = "the part behind the hash sign";
const NEW_PASSWORD: &str = "the administrator's";

fn hash(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Leaves a link for the address, good for an hour.
pub(crate) fn add_link(bench: &Bench, token: &str) {
    let (hash, now) = (hash(token), bench.now_ms());
    bench.execute(&format!(
        "INSERT INTO one_time_tokens (token_hash, purpose, email, created_at, expires_at)
         VALUES ('{hash}', 'admin', '{EMAIL}', {now}, {now} + 3600000)"
    ));
}

fn linked() -> Service {
    let service = Service::new();
    add_link(&service.bench, TOKEN);
    service
}

fn check(service: &Service, token: &str) -> (u16, Value) {
    service.post("/v1/auth/claim", &json!({"token": token, "password": NEW_PASSWORD}))
}

fn refused(service: &Service, token: &str) {
    let (status, problem) = check(service, token);
    assert_eq!((status, problem["code"].as_str()), (401, Some("link_refused")), "{token}");
    assert!(service.asked().is_empty(), "guessing costs no hash");
}

#[test]
fn a_link_makes_the_administrator_and_signs_in() {
    let service = linked();
    let (status, reply) = check(&service, TOKEN);
    assert_eq!((status, &reply["user"]["roles"]), (200, &json!(["admin"])));
    let tokens = Tokens::of(&reply);
    assert_eq!(service.get("/v1/auth/me", &tokens.access), 200);
    assert_eq!(service.refresh(&tokens.refresh).0, 200);
    let login = service.post("/v1/auth/login", &json!({"email": EMAIL, "password": NEW_PASSWORD}));
    assert_eq!((login.0, &login.1["user"]["roles"]), (200, &json!(["admin"])));
}

#[test]
fn a_link_verifies_its_address() {
    let service = Service::with(&[("EMAIL_VERIFICATION", "required")]);
    add_link(&service.bench, TOKEN);
    assert_eq!(check(&service, TOKEN).0, 200);
    assert_eq!(service.post("/v1/auth/login", &json!({"email": EMAIL, "password": NEW_PASSWORD})).0, 200);
}

#[test]
fn a_link_works_once() {
    let service = linked();
    assert_eq!(check(&service, TOKEN).0, 200);
    service.asked();
    refused(&service, TOKEN);
}

#[test]
fn an_unknown_an_expired_and_an_empty_link_are_refused() {
    let service = linked();
    for bad in ["", "guess", &hash(TOKEN)] {
        refused(&service, bad);
    }
    service.bench.pass(3_600_000);
    refused(&service, TOKEN);
}

#[test]
fn a_link_is_good_until_its_last_moment() {
    let service = linked();
    service.bench.pass(3_599_999);
    assert_eq!(check(&service, TOKEN).0, 200);
}

#[test]
fn of_two_uses_at_once_exactly_one_wins() {
    let service = linked();
    let now = service.bench.now_ms();
    // Both have asked whether the link is good before either consumed it.
    let rows = ["1", "2"].map(|n| {
        let (id, user, refresh) = (format!("ses_{n}"), format!("usr_{n}"), format!("hash_{n}"));
        let session = shared::accounts::NewSession {
            id: &id,
            user_id: &user,
            refresh_hash: &refresh,
            methods: "[]",
            now,
            expires_at: now + 1000,
        };
        let batch = auth::store::consume_link(&hash(TOKEN), &user, &format!("phc_{n}"), &session);
        let last = batch.len() - 1;
        let mut rows = at_once(service.bench.platform().db().batch(batch)).unwrap();
        rows.take::<shared::accounts::UserRow>(last).unwrap().len()
    });
    assert_eq!(rows, [1, 0]);
    assert_eq!(service.value("SELECT count(*) AS value FROM users").as_deref(), Some("1"));
    assert_eq!(service.value("SELECT count(*) AS value FROM sessions").as_deref(), Some("1"));
    assert_eq!(service.value("SELECT password AS value FROM users").as_deref(), Some("phc_1"));
    assert_eq!(service.value("SELECT count(*) AS value FROM refresh_tokens").as_deref(), Some("1"));
}

#[test]
fn an_existing_account_is_promoted_and_its_sessions_end() {
    let service = linked();
    let before = service.register(EMAIL);
    let other = service.register("bob@example.com");
    let (status, reply) = check(&service, TOKEN);
    assert_eq!((status, reply["user"]["id"].as_str()), (200, Some(before.user_id.as_str())));
    assert_eq!(service.get("/v1/auth/me", &before.access), 401);
    assert_eq!(service.refresh(&before.refresh).0, 401);
    assert_eq!(service.get("/v1/auth/me", &Tokens::of(&reply).access), 200);
    assert_eq!((service.get("/v1/auth/me", &other.access), service.refresh(&other.refresh).0), (200, 200));
    assert_eq!(
        service.post("/v1/auth/login", &json!({"email": EMAIL, "password": PASSWORD})).0,
        401,
        "the old password"
    );
}

#[test]
fn a_link_does_not_pass_by_the_second_factor_of_an_account() {
    let service = linked();
    service.register(EMAIL);
    service.bench.execute("UPDATE users SET factors = '[\"totp\"]'");
    let (status, reply) = check(&service, TOKEN);
    assert_eq!((status, reply["status"].as_str()), (200, Some("mfa_required")));
    assert!(reply.get("access_token").is_none());
    let open = "SELECT count(*) AS value FROM sessions WHERE ended_at IS NULL";
    assert_eq!(service.value(open).as_deref(), Some("0"));
}

#[test]
fn a_promoted_account_leaves_hints_for_its_older_sessions() {
    let service = Service::with(&[("SESSION_CHECK", "hint")]);
    add_link(&service.bench, TOKEN);
    let before = service.register(EMAIL);
    let (_, reply) = check(&service, TOKEN);
    service.bench.settle();
    assert_eq!(service.get("/v1/auth/token", &before.access), 401);
    assert_eq!(service.get("/v1/auth/token", &Tokens::of(&reply).access), 200);
}

#[test]
fn a_suspended_account_is_active_again_when_its_link_is_used() {
    let service = linked();
    service.register(EMAIL);
    service.bench.execute("UPDATE users SET status = 'suspended'");
    assert_eq!(check(&service, TOKEN).0, 200);
    assert_eq!(service.value("SELECT status AS value FROM users").as_deref(), Some("active"));
}

#[test]
fn a_weak_password_does_not_use_the_link_up() {
    let service = linked();
    let (status, problem) = service.post("/v1/auth/claim", &json!({"token": TOKEN, "password": "short"}));
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/password")));
    assert_eq!(check(&service, TOKEN).0, 200);
}

#[test]
fn a_link_gets_into_no_log_line() {
    let service = linked();
    let out = service.send("POST", "/v1/auth/claim", "", &json!({"token": TOKEN, "password": NEW_PASSWORD}));
    assert!(!out.line.contains(TOKEN) && !out.line.contains(NEW_PASSWORD));
}
