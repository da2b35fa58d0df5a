//! Upstreams' errors as our clients get them.

#![cfg(test)]

use ai::fault::upstream_error::UpstreamError;
use ai::provider::{Class, provider};
use proptest::prelude::*;

fn of(id: &str, status: u16, retry_after: Option<&str>, body: &str) -> UpstreamError {
    UpstreamError::of(provider(id).unwrap(), status, retry_after, body.as_bytes())
}

/// Status, code and class.
fn outcome(id: &str, status: u16, body: &str) -> (u16, String, Class) {
    let error = of(id, status, None, body);
    (error.status, error.body.code.unwrap_or_default(), error.class)
}

fn typed(kind: &str) -> String {
    format!(r#"{{"error":{{"message":"m","type":"{kind}"}}}}"#)
}

#[test]
fn the_clients_own_fault_keeps_the_upstreams_words() {
    let body = include_str!("../fixtures/openai-error-context.json");
    let error = of("openai", 400, None, body);
    assert_eq!((error.status, error.class), (400, Class::GiveUp));
    assert!(error.body.message.starts_with("This model's maximum context length is 128000 tokens."));
    assert_eq!(error.body.kind, "invalid_request_error");
    assert_eq!(error.body.param.as_deref(), Some("messages"));
    assert_eq!(error.body.code.as_deref(), Some("context_length_exceeded"));
}

#[test]
fn our_key_is_never_the_clients_business() {
    let body = r#"{"error":{"message":"Incorrect API key provided: sk-proj-abcdefgh. ","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#;
    for status in [401, 403] {
        let error = of("openai", status, None, body);
        assert_eq!((error.status, error.class), (502, Class::SwitchKey));
        assert_eq!(error.body.code.as_deref(), Some("upstream_auth"));
        assert!(!error.body.to_json().contains("sk-"));
    }
}

#[test]
fn moonshots_three_429_are_three_things() {
    let given = |kind: &str| outcome("moonshot", 429, &typed(kind));
    assert_eq!(given("exceeded_current_quota_error"), (502, "upstream_quota".into(), Class::SwitchKey));
    assert_eq!(given("engine_overloaded_error"), (503, "upstream_overloaded".into(), Class::Retry));
    assert_eq!(given("rate_limit_reached_error"), (429, "upstream_rate_limited".into(), Class::Wait));
}

#[test]
fn openais_quota_is_no_rate_limit() {
    let quota = r#"{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    assert_eq!(outcome("openai", 429, quota), (502, "upstream_quota".into(), Class::SwitchKey));
    assert_eq!(outcome("openai", 402, ""), (502, "upstream_quota".into(), Class::SwitchKey));
    let rate = r#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-abcdefgh","code":"rate_limit_exceeded"}}"#;
    let error = of("openai", 429, Some("7"), rate);
    assert_eq!((error.status, error.retry_after, error.class), (429, Some(7), Class::Wait));
    assert!(!error.body.message.contains("org-"));
}

#[test]
fn faults_of_the_upstream_are_502_or_503() {
    for status in [500, 502, 504, 520, 599, 408, 409] {
        assert_eq!(outcome("openai", status, "<html>"), (502, "upstream_error".into(), Class::Retry), "{status}");
    }
    for status in [503, 529] {
        assert_eq!(outcome("openai", status, ""), (503, "upstream_overloaded".into(), Class::Wait), "{status}");
    }
}

#[test]
fn only_a_sane_retry_after_is_passed_on() {
    let passed = |header| of("openai", 503, Some(header), "").retry_after;
    assert_eq!(passed(" 30 "), Some(30));
    assert_eq!(passed("0"), Some(0));
    for header in ["", "-1", "1.5", "3601", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"] {
        assert_eq!(passed(header), None, "{header}");
    }
    assert_eq!(of("openai", 400, Some("5"), "").retry_after, None);
}

#[test]
fn bodies_of_every_shape_give_a_message() {
    let message = |body: &str| of("compatible", 400, None, body).body.message;
    assert_eq!(message(r#"{"error":"model requires more memory"}"#), "model requires more memory");
    assert_eq!(message(r#"{"object":"error","message":"bad","type":"BadRequestError","code":400}"#), "bad");
    assert_eq!(message(r#"{"detail":"Not allowed"}"#), "Not allowed");
    for other in ["<html>", "", "{", "null", r#"{"error":{}}"#, r#"{"error":{"message":" "}}"#] {
        assert_eq!(message(other), "The model's provider refused the request with status 400.", "{other}");
    }
    let vllm = of("compatible", 400, None, r#"{"message":"bad","code":400}"#);
    assert_eq!(vllm.body.code.as_deref(), Some("400"));
}

#[test]
fn a_page_that_is_not_there_is_our_fault_and_a_model_that_is_not_is_theirs() {
    assert_eq!(outcome("compatible", 404, "404 page not found"), (502, "upstream_invalid".into(), Class::GiveUp));
    let missing = r#"{"error":{"message":"model 'x' not found","type":"not_found_error","code":"model_not_found"}}"#;
    assert_eq!(outcome("compatible", 404, missing), (404, "model_not_found".into(), Class::GiveUp));
    assert_eq!(outcome("compatible", 302, ""), (502, "upstream_invalid".into(), Class::GiveUp));
}

#[test]
fn words_that_look_like_keys_or_accounts_are_masked() {
    let body =
        r#"{"error":{"message":"(sk-1234567890abc) of org-abc12345, <ak-f4567890>; task-force, sk-1 and é stay"}}"#;
    let message = of("openai", 400, None, body).body.message;
    assert_eq!(message, "(***) of ***, <***>; task-force, sk-1 and é stay");
}

#[test]
fn a_long_message_is_cut() {
    let body = format!(r#"{{"error":{{"message":"{}"}}}}"#, "é ".repeat(5_000));
    assert_eq!(of("openai", 400, None, &body).body.message.chars().count(), 1_000);
}

proptest! {
    #[test]
    fn every_status_and_body_gives_an_error_status(status: u16, retry: String, body in prop::collection::vec(any::<u8>(), 0..80)) {
        for known in ["openai", "moonshot", "compatible", "simulator"] {
            let error = UpstreamError::of(provider(known).unwrap(), status, Some(&retry), &body);
            prop_assert!((400..600).contains(&error.status));
            let json: serde_json::Value = serde_json::from_str(&error.body.to_json()).unwrap();
            prop_assert!(json["error"]["message"].is_string());
        }
    }
}
