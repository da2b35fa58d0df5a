//! Where a session is used, and the events of sessions' ends.

use serde_json::json;
use shared::head::HeaderName;

use crate::service::{EMAIL, PASSWORD, Service, Tokens};

/// Signs in from another place with another program.
fn login_from(service: &Service, network: &str, agent: &str) -> Tokens {
    let headers = [(HeaderName::CfConnectingIp, network), (HeaderName::UserAgent, agent)];
    let body = json!({"email": EMAIL, "password": PASSWORD}).to_string();
    let out = service.bench.request("POST", "/v1/auth/login", &headers, &body);
    Tokens::of(&serde_json::from_slice(&out.body).unwrap())
}

/// Where and with what the newest session is used, and when it was used last.
fn newest(service: &Service) -> String {
    let sql = "SELECT network || ' ' || user_agent || ' ' || (last_used_at - 1795170600000) AS value FROM sessions \
               ORDER BY id DESC LIMIT 1";
    service.value(sql).unwrap()
}

/// The kinds of what was noted after the account was made, and how often nobody's.
fn events(service: &Service) -> String {
    let sql = "SELECT group_concat(kind, ' ') AS value FROM (SELECT kind FROM security_events \
               WHERE kind NOT IN ('registered', 'signed_in') AND user_id IS NOT NULL ORDER BY seq)";
    service.value(sql).unwrap_or_default().replace("null", "")
}

#[test]
fn a_sign_in_and_a_refresh_say_where_a_session_is_used() {
    let service = Service::new();
    service.register(EMAIL);
    assert_eq!(newest(&service), "192.0.2.1  0");
    service.bench.pass(1000);
    let tokens = login_from(&service, "2001:db8:1:2:3::4", "Firefox/145.0");
    assert_eq!(newest(&service), "2001:db8:1:2::/64 Firefox/145.0 1000");
    service.bench.pass(1000);
    let headers = [(HeaderName::CfConnectingIp, "198.51.100.7"), (HeaderName::UserAgent, "curl/8.5.0")];
    let body = json!({"refresh_token": tokens.refresh}).to_string();
    assert_eq!(service.bench.request("POST", "/v1/auth/refresh", &headers, &body).status, 200);
    assert_eq!(newest(&service), "198.51.100.7 curl/8.5.0 2000");
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
    assert_eq!(service.get("/v1/auth/me", &Tokens::of(&reply).access), 200);
    assert_eq!(newest(&service), "192.0.2.1  0");
    assert_eq!(events(&service), "admin_claimed");
    assert_eq!(service.value("SELECT count(*) AS value FROM api_keys WHERE revoked_at IS NULL").as_deref(), Some("0"));
    service.post("/v1/auth/claim", &json!({"token": "link", "password": PASSWORD}));
    assert_eq!(events(&service), "admin_claimed", "a link that was used is noted no more");
}
