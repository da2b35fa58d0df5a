//! Who is told when an analysis ends: by events, by webhooks.

use serde_json::{Value, json};
use shared::head::HeaderName;

use crate::service::{PICTURE, Service, said};

const URL: &str = "https://example.com/hook";

fn set(service: &Service, url: &Value) -> Value {
    let (status, set) = service.call("usr_1", "PUT", "/v1/webhook", &json!({ "url": url }));
    assert_eq!(status, 200, "{set}");
    set
}

fn deliveries(service: &Service, user: &str) -> Vec<Value> {
    let (status, list) = service.call(user, "GET", "/v1/webhook/deliveries", &Value::Null);
    assert_eq!(status, 200, "{list}");
    list["data"].as_array().unwrap().clone()
}

#[test]
fn a_secret_is_shown_once_and_replaced_with_both_signing() {
    let service = Service::new();
    assert_eq!(service.call("usr_1", "GET", "/v1/webhook", &Value::Null).1["has_secret"], json!(false));
    let first = set(&service, &json!(URL));
    assert!(first["secret"].as_str().unwrap().starts_with("whsec_"), "{first}");
    assert_eq!(set(&service, &json!(URL)).get("secret"), None);
    let (status, rotated) = service.call("usr_1", "POST", "/v1/webhook/secret", &Value::Null);
    assert_eq!(status, 200, "{rotated}");
    assert_ne!(rotated["secret"], first["secret"]);
    assert!(rotated["former_secret_until"].is_string());
    let (_, read) = service.call("usr_1", "GET", "/v1/webhook", &Value::Null);
    assert_eq!((read.get("secret"), &read["url"]), (None, &json!(URL)));
    assert_eq!(service.call("usr_1", "DELETE", "/v1/webhook", &Value::Null).0, 204);
    assert_eq!(service.call("usr_1", "GET", "/v1/webhook", &Value::Null).1["has_secret"], json!(false));
}

#[test]
fn an_organisations_settings_are_its_members_alone() {
    let service = Service::new();
    let path = "/v1/webhook?organisation_id=org_1";
    assert_eq!(service.call("usr_1", "PUT", path, &json!({"url": URL})).0, 404);
    assert_eq!(service.call("usr_1", "POST", "/v1/webhook/secret?organisation_id=org_1", &Value::Null).0, 404);
    service.bench.execute(
        "INSERT INTO organisations (id, name, slug, created_at) VALUES ('org_1', 'One', 'one', 0);
         INSERT INTO organisation_roles (organisation_id, name, permissions, changed_as) VALUES ('org_1', 'member', '[]', 'x');
         INSERT INTO members (organisation_id, user_id, role, joined_at) VALUES ('org_1', 'usr_1', 'member', 0);",
    );
    assert_eq!(service.call("usr_1", "PUT", path, &json!({"url": URL})).0, 200);
    let read = |path: &str| service.call("usr_1", "GET", path, &Value::Null).1["url"].clone();
    assert_eq!((read(path), read("/v1/webhook")), (json!(URL), Value::Null));
}

#[test]
fn whoever_is_set_is_told_once_of_what_succeeded_and_of_what_failed() {
    let service = Service::new();
    set(&service, &json!(URL));
    let id = service.analysis();
    service.collect();
    let message = service.waiting.borrow()[0].clone();
    service.run();
    service.take(&message);
    service.run();
    assert_eq!(service.told().len(), 1);
    let (url, body) = service.told()[0].split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((url.as_str(), &body["type"]), (URL, &json!("analysis.succeeded")));
    assert_eq!(body["data"], service.state(&id), "what is told is what is read");
    service.answering(|_| said(402, &json!({"error": {"message": "no money", "code": "budget_exhausted"}})));
    service.analysis();
    service.run();
    assert!(service.told()[1].contains("\"analysis.failed\"") && service.told()[1].contains("budget_exhausted"));
    let seen = deliveries(&service, "usr_1");
    assert!(seen.iter().all(|one| one["status"] == "delivered" && one["attempts"] == 1 && one["last_status"] == 204));
    assert_eq!((seen.len(), deliveries(&service, "usr_2").len()), (2, 0));
}

#[test]
fn an_analysis_names_its_own_receiver_when_there_is_a_secret() {
    let service = Service::new();
    let wish = |url: &str| json!({"file_id": service.file("usr_1", PICTURE), "task": "text", "webhook_url": url});
    let (status, problem) = service.call("usr_1", "POST", "/v1/analyses", &wish(URL));
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("no_secret")));
    set(&service, &Value::Null);
    service.analysis();
    service.analysis_of(&wish(URL));
    service.run();
    assert_eq!(service.told().len(), 1, "the other one named nobody");
}

#[test]
fn a_receiver_that_fails_is_told_again_with_the_same_message() {
    let service = Service::new();
    set(&service, &json!(URL));
    service.receiving(|n| if n < 3 { Ok(500) } else { Ok(200) });
    service.analysis();
    service.run();
    let told = service.told();
    assert!(told.len() == 3 && told.iter().all(|one| *one == told[0]));
    let seen = deliveries(&service, "usr_1");
    assert_eq!((&seen[0]["status"], &seen[0]["attempts"]), (&json!("delivered"), &json!(3)));
}

#[test]
fn the_long_waits_are_the_schedules() {
    let service = Service::new();
    set(&service, &json!(URL));
    service.receiving(|_| Ok(302));
    service.analysis();
    service.run();
    assert_eq!(service.told().len(), 4, "the queue holds the short waits alone");
    for _ in 0..10 {
        service.bench.pass(86_400_000 + 60_000);
        service.wake();
        service.run();
    }
    assert_eq!(service.told().len(), 10);
    let seen = deliveries(&service, "usr_1");
    assert_eq!((&seen[0]["status"], &seen[0]["last_status"]), (&json!("failed"), &json!(302)));
    service.bench.pass(31 * 86_400_000);
    service.wake();
    assert!(deliveries(&service, "usr_1").is_empty(), "forgotten");
}

#[test]
fn nobody_is_told_after_the_settings_are_gone() {
    let service = Service::new();
    set(&service, &json!(URL));
    service.analysis();
    service.collect();
    service.step();
    assert_eq!(service.call("usr_1", "DELETE", "/v1/webhook", &Value::Null).0, 204);
    service.run();
    assert!(service.told().is_empty());
    assert_eq!(deliveries(&service, "usr_1")[0]["status"], "failed");
}

#[test]
fn events_tell_how_far_it_is_and_end_with_it() {
    let service = Service::new();
    let id = service.analysis();
    let token = format!("Bearer {}", service.bench.token("usr_1", &[]));
    let watch = |last: &str| {
        let headers = [(HeaderName::Authorization, token.as_str())];
        let path = format!("/v1/analyses/{id}/events");
        service.bench.request_with("GET", &path, &headers, &[("last-event-id", last)], "")
    };
    let waiting = watch("");
    let text = String::from_utf8(waiting.body.clone()).unwrap();
    assert_eq!(waiting.header("Content-Type"), Some("text/event-stream"));
    assert!(text.starts_with("retry: 2000\n\nid: 1\nevent: status\ndata: {"), "{text}");
    assert!(text.contains(": still at it\n\n") && text.matches("event:").count() == 1, "{text}");
    service.run();
    let text = String::from_utf8(watch("1").body).unwrap();
    assert!(text.contains("id: 3\nevent: done\ndata: {") && text.contains("STOP"), "{text}");
    assert_eq!(watch("3").status, 204, "it comes back no more");
}
