//! The same idempotency key twice: one call, one charge, the same answer.

use std::cell::Cell;

use crate::service::{PLAIN, STREAM, Service, answer, completion, error, text};

const STREAMED: &str = include_str!("../../fixtures/openai-stream.sse");

#[test]
fn a_plain_answer_is_replayed_without_a_second_call() {
    let service = Service::new(|| answer(200, &completion()));
    let first = service.chat_once("k", PLAIN);
    let second = service.chat_once("k", PLAIN);
    assert_eq!((second.status, text(&second)), (200, text(&first)));
    assert_eq!((first.header("Idempotent-Replayed"), second.header("Idempotent-Replayed")), (None, Some("true")));
    assert_eq!(service.steps(), ["reserve", "completions", "settle"]);
}

#[test]
fn a_stream_is_replayed_as_the_client_got_it() {
    let service = Service::new(|| answer(200, STREAMED));
    let first = service.chat_once("k", STREAM);
    let second = service.chat_once("k", STREAM);
    assert_eq!(text(&second), text(&first));
    assert!(!text(&second).contains("prompt_tokens"));
    assert_eq!(second.header("Content-Type"), Some("text/event-stream"));
    assert_eq!(second.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(service.steps(), ["reserve", "completions", "settle"]);
}

#[test]
fn another_body_under_the_same_key_is_refused() {
    let service = Service::new(|| answer(200, &completion()));
    service.chat_once("k", PLAIN);
    assert_eq!(error(&service.chat_once("k", STREAM)), (422, "idempotency_mismatch".into()));
    assert_eq!(service.upstream().len(), 1);
}

#[test]
fn a_failure_is_not_kept_so_that_a_retry_may_succeed() {
    for status in [500, 429] {
        let tries = Cell::new(0);
        let service = Service::new(move || {
            tries.set(tries.get() + 1);
            if tries.get() <= 2 { answer(status, "{}") } else { answer(200, &completion()) }
        });
        assert!(service.chat_once("k", PLAIN).status >= 400);
        let second = service.chat_once("k", PLAIN);
        assert_eq!((second.status, second.header("Idempotent-Replayed")), (200, None));
        assert_eq!(service.upstream().len(), 3);
    }
}
