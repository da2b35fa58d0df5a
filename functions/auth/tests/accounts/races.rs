//! What happens to the world while a password is hashed.

use serde_json::{Value, json};

use crate::service::{EMAIL, PASSWORD, Service};

/// The answer to a request during whose hash this SQL happens.
fn check(service: &Service, path: &str, body: &Value, meanwhile: &'static str) -> (u16, Value) {
    service.meanwhile(meanwhile);
    service.post(path, body)
}

fn credentials() -> Value {
    json!({"email": EMAIL, "password": PASSWORD})
}

const TAKEN: &str = "INSERT INTO users (id, email, created_at) VALUES ('usr_first', 'alice@example.com', 1)";

#[test]
fn of_two_registrations_of_an_address_at_once_one_is_409() {
    let (status, problem) = check(&Service::new(), "/v1/auth/register", &credentials(), TAKEN);
    assert_eq!((status, problem["code"].as_str()), (409, Some("email_taken")));
}

#[test]
fn of_two_registrations_at_once_neither_learns_of_the_other_where_verification_is_required() {
    let service = Service::with(&[("EMAIL_VERIFICATION", "required")]);
    assert_eq!(check(&service, "/v1/auth/register", &credentials(), TAKEN).0, 202);
    assert_eq!(service.value("SELECT id AS value FROM users").as_deref(), Some("usr_first"));
}

#[test]
fn of_two_uses_of_a_link_at_once_the_later_is_401_and_changes_nothing() {
    let service = Service::new();
    crate::claim::add_link(&service.bench, "link");
    let used = "UPDATE one_time_tokens SET used_at = 1, used_by = 'ses_first'";
    let (status, problem) = check(&service, "/v1/auth/claim", &json!({"token": "link", "password": PASSWORD}), used);
    assert_eq!((status, problem["code"].as_str()), (401, Some("link_refused")));
    assert_eq!(service.value("SELECT count(*) AS value FROM users").as_deref(), Some("0"));
    assert_eq!(service.value("SELECT count(*) AS value FROM sessions").as_deref(), Some("0"));
}

#[test]
fn a_user_deleted_while_signing_in_gets_no_session() {
    let service = Service::new();
    service.register(EMAIL);
    let (status, reply) = check(&service, "/v1/auth/login", &credentials(), "DELETE FROM users");
    assert!(status >= 400 && reply.get("access_token").is_none());
    assert_eq!(service.value("SELECT count(*) AS value FROM sessions").as_deref(), Some("0"));
}

#[test]
fn a_user_suspended_while_signing_in_opens_no_sensitive_row() {
    let service = Service::new();
    service.register(EMAIL);
    let suspend = "UPDATE users SET status = 'suspended'";
    let (_, reply) = check(&service, "/v1/auth/login", &credentials(), suspend);
    let tokens = crate::service::Tokens::of(&reply);
    assert_eq!((service.get("/v1/auth/me", &tokens.access), service.refresh(&tokens.refresh).0), (403, 403));
}
