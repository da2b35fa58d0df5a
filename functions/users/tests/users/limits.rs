//! `/v1/admin/limits` and `/v1/organisations/{id}/limits`.

use serde_json::{Value, json};

use crate::service::{Service, at_once};

const ORG: &str = "org_01KAHM9V8G0000000000000001";
const OWNER: &str = "usr_01KAHM9V8G0000000000000001";
const MEMBER: &str = "usr_01KAHM9V8G0000000000000002";

/// An organisation with an owner and a member, a stranger `usr_1`, and an administrator.
fn service() -> Service {
    let service = Service::new();
    for user in ["admin", OWNER, MEMBER] {
        service.add_user(user);
    }
    service.bench.execute(&format!(
        "INSERT INTO organisations (id, slug, name, created_at) VALUES ('{ORG}', 'one', 'One', 0);
         INSERT INTO organisation_roles (organisation_id, name, permissions, changed_as)
         VALUES ('{ORG}', 'owner', '[]', 'x'), ('{ORG}', 'member', '[]', 'x');
         INSERT INTO role_grants (organisation_id, role, resource, action, own)
         VALUES ('{ORG}', 'owner', '*', '*', 0), ('{ORG}', 'member', 'organisation', 'read', 0);
         INSERT INTO members (organisation_id, user_id, role, joined_at)
         VALUES ('{ORG}', '{OWNER}', 'owner', 0), ('{ORG}', '{MEMBER}', 'member', 0);"
    ));
    service
}

fn admins(scope: &str) -> String {
    format!("/v1/admin/limits/{}", scope.replace('/', "%2F"))
}

fn own(scope: &str) -> String {
    format!("/v1/organisations/{ORG}/limits/{scope}")
}

#[test]
fn an_administrator_limits_organisations_members_models_and_people_alone() {
    let service = service();
    for (scope, org, inner) in [
        (format!("org:{ORG}"), ORG, "org".to_owned()),
        (format!("user:{MEMBER}"), MEMBER, "org".to_owned()),
        (format!("user:{MEMBER}@{ORG}"), ORG, format!("user:{MEMBER}")),
        (format!("model:meta/llama@{ORG}"), ORG, "model:meta/llama".to_owned()),
        (format!("model:gpt-4o@{MEMBER}"), MEMBER, "model:gpt-4o".to_owned()),
    ] {
        let path = admins(&scope);
        assert_eq!(service.call("admin", "GET", &path, &Value::Null).0, 404, "{scope}");
        let wish = json!({"budget_nano_usd": 7, "budget_period": "day"});
        let (status, set) = service.call("admin", "PUT", &path, &wish);
        assert_eq!((status, &set["in_force"], &set["budget_nano_usd"]), (200, &json!(true), &json!(7)), "{scope}");
        let told = json!({"version": 1, "budget_nano_usd": 7, "budget_period": "day"});
        assert_eq!(service.learnt(org, &inner), Some(told), "{scope}");
        // What is named is all there is.
        service.call("admin", "PUT", &path, &json!({"rpm": 3}));
        let (_, read) = service.call("admin", "GET", &path, &Value::Null);
        assert_eq!((&read["rpm"], &read["budget_nano_usd"]), (&json!(3), &Value::Null));
        assert_eq!((&read["org_id"], &read["scope"]), (&json!(org), &json!(inner)));
        assert_eq!(service.call("admin", "DELETE", &path, &Value::Null).0, 204);
        assert_eq!(service.learnt(org, &inner), Some(json!({"version": 3})), "an older one never wins");
        for method in ["GET", "DELETE"] {
            assert_eq!(service.call("admin", method, &path, &Value::Null).0, 404);
        }
        service.call("admin", "PUT", &path, &wish);
        assert_eq!(service.learnt(org, &inner).unwrap()["version"], 4);
    }
    let noted = "SELECT count(*) AS value FROM security_events WHERE kind = 'limits_changed' AND user_id = 'admin'";
    assert_eq!(service.values(noted), [json!(20)]);
}

#[test]
fn there_is_no_limit_of_what_is_not_there() {
    let service = service();
    let nobody = "usr_01KAHM9V8G0000000000000009";
    for scope in [
        "org:org_01KAHM9V8G0000000000000009".to_owned(),
        format!("user:{nobody}"),
        format!("user:{nobody}@{ORG}"),
        format!("key:key_1@{ORG}"),
        "everything".to_owned(),
    ] {
        assert_eq!(service.call("admin", "PUT", &admins(&scope), &json!({"rpm": 1})).0, 404, "{scope}");
    }
    assert_eq!(service.values("SELECT count(*) AS value FROM limits"), [json!(0)]);
}

#[test]
fn a_wish_without_a_limit_is_422() {
    let service = service();
    for wish in [json!({}), json!({"budget_period": "day"}), json!({"rpm": -1}), json!({"rps": 1})] {
        assert_eq!(service.call("admin", "PUT", &admins(&format!("org:{ORG}")), &wish).0, 422, "{wish}");
    }
}

#[test]
fn an_organisations_own_limit_members_and_models_but_not_the_whole() {
    let service = service();
    let member = own(&format!("user:{MEMBER}"));
    let wish = json!({"budget_nano_usd": 7});
    assert_eq!(service.call(OWNER, "PUT", &member, &wish).0, 200);
    assert_eq!(service.call(OWNER, "PUT", &own("model:gpt-4o"), &wish).0, 200);
    assert_eq!(service.call(OWNER, "PUT", &own("org"), &wish).0, 404);
    assert_eq!(service.call(OWNER, "PUT", &own(&format!("org:{ORG}")), &wish).0, 404);
    // A member sees them and changes none, a stranger sees nothing.
    assert_eq!(service.call(MEMBER, "GET", &member, &Value::Null).0, 200);
    for (method, body) in [("PUT", json!({"budget_nano_usd": 900})), ("DELETE", Value::Null)] {
        assert_eq!(service.call(MEMBER, method, &member, &body).0, 403, "{method}");
        assert_eq!(service.call("usr_1", method, &member, &body).0, 404, "{method}");
    }
    assert_eq!(service.call("usr_1", "GET", &member, &Value::Null).0, 404);
    assert_eq!(service.call("usr_1", "GET", &format!("/v1/organisations/{ORG}/limits"), &Value::Null).0, 404);
    assert_eq!(service.call("usr_1", "PUT", "/v1/organisations/usr_1/limits/model:m", &wish).0, 404);
    let told = service.learnt(ORG, &format!("user:{MEMBER}")).unwrap();
    assert_eq!((&told["budget_nano_usd"], &told["version"]), (&json!(7), &json!(1)));
    assert_eq!(service.call(OWNER, "DELETE", &member, &Value::Null).0, 204);
}

#[test]
fn the_list_has_all_of_the_organisation_page_by_page() {
    let service = service();
    service.call("admin", "PUT", &admins(&format!("org:{ORG}")), &json!({"rpm": 1}));
    for model in ["a", "b"] {
        service.call(OWNER, "PUT", &own(&format!("model:{model}")), &json!({"rpm": 1}));
    }
    service.call(OWNER, "PUT", &own("model:gone"), &json!({"rpm": 1}));
    service.call(OWNER, "DELETE", &own("model:gone"), &Value::Null);
    let (_, first) = service.call(MEMBER, "GET", &format!("/v1/organisations/{ORG}/limits?limit=2"), &Value::Null);
    let cursor = first["next_cursor"].as_str().unwrap();
    let (_, rest) =
        service.call(MEMBER, "GET", &format!("/v1/organisations/{ORG}/limits?limit=2&cursor={cursor}"), &Value::Null);
    let names = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|limit| limit["scope"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((names(&first), names(&rest)), (vec!["model:a".into(), "model:b".into()], vec!["org".into()]));
    assert!(first["data"][0]["spent_nano_usd"] == 5 && rest["next_cursor"].is_null());
}

#[test]
fn what_an_object_was_not_told_the_schedule_tells() {
    let service = service();
    let (path, scope) = (admins(&format!("org:{ORG}")), "org");
    service.objects.borrow_mut().down = true;
    let (status, set) = service.call("admin", "PUT", &path, &json!({"rpm": 1}));
    assert_eq!((status, &set["in_force"]), (200, &json!(false)));
    at_once(users::limits::mend(&service.bench.platform()));
    service.objects.borrow_mut().down = false;
    assert_eq!(service.learnt(ORG, scope), None);
    at_once(users::limits::mend(&service.bench.platform()));
    assert_eq!(service.learnt(ORG, scope).unwrap()["rpm"], 1);
    let asked = service.objects.borrow().asked;
    at_once(users::limits::mend(&service.bench.platform()));
    assert_eq!(service.objects.borrow().asked, asked, "once told is told");
    // A change that was told is noted behind the reply.
    service.call("admin", "PUT", &path, &json!({"rpm": 2}));
    service.bench.settle();
    at_once(users::limits::mend(&service.bench.platform()));
    assert_eq!(service.objects.borrow().asked, asked + 1);
}

#[test]
fn limits_end_with_whom_they_are_of() {
    let service = service();
    for scope in [format!("user:{MEMBER}@{ORG}"), format!("user:{MEMBER}"), format!("org:{ORG}")] {
        service.call("admin", "PUT", &admins(&scope), &json!({"rpm": 1}));
    }
    service.bench.execute(&format!("DELETE FROM users WHERE id = '{MEMBER}'"));
    assert_eq!(service.values("SELECT scope AS value FROM limits"), [json!("org")]);
    service.bench.execute(&format!("DELETE FROM organisations WHERE id = '{ORG}'"));
    assert_eq!(service.values("SELECT count(*) AS value FROM limits"), [json!(0)]);
}
