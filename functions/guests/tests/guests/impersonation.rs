//! Administrators in somebody's place: how it begins, what it opens, and how it ends.

use serde_json::{Value, json};

use crate::service::{EMAIL, Service, text};

/// An administrator, somebody, and the reply that lets the one act as the other.
fn begun(service: &Service) -> (Value, Value, Value) {
    let (admin, user) = (service.admin("root@example.com"), service.register(EMAIL));
    let (status, reply) = begin(service, &admin, &user);
    assert_eq!(status, 201, "{reply}");
    (admin, user, reply)
}

fn path(user: &Value) -> String {
    format!("/v1/admin/users/{}/impersonate", text(&user["user"], "id"))
}

fn begin(service: &Service, admin: &Value, user: &Value) -> (u16, Value) {
    let body = json!({"reason": "ticket 17"});
    service.send("POST", &path(user), text(admin, "access_token"), &body)
}

#[test]
fn an_administrator_sees_what_the_person_sees() {
    let service = Service::new("off");
    let (admin, user, acting) = begun(&service);
    assert_eq!((&acting["expires_in"], acting.get("refresh_token")), (&json!(900), None));
    let (status, me) = service.send("GET", "/v1/auth/me", text(&acting, "access_token"), &Value::Null);
    assert_eq!((status, &me["id"]), (200, &user["user"]["id"]));
    assert_eq!(acting["actor_id"], admin["user"]["id"]);
}

#[test]
fn nothing_that_is_the_persons_alone_opens() {
    let service = Service::new("off");
    let (_, _, acting) = begun(&service);
    let token = text(&acting, "access_token");
    let rows = [
        ("PATCH", "/v1/users/me"),
        ("DELETE", "/v1/users/me"),
        ("GET", "/v1/users/me/export"),
        ("GET", "/v1/keys"),
        ("POST", "/v1/keys"),
        ("POST", "/v1/auth/password"),
        ("POST", "/v1/auth/email/change"),
        ("POST", "/v1/auth/logout"),
        ("DELETE", "/v1/auth/sessions/ses_1"),
        ("GET", "/v1/admin/users"),
        ("POST", "/v1/auth/anonymous/upgrade"),
    ];
    for (method, path) in rows {
        let (status, problem) = service.send(method, path, token, &json!({}));
        assert_eq!((status, &problem["code"]), (403, &json!("impersonation_refused")), "{method} {path}");
    }
}

#[test]
fn the_person_sees_who_it_was_and_why_and_can_end_it() {
    let service = Service::new("off");
    let (admin, user, acting) = begun(&service);
    let token = text(&user, "access_token");
    let (_, sessions) = service.send("GET", "/v1/auth/sessions", token, &Value::Null);
    let theirs = |list: &Value| list.as_array().unwrap().iter().find(|one| !one["actor_id"].is_null()).cloned();
    let session = &theirs(&sessions["data"]).unwrap();
    assert_eq!((&session["id"], &session["actor_id"]), (&acting["session_id"], &admin["user"]["id"]));
    let (_, export) = service.send("GET", "/v1/users/me/export", token, &Value::Null);
    let event = &theirs(&export["events"]).unwrap();
    assert_eq!((&event["kind"], &event["actor_id"]), (&json!("impersonation_began"), &admin["user"]["id"]));
    assert!(text(event, "detail").contains("ticket 17"));
    assert_eq!(service.values("SELECT kind AS value FROM letters"), ["impersonated"]);
    let end = format!("/v1/auth/sessions/{}", text(session, "id"));
    assert_eq!(service.send("DELETE", &end, token, &Value::Null).0, 204);
    assert_eq!(service.send("GET", "/v1/auth/me", text(&acting, "access_token"), &Value::Null).0, 401);
}

#[test]
fn it_ends_when_an_administrator_says_so_and_after_fifteen_minutes() {
    let service = Service::new("off");
    let (admin, user, acting) = begun(&service);
    let me = |acting: &Value| service.send("GET", "/v1/auth/me", text(acting, "access_token"), &Value::Null).0;
    let end = || service.send("DELETE", &path(&user), text(&admin, "access_token"), &Value::Null).0;
    assert_eq!((me(&acting), end(), me(&acting), end()), (200, 204, 401, 204));
    let (_, again) = begin(&service, &admin, &user);
    service.bench.pass(899_000);
    assert_eq!(me(&again), 200);
    service.bench.pass(1_000);
    assert_eq!(me(&again), 401);
    let noted = service.values("SELECT kind AS value FROM security_events WHERE kind LIKE 'imp%' ORDER BY seq");
    assert_eq!(noted, ["impersonation_began", "impersonation_ended", "impersonation_began"]);
}

#[test]
fn who_is_no_administrator_any_more_acts_as_nobody() {
    for sql in [
        "UPDATE users SET roles = '[]' WHERE email LIKE 'root%'",
        "UPDATE users SET status = 'suspended' WHERE email LIKE 'root%'",
    ] {
        let service = Service::new("off");
        let (_, _, acting) = begun(&service);
        service.bench.execute(sql);
        assert_eq!(service.send("GET", "/v1/auth/me", text(&acting, "access_token"), &Value::Null).0, 401, "{sql}");
    }
}

#[test]
fn nobody_acts_as_themselves_an_administrator_or_a_suspended_person() {
    let service = Service::new("off");
    let (admin, other, user) = (service.admin("a@x.y"), service.admin("b@x.y"), service.register(EMAIL));
    assert_eq!(begin(&service, &admin, &admin).0, 403);
    assert_eq!(begin(&service, &admin, &other).0, 403);
    assert_eq!(begin(&service, &user, &admin).0, 403);
    let nobody = json!({"user": {"id": "usr_nobody"}});
    assert_eq!(begin(&service, &admin, &nobody).0, 404);
    service.bench.execute("UPDATE users SET status = 'suspended' WHERE email LIKE 'alice%'");
    assert_eq!(begin(&service, &admin, &user).0, 403);
    assert!(service.values("SELECT kind AS value FROM letters").is_empty());
    let stale = "UPDATE sessions SET authenticated_at = 0";
    service.bench.execute(stale);
    assert_eq!(begin(&service, &admin, &user).1["code"], "step_up_required");
}

#[test]
fn an_administrator_acts_as_one_person_at_a_time() {
    let service = Service::new("off");
    let (admin, _, first) = begun(&service);
    let (status, second) = begin(&service, &admin, &service.register("bob@example.com"));
    assert_eq!(status, 201);
    let me = |acting: &Value| service.send("GET", "/v1/auth/me", text(acting, "access_token"), &Value::Null).0;
    assert_eq!((me(&first), me(&second)), (401, 200));
}

#[test]
fn what_is_done_in_somebodys_place_is_noted_with_who_did_it() {
    let service = Service::new("off");
    let user = service.register(EMAIL);
    let token = service.bench.stand_in_token(text(&user["user"], "id"), "usr_root");
    let (status, problem) = service.send("POST", "/v1/auth/logout", &token, &json!({"all": true}));
    assert_eq!((status, &problem["code"]), (403, &json!("impersonation_refused")), "whatever the session is");
}
