//! Revisions: what changed is kept, what was is brought back, and of two who change at once one is told.

use serde_json::{Value, json};

use crate::service::{Service, alias, header, price, provider};

#[test]
fn every_change_is_a_revision_with_what_it_replaced() {
    let service = Service::new();
    service.put("/aliases/a", &alias("a", "gpt-4o"));
    service.put("/aliases/a", &alias("a", "gpt-4o-mini"));
    assert_eq!(service.call("DELETE", "/aliases/a", &Value::Null).0, 204);
    let list = service.get("/revisions");
    let actions: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|r| r["changes"][0]["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["deleted", "changed", "created"]);
    assert_eq!(list["data"][0]["actor_id"], "usr_1");
    assert_eq!(list["data"][0]["changes"][0]["before"], Value::Null);
    let second = service.get("/revisions/2");
    let change = &second["changes"][0];
    assert_eq!((&change["kind"], &change["id"]), (&json!("alias"), &json!("a")));
    assert_eq!((&change["before"]["model"], &change["after"]["model"]), (&json!("gpt-4o"), &json!("gpt-4o-mini")));
    assert_eq!(second["registry"]["aliases"], json!([alias("a", "gpt-4o-mini")]));
    for none in ["0", "4", "x", "-1", "18446744073709551616"] {
        assert_eq!(service.call("GET", &format!("/revisions/{none}"), &Value::Null).0, 404, "{none}");
    }
}

#[test]
fn what_changes_nothing_is_no_revision() {
    let service = Service::new();
    service.put("/aliases/a", &alias("a", "gpt-4o"));
    let again = service.put("/aliases/a", &alias("a", "gpt-4o"));
    assert_eq!(again["revision"], 1);
    assert_eq!(service.call("DELETE", "/aliases/b", &Value::Null).0, 404);
    assert_eq!(service.get("/revisions")["data"].as_array().unwrap().len(), 1);
}

#[test]
fn one_call_brings_an_earlier_revision_back() {
    let service = Service::new();
    service.put("/providers/acme", &provider());
    service.put("/aliases/a", &alias("a", "acme/big"));
    service.put("/aliases/a", &alias("a", "gpt-4o"));
    service.put("/routes/r", &json!({"id": "r", "variants": [{"name": "a", "weight": 1, "targets": [{"provider": "acme", "model": "big"}]}]}));
    let (status, reply) = service.call("POST", "/revisions/2/restore", &Value::Null);
    assert_eq!((status, &reply["revision"], &reply["restored"]), (200, &json!(5), &json!(2)), "{reply}");
    assert_eq!(reply["changes"].as_array().unwrap().len(), 2);
    assert_eq!(service.get("/aliases/a")["document"]["model"], "acme/big");
    assert_eq!(service.call("GET", "/routes/r", &Value::Null).0, 404);
    // What was not touched keeps the revision that wrote it.
    assert_eq!(service.get("/providers/acme")["revision"], 1);
    assert_eq!(service.get("/revisions/5")["registry"], service.get("/revisions/2")["registry"]);
    assert_eq!(service.call("POST", "/revisions/0/restore", &Value::Null).0, 200);
    assert_eq!(
        service.get("/registry"),
        json!({"providers": [], "models": [], "aliases": [], "prices": [], "routes": []})
    );
    assert_eq!(service.call("POST", "/revisions/99/restore", &Value::Null).0, 404);
}

#[test]
fn a_price_comes_back_with_the_revision_it_was_in() {
    let service = Service::new();
    service.put("/prices/acme/big@v1", &price("v1", "2026-01-01"));
    assert_eq!(service.call("DELETE", "/prices/acme/big@v1", &Value::Null).0, 204);
    let mut other = price("v1", "2026-01-01");
    other["rates"]["input_pico_usd"] = json!(9);
    service.put("/prices/acme/big@v1", &other);
    assert_eq!(service.call("POST", "/revisions/1/restore", &Value::Null).0, 200);
    assert_eq!(service.get("/prices/acme/big@v1")["document"], price("v1", "2026-01-01"));
}

#[test]
fn a_change_of_what_one_has_not_seen_is_412() {
    let service = Service::new();
    service.put("/aliases/a", &alias("a", "gpt-4o"));
    service.put("/aliases/b", &alias("b", "gpt-4o"));
    let body = alias("a", "gpt-4o-mini").to_string();
    let out = service.send("PUT", "/aliases/a", &[("if-match", "\"1\"")], &body);
    assert_eq!((out.status, header(&out, "etag")), (412, Some("\"2\"")));
    assert_eq!(service.get("/aliases/a")["document"]["model"], "gpt-4o");
    for unseen in ["\"3\"", "2", "W/\"2\"", "x"] {
        assert_eq!(service.send("PUT", "/aliases/a", &[("if-match", unseen)], &body).status, 412, "{unseen}");
    }
    let out = service.send("PUT", "/aliases/a", &[("if-match", "\"2\"")], &body);
    assert_eq!((out.status, header(&out, "etag")), (200, Some("\"3\"")));
    assert_eq!(service.send("DELETE", "/aliases/b", &[("if-match", "\"2\"")], "").status, 412);
    assert_eq!(service.send("DELETE", "/aliases/b", &[("if-match", "*")], "").status, 204);
}

#[test]
fn a_revision_has_one_author() {
    let service = Service::new();
    service.put("/aliases/a", &alias("a", "gpt-4o"));
    // Somebody else is quicker, again and again: their number is taken.
    service.bench.execute(
        "CREATE TRIGGER quicker BEFORE INSERT ON registry_revisions WHEN new.actor_id = 'usr_1' BEGIN
         SELECT RAISE(ABORT, 'UNIQUE constraint failed: registry_revisions.revision'); END",
    );
    let (status, reply) = service.call("PUT", "/aliases/b", &alias("b", "gpt-4o"));
    assert_eq!((status, &reply["code"]), (503, &json!("unavailable")));
    service.bench.execute("DROP TRIGGER quicker");
    assert_eq!(service.call("GET", "/aliases/b", &Value::Null).0, 404);
    service.put("/aliases/b", &alias("b", "gpt-4o"));
}

#[test]
fn the_whole_registry_is_one_document() {
    let service = Service::new();
    let whole = json!({
        "providers": [provider()], "prices": [price("v1", "2026-01-01")],
        "models": [{"provider": "acme", "id": "small", "context": 9, "max_output": 9}],
        "aliases": [alias("b", "acme/small"), alias("a", "acme/big")],
    });
    let reply = service.put("/registry", &whole);
    assert_eq!((&reply["revision"], reply["changes"].as_array().unwrap().len()), (&json!(1), 5));
    let out = service.send("GET", "/registry", &[], "");
    assert_eq!(header(&out, "etag"), Some("\"1\""));
    let read: Value = serde_json::from_slice(&out.body).unwrap();
    assert_eq!(read["aliases"], json!([alias("a", "acme/big"), alias("b", "acme/small")]));
    assert_eq!(service.put("/registry", &read)["revision"], 1);
    let faulty = json!({"aliases": [alias("z", "gpt-4o"), alias("a", "nothing")]});
    assert_eq!(service.refused("PUT", "/registry", &faulty), ["/aliases/1/model unknown"]);
    assert_eq!(service.refused("PUT", "/registry", &json!({"aliases": {}})), ["/aliases invalid"]);
    assert_eq!(service.refused("PUT", "/registry", &json!({"keys": []})), ["/keys unknown"]);
    let one = service.put("/registry", &json!({"aliases": [alias("a", "gpt-4o")]}));
    assert_eq!(one["changes"].as_array().unwrap().len(), 5);
}

#[test]
fn a_registry_has_a_bounded_length() {
    let service = Service::new();
    let alias = |i: usize| alias(&format!("a{i:05}{}", "x".repeat(120)), "gpt-4o");
    let many: Vec<Value> = (0..3_400).map(alias).collect();
    service.put("/registry", &json!({ "aliases": many }));
    let more: Vec<Value> = (0..3_700).map(alias).collect();
    assert_eq!(service.call("PUT", "/registry", &json!({ "aliases": more })).0, 413);
}

#[test]
fn who_changed_the_registry_stands_among_the_events() {
    let service = Service::new();
    service.put("/aliases/a", &alias("a", "gpt-4o"));
    #[derive(serde::Deserialize)]
    struct Row {
        kind: String,
        detail: String,
    }
    const EVENTS: &str = "SELECT kind, detail FROM security_events WHERE user_id = 'usr_1'";
    let rows: Vec<Row> = futures_now(service.bench.platform().db().all(shared::sql!(EVENTS))).unwrap();
    let [row] = rows.as_slice() else { panic!("one event") };
    assert_eq!((row.kind.as_str(), row.detail.as_str()), ("ai_registry_changed", r#"{"revision":"1"}"#));
}

/// Runs what never waits on the host.
fn futures_now<T>(future: impl Future<Output = T>) -> T {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
