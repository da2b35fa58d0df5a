//! The list of one's sessions, ending one of them, and the events of their ends.

use serde_json::{Value, json};
use shared::head::HeaderName;

use crate::service::{EMAIL, PASSWORD, Service, Tokens};

/// Signs in from another place with another program.
fn login_from(service: &Service, network: &str, agent: &str) -> Tokens {
    let headers = [(HeaderName::CfConnectingIp, network), (HeaderName::UserAgent, agent)];
    let body = json!({"email": EMAIL, "password": PASSWORD}).to_string();
    let out = service.bench.request("POST", "/v1/auth/login", &headers, &body);
    Tokens::of(&serde_json::from_slice(&out.body).unwrap())
}

fn list(service: &Service, tokens: &Tokens) -> Vec<Value> {
    let out = service.send("GET", "/v1/auth/sessions", &tokens.access, &Value::Null);
    let reply: Value = serde_json::from_slice(&out.body).unwrap();
    reply["data"].as_array().unwrap().clone()
}

fn end(service: &Service, tokens: &Tokens, id: &Value) -> u16 {
    let path = format!("/v1/auth/sessions/{}", id.as_str().unwrap());
    let status = service.send("DELETE", &path, &tokens.access, &Value::Null).status;
    service.bench.settle();
    status
}

/// The kinds of what was noted after the account was made, and how often nobody's.
fn events(service: &Service) -> String {
    let sql = "SELECT group_concat(kind, ' ') AS value FROM (SELECT kind FROM security_events \
               WHERE kind NOT IN ('registered', 'signed_in') AND user_id IS NOT NULL ORDER BY seq)";
    service.value(sql).unwrap_or_default().replace("null", "")
}

#[test]
fn each_session_is_listed_with_its_device_place_and_last_use() {
    let service = Service::new();
    let here = service.register(EMAIL);
    service.bench.pass(1000);
    login_from(&service, "2001:db8:1:2:3::4", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0");
    let sessions = list(&service, &here);
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0]["device"], "Firefox on Linux");
    assert_eq!((&sessions[0]["network"], &sessions[0]["current"]), (&json!("2001:db8:1:2::/64"), &json!(false)));
    assert_eq!((&sessions[1]["network"], &sessions[1]["current"]), (&json!("192.0.2.1"), &json!(true)));
    assert_eq!(sessions[1]["last_used_at"], sessions[1]["created_at"]);
}

#[test]
fn a_refresh_moves_the_last_use_and_the_place() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    service.bench.pass(60_000);
    let headers = [(HeaderName::CfConnectingIp, "198.51.100.7"), (HeaderName::UserAgent, "curl/8.5.0")];
    let body = json!({"refresh_token": tokens.refresh}).to_string();
    assert_eq!(service.bench.request("POST", "/v1/auth/refresh", &headers, &body).status, 200);
    let session = &list(&service, &tokens)[0];
    assert_eq!((&session["network"], &session["device"]), (&json!("198.51.100.7"), &json!("curl")));
    assert_eq!(session["last_used_at"], "2026-11-20T10:31:00.000Z");
    assert_eq!(session["created_at"], "2026-11-20T10:30:00.000Z");
}

#[test]
fn ended_and_expired_sessions_are_not_listed() {
    let service = Service::new();
    let (here, there) = (service.register(EMAIL), service.login(EMAIL));
    service.send("POST", "/v1/auth/logout", &there.access, &json!({}));
    assert_eq!(list(&service, &here).len(), 1);
    service.login(EMAIL);
    service.bench.execute(
        "UPDATE sessions SET expires_at = 1795170600000 WHERE ended_at IS NULL AND id > (SELECT min(id) FROM sessions)",
    );
    assert_eq!(list(&service, &here).len(), 1);
}

#[test]
fn a_session_can_be_ended_from_another_one() {
    let service = Service::with(&[("SESSION_CHECK", "hint")]);
    let here = service.register(EMAIL);
    service.bench.pass(1);
    let there = service.login(EMAIL);
    let id = list(&service, &here)[0]["id"].clone();
    assert_eq!(end(&service, &here, &id), 204);
    assert_eq!((service.get("/v1/auth/me", &there.access), service.refresh(&there.refresh).0), (401, 401));
    assert_eq!(service.get("/v1/auth/token", &there.access), 401, "a hint was left");
    assert_eq!((service.get("/v1/auth/me", &here.access), service.refresh(&here.refresh).0), (200, 200));
    assert_eq!(end(&service, &here, &id), 404, "it has ended");
    assert_eq!(events(&service), "session_ended");
}

#[test]
fn ones_own_session_can_be_ended_too() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    let id = list(&service, &tokens)[0]["id"].clone();
    assert_eq!(end(&service, &tokens, &id), 204);
    assert_eq!(service.get("/v1/auth/me", &tokens.access), 401);
}

#[test]
fn another_persons_session_is_404_and_goes_on() {
    let service = Service::new();
    let (alice, mallory) = (service.register(EMAIL), service.register("mallory@example.com"));
    let id = list(&service, &alice)[0]["id"].clone();
    assert_eq!(end(&service, &mallory, &id), 404);
    assert_eq!(service.get("/v1/auth/me", &alice.access), 200);
    assert_eq!(events(&service), "");
    assert_eq!(list(&service, &mallory).len(), 1);
}

#[test]
fn signing_out_is_noted_once_however_it_is_done() {
    for all in [json!({}), json!({"all": true})] {
        let service = Service::new();
        let tokens = service.register(EMAIL);
        service.send("POST", "/v1/auth/logout", &tokens.access, &all);
        service.send("POST", "/v1/auth/logout", &tokens.access, &all);
        assert_eq!(events(&service), "signed_out");
    }
    let service = Service::new();
    let (here, there) = (service.register(EMAIL), service.login(EMAIL));
    for token in [&there.refresh, &there.refresh, "rt_unknown"] {
        service.send("POST", "/v1/auth/logout", &here.access, &json!({"refresh_token": token}));
    }
    assert_eq!(events(&service), "signed_out");
}

#[test]
fn the_first_reuse_of_a_refresh_token_is_noted_and_no_later_one() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    assert_eq!(service.refresh(&tokens.refresh).0, 200);
    service.bench.pass(9_999);
    assert_eq!(service.refresh(&tokens.refresh).0, 200);
    assert_eq!(events(&service), "", "a retry is no reuse");
    service.bench.pass(1);
    for _ in 0..3 {
        assert_eq!(service.refresh(&tokens.refresh).0, 401);
    }
    service.refresh("rt_unknown");
    assert_eq!(events(&service), "refresh_reused");
    let owner = service.value("SELECT user_id AS value FROM security_events WHERE kind = 'refresh_reused'");
    assert_eq!(owner, Some(tokens.user_id));
}

#[test]
fn claiming_an_account_is_noted_says_where_and_ends_its_keys() {
    let service = Service::new();
    let before = service.register(EMAIL);
    service.bench.execute(&format!(
        "INSERT INTO api_keys (id, user_id, name, hash, ending, scopes, created_at) VALUES ('key_1', '{}', 'k', 'h', 'e', '[]', 0)",
        before.user_id
    ));
    crate::claim::add_link(&service.bench, "link");
    let (status, reply) = service.post("/v1/auth/claim", &json!({"token": "link", "password": PASSWORD}));
    assert_eq!(status, 200);
    let sessions = list(&service, &Tokens::of(&reply));
    assert_eq!((sessions.len(), &sessions[0]["network"]), (1, &json!("192.0.2.1")));
    assert_eq!(events(&service), "admin_claimed");
    assert_eq!(service.value("SELECT count(*) AS value FROM api_keys WHERE revoked_at IS NULL").as_deref(), Some("0"));
    service.post("/v1/auth/claim", &json!({"token": "link", "password": PASSWORD}));
    assert_eq!(events(&service), "admin_claimed", "a link that was used is noted no more");
}

#[test]
fn the_list_is_two_round_trips_and_so_is_an_end() {
    let service = Service::new();
    let tokens = service.register(EMAIL);
    let id = list(&service, &tokens)[0]["id"].as_str().unwrap().to_owned();
    for (method, path) in [("GET", "/v1/auth/sessions".to_owned()), ("DELETE", format!("/v1/auth/sessions/{id}"))] {
        let out = service.send(method, &path, &tokens.access, &Value::Null);
        assert!(out.header("Server-Timing").unwrap().ends_with("desc=\"d1=2\""), "{method}");
    }
}
