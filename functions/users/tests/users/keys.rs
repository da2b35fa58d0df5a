//! `/v1/keys`.

use serde_json::{Value, json};
use shared::head::HeaderName;

use crate::service::Service;

/// Makes a key; it must work.
fn made(service: &Service, user: &str, wish: &Value) -> Value {
    let (status, reply) = service.call(user, "POST", "/v1/keys", wish);
    assert_eq!(status, 201, "{reply}");
    reply
}

fn path(key: &Value) -> String {
    format!("/v1/keys/{}", key["id"].as_str().unwrap())
}

/// The pointer of the only thing that is wrong with a wish.
fn refused(wish: &Value) -> String {
    let (status, reply) = Service::new().call("usr_1", "POST", "/v1/keys", wish);
    assert_eq!(status, 422, "{wish}");
    reply["errors"][0]["pointer"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_is_shown_once() {
    let service = Service::new();
    let mut new = made(&service, "usr_1", &json!({"name": "laptop"}));
    let text = new.as_object_mut().unwrap().remove("key").unwrap();
    let text = text.as_str().unwrap();
    assert!(text.starts_with("sk-slv1-") && text.ends_with(new["ending"].as_str().unwrap()));
    assert_eq!(
        (&new["scopes"], &new["expires_at"], &new["last_used_at"]),
        (&json!(["use:ai"]), &Value::Null, &Value::Null)
    );
    let (status, mut read) = service.call("usr_1", "GET", &path(&new), &Value::Null);
    assert_eq!(
        (&new["spent_nano_usd"], &read["spent_nano_usd"], &read["reserved_nano_usd"]),
        (&json!(0), &json!(5), &json!(2))
    );
    for sums in ["spent_nano_usd", "reserved_nano_usd", "budget_resets_at"] {
        read[sums] = new[sums].clone();
    }
    assert_eq!((status, read), (200, new));
    let kept = service.values("SELECT hash || name || ending || scopes AS value FROM api_keys");
    assert!(!kept[0].to_string().contains(&text[30..60]));
}

#[test]
fn wishes_that_do_not_fit_are_422_with_a_pointer() {
    assert_eq!(refused(&json!({})), "/name");
    assert_eq!(refused(&json!({"name": " "})), "/name");
    assert_eq!(refused(&json!({"name": "x".repeat(101)})), "/name");
    assert_eq!(refused(&json!({"name": "x", "scopes": ["use:everything"]})), "/scopes/0");
    assert_eq!(refused(&json!({"name": "x", "expires_at": "soon"})), "/expires_at");
    assert_eq!(refused(&json!({"name": "x", "expires_at": "2026-11-20T10:30:00Z"})), "/expires_at");
    assert_eq!(refused(&json!({"name": "x", "expires_at": "+12026-11-20T10:30:00Z"})), "/expires_at");
    assert_eq!(refused(&json!({"name": "x", "budget_nano_usd": -1})), "/budget_nano_usd");
    assert_eq!(refused(&json!({"name": "x", "tpm": 9_007_199_254_740_992_u64})), "/tpm");
    assert_eq!(refused(&json!({"name": "x", "rpm": 1.5})), "/rpm");
    assert_eq!(refused(&json!({"name": "x", "budget_period": "year"})), "/budget_period");
    assert_eq!(refused(&json!({"name": "x", "models": ["gpt 4o"]})), "/models/0");
    assert_eq!(refused(&json!({"name": "x", "organisation_id": "org_1"})), "/organisation_id");
    assert_eq!(refused(&json!({"name": "x", "user_id": "usr_2"})), "/user_id", "identity never comes from a body");
}

#[test]
fn a_hundred_keys_are_the_most_and_revoked_ones_do_not_count() {
    let service = Service::new();
    let first = made(&service, "usr_1", &json!({"name": "first"}));
    for _ in 1..100 {
        made(&service, "usr_1", &json!({"name": "one"}));
    }
    assert_eq!(service.call("usr_1", "POST", "/v1/keys", &json!({"name": "too many"})).0, 422);
    let noted = "SELECT count(*) AS value FROM security_events WHERE kind = 'key_created'";
    assert_eq!(service.values(noted), [json!(100)], "what did not happen is not noted");
    assert_eq!(service.call("usr_1", "DELETE", &path(&first), &Value::Null).0, 204);
    made(&service, "usr_1", &json!({"name": "instead"}));
}

#[test]
fn another_users_key_is_404_whatever_is_done_with_it() {
    let service = Service::new();
    let key = made(&service, "usr_1", &json!({"name": "mine"}));
    service.add_user("usr_2");
    for (method, body) in [("GET", Value::Null), ("PATCH", json!({"name": "theirs"})), ("DELETE", Value::Null)] {
        assert_eq!(service.call("usr_2", method, &path(&key), &body).0, 404, "{method}");
    }
    assert_eq!(service.call("usr_2", "GET", "/v1/keys", &Value::Null).1["data"], json!([]));
    let (_, mine) = service.call("usr_1", "GET", &path(&key), &Value::Null);
    assert_eq!(mine["name"], "mine");
    let noted = "SELECT user_id AS value FROM security_events WHERE kind <> 'key_created'";
    assert_eq!(service.values(noted), Vec::<Value>::new());
}

#[test]
fn what_is_named_is_changed_and_null_takes_the_end_away() {
    let service = Service::new();
    let key = made(&service, "usr_1", &json!({"name": "a", "expires_at": "2027-01-01"}));
    let change = |body: Value| service.call("usr_1", "PATCH", &path(&key), &body).1;
    assert_eq!(change(json!({}))["expires_at"], "2027-01-01T00:00:00.000Z");
    let renamed = change(json!({"name": "b"}));
    assert_eq!((&renamed["name"], &renamed["scopes"]), (&json!("b"), &json!(["use:ai"])));
    assert_eq!(change(json!({"scopes": ["read:usage"]}))["scopes"], json!(["read:usage"]));
    assert_eq!(change(json!({"expires_at": null}))["expires_at"], Value::Null);
    assert_eq!(service.call("usr_1", "PATCH", &path(&key), &json!({"expires_at": "2020-01-01"})).0, 422);
}

#[test]
fn a_revoked_key_is_gone_for_its_owner_and_stays_for_the_ledger() {
    let service = Service::new();
    let key = made(&service, "usr_1", &json!({"name": "a"}));
    assert_eq!(service.call("usr_1", "DELETE", &path(&key), &Value::Null).0, 204);
    for (method, body) in [("GET", Value::Null), ("PATCH", json!({"name": "b"})), ("DELETE", Value::Null)] {
        assert_eq!(service.call("usr_1", method, &path(&key), &body).0, 404, "{method}");
    }
    assert_eq!(service.values("SELECT name AS value FROM api_keys"), [json!("a")]);
    let kinds = service.values("SELECT kind AS value FROM security_events ORDER BY seq");
    assert_eq!(kinds, [json!("key_created"), json!("key_revoked")]);
}

#[test]
fn a_page_ends_where_the_next_one_begins() {
    let service = Service::new();
    let mut ids: Vec<Value> = (0..7)
        .map(|_| {
            service.bench.pass(1);
            made(&service, "usr_1", &json!({"name": "k"}))["id"].clone()
        })
        .collect();
    ids.reverse();
    let mut seen = Vec::new();
    let mut path = "/v1/keys?limit=3".to_owned();
    loop {
        let (_, page) = service.call("usr_1", "GET", &path, &Value::Null);
        seen.extend(page["data"].as_array().unwrap().iter().map(|key| key["id"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/keys?limit=3&cursor={cursor}");
    }
    assert_eq!(seen, ids);
}

#[test]
fn a_cursor_that_was_not_given_to_this_caller_is_422() {
    let service = Service::new();
    for _ in 0..2 {
        made(&service, "usr_1", &json!({"name": "k"}));
    }
    let (_, page) = service.call("usr_1", "GET", "/v1/keys?limit=1", &Value::Null);
    let cursor = page["next_cursor"].as_str().unwrap();
    service.add_user("usr_2");
    assert_eq!(service.call("usr_2", "GET", &format!("/v1/keys?cursor={cursor}"), &Value::Null).0, 422);
    let (head, tail) = cursor.split_at(cursor.len() - 1);
    let changed = format!("{head}{}", if tail == "A" { "Q" } else { "A" });
    for bad in [changed.as_str(), "", "AAAA", "~", "' OR 1=1", "&limit=0", "&limit=101", "&limit=-1", "&offset=3"] {
        let query = format!("/v1/keys?cursor={bad}").replace("cursor=&", "").replace(' ', "%20");
        assert_eq!(service.call("usr_1", "GET", &query, &Value::Null).0, 422, "{query}");
    }
}

#[test]
fn every_row_of_keys_is_two_round_trips_and_one_to_the_object_where_sums_are_shown() {
    let service = Service::new();
    let key = made(&service, "usr_1", &json!({"name": "a"}));
    for (method, path, body, trips) in [
        ("POST", "/v1/keys", json!({"name": "b"}), "d1=2"),
        ("GET", "/v1/keys", Value::Null, "d1=2 object=1"),
        ("GET", &path(&key), Value::Null, "d1=2 object=1"),
        ("PATCH", &path(&key), json!({}), "d1=2 object=1"),
        ("DELETE", &path(&key), Value::Null, "d1=2"),
    ] {
        let out = service.send("usr_1", method, path, &body);
        let timing = out.header("Server-Timing").unwrap();
        assert!(timing.ends_with(&format!("desc=\"{trips}\"")), "{method} {path}: {timing}");
    }
}

#[test]
fn a_new_key_works_and_opens_none_of_these_rows() {
    let service = Service::new();
    let new = made(&service, "usr_1", &json!({"name": "a", "scopes": ["use:ai", "read:usage"]}));
    let bearer = format!("Bearer {}", new["key"].as_str().unwrap());
    for (method, path) in [("GET", "/v1/keys".to_owned()), ("POST", "/v1/keys".to_owned()), ("DELETE", path(&new))] {
        let out = service.bench.request(method, &path, &[(HeaderName::Authorization, &bearer)], "{}");
        assert_eq!(out.status, 403, "{method}");
    }
}
