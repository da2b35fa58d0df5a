//! Entries: put, read, listed, removed, and refused where they do not fit.

use serde_json::{Value, json};
use shared::head::HeaderName;

use crate::service::{ROOT, Service, alias, header, price, provider};

#[test]
fn an_entry_is_read_as_it_was_written() {
    let service = Service::new();
    let text = r#"{ "model": "gpt-4o",   "id": "fast" }"#;
    let out = service.send("PUT", "/aliases/fast", &[], text);
    assert_eq!(out.status, 200);
    assert!(String::from_utf8_lossy(&out.body).contains(text));
    let read = service.get("/aliases/fast");
    assert_eq!((&read["id"], &read["revision"], &read["changed_by"]), (&json!("fast"), &json!(1), &json!("usr_1")));
    assert_eq!(read["changed_at"], "2026-11-20T10:30:00.000Z");
}

#[test]
fn ids_of_models_and_prices_hold_slashes() {
    let service = Service::new();
    service.put("/providers/acme", &provider());
    let model = json!({"provider": "acme", "id": "org/small", "context": 10, "max_output": 10});
    assert_eq!(service.put("/models/acme/org/small", &model)["id"], "acme/org/small");
    assert_eq!(service.get("/models/acme%2Forg%2Fsmall")["document"], model);
    let price = price("v1", "2026-01-01");
    assert_eq!(service.put("/prices/acme/big@v1", &price)["id"], "acme/big@v1");
    let (status, _) = service.call("DELETE", "/prices/acme/big@v1", &Value::Null);
    assert_eq!(status, 204);
    assert_eq!(service.call("GET", "/prices/acme/big@v1", &Value::Null).0, 404);
}

#[test]
fn a_list_is_read_page_by_page_in_the_order_of_ids() {
    let service = Service::new();
    for id in ["c", "a", "d", "b"] {
        service.put(&format!("/aliases/{id}"), &alias(id, "gpt-4o"));
    }
    let ids = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = service.get("/aliases?limit=3");
    assert_eq!(ids(&first), ["a", "b", "c"]);
    let next = service.get(&format!("/aliases?limit=3&cursor={}", first["next_cursor"].as_str().unwrap()));
    assert_eq!((ids(&next), &next["next_cursor"]), (vec!["d".to_owned()], &Value::Null));
    assert_eq!(service.get("/routes")["data"], json!([]));
}

#[test]
fn the_path_and_the_document_name_the_same() {
    let service = Service::new();
    assert_eq!(service.refused("PUT", "/aliases/other", &alias("fast", "gpt-4o")), ["/id mismatch"]);
    assert_eq!(service.refused("PUT", "/providers/other", &provider()), ["/id mismatch"]);
}

#[test]
fn what_cannot_be_read_is_refused_by_its_place() {
    let service = Service::new();
    assert_eq!(service.refused("PUT", "/aliases/a", &json!({"id": "a"})), ["/model missing"]);
    assert_eq!(service.refused("PUT", "/aliases/a", &json!({"id": "a", "model": "b", "more": 1})), ["/more unknown"]);
    assert_eq!(service.refused("PUT", "/aliases/a", &json!({"id": "a", "model": 7})), ["/model invalid"]);
    assert_eq!(service.refused("PUT", "/aliases/a", &json!([])), [" invalid"]);
    assert_eq!(service.send("PUT", "/aliases/a", &[], "{").status, 400);
    assert_eq!(service.send("PUT", "/aliases/a", &[], "\"\u{fffd}").status, 400);
}

#[test]
fn what_does_not_fit_to_the_rest_is_refused_by_its_place() {
    let service = Service::new();
    assert_eq!(service.refused("PUT", "/aliases/a", &alias("a", "nothing")), ["/model unknown"]);
    let mut open = provider();
    open["base_url"] = json!("http://api.acme.example/v1");
    assert_eq!(service.refused("PUT", "/providers/acme", &open), ["/base_url invalid"]);
    Service::with(&[]).put("/providers/acme", &open);
    service.put("/providers/acme", &provider());
    service.put("/aliases/big", &alias("big", "acme/big"));
    let (status, reply) = service.call("DELETE", "/providers/acme", &Value::Null);
    assert_eq!((status, &reply["errors"][0]["pointer"]), (422, &json!("/aliases/big/model")));
    let route = |hops: Value| json!({"id": "r", "variants": [{"name": "a", "weight": 1, "targets": hops}]});
    assert_eq!(service.refused("PUT", "/routes/r", &route(json!([]))), ["/variants/0/targets missing"]);
    assert_eq!(service.refused("PUT", "/routes/r", &route(json!([{"route": "r"}]))), ["/variants loop"]);
    assert_eq!(service.get("/revisions")["data"].as_array().unwrap().len(), 2);
}

#[test]
fn a_price_that_has_begun_can_end_and_nothing_else() {
    let service = Service::new();
    let mut begun = price("v1", "2026-11-20");
    service.put("/prices/acme/big@v1", &begun);
    begun["valid_until"] = json!("2026-12-24");
    service.put("/prices/acme/big@v1", &begun);
    begun["rates"]["output_pico_usd"] = json!(2);
    assert_eq!(service.refused("PUT", "/prices/acme/big@v1", &begun), [" begun"]);
    let mut later = price("v2", "2026-12-24");
    service.put("/prices/acme/big@v2", &later);
    later["rates"]["output_pico_usd"] = json!(2);
    service.put("/prices/acme/big@v2", &later);
    let whole = json!({"prices": [begun]});
    assert_eq!(service.refused("PUT", "/registry", &whole), ["/prices/acme~1big@v1 begun"]);
}

#[test]
fn whoever_is_no_administrator_gets_nothing() {
    let service = Service::new();
    let token = service.bench.token("usr_1", &[]);
    for (method, path) in [("GET", "/registry"), ("PUT", "/aliases/a"), ("POST", "/revisions/1/restore")] {
        assert_eq!(service.bench.json(method, &format!("{ROOT}{path}"), Some(&token), "{}").0, 403, "{path}");
        assert_eq!(service.bench.json(method, &format!("{ROOT}{path}"), None, "{}").0, 401, "{path}");
    }
}

#[test]
fn what_moves_money_or_keys_wants_a_fresh_proof() {
    let service = Service::new();
    service.put("/providers/acme", &provider());
    service.bench.pass(601_000);
    for (method, path, body) in [
        ("PUT", "/providers/acme", provider()),
        ("PUT", "/prices/acme/big@v1", price("v1", "2026-01-01")),
        ("POST", "/providers/acme/keys", json!({"key": "sk-something"})),
        ("PUT", "/registry", json!({})),
        ("POST", "/revisions/1/restore", Value::Null),
    ] {
        let (status, reply) = service.call(method, path, &body);
        assert_eq!((status, &reply["code"]), (403, &json!("step_up_required")), "{path}");
    }
    service.put("/aliases/big", &alias("big", "acme/big"));
}

#[test]
fn a_body_is_json_of_a_bounded_length() {
    let service = Service::new();
    let long = alias("a", &"x".repeat(70_000)).to_string();
    assert_eq!(service.send("PUT", "/aliases/a", &[], &long).status, 413);
    let bearer = format!("Bearer {}", service.bench.token("usr_1", &["admin"]));
    let headers = [(HeaderName::Authorization, bearer.as_str()), (HeaderName::ContentType, "text/plain")];
    let path = format!("{ROOT}/aliases/a");
    assert_eq!(service.bench.request("PUT", &path, &headers, "{}").status, 415);
    let out = service.send("PUT", "/aliases/a", &[], &alias("a", "gpt-4o").to_string());
    assert_eq!(header(&out, "etag"), Some("\"1\""));
}
