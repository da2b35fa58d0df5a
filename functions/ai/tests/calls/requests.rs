//! Requests that are refused before anything is reserved or sent.

use shared::head::HeaderName;

use crate::service::{PLAIN, Service, answer, completion, error, json, text};

/// The refusal of a body, and that nobody was asked.
fn refused(body: &str) -> (u16, String, String) {
    let service = Service::new(|| answer(200, &completion()));
    let out = service.chat(body);
    assert_eq!(service.steps(), [] as [&str; 0], "{body}");
    let (status, code) = error(&out);
    (status, code, json(&out)["error"]["param"].as_str().unwrap_or("none").to_owned())
}

fn refusal(status: u16, code: &str, param: &str) -> (u16, String, String) {
    (status, code.to_owned(), param.to_owned())
}

#[test]
fn what_is_no_json_object_is_400() {
    assert_eq!(refused("{"), refusal(400, "invalid_json", "none"));
    assert_eq!(refused(""), refusal(400, "invalid_json", "none"));
    assert_eq!(refused("[]"), refusal(400, "invalid_type", "none"));
}

#[test]
fn a_member_at_fault_is_named() {
    assert_eq!(refused(r#"{"messages":[]}"#), refusal(400, "missing_required_parameter", "model"));
    assert_eq!(refused(r#"{"model":"gpt-4o","n":0}"#), refusal(400, "invalid_value", "n"));
    assert_eq!(refused(r#"{"model":"gpt-4o","stream":"yes"}"#), refusal(400, "invalid_type", "stream"));
    let twice = r#"{"model":"gpt-4o","MAX_TOKENS":1}"#;
    assert_eq!(refused(twice), refusal(400, "unknown_parameter", "MAX_TOKENS"));
}

#[test]
fn a_value_the_provider_cannot_honour_is_400() {
    let flex = r#"{"model":"gpt-4o","messages":[],"service_tier":"flex"}"#;
    assert_eq!(refused(flex), refusal(400, "unsupported_value", "service_tier"));
}

#[test]
fn a_model_nobody_sells_here_is_404() {
    assert_eq!(refused(r#"{"model":"gpt-9","messages":[]}"#), refusal(404, "model_not_found", "none"));
}

#[test]
fn without_a_token_nobody_is_asked() {
    let service = Service::new(|| answer(200, &completion()));
    let out = service.bench.request("POST", "/v1/chat/completions", &[], PLAIN);
    assert_eq!(error(&out), (401, "unauthenticated".into()));
    let wrong = [(HeaderName::Authorization, "Bearer sk-something")];
    let out = service.bench.request("POST", "/v1/chat/completions", &wrong, PLAIN);
    assert_eq!(error(&out), (401, "unauthenticated".into()));
    assert!(text(&out).contains("authentication_error"));
    assert_eq!(service.steps(), [] as [&str; 0]);
}
