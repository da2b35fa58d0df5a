//! Every way in which the AI function fails, and what becomes of the conversation: a turn that gets no answer leaves
//! nothing behind.

use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::{Scripted, SendError};

use crate::service::{Service, refusal, text};

/// A conversation in which one answer was given; then the model fails so.
fn failing(answer: impl Fn() -> Scripted + 'static) -> (Service, String) {
    let service = Service::new();
    let id = service.conversation();
    service.say(&id, "one");
    service.bench.settle();
    service.answering(move |_, _| answer());
    (service, id)
}

/// What somebody is told when the model fails so, and that the conversation is as it was.
fn check(answer: impl Fn() -> Scripted + Clone + 'static, wanted: (u16, &str)) {
    for streamed in [false, true] {
        let (service, id) = failing(answer.clone());
        let before = service.state(&id);
        let path = format!("/v1/conversations/{id}/messages");
        let (status, reply) = service.call("usr_1", "POST", &path, &json!({"content": "two", "stream": streamed}));
        assert_eq!((status, reply["code"].as_str().unwrap_or_default()), wanted, "{reply}");
        service.bench.settle();
        let after = service.state(&id);
        for member in ["head", "messages", "title", "title_by", "answering"] {
            assert_eq!(after[member], before[member], "{member}");
        }
        assert_eq!(service.branch(&id, ""), ["one", "answer 1"]);
        assert_eq!(service.count("SELECT bytes AS one FROM conversations"), 11);
        assert_eq!(service.count("SELECT count(*) AS one FROM messages"), 2);
    }
}

#[test]
fn a_refusal_is_told_as_a_problem_and_nothing_is_kept() {
    check(|| refusal(402, "insufficient_quota"), (402, "budget_exhausted"));
    check(|| refusal(429, "rate_limited"), (429, "rate_limited"));
    check(|| refusal(429, "engine_overloaded_error"), (429, "rate_limited"));
    check(|| refusal(404, "model_not_found"), (422, "validation_failed"));
    check(|| refusal(400, "context_length_exceeded"), (422, "validation_failed"));
    check(|| refusal(401, "unauthenticated"), (401, "unauthenticated"));
    check(|| refusal(403, "forbidden"), (403, "forbidden"));
    check(|| refusal(502, "upstream_failed"), (502, "upstream_failed"));
    check(|| refusal(503, "unavailable"), (503, "unavailable"));
    check(|| refusal(504, "upstream_timeout"), (504, "upstream_timeout"));
    check(|| Ok((500, vec![], b"<html>".to_vec())), (502, "upstream_failed"));
    check(|| Ok((302, vec![], vec![])), (502, "upstream_failed"));
}

#[test]
fn a_function_that_is_not_there_or_says_nothing_is_told_and_nothing_is_kept() {
    check(|| Err(SendError::Unreachable("nothing is bound".into())), (503, "unavailable"));
    check(|| Err(SendError::Deadline), (504, "upstream_timeout"));
    check(|| Err(SendError::Left), (499, ""));
}

#[test]
fn an_answer_that_is_none_is_told_and_nothing_is_kept() {
    let (service, id) = failing(|| Ok((200, vec![], b"<html>".to_vec())));
    let path = format!("/v1/conversations/{id}/messages");
    assert_eq!(service.refused("POST", &path, &json!({"content": "two"})), (502, "upstream_invalid".to_owned()));
    assert_eq!(service.branch(&id, ""), ["one", "answer 1"]);
    let (service, id) = failing(|| Ok((200, vec![], vec![])));
    let path = format!("/v1/conversations/{id}/messages");
    let body = json!({"content": "two", "stream": true});
    assert_eq!(service.refused("POST", &path, &body), (502, "upstream_failed".to_owned()));
    assert_eq!(service.branch(&id, ""), ["one", "answer 1"]);
}

/// A streamed turn over this upstream stream: what the client gets, and the answer as it is kept.
fn streamed(events: &'static str) -> (String, Value) {
    let (service, id) = failing(move || Ok((200, vec![], events.as_bytes().to_vec())));
    let path = format!("/v1/conversations/{id}/messages");
    let (status, bytes) = service.raw("usr_1", "POST", &path, &json!({"content": "two", "stream": true}));
    assert_eq!(status, 200);
    service.bench.settle();
    let list = service.done("GET", &path, &Value::Null);
    assert_eq!(service.state(&id)["answering"], false);
    (bytes, list["data"][0].clone())
}

#[test]
fn an_answer_that_breaks_off_is_kept_as_far_as_it_came_and_said_so() {
    let told = "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\ndata: {\"error\":{\"message\":\"m\",\"code\":\"upstream_timeout\"}}\n\n";
    let (bytes, kept) = streamed(told);
    assert_eq!(bytes, told);
    assert_eq!(
        (&kept["content"], &kept["state"], &kept["error"]),
        (&json!("Hel"), &json!("broken"), &json!("upstream_timeout"))
    );
    // Lost between the functions: the client is told here.
    let (bytes, kept) = streamed("data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\ndata: {\"cho");
    assert!(bytes.contains("\"code\":\"upstream_failed\"") && !bytes.contains("[DONE]"), "{bytes}");
    assert_eq!(
        (&kept["content"], &kept["state"], &kept["error"]),
        (&json!("Hel"), &json!("broken"), &json!("upstream_failed"))
    );
}

#[test]
fn a_first_message_that_got_no_answer_leaves_no_title_either() {
    let service = Service::new();
    let id = service.conversation();
    service.answering(|_, _| refusal(402, "budget_exhausted"));
    let path = format!("/v1/conversations/{id}/messages");
    assert_eq!(service.refused("POST", &path, &json!({"content": "hello"})).0, 402);
    let state = service.state(&id);
    assert_eq!((&state["title"], &state["title_by"], &state["head"]), (&json!(""), &json!("nobody"), &Value::Null));
}

#[test]
fn an_answer_that_cannot_be_made_again_leaves_the_old_one() {
    let (service, id) = failing(|| refusal(502, "upstream_failed"));
    let answer = text(&service.state(&id), "head");
    let path = format!("/v1/conversations/{id}/messages/{answer}/regenerate");
    assert_eq!(service.refused("POST", &path, &Value::Null).0, 502);
    assert_eq!(service.branch(&id, ""), ["one", "answer 1"]);
    assert_eq!(text(&service.state(&id), "head"), answer);
    assert_eq!(
        service.refused("POST", &format!("/v1/conversations/{id}/messages/msg_none/regenerate"), &Value::Null).0,
        404
    );
}

#[test]
fn a_retry_with_the_same_key_gets_the_same_answer_and_says_nothing_twice() {
    let service = Service::new();
    let id = service.conversation();
    service.sign_in("usr_1");
    let bearer = format!("Bearer {}", service.bench.token("usr_1", &[]));
    let headers = [(HeaderName::Authorization, bearer.as_str()), (HeaderName::IdempotencyKey, "k1")];
    let path = format!("/v1/conversations/{id}/messages");
    for streamed in ["", ",\"stream\":true"] {
        let body = format!("{{\"content\":\"one\"{streamed}}}");
        let key = [headers[0], (HeaderName::IdempotencyKey, if streamed.is_empty() { "k1" } else { "k2" })];
        let first = service.bench.request("POST", &path, &key, &body);
        service.bench.settle();
        let second = service.bench.request("POST", &path, &key, &body);
        assert_eq!((first.status, &first.body), (second.status, &second.body));
        assert_eq!(second.header("Idempotent-Replayed"), Some("true"));
    }
    assert_eq!(service.branch(&id, "").len(), 4);
    assert_eq!(service.asked().len(), 2);
    let other = service.bench.request("POST", &path, &headers, r#"{"content":"other"}"#);
    assert_eq!(other.status, 422);
}

#[test]
fn a_signed_request_cannot_talk_in_somebodys_name() {
    // Conversations open to no program at all.
    let service = Service::new();
    let id = service.conversation();
    let out = service.bench.request_with(
        "POST",
        &format!("/v1/conversations/{id}/messages"),
        &[],
        &[("signature-input", "sig=()")],
        r#"{"content":"x"}"#,
    );
    assert_eq!(out.status, 401);
}
