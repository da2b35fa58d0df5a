//! `POST /v1/auth/register`.

use serde_json::{Value, json};
use shared::head::HeaderName;

use crate::service::{EMAIL, PASSWORD, Service};

/// The answer to a registration where verification is `off` or `required`.
fn check(service: &Service, body: &Value) -> (u16, Value) {
    service.post("/v1/auth/register", body)
}

fn alice() -> Value {
    json!({"email": EMAIL, "password": PASSWORD, "name": "Alice", "locale": "zh-CN"})
}

fn required() -> Service {
    Service::with(&[("EMAIL_VERIFICATION", "required")])
}

#[test]
fn a_new_account_is_signed_in_at_once_where_no_verification_is_required() {
    let service = Service::new();
    let (status, reply) = check(&service, &alice());
    assert_eq!(status, 201);
    let user = &reply["user"];
    assert!(user["id"].as_str().unwrap().starts_with("usr_"));
    assert_eq!((user["email"].as_str(), user["name"].as_str()), (Some(EMAIL), Some("Alice")));
    assert_eq!((&user["roles"], &user["created_at"]), (&json!([]), &json!("2026-11-20T10:30:00.000Z")));
    assert_eq!((&reply["token_type"], &reply["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(reply["refresh_expires_in"], 30 * 86_400);
    assert!(reply["refresh_token"].as_str().unwrap().starts_with("rt_"));
    let mut names: Vec<&String> = reply.as_object().unwrap().keys().collect();
    names.sort();
    let expected = ["access_token", "expires_in", "refresh_expires_in", "refresh_token", "token_type", "user"];
    assert_eq!(names, expected);
    assert_eq!(service.get("/v1/auth/me", reply["access_token"].as_str().unwrap()), 200);
}

#[test]
fn only_hashes_are_stored() {
    let service = Service::new();
    let (_, reply) = check(&service, &alice());
    let refresh = reply["refresh_token"].as_str().unwrap();
    let stored = service.value("SELECT hash AS value FROM refresh_tokens").unwrap();
    assert!(!stored.contains(refresh) && stored.len() == 64);
    assert_eq!(service.value("SELECT password AS value FROM users").unwrap(), format!("today:{PASSWORD}"));
    assert_eq!(service.value("SELECT locale AS value FROM users").as_deref(), Some("zh-CN"));
}

#[test]
fn a_known_address_is_409_where_no_verification_is_required() {
    let service = Service::new();
    service.register(EMAIL);
    let (status, problem) = check(&service, &json!({"email": " ALICE@example.com ", "password": "another one"}));
    assert_eq!((status, problem["code"].as_str()), (409, Some("email_taken")));
    assert_eq!(service.value("SELECT count(*) AS value FROM users").as_deref(), Some("1"));
    assert_eq!(service.value("SELECT count(*) AS value FROM sessions").as_deref(), Some("1"), "all or nothing");
    service.login(EMAIL);
}

#[test]
fn known_and_unknown_addresses_get_the_same_202_after_the_same_work() {
    let service = required();
    let send = |email: &str| {
        let out = service.send("POST", "/v1/auth/register", "", &json!({"email": email, "password": PASSWORD}));
        let timing = out.header("Server-Timing").unwrap().to_owned();
        (out.status, String::from_utf8(out.body).unwrap(), timing, service.asked())
    };
    let (unknown, known) = (send(EMAIL), send(EMAIL));
    assert_eq!(unknown, known);
    assert_eq!((unknown.0, unknown.1.as_str()), (202, r#"{"status":"verification_required"}"#));
    assert_eq!(service.value("SELECT count(*) AS value FROM users").as_deref(), Some("1"));
    assert_eq!(service.value("SELECT count(*) AS value FROM sessions").as_deref(), Some("0"));
}

#[test]
fn a_second_registration_changes_nothing_of_the_first() {
    let service = required();
    check(&service, &alice());
    check(&service, &json!({"email": EMAIL, "password": "the attacker's", "name": "Mallory"}));
    assert_eq!(service.value("SELECT name AS value FROM users").as_deref(), Some("Alice"));
    assert_eq!(service.value("SELECT password AS value FROM users").unwrap(), format!("today:{PASSWORD}"));
}

#[test]
fn verification_is_required_unless_it_is_turned_off_in_so_many_words() {
    for value in ["", "Off", "false", "0", "optional"] {
        assert_eq!(check(&Service::with(&[("EMAIL_VERIFICATION", value)]), &alice()).0, 202, "{value}");
    }
}

#[test]
fn invalid_values_are_422_with_their_place() {
    let service = Service::new();
    let long = "x".repeat(257);
    for (name, value) in [
        ("email", json!("nonsense")),
        ("email", json!(5)),
        ("password", json!("1234567")),
        ("password", json!(long)),
        ("name", json!("a\nb")),
        ("name", json!(long)),
        ("locale", json!("not a tag")),
        ("role", json!("admin")),
        ("roles", json!(["admin"])),
    ] {
        let mut body = alice();
        body[name] = value;
        let (status, problem) = check(&service, &body);
        assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!(format!("/{name}"))), "{body}");
    }
    for name in ["email", "password"] {
        let mut body = alice();
        body.as_object_mut().unwrap().remove(name);
        assert_eq!(check(&service, &body).1["errors"][0]["pointer"], format!("/{name}"));
    }
    assert!(service.asked().is_empty(), "nothing is hashed for a body that cannot be used");
}

#[test]
fn a_refused_password_is_repeated_nowhere() {
    let service = Service::new();
    let body = json!({"email": EMAIL, "password": "hunter2"});
    let out = service.send("POST", "/v1/auth/register", "", &body);
    assert_eq!(out.status, 422);
    assert!(!String::from_utf8_lossy(&out.body).contains("hunter2"));
    assert!(!out.line.contains("hunter2") && !out.line.contains(EMAIL));
}

#[test]
fn a_retry_under_a_key_makes_one_account_and_gets_the_same_tokens() {
    let service = Service::new();
    let headers = [(HeaderName::IdempotencyKey, "k-1")];
    let body = alice().to_string();
    let [first, retry] = [(); 2].map(|()| service.bench.request("POST", "/v1/auth/register", &headers, &body));
    assert_eq!((first.status, retry.status), (201, 201));
    assert_eq!((retry.header("Idempotent-Replayed"), &retry.body), (Some("true"), &first.body));
}

#[test]
fn the_twenty_first_registration_of_a_network_in_a_minute_is_429() {
    let service = Service::new();
    for i in 0..20 {
        assert_eq!(check(&service, &json!({"email": format!("a{i}@x.y"), "password": PASSWORD})).0, 201);
    }
    service.asked();
    assert_eq!(check(&service, &alice()).0, 429);
    assert!(service.asked().is_empty(), "throttled before hashing");
}

#[test]
fn a_database_that_fails_is_503() {
    for service in [Service::new(), required()] {
        service.bench.execute("ALTER TABLE users RENAME TO gone");
        assert_eq!(check(&service, &alice()).0, 503);
    }
}
