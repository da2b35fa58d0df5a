//! Providers that fail: what the client reads, and what the call is charged.

use shared::platform::SendError;

use crate::service::{PLAIN, STREAM, Service, answer, error, json, text};

/// Nothing was used, and it is known that nothing was.
fn free() -> (String, String, Option<u64>) {
    ("failed".into(), "reported".into(), Some(0))
}

/// Who knows what was used: it is estimated.
fn estimated(service: &Service, status: &str) {
    let settled = service.settled_as();
    assert_eq!((settled.0.as_str(), settled.1.as_str()), (status, "estimated"));
    assert!(settled.2.is_some_and(|cost| cost > 0));
}

#[test]
fn a_provider_that_cannot_be_reached_costs_nothing() {
    let service = Service::new(|| Err(SendError::Unreachable("refused".into())));
    let out = service.chat(PLAIN);
    assert_eq!(error(&out), (502, "upstream_unreachable".into()));
    assert_eq!((out.header("X-Model"), out.header("X-Provider")), (Some("gpt-4o-mini"), Some("openai")));
    assert_eq!(out.header("X-Cost-Nano-Usd"), None);
    assert!(!text(&out).contains("refused"));
    assert_eq!(service.settled_as(), free());
}

#[test]
fn a_provider_that_is_silent_too_long_may_have_worked_and_is_estimated() {
    for (body, code) in [(PLAIN, "upstream_total_timeout"), (STREAM, "upstream_first_token_timeout")] {
        let service = Service::new(|| Err(SendError::Deadline));
        assert_eq!(error(&service.chat(body)), (504, code.into()));
        estimated(&service, "failed");
    }
}

#[test]
fn a_client_that_leaves_before_the_answer_is_charged_an_estimate() {
    for body in [PLAIN, STREAM] {
        let service = Service::new(|| Err(SendError::Left));
        assert_eq!(service.chat(body).status, 499);
        estimated(&service, "client_left");
    }
}

#[test]
fn a_rate_limit_of_the_provider_is_passed_on_with_its_waiting_time() {
    let limited = || Ok((429, vec![("retry-after".into(), "7".into())], br#"{"error":{"message":"slow"}}"#.to_vec()));
    let service = Service::new(limited);
    let out = service.chat(PLAIN);
    assert_eq!(error(&out), (429, "upstream_rate_limited".into()));
    assert_eq!(out.header("Retry-After"), Some("7"));
    assert_eq!(service.settled_as(), free());
}

#[test]
fn a_refusal_of_our_key_says_nothing_about_it() {
    let service = Service::new(|| answer(401, r#"{"error":{"message":"Incorrect API key: sk-test-key"}}"#));
    let out = service.chat(STREAM);
    assert_eq!(error(&out), (502, "upstream_auth".into()));
    assert!(!text(&out).contains("sk-test"));
    assert_eq!(service.settled_as(), free());
}

#[test]
fn the_clients_own_fault_keeps_the_providers_words() {
    let fault = r#"{"error":{"message":"Too long.","type":"invalid_request_error","param":"messages","code":"long"}}"#;
    let service = Service::new(move || answer(400, fault));
    let out = service.chat(PLAIN);
    assert_eq!(error(&out), (400, "long".into()));
    assert_eq!(
        (&json(&out)["error"]["message"], &json(&out)["error"]["param"]),
        (&"Too long.".into(), &"messages".into())
    );
    assert_eq!(service.settled_as(), free());
}

#[test]
fn a_success_that_is_no_json_object_is_a_failure_that_may_have_cost() {
    for body in ["<html>", "[]", r#"{"choices":[{"mess"#, ""] {
        let service = Service::new(move || answer(200, body));
        assert_eq!(error(&service.chat(PLAIN)), (502, "upstream_invalid".into()), "{body}");
        estimated(&service, "failed");
    }
}

#[test]
fn a_failed_settlement_is_tried_three_times_and_then_left_to_the_lease() {
    let service = Service::scripted(|target, url| match target {
        "internet" => answer(200, &crate::service::completion()),
        _ if url.ends_with("/settle") => Err(SendError::Deadline),
        _ => answer(200, r#""admitted""#),
    });
    assert_eq!(service.chat(PLAIN).status, 200);
    let settled = service.admission("settle");
    assert_eq!(settled.len(), 3);
    assert!(settled.iter().all(|body| *body == settled[0]));
}
