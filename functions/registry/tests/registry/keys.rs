//! Keys of providers: added, taken out of use, removed, never shown.

use serde_json::{Value, json};

use crate::service::{Service, provider};

const KEY: &str = "sk-a-long-key-of-a-provider-7890";

#[test]
fn a_key_is_sealed_and_never_shown() {
    let service = Service::new();
    service.put("/providers/acme", &provider());
    let (status, made) = service.call("POST", "/providers/acme/keys", &json!({"key": KEY, "name": "first"}));
    assert_eq!(status, 201, "{made}");
    assert_eq!((&made["origin"], &made["ending"]), (&json!("https://api.acme.example"), &json!("7890")));
    assert_eq!((&made["enabled"], &made["created_by"]), (&json!(true), &json!("usr_1")));
    let list = service.get("/providers/acme/keys");
    assert_eq!(list["data"], json!([made]));
    assert!(!list.to_string().contains(KEY));
    for table in ["provider_keys", "security_events", "registry_revisions", "idempotency_keys"] {
        let dump = dump(&service, table);
        assert!(!dump.contains("sk-a-long"), "{table}");
    }
}

/// All of a table as text.
fn dump(service: &Service, table: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Row {
        all_of_it: String,
    }
    let sql: &'static str = match table {
        "provider_keys" => {
            "SELECT coalesce(json_group_array(id || origin || name || ending || sealed), '') AS all_of_it FROM provider_keys"
        }
        "security_events" => "SELECT coalesce(json_group_array(detail), '') AS all_of_it FROM security_events",
        "registry_revisions" => {
            "SELECT coalesce(json_group_array(body || changes), '') AS all_of_it FROM registry_revisions"
        }
        _ => "SELECT coalesce(json_group_array(key || fingerprint || body), '') AS all_of_it FROM idempotency_keys",
    };
    let mut future = std::pin::pin!(async {
        let rows: Vec<Row> = service.bench.platform().db().all(shared::sql!(sql)).await.unwrap();
        rows.into_iter().map(|row| row.all_of_it).collect::<String>()
    });
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(text) => text,
        std::task::Poll::Pending => panic!("nothing waits on the host"),
    }
}

#[test]
fn keys_are_replaced_without_a_gap() {
    let service = Service::new();
    service.put("/providers/acme", &provider());
    let add = |key: &str| service.call("POST", "/providers/acme/keys", &json!({ "key": key })).1["id"].clone();
    let (old, new) = (add("sk-old-old"), add("sk-new-new"));
    let path = format!("/providers/acme/keys/{}", old.as_str().unwrap());
    let (status, changed) = service.call("PATCH", &path, &json!({"enabled": false, "name": "old"}));
    assert_eq!((status, &changed["enabled"], &changed["name"]), (200, &json!(false), &json!("old")));
    assert_eq!(changed["ending"], "");
    let (_, again) = service.call("PATCH", &path, &json!({}));
    assert_eq!(again, changed);
    assert_eq!(service.call("DELETE", &path, &Value::Null).0, 204);
    assert_eq!(service.call("DELETE", &path, &Value::Null).0, 404);
    assert_eq!(service.call("PATCH", &path, &json!({})).0, 404);
    let left = service.get("/providers/acme/keys");
    assert_eq!((left["data"].as_array().unwrap().len(), &left["data"][0]["id"]), (1, &new));
    // Under another provider's name it is not found.
    let elsewhere = format!("/providers/openai/keys/{}", new.as_str().unwrap());
    assert_eq!(service.call("DELETE", &elsewhere, &Value::Null).0, 404);
}

#[test]
fn a_key_is_for_one_origin() {
    let service = Service::new();
    let add = |provider: &str, body: Value| service.call("POST", &format!("/providers/{provider}/keys"), &body);
    assert_eq!(add("openai", json!({"key": KEY})).1["origin"], "https://api.openai.com");
    let (status, made) = add("compatible", json!({"key": KEY, "origin": "https://LLM.example:443/v1"}));
    assert_eq!((status, &made["origin"]), (201, &json!("https://llm.example")));
    assert_eq!(add("compatible", json!({"key": KEY})).0, 422);
    assert_eq!(add("compatible", json!({"key": KEY, "origin": "http://llm.example"})).0, 422);
    assert_eq!(add("compatible", json!({"key": KEY, "origin": "llm.example"})).0, 422);
    assert_eq!(add("nobody", json!({"key": KEY})).0, 404);
}

#[test]
fn what_is_no_key_is_refused() {
    let service = Service::new();
    for (body, fault) in [
        (json!({"key": "short"}), "/key invalid"),
        (json!({"key": "with space in it"}), "/key invalid"),
        (json!({"key": "x".repeat(513)}), "/key invalid"),
        (json!({"key": KEY, "name": "x".repeat(101)}), "/name invalid"),
        (json!({"key": KEY, "weight": 1}), "/weight unknown"),
        (json!({"name": "none"}), "/key missing"),
    ] {
        assert_eq!(service.refused("POST", "/providers/openai/keys", &body), [fault], "{body}");
    }
    assert_eq!(service.refused("PATCH", "/providers/openai/keys/pk_1", &json!({"key": KEY})), ["/key unknown"]);
}

#[test]
fn a_provider_has_at_most_fifty_keys() {
    let service = Service::new();
    for _ in 0..50 {
        assert_eq!(service.call("POST", "/providers/openai/keys", &json!({"key": KEY})).0, 201);
    }
    assert_eq!(service.refused("POST", "/providers/openai/keys", &json!({"key": KEY})), ["/key too_many"]);
    assert_eq!(service.get("/providers/openai/keys?limit=100")["data"].as_array().unwrap().len(), 50);
}

#[test]
fn bringing_a_revision_back_brings_no_key_back() {
    let service = Service::new();
    service.put("/providers/acme", &provider());
    let (_, made) = service.call("POST", "/providers/acme/keys", &json!({"key": KEY}));
    let path = format!("/providers/acme/keys/{}", made["id"].as_str().unwrap());
    service.put("/aliases/a", &json!({"id": "a", "model": "gpt-4o"}));
    assert_eq!(service.call("DELETE", &path, &Value::Null).0, 204);
    assert_eq!(service.call("POST", "/revisions/1/restore", &Value::Null).0, 200);
    assert_eq!(service.get("/providers/acme/keys")["data"], json!([]));
}

#[test]
fn a_key_is_sealed_anew_when_it_is_changed_under_another_secret() {
    let (old, new) = ("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA");
    let service = Service::with(&[("STORE_KEY", old)]);
    let (_, made) = service.call("POST", "/providers/openai/keys", &json!({"key": KEY}));
    let path = format!("/providers/openai/keys/{}", made["id"].as_str().unwrap());
    service.bench.set_var("STORE_KEY", &format!("{new},{old}"));
    let before = dump(&service, "provider_keys");
    assert_eq!(service.call("PATCH", &path, &json!({})).0, 200);
    let after = dump(&service, "provider_keys");
    assert_ne!(before, after);
    // Now the old secret is needed no more.
    service.bench.set_var("STORE_KEY", new);
    assert_eq!(service.call("PATCH", &path, &json!({})).0, 200);
    assert_eq!(dump(&service, "provider_keys"), after);
}
