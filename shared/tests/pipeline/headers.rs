//! What every reply carries: ids, the trace, security headers.

use shared::head::HeaderName;
use shared::platform::Outgoing;

use crate::probe::{call, probe};

/// One reply of each kind: a page, a success without body, a problem, no row, a wrong method, a preflight.
fn check(each: impl Fn(&str, &Outgoing)) {
    let bench = probe(&[]);
    let requests = [
        ("GET", "/v1/page"),
        ("HEAD", "/v1/page"),
        ("POST", "/v1/visits"),
        ("GET", "/v1/all"),
        ("GET", "/v1/nothing"),
        ("DELETE", "/v1/page"),
        ("OPTIONS", "/v1/page"),
    ];
    for (method, path) in requests {
        each(&format!("{method} {path}"), &call(&bench, method, path, &[], ""));
    }
}

#[test]
fn security_headers_are_on_every_reply() {
    check(|what, out| {
        for (name, value) in [
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("Referrer-Policy", "no-referrer"),
            ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
            ("X-Content-Type-Options", "nosniff"),
            ("Vary", "Origin"),
        ] {
            assert_eq!(out.header(name), Some(value), "{what}");
        }
    });
}

#[test]
fn what_is_not_marked_as_cached_is_stored_by_nobody() {
    check(|what, out| {
        let page = what.ends_with("T /v1/page") || what.ends_with("D /v1/page");
        let expected = if page { "public, max-age=300" } else { "no-store" };
        assert_eq!(out.header("Cache-Control"), Some(expected), "{what}");
    });
}

#[test]
fn no_header_is_sent_twice() {
    check(|what, out| {
        let mut names: Vec<String> = out.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{what}: {:?}", out.headers);
    });
}

#[test]
fn every_reply_has_a_request_id_of_its_own() {
    let seen = std::cell::RefCell::new(std::collections::HashSet::new());
    check(|what, out| {
        let id = out.header("X-Request-Id").unwrap_or_default().to_owned();
        assert!(id.starts_with("req_") && id.len() == 28, "{what}: {id}");
        assert!(seen.borrow_mut().insert(id), "{what}");
    });
}

#[test]
fn a_well_formed_request_id_is_taken_over_and_others_are_not() {
    let bench = probe(&[]);
    let id_of = |sent: &str| {
        let out = bench.request("GET", "/v1/nothing", &[(HeaderName::XRequestId, sent)], "");
        let told: serde_json::Value = serde_json::from_slice(&out.body).unwrap();
        assert_eq!(told["request_id"].as_str(), out.header("X-Request-Id"));
        out.header("X-Request-Id").unwrap().to_owned()
    };
    assert_eq!(id_of("order-2026_11"), "order-2026_11");
    for bad in ["short", "with space in it", "<script>alert(1)</script>"] {
        assert!(id_of(bad).starts_with("req_"), "{bad}");
    }
}

#[test]
fn a_trace_is_continued_in_the_log_line_and_a_broken_one_is_not() {
    let bench = probe(&[]);
    let ids_of = |sent: &str| {
        let out = bench.request("GET", "/healthz", &[(HeaderName::Traceparent, sent)], "");
        let line: serde_json::Value = serde_json::from_str(&out.line).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        (text(&line["traceId"]), text(&line["metadata"]["spanId"]))
    };
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let (continued, span) = ids_of(&format!("00-{trace}-b7ad6b7169203331-01"));
    assert_eq!(continued, trace);
    assert_ne!(span, "b7ad6b7169203331", "our span is our own");
    let (begun, _) = ids_of(&format!("00-{}-b7ad6b7169203331-01", trace.to_uppercase()));
    assert_ne!(begun.to_lowercase(), trace);
    assert_eq!(begun.len(), 32);
}

#[test]
fn an_empty_success_has_no_media_type() {
    let out = call(&probe(&[]), "OPTIONS", "/v1/page", &[], "");
    assert_eq!((out.status, out.header("Content-Type"), out.body.len()), (204, None, 0));
}
