//! Feedback on answers in conversations, and on calls without one.

use serde_json::{Value, json};

use crate::service::{Service, text};

#[test]
fn an_opinion_is_kept_replaced_and_taken_back() {
    let service = Service::new();
    let id = service.conversation();
    let said = service.say(&id, "one");
    let path = format!("/v1/conversations/{id}/messages/{}/feedback", text(&said["answer"], "id"));
    let opinion = json!({"rating": "down", "reasons": ["wrong", "too_long"], "comment": "太长了"});
    assert_eq!(service.done("PUT", &path, &opinion), opinion);
    let shown = || {
        service.done("GET", &format!("/v1/conversations/{id}/messages"), &Value::Null)["data"][0]["feedback"].clone()
    };
    assert_eq!(shown(), opinion);
    service.done("PUT", &path, &json!({"rating": "up"}));
    assert_eq!(shown(), json!({"rating": "up", "reasons": [], "comment": ""}));
    service.done("DELETE", &path, &Value::Null);
    assert_eq!(shown(), Value::Null);
}

#[test]
fn only_answers_are_rated_and_only_with_words() {
    let service = Service::new();
    let id = service.conversation();
    let said = service.say(&id, "one");
    let path = |message: &str| format!("/v1/conversations/{id}/messages/{message}/feedback");
    let (question, answer) = (text(&said["message"], "id"), text(&said["answer"], "id"));
    let up = json!({"rating": "up"});
    assert_eq!(service.refused("PUT", &path(&question), &up).0, 404);
    assert_eq!(service.refused("PUT", &path("msg_none"), &up).0, 404);
    for body in [
        json!({}),
        json!({"rating": "fine"}),
        json!({"rating": "up", "reasons": ["Not a word"]}),
        json!({"rating": "up", "reasons": vec!["a"; 9]}),
        json!({"rating": "up", "comment": "x".repeat(2_001)}),
        json!({"rating": "up", "user_id": "usr_2"}),
    ] {
        assert_eq!(service.refused("PUT", &path(&answer), &body).0, 422, "{body}");
    }
}

fn book(service: &Service, call: &str, user: &str, request: &str) {
    service.bench.execute(&format!(
        "INSERT INTO ledger (call_id, org_id, user_id, request_id, trace_id, model, provider, stream, status, settlement, \
         prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, started_at, finished_at) \
         VALUES ('{call}', '{user}', '{user}', '{request}', 't', 'm', 'p', 0, 'succeeded', 'reported', 1, 0, 2, 0, 4, 5)"
    ));
}

#[test]
fn a_call_is_rated_by_its_id_or_its_requests_by_whose_it_is() {
    let service = Service::new();
    book(&service, "call_1", "usr_1", "req_1");
    book(&service, "call_2", "usr_2", "req_1");
    let up = json!({"rating": "up"});
    service.done("PUT", "/v1/calls/call_1/feedback", &up);
    service.done("PUT", "/v1/calls/req_1/feedback", &json!({"rating": "down"}));
    assert_eq!(service.count("SELECT count(*) AS one FROM feedback WHERE call_id = 'call_1' AND rating = 'down'"), 1);
    assert_eq!(service.count("SELECT count(*) AS one FROM feedback"), 1);
    assert_eq!(service.refused("PUT", "/v1/calls/call_2/feedback", &up).0, 404);
    assert_eq!(service.refused("DELETE", "/v1/calls/call_2/feedback", &Value::Null).0, 404);
    assert_eq!(service.refused("PUT", "/v1/calls/call_9/feedback", &up).0, 404);
    service.done("DELETE", "/v1/calls/call_1/feedback", &Value::Null);
    assert_eq!(service.count("SELECT count(*) AS one FROM feedback"), 0);
}

#[test]
fn administrators_read_what_was_thought_of_which_model_and_nothing_that_was_said() {
    let service = Service::new();
    let id = service.conversation();
    let said = service.say(&id, "a secret question");
    let path = format!("/v1/conversations/{id}/messages/{}/feedback", text(&said["answer"], "id"));
    service.done("PUT", &path, &json!({"rating": "down", "comment": "wrong"}));
    assert_eq!(service.refused("GET", "/v1/admin/feedback", &Value::Null).0, 403);
    let token = service.bench.token("usr_1", &["admin"]);
    let read = |query: &str| service.bench.json("GET", &format!("/v1/admin/feedback{query}"), Some(&token), "").1;
    let all = read("?rating=down&model=m-1");
    assert_eq!((&all["data"][0]["opinion"]["comment"], &all["data"][0]["model"]), (&json!("wrong"), &json!("m-1")));
    assert!(!all.to_string().contains("secret"));
    assert_eq!((read("?rating=up")["data"].clone(), read("?model=x")["data"].clone()), (json!([]), json!([])));
    assert_eq!(read("?prompt_id=prm_1")["data"], json!([]));
}
