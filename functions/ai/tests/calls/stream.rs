//! Streams: forwarded as they come, the usage chunk kept back unless it was asked for, settled at the end.

use serde_json::Value;

use crate::service::{COST, STREAM, Service, answer, error, text};

const STREAMED: &str = include_str!("../../fixtures/openai-stream.sse");

/// The same without the chunk that reports usage.
fn without_usage() -> String {
    let kept = STREAMED.split_inclusive("\n\n").filter(|block| !block.contains(r#""choices":[],"#));
    kept.collect()
}

#[test]
fn a_stream_is_forwarded_without_the_usage_nobody_asked_for() {
    let service = Service::new(|| answer(200, STREAMED));
    let out = service.chat(STREAM);
    assert_eq!((out.status, text(&out)), (200, without_usage().as_str()));
    assert_ne!(text(&out), STREAMED);
    assert_eq!(out.header("Content-Type"), Some("text/event-stream"));
    assert_eq!((out.header("X-Model"), out.header("X-Provider")), (Some("gpt-4o-mini"), Some("openai")));
    assert_eq!(out.header("X-Cost-Nano-Usd"), None);
    let sent: Value = serde_json::from_str(&service.upstream()[0].body).unwrap();
    assert_eq!(sent["stream_options"]["include_usage"], true);
}

#[test]
fn the_usage_of_a_stream_is_charged_as_that_of_a_plain_answer() {
    let service = Service::new(|| answer(200, STREAMED));
    service.chat(STREAM);
    assert_eq!(service.steps(), ["reserve", "completions", "settle"]);
    assert_eq!(service.settled_as(), ("succeeded".into(), "reported".into(), Some(COST)));
    let record = service.settled()["record"].take();
    assert_eq!(record["stream"], true);
    assert_eq!(record["first_token_ms"].as_u64(), Some(service.bench.now_ms()));
}

#[test]
fn a_client_that_asks_for_usage_gets_every_byte() {
    let service = Service::new(|| answer(200, STREAMED));
    let asking = r#"{"model":"gpt-4o-mini","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#;
    let out = service.chat(asking);
    assert_eq!(text(&out), STREAMED);
    assert_eq!(service.upstream()[0].body, asking);
    assert_eq!(service.settled_as().2, Some(COST));
}

#[test]
fn a_stream_that_breaks_off_ends_with_an_error_event_and_is_estimated() {
    let whole = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello, world\"}}]}\n\n";
    let service = Service::new(move || answer(200, &format!("{whole}data: {{\"choi")));
    let out = service.chat(STREAM);
    let tail = text(&out).strip_prefix(whole).unwrap();
    let event: Value = serde_json::from_str(tail.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(event["error"]["code"], "upstream_truncated");
    assert!(!text(&out).contains("[DONE]"));
    let (status, settlement, _) = service.settled_as();
    assert_eq!((status.as_str(), settlement.as_str()), ("truncated", "estimated"));
    assert_eq!(service.settled()["record"]["usage"]["completion_tokens"], 3);
}

#[test]
fn an_error_the_provider_streamed_is_not_followed_by_another() {
    let body = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n";
    let service = Service::new(move || answer(200, body));
    let out = service.chat(STREAM);
    assert_eq!(text(&out), body);
    assert_eq!(service.settled_as().0, "truncated");
}

#[test]
fn a_stream_that_never_begins_is_an_error_with_a_status() {
    let service = Service::new(|| answer(200, ""));
    let out = service.chat(STREAM);
    assert_eq!(error(&out), (502, "upstream_truncated".into()));
    let (status, settlement, _) = service.settled_as();
    assert_eq!((status.as_str(), settlement.as_str()), ("failed", "estimated"));
}
