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

#[test]
fn a_message_that_breaks_off_is_charged_the_prompt_its_provider_told() {
    let start = r#"{"type":"message_start","message":{"usage":{"input_tokens":5,"cache_read_input_tokens":20,"output_tokens":1}}}"#;
    let delta = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello, world"}}"#;
    let service = Service::new(move || answer(200, &format!("data: {start}\n\ndata: {delta}\n\n")));
    service.message(
        r#"{"model":"simulated-chat","max_tokens":99,"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#,
    );
    let (status, settlement, _) = service.settled_as();
    assert_eq!((status.as_str(), settlement.as_str()), ("truncated", "estimated"));
    let record = service.settled()["record"].take();
    let usage = &record["usage"];
    assert_eq!((&usage["prompt_tokens"], &usage["cached_tokens"]), (&25.into(), &20.into()));
    assert_eq!(usage["completion_tokens"], 3);
    assert!(record["raw_usage"].as_str().unwrap().contains("cache_read_input_tokens"));
}

#[test]
fn an_error_in_anthropics_dialect_names_the_request() {
    let service = Service::new(|| answer(400, r#"{"error":{"message":"No.","type":"invalid_request_error"}}"#));
    let body = r#"{"model":"simulated-chat","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#;
    for body in [body, r#"{"max_tokens":9}"#] {
        let out = service.message(body);
        let told: Value = serde_json::from_slice(&out.body).unwrap();
        assert_eq!((out.status, told["type"].as_str()), (400, Some("error")), "{told}");
        assert_eq!(told["request_id"].as_str(), out.header("X-Request-Id"));
        assert!(told["request_id"].is_string());
    }
}
