//! Guests: what they are, how they stay, and how they go.

use guests::guests::sweep;
use serde_json::{Value, json};

use crate::service::{EMAIL, PASSWORD, Service, at_once, text};

fn upgrade(service: &Service, token: &str, email: &str) -> (u16, Value) {
    service.send("POST", "/v1/auth/anonymous/upgrade", token, &json!({"email": email, "password": PASSWORD}))
}

#[test]
fn a_guest_has_an_account_without_an_address_and_no_scopes() {
    let service = Service::new("off");
    let guest = service.guest();
    assert_eq!((&guest["user"]["email"], &guest["user"]["roles"]), (&Value::Null, &json!(["guest"])));
    let (_, claims) = service.send("GET", "/v1/auth/token", text(&guest, "access_token"), &Value::Null);
    assert_eq!((&claims["permissions"], &claims["email"]), (&json!([]), &json!("")));
    let (status, me) = service.send("GET", "/v1/users/me", text(&guest, "access_token"), &Value::Null);
    assert_eq!((status, &me["email"]), (200, &Value::Null));
    let (status, _) = service.send("POST", "/v1/auth/refresh", "", &json!({"refresh_token": guest["refresh_token"]}));
    assert_eq!(status, 200);
}

#[test]
fn a_deployment_says_whether_guests_are_let_in_and_what_they_may() {
    for vars in [vec![], vec![("GUESTS", "off")], vec![("GUESTS", "yes")]] {
        let service = Service::with(&vars);
        assert_eq!(service.send("POST", "/v1/auth/anonymous", "", &json!({})).0, 403, "{vars:?}");
    }
    let service = Service::with(&[("GUESTS", "on"), ("GUEST_SCOPES", "use:ai")]);
    let (_, claims) = service.send("GET", "/v1/auth/token", text(&service.guest(), "access_token"), &Value::Null);
    assert_eq!(claims["permissions"], json!(["use:ai"]));
}

#[test]
fn a_guest_is_upgraded_in_place() {
    let service = Service::new("off");
    let guest = service.guest();
    let access = text(&guest, "access_token");
    let (status, user) = upgrade(&service, access, EMAIL);
    assert_eq!(
        (status, &user["id"], &user["email"], &user["roles"]),
        (200, &guest["user"]["id"], &json!(EMAIL), &json!([]))
    );
    assert_eq!(service.login(EMAIL).1["user"]["id"], guest["user"]["id"]);
    assert_eq!(service.send("GET", "/v1/users/me", access, &Value::Null).0, 200, "the session goes on");
    assert_eq!(upgrade(&service, access, "b@example.com").0, 403, "once");
    let events = service.values("SELECT kind AS value FROM security_events ORDER BY seq");
    assert_eq!(events, ["registered", "guest_upgraded", "signed_in"]);
}

#[test]
fn a_taken_address_is_refused_where_addresses_need_no_proof() {
    let service = Service::new("off");
    service.register(EMAIL);
    let guest = service.guest();
    assert_eq!(upgrade(&service, text(&guest, "access_token"), EMAIL).0, 409);
    let (_, me) = service.send("GET", "/v1/users/me", text(&guest, "access_token"), &Value::Null);
    assert_eq!(me["email"], Value::Null);
}

#[test]
fn an_upgrade_waits_for_the_proof_of_the_address() {
    let service = Service::new("required");
    let guest = service.guest();
    let access = text(&guest, "access_token");
    assert_eq!(upgrade(&service, access, EMAIL), (202, json!({"status": "verification_required"})));
    assert_eq!(service.login(EMAIL).0, 401, "nothing has changed");
    let token = service.mailed(EMAIL).unwrap();
    let confirm = |password: &str| {
        let body = json!({"token": token, "password": password});
        service.send("POST", "/v1/auth/email/change/confirm", "", &body).0
    };
    assert_eq!((confirm("wrong"), confirm(PASSWORD), confirm(PASSWORD)), (401, 200, 401));
    let (status, reply) = service.login(EMAIL);
    assert_eq!((status, &reply["user"]["id"], &reply["user"]["roles"]), (200, &guest["user"]["id"], &json!([])));
    assert!(service.values("SELECT kind AS value FROM security_events").contains(&"guest_upgraded".to_owned()));
}

#[test]
fn known_and_unknown_addresses_get_the_same_answer_after_the_same_work() {
    let service = Service::new("required");
    service.send("POST", "/v1/auth/register", "", &json!({"email": EMAIL, "password": PASSWORD}));
    service.bench.execute("UPDATE users SET email_verified_at = 1");
    let ask = |email: &str| {
        let guest = service.guest();
        let bearer = format!("Bearer {}", text(&guest, "access_token"));
        let headers = [(shared::head::HeaderName::Authorization, bearer.as_str())];
        let body = json!({"email": email, "password": PASSWORD}).to_string();
        let out = service.bench.request("POST", "/v1/auth/anonymous/upgrade", &headers, &body);
        let timing = out.header("Server-Timing").unwrap().to_owned();
        (out.status, String::from_utf8(out.body).unwrap(), timing)
    };
    assert_eq!(ask(EMAIL), ask("nobody@example.com"));
    assert_eq!(service.mailed(EMAIL), None, "nothing that moves the known address");
    let told =
        service.values("SELECT kind || ' ' || recipient AS value FROM letters WHERE kind <> 'verify' ORDER BY 1");
    assert_eq!(told, ["change nobody@example.com", "known alice@example.com"]);
}

#[test]
fn a_sign_in_elsewhere_makes_a_guest_an_ordinary_person() {
    let service = Service::new("off");
    let guest = service.guest();
    service.bench.execute(
        "INSERT INTO identities (id, user_id, provider, realm, subject, created_at, last_used_at)
         SELECT 'idn_1', id, 'github', 'x', 'y', 0, 0 FROM users",
    );
    assert_eq!(service.values("SELECT roles AS value FROM users"), ["[]"]);
    assert_eq!(upgrade(&service, text(&guest, "access_token"), EMAIL).0, 403);
}

#[test]
fn guests_who_do_not_come_back_are_forgotten() {
    let service = Service::new("off");
    let run = |days: Option<&str>| {
        let statements = sweep(days.map(str::to_owned), service.bench.now_ms());
        at_once(service.bench.platform().db().batch(statements)).unwrap();
        service.values("SELECT id AS value FROM users ORDER BY id")
    };
    let id = |reply: &Value| text(&reply["user"], "id").to_owned();
    let these = |replies: &[&Value]| {
        let mut ids: Vec<String> = replies.iter().map(|reply| id(reply)).collect();
        ids.sort();
        ids
    };
    let [gone, back, upgraded, with_key] = std::array::from_fn(|_| service.guest());
    upgrade(&service, text(&upgraded, "access_token"), EMAIL);
    service.bench.execute(&format!(
        "INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, backed_up, created_at)
         VALUES ('pky_1', '{}', 'c', 'AA', 0, 0, 0)",
        id(&with_key)
    ));
    service.bench.pass(29 * 86_400_000);
    service.send("POST", "/v1/auth/refresh", "", &json!({"refresh_token": back["refresh_token"]}));
    assert_eq!(run(None).len(), 4);
    service.bench.pass(2 * 86_400_000);
    let left = run(None);
    assert!(!left.contains(&id(&gone)));
    let events = service.values(
        "SELECT kind || ' ' || network AS value FROM security_events e
         WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = e.user_id) ORDER BY seq",
    );
    assert_eq!(events.last().map(String::as_str), Some("deleted "));
    assert!(events.iter().all(|event| event.ends_with(' ')), "without a place: {events:?}");
    assert_eq!(left, these(&[&back, &upgraded, &with_key]));
    assert_eq!(run(Some("0")).len(), 3, "no setting deletes everybody");
    assert_eq!(run(Some("1")), these(&[&upgraded, &with_key]));
}
