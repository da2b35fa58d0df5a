//! `GET /v1/auth/me` and `GET /v1/auth/token`.

use serde_json::{Value, json};

use crate::service::{EMAIL, Service};

fn check(service: &Service, path: &str, token: &str) -> Value {
    let out = service.send("GET", path, token, &Value::Null);
    assert_eq!(out.status, 200, "{path}");
    serde_json::from_slice(&out.body).unwrap()
}

#[test]
fn a_user_reads_their_own_account_and_nothing_secret() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    let expected = json!({
        "id": tokens.user_id, "email": EMAIL, "name": "", "roles": [], "created_at": "2026-11-20T10:30:00.000Z",
    });
    assert_eq!(check(&service, "/v1/auth/me", &tokens.access), expected);
}

#[test]
fn each_user_reads_their_own() {
    let service = Service::new();
    let (alice, bob) = (service.register(EMAIL), service.register("bob@example.com"));
    assert_eq!(check(&service, "/v1/auth/me", &alice.access)["id"], alice.user_id);
    assert_eq!(check(&service, "/v1/auth/me", &bob.access)["id"], bob.user_id);
}

#[test]
fn a_token_says_what_it_says_without_asking_anyone() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    let claims = check(&service, "/v1/auth/token", &tokens.access);
    let session = service.value("SELECT id AS value FROM sessions").unwrap();
    let expected = json!({
        "sub": tokens.user_id, "email": EMAIL, "roles": [], "permissions": ["use:ai", "read:usage", "use:files"],
        "session_id": session, "expires_at": "2026-11-20T10:40:00.000Z",
    });
    assert_eq!(claims, expected);
}

#[test]
fn strangers_read_neither() {
    let service = Service::new();
    for path in ["/v1/auth/me", "/v1/auth/token"] {
        assert_eq!((service.get(path, ""), service.get(path, "junk")), (401, 401), "{path}");
    }
}

#[test]
fn a_deleted_account_reads_nothing() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    service.bench.execute("DELETE FROM users");
    assert_eq!(service.get("/v1/auth/me", &tokens.access), 401);
    assert_eq!(service.refresh(&tokens.refresh).0, 401);
}

#[test]
fn roles_that_cannot_be_read_are_none() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    service.bench.execute("UPDATE users SET roles = '{\"admin\":1}'");
    assert_eq!(check(&service, "/v1/auth/me", &tokens.access)["roles"], json!([]));
}
