//! What happens when the hash function cannot be reached or talks nonsense.

use serde_json::json;
use shared::platform::{Scripted, SendError};

use crate::service::{EMAIL, PASSWORD, Service};

/// Asserts that nobody is registered or signed in while the hash function answers so.
fn check(answer: impl Fn() -> Scripted + 'static) {
    let service = Service::new();
    service.register(EMAIL);
    service.bench.script(move |_, _, _| answer());
    for (path, email) in [("/v1/auth/login", EMAIL), ("/v1/auth/register", "bob@example.com")] {
        let out = service.send("POST", path, "", &json!({"email": email, "password": PASSWORD}));
        assert_eq!((out.status, out.header("Retry-After")), (503, Some("1")), "{path}");
        assert!(out.line.contains("hash"), "the log says who failed: {}", out.line);
        assert!(!out.line.contains(PASSWORD));
    }
    assert_eq!(service.value("SELECT count(*) AS value FROM users").as_deref(), Some("1"));
}

/// Asserts that auth is not ready while the hash function answers so.
fn not_ready(answer: impl Fn() -> Scripted + 'static) {
    let service = Service::new();
    service.bench.script(move |_, _, _| answer());
    let out = service.send("GET", "/readyz", "", &json!(null));
    assert_eq!(out.status, 503);
    assert!(out.line.contains("hash"));
}

#[test]
fn an_unreachable_hash_function_is_503() {
    check(|| Err(SendError::Unreachable("no route".into())));
}

#[test]
fn auth_is_ready_only_when_the_hash_function_is() {
    not_ready(|| Err(SendError::Unreachable("no route".into())));
    not_ready(|| Ok((503, vec![], b"{}".to_vec())));
    assert_eq!(Service::new().get("/readyz", ""), 200);
    let blind = Service::with(&[("AUTH_JWKS", "")]);
    assert_eq!(blind.get("/readyz", ""), 503, "no token could be verified");
}

#[test]
fn a_slow_hash_function_is_503() {
    check(|| Err(SendError::Deadline));
}

#[test]
fn a_refusal_of_the_hash_function_is_503() {
    check(|| Ok((415, vec![], br#"{"code":"unsupported_media_type"}"#.to_vec())));
    check(|| Ok((503, vec![], b"{}".to_vec())));
}

#[test]
fn an_answer_that_cannot_be_read_is_503() {
    check(|| Ok((200, vec![], b"{}".to_vec())));
    check(|| Ok((200, vec![], b"not JSON".to_vec())));
    check(|| Ok((200, vec![], br#"{"matches":"yes","phc":5}"#.to_vec())));
}
