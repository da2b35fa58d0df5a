//! Conversations: lists, changes, exports, settings, the sweep, and that they are their person's alone.

use serde_json::{Value, json};
use shared::head::HeaderName;

use crate::service::{Service, at_once, each, text};

#[test]
fn a_conversation_is_made_changed_and_deleted_with_all_that_was_said() {
    let service = Service::with(&[("CONVERSATION_MODEL", "m-default")]);
    let made = service.done("POST", "/v1/conversations", &Value::Null);
    assert_eq!(
        (&made["model"], &made["title_by"], &made["context_messages"]),
        (&json!("m-default"), &json!("nobody"), &json!(40))
    );
    let (id, path) = (text(&made, "id"), format!("/v1/conversations/{}", text(&made, "id")));
    let changed = service.done("PATCH", &path, &json!({"title": "Mine", "system": "Be brief.", "context_messages": 3}));
    assert_eq!(
        (&changed["title"], &changed["title_by"], &changed["model"]),
        (&json!("Mine"), &json!("person"), &json!("m-default"))
    );
    service.say(&id, "hello");
    service.done("DELETE", &path, &Value::Null);
    assert_eq!(service.refused("GET", &path, &Value::Null).0, 404);
    assert_eq!(service.refused("DELETE", &path, &Value::Null).0, 404);
    assert_eq!(service.count("SELECT count(*) AS one FROM messages"), 0);
}

#[test]
fn bodies_that_do_not_fit_are_422() {
    let service = Service::new();
    for body in [
        json!({"title": ""}),
        json!({"title": "a\nb"}),
        json!({"context_messages": 0}),
        json!({"context_bytes": 1}),
        json!({"system": "x".repeat(16_385)}),
        json!({"more": 1}),
    ] {
        assert_eq!(service.refused("POST", "/v1/conversations", &body).0, 422, "{body}");
    }
}

#[test]
fn the_list_has_those_first_in_which_something_was_said_last() {
    let service = Service::new();
    let ids: Vec<String> = (0..5)
        .map(|_| {
            service.bench.pass(1_000);
            service.conversation()
        })
        .collect();
    service.say(&ids[1], "hello");
    let page = service.done("GET", "/v1/conversations?limit=2", &Value::Null);
    assert_eq!(each(&page, "id"), [ids[1].as_str(), &ids[4]]);
    let rest = service.done("GET", &format!("/v1/conversations?cursor={}", text(&page, "next_cursor")), &Value::Null);
    assert_eq!(each(&rest, "id"), [ids[3].as_str(), &ids[2], &ids[0]]);
}

#[test]
fn another_persons_conversation_is_404_on_every_row() {
    let service = Service::new();
    let id = service.conversation();
    let said = service.say(&id, "secret words");
    let (message, answer) = (text(&said["message"], "id"), text(&said["answer"], "id"));
    for (method, rest, body) in [
        ("GET", String::new(), Value::Null),
        ("PATCH", String::new(), json!({"title": "Mine"})),
        ("PATCH", String::new(), json!({"head": message.clone()})),
        ("DELETE", String::new(), Value::Null),
        ("GET", "/export".into(), Value::Null),
        ("GET", "/messages".into(), Value::Null),
        ("POST", "/messages".into(), json!({"content": "hi"})),
        ("POST", "/messages".into(), json!({"content": "hi", "stream": true})),
        ("POST", format!("/messages/{answer}/regenerate"), Value::Null),
        ("PUT", format!("/messages/{answer}/feedback"), json!({"rating": "up"})),
        ("DELETE", format!("/messages/{answer}/feedback"), Value::Null),
    ] {
        let (status, reply) = service.call("usr_2", method, &format!("/v1/conversations/{id}{rest}"), &body);
        assert_eq!(status, 404, "{method} {rest}: {reply}");
    }
    for path in ["/v1/conversations", "/v1/conversations/search?q=secret"] {
        assert_eq!(service.call("usr_2", "GET", path, &Value::Null).1["data"], json!([]));
    }
    // Nor is another's message reached through one's own conversation.
    let own = text(&service.call("usr_2", "POST", "/v1/conversations", &Value::Null).1, "id");
    for (rest, body, wanted) in [
        (format!("/messages/{answer}/regenerate"), json!({}), 404),
        ("/messages".into(), json!({"content": "hi", "parent": answer.clone()}), 422),
    ] {
        assert_eq!(service.call("usr_2", "POST", &format!("/v1/conversations/{own}{rest}"), &body).0, wanted);
    }
    assert_eq!(
        service.call("usr_2", "GET", &format!("/v1/conversations/{own}/messages?branch={answer}"), &Value::Null).0,
        404
    );
    assert_eq!(service.call("usr_2", "PATCH", &format!("/v1/conversations/{own}"), &json!({"head": answer})).0, 422);
    assert_eq!(service.asked().len(), 1);
    assert_eq!(service.branch(&id, ""), ["secret words", "answer 1"]);
}

#[test]
fn an_administrator_in_the_persons_place_reads_nothing() {
    let service = Service::new();
    let id = service.conversation();
    service.bench.execute(
        "INSERT INTO users (id, email, roles, created_at) VALUES ('usr_a', 'a@example.com', '[\"admin\"]', 0)",
    );
    service.bench.execute("UPDATE sessions SET actor_id = 'usr_a'");
    let bearer = format!("Bearer {}", service.bench.stand_in_token("usr_1", "usr_a"));
    for path in
        ["", &format!("/{id}"), &format!("/{id}/messages"), &format!("/{id}/export"), "/search?q=x", "/settings"]
    {
        let out = service.bench.request(
            "GET",
            &format!("/v1/conversations{path}"),
            &[(HeaderName::Authorization, &bearer)],
            "",
        );
        assert_eq!(out.status, 403, "{path}");
    }
}

#[test]
fn an_export_has_every_branch_as_lines_and_the_shown_one_for_people() {
    let service = Service::new();
    let id = service.conversation();
    let first = service.say(&id, "你好");
    let path = format!("/v1/conversations/{id}");
    service.done("POST", &format!("{path}/messages"), &json!({"content": "hello instead", "parent": null}));
    let (status, lines) = service.raw("usr_1", "GET", &format!("{path}/export"), &Value::Null);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((status, lines.len(), &lines[0]["type"]), (200, 5, &json!("conversation")));
    assert_eq!((&lines[1]["content"], &lines[1]["type"]), (&json!("你好"), &json!("message")));
    assert_eq!(lines[1]["id"], first["message"]["id"]);
    let (_, markdown) = service.raw("usr_1", "GET", &format!("{path}/export?format=markdown"), &Value::Null);
    assert!(
        markdown.starts_with("# 你好\n")
            && markdown.contains("hello instead\n")
            && markdown.contains("assistant (m-1)")
    );
    assert!(!markdown.contains("answer 1"), "{markdown}");
    assert_eq!(service.refused("GET", &format!("{path}/export?format=pdf"), &Value::Null).0, 422);
}

#[test]
fn settings_are_ones_own_and_say_what_the_deployment_keeps() {
    let service = Service::with(&[("CONVERSATION_RETENTION_DAYS", "365")]);
    let path = "/v1/conversations/settings";
    let read = |user: &str| service.call(user, "GET", path, &Value::Null).1;
    assert_eq!(read("usr_1"), json!({"retention_days": null, "deployment_retention_days": 365}));
    service.done("PUT", path, &json!({"retention_days": 30}));
    assert_eq!((&read("usr_1")["retention_days"], &read("usr_2")["retention_days"]), (&json!(30), &Value::Null));
    service.done("PUT", path, &json!({"retention_days": null}));
    assert_eq!(read("usr_1")["retention_days"], Value::Null);
    for body in
        [json!({}), json!({"retention_days": 0}), json!({"retention_days": 3651}), json!({"retention_days": 1, "x": 1})]
    {
        assert_eq!(service.refused("PUT", path, &body).0, 422, "{body}");
    }
}

/// Sweeps as the schedule does; how many conversations are left.
fn swept(service: &Service, days: Option<&str>) -> i64 {
    let statements = talk::sweep::statements(days.map(str::to_owned), service.bench.now_ms());
    assert!(at_once(service.bench.platform().db().batch(statements)).is_ok());
    service.count("SELECT count(*) AS one FROM conversations")
}

#[test]
fn the_sweep_deletes_what_is_too_old_by_the_deployment_or_by_its_person() {
    const DAY: u64 = 86_400_000;
    let service = Service::new();
    let id = service.conversation();
    service.say(&id, "hello");
    service.call("usr_2", "POST", "/v1/conversations", &Value::Null);
    service.bench.pass(10 * DAY);
    assert_eq!((swept(&service, None), swept(&service, Some("0")), swept(&service, Some("never"))), (2, 2, 2));
    service.done("PUT", "/v1/conversations/settings", &json!({"retention_days": 9}));
    assert_eq!(swept(&service, Some("11")), 1, "the person's own days");
    assert_eq!(service.count("SELECT count(*) AS one FROM messages"), 0);
    assert_eq!(swept(&service, Some("9")), 0, "the deployment's days");
}
