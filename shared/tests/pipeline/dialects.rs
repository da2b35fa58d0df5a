//! Problems in the shape of their row.

use serde_json::{Value, json};
use shared::platform::Outgoing;
use shared::problem::{Code, Problem};
use shared::route::Dialect;

use crate::probe::{call, json as body_of, probe};

/// A failing call of a row.
fn check(path: &str, body: &str) -> Outgoing {
    call(&probe(&[]), "POST", path, &[], body)
}

fn wish(wish: &str) -> String {
    json!({ "wish": wish }).to_string()
}

#[test]
fn a_problem_row_answers_with_a_problem_document() {
    let out = check("/v1/strict", &wish("detail"));
    let id = out.header("X-Request-Id").unwrap();
    assert_eq!(out.header("Content-Type"), Some("application/problem+json"));
    let expected = json!({
        "type": "/docs#problem-budget_exhausted",
        "title": "The budget does not cover this call",
        "status": 402,
        "code": "budget_exhausted",
        "detail": "Nothing is left.",
        "instance": "/v1/strict",
        "request_id": id,
    });
    assert_eq!(body_of(&out), expected);
}

#[test]
fn an_openai_row_answers_as_openai_does() {
    for (body, status, kind, code, param) in [
        (wish("detail"), 402, "insufficient_quota", "insufficient_quota", Value::Null),
        (wish("unavailable"), 503, "server_error", "unavailable", Value::Null),
        ("{".to_owned(), 400, "invalid_request_error", "malformed_request", Value::Null),
        ("{}".to_owned(), 422, "invalid_request_error", "validation_failed", json!("wish")),
    ] {
        let out = check("/v1/openai", &body);
        assert_eq!((out.status, out.header("Content-Type")), (status, Some("application/json")), "{body}");
        let error = &body_of(&out)["error"];
        assert_eq!((error["type"].as_str(), error["code"].as_str()), (Some(kind), Some(code)), "{body}");
        assert_eq!(error["param"], param, "{body}");
        assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    }
}

#[test]
fn an_anthropic_row_answers_as_anthropic_does() {
    for (body, status, kind) in [
        (wish("detail"), 402, "billing_error"),
        (wish("unavailable"), 503, "overloaded_error"),
        (wish("internal"), 500, "api_error"),
        ("{}".to_owned(), 422, "invalid_request_error"),
    ] {
        let out = check("/v1/anthropic", &body);
        let told = body_of(&out);
        assert_eq!((out.status, out.header("Content-Type")), (status, Some("application/json")), "{body}");
        assert_eq!((told["type"].as_str(), told["error"]["type"].as_str()), (Some("error"), Some(kind)), "{body}");
        assert_eq!(told["request_id"].as_str(), out.header("X-Request-Id"), "{body}");
    }
}

#[test]
fn refusals_of_the_pipeline_itself_keep_the_dialect() {
    let bench = probe(&[]);
    let stranger = bench.request("POST", "/v1/openai", &[], "{}");
    assert_eq!((stranger.status, body_of(&stranger)["error"]["type"].as_str()), (401, Some("authentication_error")));
    let stranger = bench.request("POST", "/v1/anthropic", &[], "{}");
    assert_eq!((stranger.status, body_of(&stranger)["error"]["type"].as_str()), (401, Some("authentication_error")));
    let wrong_method = bench.request("GET", "/v1/openai", &[], "");
    assert_eq!(wrong_method.status, 405);
    assert_eq!(body_of(&wrong_method)["error"]["code"], "method_not_allowed");
    let large = check("/v1/anthropic", &"x".repeat(70_000));
    assert_eq!((large.status, body_of(&large)["error"]["type"].as_str()), (413, Some("request_too_large")));
}

#[test]
fn every_problem_has_a_type_in_every_dialect() {
    for code in Code::ALL {
        let problem = Problem::from(*code);
        let status = problem.status();
        let [openai, anthropic] = [Dialect::Openai, Dialect::Anthropic].map(|dialect| {
            let (_, body) = problem.body(dialect, "req_1", "/");
            let told: Value = serde_json::from_str(&body).unwrap();
            told["error"]["type"].as_str().unwrap().to_owned()
        });
        let expected = match status {
            401 => ("authentication_error", "authentication_error"),
            402 => ("insufficient_quota", "billing_error"),
            403 => ("permission_error", "permission_error"),
            404 => ("invalid_request_error", "not_found_error"),
            413 => ("invalid_request_error", "request_too_large"),
            429 => ("rate_limit_error", "rate_limit_error"),
            503 => ("server_error", "overloaded_error"),
            504 => ("server_error", "timeout_error"),
            500.. => ("server_error", "api_error"),
            _ => ("invalid_request_error", "invalid_request_error"),
        };
        assert_eq!((openai.as_str(), anthropic.as_str()), expected, "{code:?}");
    }
}

#[test]
fn a_cause_is_in_the_log_and_nowhere_else() {
    for path in ["/v1/strict", "/v1/openai", "/v1/anthropic"] {
        let out = check(path, &wish("internal"));
        assert_eq!(out.status, 500, "{path}");
        assert!(!String::from_utf8_lossy(&out.body).contains("secret cause"), "{path}");
        assert!(out.headers.iter().all(|(_, value)| !value.contains("secret cause")), "{path}");
        assert!(out.line.contains("a secret cause"), "{path}");
    }
}
