//! What can be made, by whom, and who sees it.

use serde_json::{Value, json};
use shared::head::HeaderName;

use crate::service::{PICTURE, Service, completion};

#[test]
fn a_picture_is_read_and_what_came_of_it_is_kept_with_its_call() {
    let service = Service::new();
    let id = service.analysis();
    service.run();
    let now = service.state(&id);
    assert_eq!((&now["status"], &now["result"]), (&json!("succeeded"), &json!({"text": "STOP", "language": "en"})));
    let call = &now["call"];
    assert_eq!(call["model_version"], "seer-1.5");
    assert_eq!((&call["cost_nano_usd"], &call["prompt_tokens"]), (&json!(1200), &json!(90)));
    assert_eq!(call["request_id"], json!(format!("{id}-0")));
    let asked = &service.asked()[0];
    assert_eq!(asked["model"], "chat-default");
    let url = asked["messages"][1]["content"][1]["image_url"]["url"].as_str().unwrap();
    assert!(url.starts_with("data:image/png;base64,iVBORw0KGgo"), "{url}");
}

#[test]
fn a_rubrics_total_is_worked_out_here() {
    let service = Service::new();
    service.answering(|_| completion(r#"{"c1":{"reason":"soft","score":5},"c2":{"reason":"bold","score":10}}"#));
    let rubric = json!({"criteria": [
        {"name": "Light", "description": "how it falls", "weight": 3},
        {"name": "Colour", "description": "how it sings"}
    ]});
    let wish = json!({"file_id": service.file("usr_1", PICTURE), "task": "score", "rubric": rubric, "model": "m"});
    let id = service.analysis_of(&wish);
    service.run();
    let result = service.state(&id)["result"].clone();
    assert_eq!(result["total"], json!(62.5));
    assert_eq!(
        result["criteria"][1],
        json!({"name": "Colour", "score": 10, "range": [0, 10], "weight": 1, "reason": "bold"})
    );
}

#[test]
fn only_a_picture_that_one_may_read_is_taken() {
    let service = Service::new();
    let refused = |user: &str, wish: &Value| {
        let (status, problem) = service.call(user, "POST", "/v1/analyses", wish);
        assert_eq!(status, 422, "{problem}");
        let error = &problem["errors"][0];
        (error["pointer"].as_str().unwrap().to_owned(), error["code"].as_str().unwrap().to_owned())
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let file = service.file("usr_1", PICTURE);
    assert_eq!(refused("usr_2", &json!({"file_id": file, "task": "text"})), pair("/file_id", "unknown"));
    let pdf = service.file("usr_1", b"%PDF-1.7 and so on");
    assert_eq!(refused("usr_1", &json!({"file_id": pdf, "task": "text"})), pair("/file_id", "not_a_picture"));
    service.bench.execute(&format!("UPDATE files SET bytes = 9000000 WHERE id = '{file}'"));
    assert_eq!(refused("usr_1", &json!({"file_id": file, "task": "text"})), pair("/file_id", "picture_too_large"));
    service.bench.execute(&format!("UPDATE files SET bytes = 24, deleted_at = 1 WHERE id = '{file}'"));
    assert_eq!(refused("usr_1", &json!({"file_id": file, "task": "text"})), pair("/file_id", "unknown"));
    assert_eq!(refused("usr_1", &json!({"file_id": file, "task": "paint"})).0, "/task");
    assert_eq!(refused("usr_1", &json!({"file_id": file, "task": "score"})), pair("/rubric", "missing"));
    let wish = json!({"file_id": file, "task": "text", "webhook_url": "https://10.0.0.1/"});
    assert_eq!(refused("usr_1", &wish), pair("/webhook_url", "invalid"));
}

#[test]
fn what_its_bytes_do_not_show_to_be_a_picture_fails() {
    let service = Service::new();
    let file = service.file("usr_1", b"<svg/>");
    // A record from before types were looked at.
    service.bench.execute("UPDATE files SET media_type = 'application/octet-stream'");
    let id = service.analysis_of(&json!({"file_id": file, "task": "text"}));
    service.run();
    assert_eq!(service.state(&id)["error"]["code"], "not_a_picture");
    assert!(service.asked().is_empty());
}

#[test]
fn anothers_analysis_is_404_on_every_row() {
    let service = Service::new();
    let id = service.analysis();
    for (method, rest) in
        [("GET", ""), ("DELETE", ""), ("GET", "/events"), ("POST", "/cancel"), ("POST", "/replay"), ("POST", "/rerun")]
    {
        let (status, _) = service.call("usr_2", method, &format!("/v1/analyses/{id}{rest}"), &Value::Null);
        assert_eq!(status, 404, "{method} {rest}");
    }
    assert_eq!(service.call("usr_2", "GET", "/v1/analyses", &Value::Null).1["data"], json!([]));
}

#[test]
fn lists_are_filtered_and_go_on() {
    let service = Service::new();
    let later = || service.bench.pass(1_000);
    let ids: Vec<String> = (0..3).map(|_| (service.analysis(), later()).0).collect();
    service.run();
    let list = |query: &str| service.call("usr_1", "GET", &format!("/v1/analyses?{query}"), &Value::Null).1;
    let first = list("limit=2&status=succeeded&task=text");
    assert_eq!(first["data"][0]["id"], json!(ids[2]));
    let next = list(&format!("limit=2&cursor={}", first["next_cursor"].as_str().unwrap()));
    assert_eq!((&next["data"][0]["id"], &next["next_cursor"]), (&json!(ids[0]), &Value::Null));
    assert_eq!(list("status=failed")["data"], json!([]));
    let file = first["data"][0]["file_id"].as_str().unwrap();
    assert_eq!(list(&format!("file_id={file}"))["data"].as_array().unwrap().len(), 1);
}

#[test]
fn a_poll_is_told_when_to_come_and_when_nothing_is_new() {
    let service = Service::new();
    let id = service.analysis();
    let token = format!("Bearer {}", service.bench.token("usr_1", &[]));
    let poll = |tag: &str| {
        let headers = [(HeaderName::Authorization, token.as_str()), (HeaderName::IfNoneMatch, tag)];
        service.bench.request("GET", &format!("/v1/analyses/{id}"), &headers, "")
    };
    let first = poll("");
    assert_eq!((first.status, first.header("Retry-After")), (200, Some("2")));
    let tag = first.header("ETag").unwrap().to_owned();
    assert_eq!(poll(&tag).status, 304);
    service.run();
    let last = poll(&tag);
    assert_eq!((last.status, last.header("Retry-After")), (200, None));
}

#[test]
fn a_person_has_two_hundred_open_ones_at_most() {
    let service = Service::new();
    let file = service.file("usr_1", PICTURE);
    service.bench.execute(&format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200) INSERT INTO analyses \
         (id, user_id, scopes, file_id, task, settings, model, next_at, created_at) \
         SELECT 'anl_' || n, 'usr_1', '[]', '{file}', 'text', '{{}}', 'm', 0, 0 FROM n"
    ));
    let (status, problem) = service.call("usr_1", "POST", "/v1/analyses", &json!({"file_id": file, "task": "text"}));
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("too_many")));
}

#[test]
fn an_administrator_in_somebodys_place_begins_nothing() {
    let service = Service::new();
    let id = service.analysis();
    let token = service.bench.stand_in_token("usr_1", "usr_9");
    for (method, path) in [
        ("DELETE", format!("/v1/analyses/{id}")),
        ("POST", format!("/v1/analyses/{id}/replay")),
        ("POST", format!("/v1/analyses/{id}/rerun")),
    ] {
        assert_eq!(service.bench.json(method, &path, Some(&token), "").0, 403, "{method} {path}");
    }
}
