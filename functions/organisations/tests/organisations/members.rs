//! Members: who sees, promotes, demotes and removes whom, and that an owner always stays.

use serde_json::{Value, json};

use crate::service::{Service, each};

#[test]
fn addresses_of_members_are_for_those_who_may_change_members() {
    let service = Service::new();
    let path = format!("/{}/members", service.organisation());
    let (_, listed) = service.call("usr_admin", "GET", &path, &Value::Null);
    assert_eq!(each(&listed, "user_id"), ["usr_owner", "usr_member", "usr_admin"]);
    assert_eq!(listed["data"][0]["email"], "usr_owner@example.com");
    let (_, listed) = service.call("usr_member", "GET", &path, &Value::Null);
    assert_eq!((listed["data"].as_array().unwrap().len(), &listed["data"][0]["email"]), (3, &Value::Null));
    assert_eq!(service.call("usr_other", "GET", &path, &Value::Null).0, 404);
}

#[test]
fn nobody_gives_or_takes_a_role_that_may_more_than_their_own() {
    let service = Service::new();
    let id = service.organisation();
    let check = |by: &str, whom: &str, role: &str, expected: u16| {
        let (status, reply) = service.call(by, "PATCH", &format!("/{id}/members/{whom}"), &json!({"role": role}));
        assert_eq!(status, expected, "{by} makes {whom} {role}: {reply}");
    };
    check("usr_member", "usr_admin", "member", 403);
    check("usr_member", "me", "admin", 403);
    check("usr_admin", "me", "owner", 403);
    check("usr_admin", "usr_owner", "member", 403);
    check("usr_other", "usr_member", "member", 404);
    check("usr_admin", "usr_nobody", "member", 404);
    check("usr_admin", "usr_member", "unheard-of", 422);
    check("usr_admin", "usr_member", "admin", 200);
    check("usr_admin", "usr_member", "member", 200);
    check("usr_owner", "usr_admin", "owner", 200);
    let removed = |by: &str, whom: &str| service.call(by, "DELETE", &format!("/{id}/members/{whom}"), &Value::Null).0;
    assert_eq!(removed("usr_member", "usr_owner"), 403);
    assert_eq!(removed("usr_other", "usr_member"), 404);
    assert_eq!(removed("usr_owner", "usr_member"), 204);
    let noted = "SELECT count(*) AS one FROM security_events WHERE kind = 'member_role_changed'";
    assert_eq!(service.count(noted), 3);
    let by = "SELECT count(*) AS one FROM security_events WHERE kind = 'organisation_left' AND user_id = 'usr_member' \
AND actor_id = 'usr_owner'";
    assert_eq!(service.count(by), 1);
}

#[test]
fn the_last_owner_neither_leaves_nor_steps_down() {
    let service = Service::new();
    let id = service.organisation();
    let me = format!("/{id}/members/me");
    let step_down = json!({"role": "admin"});
    assert_eq!(service.outcome("usr_owner", "DELETE", &me, &Value::Null), (409, "last_owner".into()));
    assert_eq!(service.outcome("usr_owner", "PATCH", &me, &step_down), (409, "last_owner".into()));
    assert_eq!(service.count("SELECT count(*) AS one FROM security_events WHERE kind = 'organisation_left'"), 0);
    service.call("usr_owner", "PATCH", &format!("/{id}/members/usr_admin"), &json!({"role": "owner"}));
    assert_eq!(service.call("usr_owner", "PATCH", &me, &step_down).0, 200);
    assert_eq!(service.outcome("usr_admin", "DELETE", &me, &Value::Null), (409, "last_owner".into()));
    assert_eq!(service.call("usr_owner", "DELETE", &me, &Value::Null).0, 204);
    assert_eq!(service.call("usr_owner", "GET", &format!("/{id}"), &Value::Null).0, 404);
}

#[test]
fn a_member_leaves_without_any_right() {
    let service = Service::new();
    let id = service.organisation();
    service.bench.execute("DELETE FROM role_grants WHERE role = 'member'");
    assert_eq!(service.call("usr_member", "GET", &format!("/{id}"), &Value::Null).0, 404);
    assert_eq!(service.call("usr_member", "DELETE", &format!("/{id}/members/me"), &Value::Null).0, 204);
}

#[test]
fn an_account_is_not_deleted_from_under_an_organisation() {
    let service = Service::new();
    service.organisation();
    let deleted = |sql: &str| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| service.bench.execute(sql)));
    assert!(deleted("DELETE FROM users WHERE id = 'usr_owner'").is_err(), "the last owner");
    service.bench.execute("DELETE FROM users WHERE id = 'usr_member'");
    service.bench.execute("DELETE FROM organisations; DELETE FROM users WHERE id = 'usr_owner'");
}
