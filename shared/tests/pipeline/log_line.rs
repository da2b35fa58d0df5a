//! The one log line of a request.

use serde_json::{Value, json};
use shared::head::HeaderName;

use crate::probe::{call, probe};

fn check(line: &str) -> Value {
    assert!(!line.contains('\n'));
    serde_json::from_str(line).unwrap()
}

#[test]
fn the_line_has_the_documented_shape() {
    let bench = probe(&[]);
    let headers = [(HeaderName::UserAgent, "curl/8"), (HeaderName::CfConnectingIp, "2001:db8:1:2:3::4")];
    let out = call(&bench, "GET", "/v1/notes?from=1&to=2", &headers, "");
    let mut line = check(&out.line);
    let trace = line["traceId"].take();
    let span = line["metadata"]["spanId"].take();
    assert_eq!((trace.as_str().unwrap().len(), span.as_str().unwrap().len()), (32, 16));
    let expected = json!({
        "timestamp": "2026-11-20T10:30:00.000Z",
        "level": "info",
        "service": "probe",
        "traceId": null,
        "userId": "usr_1",
        "action": "list",
        "message": "ok",
        "metadata": {
            "requestId": out.header("X-Request-Id"),
            "spanId": null,
            "method": "GET",
            "path": "/v1/notes",
            "status": 200,
            "durationMs": 0,
            "ip": "2001:db8:1:2::/64",
            "userAgent": "curl/8",
        },
    });
    assert_eq!(line, expected);
}

#[test]
fn a_failure_says_its_code_and_its_level() {
    let bench = probe(&[]);
    for (wish, level, code) in [("detail", "warn", "budget_exhausted"), ("unavailable", "error", "unavailable")] {
        let line = check(&call(&bench, "POST", "/v1/never", &[], &json!({ "wish": wish }).to_string()).line);
        assert_eq!((line["level"].as_str(), line["message"].as_str()), (Some(level), Some(code)));
        assert_eq!(line["metadata"]["code"], code);
    }
}

#[test]
fn a_stranger_has_no_user_id() {
    let line = check(&probe(&[]).request("GET", "/v1/notes", &[], "").line);
    assert_eq!((line.get("userId"), line["metadata"]["status"].as_u64()), (None, Some(401)));
}

#[test]
fn round_trips_are_in_the_line() {
    let line = check(&call(&probe(&[]), "POST", "/v1/openai", &[], r#"{"wish":"ok"}"#).line);
    assert_eq!(line["metadata"]["roundTrips"], "object=1");
}

#[test]
fn passwords_tokens_keys_and_queries_never_get_into_the_line() {
    let bench = probe(&[]);
    let token = bench.token("usr_1", &[]);
    let bearer = format!("Bearer {token}");
    let bodies = [
        r#"{"title":"a","password":"hunter2-in-body"}"#,
        r#"{"title":"a","password":["hunter2-in-body"]}"#,
        r#"{"title":"a","hunter2-in-body":1}"#,
        r#"hunter2-in-body"#,
    ];
    for body in bodies {
        let headers = [
            (HeaderName::Authorization, bearer.as_str()),
            (HeaderName::XApiKey, "sk-secret-api-key"),
            (HeaderName::IdempotencyKey, "secret-idempotency-key"),
        ];
        let out = bench.request("POST", "/v1/notes?token=secret-in-query#secret-in-fragment", &headers, body);
        check(&out.line);
        for secret in ["hunter2", "secret", token.as_str(), "Bearer"] {
            assert!(!out.line.contains(secret), "{secret} in {}", out.line);
        }
    }
}

#[test]
fn a_refused_token_does_not_get_into_the_line() {
    let out = probe(&[]).request("GET", "/v1/notes", &[(HeaderName::Authorization, "Bearer not-a-good-token")], "");
    assert_eq!(out.status, 401);
    assert!(!out.line.contains("not-a-good-token"));
    assert!(!String::from_utf8_lossy(&out.body).contains("not-a-good-token"));
}

#[test]
fn what_clients_write_cannot_break_the_line() {
    let bench = probe(&[]);
    let out = bench.request("GET", "/v1/\"},\u{1}", &[(HeaderName::UserAgent, "\"\\\u{7f}\u{2028}")], "");
    let line = check(&out.line);
    assert_eq!(line["metadata"]["userAgent"], "\"\\\u{7f}\u{2028}");
}
