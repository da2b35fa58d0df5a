//! Organisations: made, listed, changed and deleted by those who may.

use serde_json::{Value, json};

use crate::service::{Service, each};

#[test]
fn an_organisation_is_there_for_its_members_and_for_nobody_else() {
    let service = Service::new();
    let id = service.organisation();
    for (user, role) in [("usr_owner", "owner"), ("usr_admin", "admin"), ("usr_member", "member")] {
        let (status, read) = service.call(user, "GET", &format!("/{id}"), &Value::Null);
        assert_eq!((status, read["role"].as_str(), read["slug"].as_str()), (200, Some(role), Some("acme")));
        assert_eq!(each(&service.call(user, "GET", "", &Value::Null).1, "id"), [id.as_str()]);
    }
    assert_eq!(service.outcome("usr_other", "GET", &format!("/{id}"), &Value::Null), (404, "not_found".into()));
    assert!(each(&service.call("usr_other", "GET", "", &Value::Null).1, "id").is_empty());
}

#[test]
fn a_short_name_belongs_to_one_organisation() {
    let service = Service::new();
    let id = service.organisation();
    let acme = json!({"name": "Other", "slug": "acme"});
    assert_eq!(service.outcome("usr_other", "POST", "", &acme), (409, "slug_taken".into()));
    let (_, other) = service.call("usr_owner", "POST", "", &json!({"name": "Two", "slug": "two"}));
    let path = format!("/{}", other["id"].as_str().unwrap());
    assert_eq!(service.outcome("usr_owner", "PATCH", &path, &json!({"slug": "acme"})), (409, "slug_taken".into()));
    let (status, changed) = service.call("usr_owner", "PATCH", &format!("/{id}"), &json!({"name": "Acme 2"}));
    assert_eq!((status, changed["name"].as_str(), changed["slug"].as_str()), (200, Some("Acme 2"), Some("acme")));
}

#[test]
fn members_change_nothing_and_administrators_delete_nothing() {
    let service = Service::new();
    let path = format!("/{}", service.organisation());
    let check = |user: &str, method: &str, expected: u16| {
        assert_eq!(service.call(user, method, &path, &json!({})).0, expected, "{user} {method}");
    };
    check("usr_member", "PATCH", 403);
    check("usr_member", "DELETE", 403);
    check("usr_admin", "PATCH", 200);
    check("usr_admin", "DELETE", 403);
    check("usr_other", "PATCH", 404);
    check("usr_other", "DELETE", 404);
    assert_eq!(service.count("SELECT count(*) AS one FROM organisations"), 1);
    check("usr_owner", "DELETE", 204);
    check("usr_owner", "GET", 404);
    for table in ["members", "organisation_roles", "role_grants", "organisations"] {
        let sql: &'static str = match table {
            "members" => "SELECT count(*) AS one FROM members",
            "organisation_roles" => "SELECT count(*) AS one FROM organisation_roles",
            "role_grants" => "SELECT count(*) AS one FROM role_grants",
            _ => "SELECT count(*) AS one FROM organisations",
        };
        assert_eq!(service.count(sql), 0, "{table}");
    }
    let noted = "SELECT count(*) AS one FROM security_events WHERE kind = 'organisation_deleted'";
    assert_eq!(service.count(noted), 1, "those who may not are not noted");
}

#[test]
fn deleting_an_organisation_wants_a_fresh_proof() {
    let service = Service::new();
    let path = format!("/v1/organisations/{}", service.organisation());
    service.call("usr_owner", "GET", "", &Value::Null);
    service.bench.execute("UPDATE sessions SET authenticated_at = 0");
    let token = service.bench.token("usr_owner", &[]);
    let (status, problem) = service.bench.json("DELETE", &path, Some(&token), "");
    assert_eq!((status, problem["code"].as_str()), (403, Some("step_up_required")));
}

#[test]
fn a_guest_makes_no_organisation() {
    let service = Service::new();
    service.bench.execute("UPDATE users SET roles = '[\"guest\"]' WHERE id = 'usr_other'");
    let wish = json!({"name": "Mine", "slug": "mine"});
    assert_eq!(service.outcome("usr_other", "POST", "", &wish), (403, "forbidden".into()));
    assert_eq!(service.count("SELECT count(*) AS one FROM organisation_roles"), 0);
}

#[test]
fn a_page_goes_on_where_the_one_before_ended() {
    let service = Service::new();
    for n in 0..3 {
        service.bench.pass(1000);
        service.call("usr_owner", "POST", "", &json!({"name": "One", "slug": format!("one-{n}")}));
    }
    let (_, first) = service.call("usr_owner", "GET", "?limit=2", &Value::Null);
    assert_eq!(each(&first, "slug"), ["one-2", "one-1"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let (_, second) = service.call("usr_owner", "GET", &format!("?limit=2&cursor={cursor}"), &Value::Null);
    assert_eq!((each(&second, "slug"), &second["next_cursor"]), (vec!["one-0"], &Value::Null));
}

#[test]
fn how_long_files_are_kept_is_set_by_who_changes_the_organisation_and_taken_back_by_null() {
    let service = Service::new();
    let path = format!("/{}", service.organisation());
    let days = |user: &str| service.call(user, "GET", &path, &Value::Null).1["files_expire_after_days"].clone();
    assert_eq!(days("usr_member"), Value::Null);
    for bad in [json!(0), json!(3651), json!(1.5), json!("30"), json!(-1)] {
        let body = json!({ "files_expire_after_days": bad });
        assert_eq!(service.call("usr_owner", "PATCH", &path, &body).0, 422, "{body}");
    }
    let wish = json!({"files_expire_after_days": 30});
    assert_eq!(service.call("usr_member", "PATCH", &path, &wish).0, 403);
    assert_eq!(days("usr_owner"), Value::Null);
    let (status, changed) = service.call("usr_admin", "PATCH", &path, &wish);
    assert_eq!((status, &changed["files_expire_after_days"]), (200, &json!(30)), "{changed}");
    service.call("usr_admin", "PATCH", &path, &json!({"name": "Acme 2"}));
    assert_eq!(days("usr_member"), json!(30), "what is not named stays");
    service.call("usr_owner", "PATCH", &path, &json!({"files_expire_after_days": null}));
    assert_eq!(days("usr_member"), Value::Null);
}
