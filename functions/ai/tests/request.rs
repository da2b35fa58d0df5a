//! What the gateway reads of a chat request, and what it refuses.

#![cfg(test)]

use ai::endpoint::Endpoint;
use ai::provider::providers;
use ai::request::{BodyError, Request};
use proptest::prelude::*;

fn read(body: &str) -> Result<Request<'_>, BodyError> {
    Request::read(Endpoint::Chat, body.as_bytes())
}

fn fault(body: &str) -> (String, &'static str) {
    let error = read(body).unwrap_err();
    (error.pointer, error.code)
}

#[test]
fn the_members_the_gateway_needs_are_read() {
    let request = read(
        r#"{"model":"gp\u0074-4o","stream":true,"stream_options":{"include_usage":true},"max_tokens":7,"max_completion_tokens":9,"n":2}"#,
    )
    .unwrap();
    assert_eq!(request.model, "gpt-4o");
    assert!(request.stream && request.include_usage && !request.withhold_usage());
    assert_eq!((request.max_output, request.n), (Some(9), 2));
}

#[test]
fn null_means_absent() {
    let request = read(
        r#"{"model":"m","stream":null,"stream_options":null,"max_tokens":null,"max_completion_tokens":null,"n":null}"#,
    )
    .unwrap();
    assert!(!request.stream && !request.withhold_usage());
    assert_eq!((request.max_output, request.n), (None, 1));
}

#[test]
fn what_is_no_object_is_refused() {
    assert_eq!(fault("[]"), (String::new(), "invalid_type"));
    assert_eq!(fault("\"x\""), (String::new(), "invalid_type"));
    assert_eq!(fault(""), (String::new(), "invalid_json"));
    assert_eq!(fault("{\"model\":\"m\",}"), (String::new(), "invalid_json"));
    assert_eq!(fault("{\"model\":\"m\"}{}"), (String::new(), "invalid_json"));
    assert_eq!(Request::read(Endpoint::Chat, b"{\"model\":\"\xff\"}").unwrap_err().code, "invalid_json");
    let many: Vec<String> = (0..300).map(|i| format!("\"{i}\":0")).collect();
    assert_eq!(fault(&format!("{{{}}}", many.join(","))).1, "too_many_parameters");
}

#[test]
fn wrong_types_name_the_member() {
    for (body, pointer, code) in [
        (r"{}", "/model", "missing_required_parameter"),
        (r#"{"model":7}"#, "/model", "invalid_type"),
        (r#"{"model":null}"#, "/model", "invalid_type"),
        (r#"{"model":""}"#, "/model", "invalid_type"),
        (r#"{"model":"m","stream":1}"#, "/stream", "invalid_type"),
        (r#"{"model":"m","max_tokens":"9"}"#, "/max_tokens", "invalid_type"),
        (r#"{"model":"m","max_tokens":-1}"#, "/max_tokens", "invalid_type"),
        (r#"{"model":"m","max_tokens":1.5}"#, "/max_tokens", "invalid_type"),
        (r#"{"model":"m","max_tokens":99999999999999999999}"#, "/max_tokens", "invalid_type"),
        (r#"{"model":"m","max_completion_tokens":0}"#, "/max_completion_tokens", "invalid_value"),
        (r#"{"model":"m","n":0}"#, "/n", "invalid_value"),
        (r#"{"model":"m","n":129}"#, "/n", "invalid_value"),
        (r#"{"model":"m","stream":true,"stream_options":[]}"#, "/stream_options", "invalid_type"),
        (
            r#"{"model":"m","stream":true,"stream_options":{"include_usage":1}}"#,
            "/stream_options/include_usage",
            "invalid_type",
        ),
    ] {
        assert_eq!(fault(body), (pointer.to_owned(), code), "{body}");
    }
    let error = read(r#"{"model":"m","stream":true,"stream_options":{"include_usage":1}}"#).unwrap_err();
    assert_eq!(error.param().as_deref(), Some("stream_options.include_usage"));
    assert_eq!(read("[]").unwrap_err().param(), None);
}

#[test]
fn a_name_given_twice_is_refused_however_it_is_written() {
    for body in [
        r#"{"model":"a","model":"b"}"#,
        r#"{"model":"a","mod\u0065l":"b"}"#,
        r#"{"model":"a","x":1,"x":1}"#,
        r#"{"model":"a","x":1,"X":1}"#,
    ] {
        assert_eq!(fault(body).1, "duplicate_parameter", "{body}");
    }
    assert_eq!(
        fault(r#"{"model":"a","stream":true,"stream_options":{"include_usage":true,"include_usage":false}}"#),
        ("/stream_options/include_usage".to_owned(), "duplicate_parameter")
    );
    assert_eq!(fault(r#"{"model":"a","a/b~":1,"A/b~":2}"#).0, "/A~1b~0");
}

#[test]
fn a_name_some_parsers_take_for_another_is_refused() {
    for name in ["Model", "MAX_TOKENS", "max_to\u{212a}ens", "\u{17f}tream", "\\u017ftream", "N"] {
        let body = format!("{{\"model\":\"a\",\"{name}\":1}}");
        assert!(["unknown_parameter", "duplicate_parameter"].contains(&fault(&body).1), "{body}");
    }
    assert!(read(r#"{"model":"a","extraBody":1}"#).is_ok());
}

#[test]
fn every_name_in_the_providers_data_is_guarded() {
    for provider in &providers().providers {
        let renamed = provider.rename.iter().flat_map(|rule| [&rule.from, &rule.to]);
        let clamped = provider.clamp.iter().map(|rule| &rule.member);
        for name in renamed.chain(clamped).chain(provider.refuse.iter().map(|rule| &rule.member)) {
            let body = format!("{{\"model\":\"a\",\"{}\":1}}", name.to_uppercase());
            assert_eq!(fault(&body).1, "unknown_parameter", "{name}");
        }
    }
}

#[test]
fn nesting_of_any_depth_is_no_danger() {
    let deep = format!(r#"{{"model":"m","messages":{}{}}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
    assert!(read(&deep).is_ok());
    assert_eq!(fault(&"{\"a\":".repeat(1_000_000)).1, "invalid_json");
}

proptest! {
    #[test]
    fn no_bytes_whatever_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), text in "[{}\\[\\]\":,a-z0-9\\\\ ]{0,80}") {
        let _ = Request::read(Endpoint::Chat, &body);
        let _ = Request::read(Endpoint::Chat, text.as_bytes());
    }
}
