//! Prompts and their versions: whose they are, what never changes.

use serde_json::{Value, json};

use crate::service::{Service, each, text};

pub(crate) fn version(content: &str) -> Value {
    json!({"messages": [{"role": "user", "content": content}], "variables": [{"name": "x", "default": "y"}]})
}

pub(crate) fn prompt(service: &Service) -> String {
    text(&service.done("POST", "/v1/prompts", &json!({"name": "Greet", "version": version("Hi {{x}}")})), "id")
}

#[test]
fn a_prompt_is_made_with_its_first_version_and_read_again() {
    let service = Service::new();
    let id = prompt(&service);
    let read = service.done("GET", &format!("/v1/prompts/{id}"), &Value::Null);
    assert_eq!((&read["name"], &read["newest_version"], &read["labels"]), (&json!("Greet"), &json!(1), &json!([])));
    let first = service.done("GET", &format!("/v1/prompts/{id}/versions/1"), &Value::Null);
    assert_eq!(first["messages"][0]["content"], "Hi {{x}}");
    let changed = service.done("PATCH", &format!("/v1/prompts/{id}"), &json!({"description": "for guests"}));
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Greet"), &json!("for guests")));
}

#[test]
fn versions_are_added_in_order_and_never_change() {
    let service = Service::new();
    let id = prompt(&service);
    let path = format!("/v1/prompts/{id}/versions");
    for n in 2..=4 {
        assert_eq!(service.done("POST", &path, &version(&format!("text {n}")))["version"], n);
    }
    let page = service.done("GET", &format!("{path}?limit=3"), &Value::Null);
    let cursor = text(&page, "next_cursor");
    let rest = service.done("GET", &format!("{path}?limit=3&cursor={cursor}"), &Value::Null);
    let numbers = |list: &Value| {
        list["data"].as_array().unwrap().iter().map(|v| v["version"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((numbers(&page), numbers(&rest)), (vec![4, 3, 2], vec![1]));
    assert_eq!(service.refused("GET", &format!("{path}/9"), &Value::Null).0, 404);
    assert_eq!(service.refused("GET", &format!("{path}/x"), &Value::Null).0, 404);
    let change = std::panic::AssertUnwindSafe(|| service.bench.execute("UPDATE prompt_versions SET messages = '[]'"));
    assert!(std::panic::catch_unwind(change).is_err(), "the database itself refuses it");
}

#[test]
fn another_persons_prompt_is_404_on_every_row() {
    let service = Service::new();
    let id = prompt(&service);
    let label = json!({"version": 1});
    for (method, rest, body) in [
        ("GET", "", Value::Null),
        ("PATCH", "", json!({"name": "Mine"})),
        ("DELETE", "", Value::Null),
        ("GET", "/versions", Value::Null),
        ("GET", "/versions/1", Value::Null),
        ("POST", "/versions", version("mine")),
        ("PUT", "/labels/production", label),
        ("DELETE", "/labels/production", Value::Null),
        ("POST", "/render", json!({})),
    ] {
        assert_eq!(service.call("usr_2", method, &format!("/v1/prompts/{id}{rest}"), &body).0, 404, "{method} {rest}");
    }
    let (status, reply) = service.call("usr_2", "POST", &format!("/v1/prompts/{id}/run"), &json!({}));
    assert_eq!((status, &reply["error"]["code"]), (404, &json!("not_found")));
    assert_eq!(service.call("usr_2", "GET", "/v1/prompts", &Value::Null).1["data"], json!([]));
    assert_eq!(service.asked(), Vec::<Value>::new());
    assert_eq!(service.done("GET", &format!("/v1/prompts/{id}"), &Value::Null)["newest_version"], 1);
}

#[test]
fn what_cannot_be_rendered_is_refused_with_a_pointer_when_it_is_written_down() {
    let service = Service::new();
    let check = |version: Value, pointer: &str, code: &str| {
        let (status, reply) = service.call("usr_1", "POST", "/v1/prompts", &json!({"name": "P", "version": version}));
        let error = &reply["errors"][0];
        assert_eq!(
            (status, error["pointer"].as_str(), error["code"].as_str()),
            (422, Some(pointer), Some(code)),
            "{reply}"
        );
    };
    let user = |content: &str| json!([{"role": "user", "content": content}]);
    check(json!({"messages": []}), "/messages", "invalid");
    check(json!({"messages": user("{{a}}")}), "/messages/0/content", "template");
    check(json!({"messages": user("{{a")}), "/messages/0/content", "template");
    check(json!({"messages": user("x"), "variables": [{"name": "A"}]}), "/variables/0", "invalid");
    check(
        json!({"messages": user("x"), "variables": [{"name": "a"}, {"name": "a"}]}),
        "/variables/1/name",
        "duplicate",
    );
    check(json!({"messages": user("x"), "variables": [{"name": "a", "type": "choice"}]}), "/variables/0", "invalid");
    check(
        json!({"messages": user("x"), "variables": [{"name": "a", "max": 2, "default": "abc"}]}),
        "/variables/0",
        "invalid",
    );
    check(json!({"messages": user("x"), "parameters": {"stream": true}}), "/parameters/stream", "reserved");
    check(json!({"messages": user("x"), "parameters": {"stop": ["{{b}}"]}}), "/parameters/stop", "template");
    check(json!({"messages": user("x"), "more": 1}), "/version/more", "unknown");
}

/// An organisation of `usr_1` in which `usr_2` has the role `role`, which may do this with prompts.
fn organisation(service: &Service, grants: &[(&str, u8)]) {
    service.bench.execute(
        "INSERT INTO organisations (id, slug, name, created_by, created_at) VALUES ('org_1', 'acme', 'Acme', 'usr_1', 0);
         INSERT INTO organisation_roles VALUES ('org_1', 'owner', '[]', 'x'), ('org_1', 'role', '[]', 'x');
         INSERT INTO role_grants VALUES ('org_1', 'owner', '*', '*', 0), ('org_1', 'role', 'organisation', 'read', 0);
         INSERT INTO members VALUES ('org_1', 'usr_1', 'owner', 0), ('org_1', 'usr_2', 'role', 0)",
    );
    for (action, own) in grants {
        service
            .bench
            .execute(&format!("INSERT INTO role_grants VALUES ('org_1', 'role', 'prompt', '{action}', {own})"));
    }
}

fn of_organisation(service: &Service, user: &str) -> (u16, Value) {
    let wish = json!({"name": "Ours", "organisation_id": "org_1", "version": version("We say {{x}}")});
    service.call(user, "POST", "/v1/prompts", &wish)
}

#[test]
fn an_organisations_prompt_is_reached_as_its_roles_say() {
    let service = Service::new();
    organisation(&service, &[("read", 0)]);
    let id = text(&of_organisation(&service, "usr_1").1, "id");
    let path = format!("/v1/prompts/{id}");
    assert_eq!(service.call("usr_2", "GET", &path, &Value::Null).1["organisation_id"], "org_1");
    assert_eq!(
        each(&service.call("usr_2", "GET", "/v1/prompts?organisation_id=org_1", &Value::Null).1, "id"),
        [id.as_str()]
    );
    let (status, rendered) = service.call("usr_2", "POST", &format!("{path}/render"), &json!({}));
    assert_eq!((status, &rendered["messages"][0]["content"]), (200, &json!("We say y")));
    for (method, rest, body) in [
        ("PATCH", "", json!({"name": "Mine"})),
        ("DELETE", "", Value::Null),
        ("POST", "/versions", version("mine")),
        ("PUT", "/labels/production", json!({"version": 1})),
        ("DELETE", "/labels/production", Value::Null),
    ] {
        assert_eq!(service.call("usr_2", method, &format!("{path}{rest}"), &body).0, 403, "{method} {rest}");
    }
    assert_eq!(of_organisation(&service, "usr_2").0, 403);
    service.bench.execute("DELETE FROM members WHERE user_id = 'usr_2'");
    assert_eq!(service.call("usr_2", "GET", &path, &Value::Null).0, 404, "a right that is gone is gone at once");
    assert_eq!(of_organisation(&service, "usr_2").0, 404);
}

#[test]
fn who_may_change_their_own_prompts_alone_changes_no_others() {
    let service = Service::new();
    organisation(&service, &[("read", 0), ("create", 0), ("update", 1)]);
    let theirs = text(&of_organisation(&service, "usr_2").1, "id");
    let other = text(&of_organisation(&service, "usr_1").1, "id");
    let change = |id: &str| service.call("usr_2", "POST", &format!("/v1/prompts/{id}/versions"), &version("new")).0;
    assert_eq!((change(&theirs), change(&other)), (201, 403));
}

#[test]
fn a_prompt_goes_with_its_owner() {
    let service = Service::new();
    let id = prompt(&service);
    service.done("PUT", &format!("/v1/prompts/{id}/labels/production"), &json!({"version": 1}));
    service.bench.execute("DELETE FROM users WHERE id = 'usr_1'");
    assert_eq!(service.count("SELECT count(*) AS one FROM prompt_versions"), 0);
    assert_eq!(service.count("SELECT count(*) AS one FROM prompt_labels"), 0);
}
