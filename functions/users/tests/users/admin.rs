//! `/v1/admin/users`.

use serde_json::{Value, json};

use crate::service::Service;

/// The service with an administrator beside `usr_1`.
fn service() -> Service {
    let service = Service::new();
    service.add_user("admin");
    service
}

fn call(service: &Service, method: &str, path: &str, body: &Value) -> (u16, Value) {
    service.call("admin", method, &format!("/v1/admin/users{path}"), body)
}

/// What was noted of `usr_1`: kind and actor.
fn events(service: &Service) -> Vec<Value> {
    service.values("SELECT kind || ' by ' || coalesce(actor_id, '') AS value FROM security_events WHERE user_id = 'usr_1' ORDER BY seq")
}

#[test]
fn people_are_found_by_the_beginning_of_their_address_or_name() {
    let service = service();
    service.bench.execute("UPDATE users SET name = 'Ada 100%' WHERE id = 'usr_1'");
    let found = |query: &str| -> Vec<Value> {
        let (status, page) = call(&service, "GET", &format!("?query={query}"), &Value::Null);
        assert_eq!(status, 200, "{page}");
        page["data"].as_array().unwrap().iter().map(|person| person["id"].clone()).collect()
    };
    assert_eq!(found("ADA"), [json!("usr_1")]);
    assert_eq!(found("usr_1%40EX"), [json!("usr_1")]);
    assert_eq!(found("ada%20100%25"), [json!("usr_1")], "a percent sign is a percent sign");
    assert_eq!(found("%25a"), Vec::<Value>::new());
    assert_eq!(found("da"), Vec::<Value>::new());
    assert_eq!(found("usr_1"), [json!("usr_1")]);
    assert_eq!(found("'%20OR%201=1"), Vec::<Value>::new());
    assert_eq!(found("").len(), 2);
}

#[test]
fn a_list_is_read_page_by_page() {
    let service = service();
    let (_, first) = call(&service, "GET", "?limit=1", &Value::Null);
    let cursor = first["next_cursor"].as_str().unwrap();
    let (_, second) = call(&service, "GET", &format!("?limit=1&cursor={cursor}"), &Value::Null);
    assert_eq!((&first["data"][0]["id"], &second["data"][0]["id"]), (&json!("usr_1"), &json!("admin")));
    assert_eq!(second["next_cursor"], Value::Null);
}

#[test]
fn a_suspended_person_is_refused_at_once_and_restored_without_getting_old_tokens_back() {
    let service = service();
    assert_eq!(call(&service, "POST", "/usr_1/suspend", &Value::Null).1["status"], "suspended");
    assert_eq!(service.call("usr_1", "GET", "/v1/users/me", &Value::Null).0, 403);
    assert_eq!(call(&service, "POST", "/usr_1/restore", &Value::Null).1["status"], "active");
    assert_eq!(service.call("usr_1", "GET", "/v1/users/me", &Value::Null).0, 401, "the token is of before");
    assert_eq!(events(&service), [json!("suspended by admin"), json!("restored by admin")]);
}

#[test]
fn what_changes_nothing_is_not_noted() {
    let service = service();
    call(&service, "POST", "/usr_1/restore", &Value::Null);
    call(&service, "PUT", "/usr_1/roles", &json!({"roles": []}));
    for _ in 0..2 {
        assert_eq!(call(&service, "POST", "/usr_1/suspend", &Value::Null).0, 200);
        assert_eq!(call(&service, "PUT", "/usr_1/roles", &json!({"roles": ["support", "admin", "admin"]})).0, 200);
    }
    assert_eq!(events(&service), [json!("suspended by admin"), json!("roles_changed by admin")]);
    assert_eq!(service.values("SELECT epoch AS value FROM users WHERE id = 'usr_1'"), [json!(2)]);
    assert_eq!(
        service.values("SELECT roles AS value FROM users WHERE id = 'usr_1'"),
        [json!("[\"admin\",\"support\"]")]
    );
}

#[test]
fn taken_roles_are_gone_at_once_where_rows_ask() {
    let service = service();
    service.add_user("usr_2");
    service.bench.execute("UPDATE users SET roles = '[\"admin\"]' WHERE id = 'usr_1'");
    assert_eq!(call(&service, "PUT", "/usr_1/roles", &json!({"roles": []})).1["roles"], json!([]));
    assert_eq!(service.call("usr_1", "GET", "/v1/admin/users", &Value::Null).0, 401);
}

#[test]
fn nobody_does_these_to_themselves() {
    let service = service();
    for (method, path, body) in [
        ("POST", "/admin/suspend", Value::Null),
        ("POST", "/admin/restore", Value::Null),
        ("PUT", "/admin/roles", json!({"roles": []})),
    ] {
        assert_eq!(call(&service, method, path, &body).0, 403, "{path}");
    }
    assert_eq!(service.call("admin", "GET", "/v1/users/me", &Value::Null).0, 200);
}

#[test]
fn nobody_is_404_and_nothing_is_noted_of_them() {
    let service = service();
    for (method, path, body) in [
        ("GET", "/usr_9", Value::Null),
        ("POST", "/usr_9/suspend", Value::Null),
        ("POST", "/usr_9/restore", Value::Null),
        ("PUT", "/usr_9/roles", json!({"roles": ["admin"]})),
    ] {
        assert_eq!(call(&service, method, path, &body).0, 404, "{path}");
    }
    assert_eq!(service.values("SELECT kind AS value FROM security_events"), Vec::<Value>::new());
}

#[test]
fn roles_that_are_no_roles_are_422() {
    let service = service();
    let many: Vec<String> = (0..17).map(|i| format!("r{i}")).collect();
    for body in [json!({}), json!({"roles": ["Admin"]}), json!({"roles": many}), json!({"roles": [], "epoch": 0})] {
        assert_eq!(call(&service, "PUT", "/usr_1/roles", &body).0, 422, "{body}");
    }
}

#[test]
fn what_happened_to_an_account_is_listed_newest_first() {
    let service = service();
    call(&service, "POST", "/usr_1/suspend", &Value::Null);
    service.bench.pass(1);
    call(&service, "POST", "/usr_1/restore", &Value::Null);
    let (_, page) = call(&service, "GET", "/usr_1/events?limit=1", &Value::Null);
    assert_eq!((&page["data"][0]["kind"], &page["data"][0]["actor_id"]), (&json!("restored"), &json!("admin")));
    let cursor = page["next_cursor"].as_str().unwrap();
    let (_, next) = call(&service, "GET", &format!("/usr_1/events?cursor={cursor}"), &Value::Null);
    assert_eq!(next["data"][0]["kind"], "suspended");
}

#[test]
fn others_are_403_whatever_they_ask() {
    let service = service();
    for (method, path, body) in [
        ("GET", "", Value::Null),
        ("GET", "/usr_1", Value::Null),
        ("POST", "/admin/suspend", Value::Null),
        ("PUT", "/usr_1/roles", json!({"roles": ["admin"]})),
        ("GET", "/usr_1/events", Value::Null),
    ] {
        assert_eq!(service.call("usr_1", method, &format!("/v1/admin/users{path}"), &body).0, 403, "{method} {path}");
    }
}
