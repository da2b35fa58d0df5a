//! Requests of other origins.

use shared::head::HeaderName;
use shared::platform::Outgoing;

use crate::probe::probe;

const APP: &str = "https://app.example";

/// A request of `origin` where these origins are configured; a preflight when it asks for a method.
fn check(configured: &str, origin: &str, asks: &str) -> Outgoing {
    let bench = probe(&[("CORS_ORIGINS", configured)]);
    let method = if asks.is_empty() { "GET" } else { "OPTIONS" };
    let headers = [(HeaderName::Origin, origin), (HeaderName::AccessControlRequestMethod, asks)];
    bench.request(method, "/v1/page", &headers, "")
}

fn permissions(out: &Outgoing) -> usize {
    out.headers.iter().filter(|(name, _)| name.starts_with("Access-Control-")).count()
}

#[test]
fn without_configuration_no_origin_is_allowed() {
    assert_eq!(permissions(&check("", APP, "POST")), 0);
    assert_eq!(permissions(&check("", APP, "")), 0);
}

#[test]
fn a_preflight_of_a_configured_origin_learns_what_it_may_do() {
    let out = check("https://other.example, https://app.example", APP, "POST");
    assert_eq!(out.status, 204);
    assert_eq!(out.header("Access-Control-Allow-Origin"), Some(APP));
    assert_eq!(out.header("Access-Control-Allow-Methods"), Some("GET, HEAD, POST, OPTIONS"));
    let allowed = out.header("Access-Control-Allow-Headers").unwrap().to_lowercase();
    for name in ["authorization", "content-type", "idempotency-key", "x-api-key", "traceparent"] {
        assert!(allowed.contains(name), "{name}");
    }
    assert_eq!(out.header("Access-Control-Max-Age"), Some("7200"));
    assert_eq!(out.header("Access-Control-Allow-Credentials"), None);
}

#[test]
fn a_preflight_of_another_origin_learns_nothing() {
    for origin in ["https://app.example.evil.example", "http://app.example", "null", "https://APP.example"] {
        assert_eq!(permissions(&check(APP, origin, "POST")), 0, "{origin}");
    }
}

#[test]
fn a_reply_to_a_configured_origin_may_be_read_with_its_headers() {
    let out = check(APP, APP, "");
    assert_eq!(out.header("Access-Control-Allow-Origin"), Some(APP));
    let exposed = out.header("Access-Control-Expose-Headers").unwrap();
    for name in ["X-Request-Id", "RateLimit", "Retry-After", "ETag", "Idempotent-Replayed"] {
        assert!(exposed.contains(name), "{name}");
    }
}

#[test]
fn a_problem_can_be_read_across_origins_too() {
    let bench = probe(&[("CORS_ORIGINS", "*")]);
    let out = bench.request("GET", "/v1/notes", &[(HeaderName::Origin, APP)], "");
    assert_eq!((out.status, out.header("Access-Control-Allow-Origin")), (401, Some(APP)));
}

#[test]
fn a_request_without_an_origin_is_told_nothing_of_origins() {
    assert_eq!(permissions(&check("*", "", "")), 0);
    assert_eq!(permissions(&check("*", "", "POST")), 0);
}
