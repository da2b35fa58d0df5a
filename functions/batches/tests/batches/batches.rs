//! Batches that go their way.

use std::cell::RefCell;
use std::collections::HashSet;

use serde_json::{Value, json};

use crate::service::{Service, line, lines, said};

#[test]
fn a_batch_is_answered_line_by_line_and_in_order() {
    let service = Service::new();
    let id = service.batch(&lines(60));
    service.run();
    let batch = service.state(&id);
    assert_eq!(
        (&batch["status"], &batch["errors"], &batch["error_file_id"]),
        (&json!("completed"), &Value::Null, &Value::Null)
    );
    assert_eq!(batch["request_counts"], json!({"total": 60, "completed": 60, "failed": 0}));
    let ids: Vec<String> = (1..=60).map(|n| format!("c{n}")).collect();
    assert_eq!(service.ids_of(&batch, "output_file_id"), ids);
    let first = &service.lines_of(&batch, "output_file_id")[0];
    assert_eq!(
        first["response"],
        json!({"status_code": 200, "request_id": "req_1", "body": {"model": "m", "input": "1"}})
    );
    assert_eq!((&first["error"], first["id"].as_str().unwrap().ends_with("_1")), (&Value::Null, true));
    assert!(batch["completed_at"].is_u64() && batch["in_progress_at"].is_u64() && batch["failed_at"].is_null());
}

#[test]
fn a_message_that_comes_twice_asks_once_and_counts_once() {
    let service = Service::new();
    let id = service.batch(&lines(50));
    let mut seen = Vec::new();
    while let Some((_, text)) = service.step() {
        service.collect();
        // Each message once more, behind all that it led to.
        if !seen.contains(&text) {
            seen.push(text.clone());
            service.waiting.borrow_mut().push_front(text.clone());
            service.waiting.borrow_mut().push_back(text);
        }
    }
    assert_eq!(service.asked().len(), 50);
    assert_eq!(service.asked().iter().collect::<HashSet<_>>().len(), 50);
    let batch = service.state(&id);
    assert_eq!(batch["request_counts"], json!({"total": 50, "completed": 50, "failed": 0}));
    assert_eq!(service.ids_of(&batch, "output_file_id").len(), 50);
}

#[test]
fn what_may_pass_is_asked_again_under_the_same_key_and_nothing_else_is() {
    let service = Service::new();
    let refused = RefCell::new(HashSet::new());
    service.answering(move |body, _| {
        let third = body["input"].as_str().unwrap().parse::<u32>().unwrap().is_multiple_of(3);
        if third && refused.borrow_mut().insert(body["input"].to_string()) {
            said(429, &json!({}))
        } else {
            said(200, body)
        }
    });
    let id = service.batch(&lines(9));
    service.run();
    let batch = service.state(&id);
    assert_eq!(batch["request_counts"], json!({"total": 9, "completed": 9, "failed": 0}));
    assert_eq!(service.asked().len(), 12);
}

#[test]
fn a_spent_budget_ends_lines_as_their_own_errors() {
    let service = Service::new();
    service.answering(|body, n| {
        if n > 5 { said(402, &json!({"error": {"code": "insufficient_quota"}})) } else { said(200, body) }
    });
    let id = service.batch(&lines(8));
    service.run();
    let batch = service.state(&id);
    assert_eq!((&batch["status"], &batch["request_counts"]["failed"]), (&json!("completed"), &json!(3)));
    let errors = service.lines_of(&batch, "error_file_id");
    assert_eq!(errors.len(), 3);
    assert_eq!(errors[0]["response"]["status_code"], 402);
    assert_eq!(errors[0]["response"]["body"]["error"]["code"], "insufficient_quota");
    assert_eq!(service.asked().len(), 8, "none is asked twice");
}

#[test]
fn a_bad_line_fails_the_batch_and_is_named() {
    let service = Service::new();
    let input = [&line("a", "1"), "{\n", &line("a", "2"), &line("b", "3").replace("embeddings", "files")].concat();
    let id = service.batch(&input);
    service.run();
    let batch = service.state(&id);
    assert_eq!((&batch["status"], batch["failed_at"].is_u64()), (&json!("failed"), true));
    let errors: Vec<(&str, u64)> = batch["errors"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["code"].as_str().unwrap(), error["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(errors, [("invalid_json_line", 2), ("duplicate_custom_id", 3), ("mismatched_url", 4)]);
    assert!(service.asked().is_empty(), "nothing is asked");
}

#[test]
fn bad_wishes_are_refused() {
    let service = Service::new();
    let file = service.file(&lines(1));
    let good = json!({"input_file_id": file, "endpoint": "/v1/embeddings", "completion_window": "24h"});
    let cases = [
        (json!({"input_file_id": "file_1"}), "input_file_id"),
        (json!({"endpoint": "/v1/audio/speech"}), "endpoint"),
        (json!({"completion_window": "1h"}), "completion_window"),
        (json!({"metadata": {"k": "v".repeat(513)}}), "metadata"),
        (json!({"output_expires_after": {"anchor": "created_at", "seconds": 1}}), "output_expires_after/seconds"),
        (json!({"stream": true}), "stream"),
    ];
    for (change, param) in cases {
        let mut wish = good.clone();
        wish.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, reply) = service.call("usr_1", "POST", "/v1/batches", &wish);
        assert_eq!((status, reply["error"]["param"].as_str()), (422, Some(param)), "{change}: {reply}");
    }
    let (status, reply) = service.call("usr_2", "POST", "/v1/batches", &good);
    assert_eq!((status, reply["error"]["param"].as_str()), (422, Some("input_file_id")), "another's file");
    let stand_in = service.bench.stand_in_token("usr_1", "usr_9");
    assert_eq!(service.bench.json("POST", "/v1/batches", Some(&stand_in), &good.to_string()).0, 403);
}

#[test]
fn anothers_batch_is_404() {
    let service = Service::new();
    let id = service.batch(&lines(1));
    for (method, path) in [("GET", format!("/v1/batches/{id}")), ("POST", format!("/v1/batches/{id}/cancel"))] {
        assert_eq!(service.call("usr_2", method, &path, &Value::Null).0, 404, "{method} {path}");
    }
    assert_eq!(service.call("usr_2", "GET", "/v1/batches", &Value::Null).1["data"], json!([]));
    let (_, list) = service.call("usr_1", "GET", "/v1/batches?limit=1", &Value::Null);
    assert_eq!((&list["first_id"], &list["last_id"], &list["has_more"]), (&json!(id), &json!(id), &json!(false)));
}
