//! `/v1/auth/sessions`. The caller's own session is `ses_1`.

use serde_json::{Value, json};

use crate::service::Service;

/// Gives this user a session that is used from an IPv6 network with Firefox.
fn add_session(service: &Service, id: &str, user: &str) {
    service.bench.execute(&format!(
        "INSERT INTO sessions (id, user_id, created_at, expires_at, last_used_at, user_agent, network, country)
         VALUES ('{id}', '{user}', 1000, 9000000000000, 2000, 'X11; Linux x86_64; Firefox/145.0', '2001:db8::/64', 'DE')"
    ));
}

fn list(service: &Service, user: &str) -> Vec<Value> {
    let (status, page) = service.call(user, "GET", "/v1/auth/sessions", &Value::Null);
    assert_eq!(status, 200, "{page}");
    page["data"].as_array().unwrap().clone()
}

fn end(service: &Service, user: &str, id: &str) -> u16 {
    let status = service.call(user, "DELETE", &format!("/v1/auth/sessions/{id}"), &Value::Null).0;
    service.bench.settle();
    status
}

fn hint(service: &Service, id: &str) -> Option<String> {
    crate::service::at_once(service.bench.platform().kv().get(&format!("ended:{id}"))).unwrap()
}

#[test]
fn each_session_is_listed_with_its_device_place_and_last_use() {
    let service = Service::new();
    add_session(&service, "ses_2", "usr_1");
    let sessions = list(&service, "usr_1");
    assert_eq!((&sessions[0]["id"], &sessions[0]["current"]), (&json!("ses_2"), &json!(false)));
    assert_eq!((&sessions[0]["device"], &sessions[0]["country"]), (&json!("Firefox on Linux"), &json!("DE")));
    assert_eq!(sessions[0]["last_used_at"], "1970-01-01T00:00:02.000Z");
    assert_eq!((&sessions[1]["current"], &sessions[1]["device"]), (&json!(true), &json!("Unknown")));
    assert_eq!(sessions[1]["last_used_at"], sessions[1]["created_at"], "a session from before this was written");
}

#[test]
fn ended_and_expired_sessions_are_not_listed() {
    let service = Service::new();
    for id in ["ses_2", "ses_3", "ses_4"] {
        add_session(&service, id, "usr_1");
    }
    service.bench.execute("UPDATE sessions SET ended_at = 1 WHERE id = 'ses_2'");
    service.bench.execute("UPDATE sessions SET expires_at = 1795170600000 WHERE id = 'ses_3'");
    let ids: Vec<Value> = list(&service, "usr_1").iter().map(|session| session["id"].clone()).collect();
    assert_eq!(ids, [json!("ses_4"), json!("ses_1")]);
    assert_eq!((end(&service, "usr_1", "ses_2"), end(&service, "usr_1", "ses_3")), (404, 404));
}

#[test]
fn a_session_can_be_ended_from_another_one_and_is_noted_once() {
    let service = Service::new();
    add_session(&service, "ses_2", "usr_1");
    assert_eq!(end(&service, "usr_1", "ses_2"), 204);
    assert_eq!(hint(&service, "ses_2").as_deref(), Some("1"));
    assert_eq!(end(&service, "usr_1", "ses_2"), 404, "it has ended");
    assert_eq!(list(&service, "usr_1").len(), 1);
    let noted = service.values("SELECT kind || detail AS value FROM security_events");
    assert_eq!(noted, [json!("session_ended{\"session_id\":\"ses_2\"}")]);
}

#[test]
fn ones_own_session_can_be_ended_too() {
    let service = Service::new();
    assert_eq!(end(&service, "usr_1", "ses_1"), 204);
    assert_eq!(service.send_again("usr_1", "GET", "/v1/users/me", &Value::Null).status, 401);
}

#[test]
fn another_persons_session_is_404_and_goes_on() {
    let service = Service::new();
    service.add_user("usr_2");
    add_session(&service, "ses_2", "usr_1");
    assert_eq!(end(&service, "usr_2", "ses_2"), 404);
    assert_eq!(list(&service, "usr_1").len(), 2);
    assert_eq!(list(&service, "usr_2").len(), 1);
    assert_eq!((service.values("SELECT kind AS value FROM security_events").len(), hint(&service, "ses_2")), (0, None));
}

#[test]
fn the_list_is_two_round_trips_and_so_is_an_end() {
    let service = Service::new();
    for (method, path) in [("GET", "/v1/auth/sessions"), ("DELETE", "/v1/auth/sessions/ses_1")] {
        let out = service.send("usr_1", method, path, &Value::Null);
        assert!(out.header("Server-Timing").unwrap().ends_with("desc=\"d1=2\""), "{method}");
    }
}
