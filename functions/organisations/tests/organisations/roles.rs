//! Roles: what they may, who decides that, and that it is felt at once.

use serde_json::{Value, json};

use crate::service::{Service, each};

fn permission(resource: &str, action: &str, condition: &Value) -> Value {
    json!({"resource": resource, "action": action, "condition": condition})
}

#[test]
fn what_a_role_may_is_felt_by_the_next_request() {
    let service = Service::new();
    let id = service.organisation();
    let members = format!("/{id}/members");
    let seen = || {
        let listed = service.call("usr_member", "GET", &members, &Value::Null).1;
        each(&listed, "user_id").join(" ")
    };
    assert_eq!(seen(), "usr_owner usr_member usr_admin");
    let organisation = permission("organisation", "read", &json!("always"));
    let own = permission("member", "read", &json!({"all": ["owner", {"role_in": ["member"]}]}));
    let role = json!({"permissions": [organisation, own]});
    assert_eq!(service.call("usr_owner", "PUT", &format!("/{id}/roles/member"), &role).0, 200);
    assert_eq!(seen(), "usr_member", "the condition `owner` leaves what is one's own");
    let other = format!("{members}/usr_admin");
    assert_eq!(service.call("usr_member", "GET", &other, &Value::Null).0, 404);
    assert_eq!(service.call("usr_member", "GET", &format!("{members}/me"), &Value::Null).0, 200);
    service.call("usr_owner", "PUT", &format!("/{id}/roles/member"), &json!({"permissions": []}));
    assert_eq!(service.call("usr_member", "GET", &members, &Value::Null).0, 404, "the organisation is not there");
}

#[test]
fn an_organisation_makes_roles_of_its_own() {
    let service = Service::new();
    let id = service.organisation();
    let list = json!([permission("organisation", "read", &json!("always")), permission("order", "*", &json!("owner"))]);
    let path = format!("/{id}/roles/clerk");
    let (status, made) = service.call("usr_owner", "PUT", &path, &json!({"permissions": list}));
    assert_eq!((status, &made["permissions"]), (200, &list));
    assert_eq!(service.call("usr_admin", "GET", &path, &Value::Null).1["permissions"], list);
    let (_, listed) = service.call("usr_member", "GET", &format!("/{id}/roles"), &Value::Null);
    assert_eq!(each(&listed, "name"), ["owner", "member", "clerk", "admin"]);
    let to_clerk = json!({"role": "clerk"});
    assert_eq!(service.call("usr_owner", "PATCH", &format!("/{id}/members/usr_member"), &to_clerk).0, 200);
    let (_, read) = service.call("usr_member", "GET", &format!("/{id}"), &Value::Null);
    assert_eq!(read["role"], "clerk");
    assert_eq!(service.outcome("usr_owner", "DELETE", &path, &Value::Null), (409, "role_in_use".into()));
    service.call("usr_owner", "PATCH", &format!("/{id}/members/usr_member"), &json!({"role": "member"}));
    assert_eq!(service.call("usr_owner", "DELETE", &path, &Value::Null).0, 204);
    assert_eq!(service.call("usr_owner", "GET", &path, &Value::Null).0, 404);
}

#[test]
fn nobody_widens_a_role_beyond_what_they_may_themselves() {
    let service = Service::new();
    let id = service.organisation();
    let path = |role: &str| format!("/{id}/roles/{role}");
    let everything = json!({"permissions": [permission("*", "*", &json!("always"))]});
    assert_eq!(service.outcome("usr_admin", "PUT", &path("admin"), &everything), (403, "forbidden".into()));
    let managers = json!({"permissions": [
        permission("organisation", "*", &json!("always")), permission("role", "*", &json!("always"))
    ]});
    assert_eq!(service.call("usr_owner", "PUT", &path("admin"), &managers).0, 200);
    for (role, body, expected) in [
        ("admin", &everything, 403),
        ("new", &everything, 403),
        ("member", &managers, 403),
        ("new", &json!({"permissions": [permission("role", "read", &json!("owner"))]}), 200),
        ("admin", &json!({"permissions": []}), 200),
    ] {
        assert_eq!(service.call("usr_admin", "PUT", &path(role), body).0, expected, "{role} {body}");
    }
    assert_eq!(service.call("usr_admin", "GET", &format!("/{id}"), &Value::Null).0, 404, "it gave its own rights away");
}

#[test]
fn built_in_roles_stay_and_that_of_owners_never_changes() {
    let service = Service::new();
    let id = service.organisation();
    let check = |user: &str, method: &str, role: &str, expected: u16| {
        let body = if method == "PUT" { json!({"permissions": []}) } else { Value::Null };
        assert_eq!(service.call(user, method, &format!("/{id}/roles/{role}"), &body).0, expected, "{user} {role}");
    };
    check("usr_owner", "PUT", "owner", 403);
    check("usr_owner", "DELETE", "owner", 403);
    check("usr_owner", "DELETE", "member", 403);
    check("usr_owner", "PUT", "Not A Name", 422);
    check("usr_owner", "DELETE", "unheard-of", 404);
    check("usr_other", "PUT", "owner", 404);
    check("usr_other", "PUT", "member", 404);
    check("usr_other", "DELETE", "member", 404);
    check("usr_member", "PUT", "clerk", 403);
    assert_eq!(service.call("usr_owner", "GET", &format!("/{id}"), &Value::Null).0, 200);
}

#[test]
fn an_organisation_has_32_roles_at_most() {
    let service = Service::new();
    let id = service.organisation();
    let put = |n: usize| service.call("usr_owner", "PUT", &format!("/{id}/roles/r{n}"), &json!({"permissions": []})).0;
    assert!((0..29).all(|n| put(n) == 200));
    assert_eq!((put(29), put(28)), (422, 200));
}
