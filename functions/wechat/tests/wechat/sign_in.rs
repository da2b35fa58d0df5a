//! `POST /v1/auth/wechat`: codes, failures, new and known people.

use serde_json::{Value, json};
use shared::platform::SendError;

use crate::service::{Service, told};

#[test]
fn a_stranger_gets_an_account_without_an_address() {
    let service = Service::with(&[("EMAIL_VERIFICATION", "required")], crate::service::jscode2session);
    let body = json!({"code": "oA", "app_id": "wx1", "name": "小明"});
    let out = service.send("POST", "/v1/auth/wechat", "", &body);
    let reply: Value = serde_json::from_slice(&out.body).unwrap();
    assert_eq!(out.status, 200, "{reply}");
    assert_eq!((&reply["user"]["email"], &reply["user"]["name"]), (&Value::Null, &json!("小明")));
    let id = reply["user"]["id"].as_str().unwrap().to_lowercase();
    assert_eq!(service.value("SELECT email AS value FROM users"), format!("{id}@no-address.invalid"));
    assert_eq!(service.value("SELECT realm || ' ' || subject AS value FROM identities"), "wx1 oA");
    let kinds = "SELECT group_concat(kind, ' ') AS value FROM (SELECT kind FROM security_events ORDER BY seq)";
    assert_eq!(service.value(kinds), "registered identity_linked signed_in");
}

#[test]
fn the_same_person_enters_the_same_account_and_another_app_is_another_openid() {
    let service = Service::new();
    let first = service.enter("wx1", "oA");
    assert_eq!(service.enter("wx1", "oA"), first);
    assert_ne!(service.enter("wx2", "oA"), first, "an openid belongs to one app");
    assert_ne!(service.enter("wx1", "oB"), first);
}

#[test]
fn without_an_app_the_first_one_is_meant_and_an_unknown_one_is_422_before_wechat_is_asked() {
    let service = Service::new();
    assert_eq!(service.send("POST", "/v1/auth/wechat", "", &json!({"code": "oA"})).status, 200);
    assert!(service.asked()[0].contains("appid=wx1&secret=s1"));
    assert_eq!(service.wechat("wx9", "oA").0, 422);
    assert_eq!(service.wechat("wx1", "").0, 422);
    assert!(service.asked().is_empty());
}

#[test]
fn each_errcode_has_its_status() {
    let service = Service::new();
    for (code, status, name) in [
        ("E40029", 401, "code_refused"),
        ("E40163", 401, "code_refused"),
        ("E45011", 429, "rate_limited"),
        ("E40226", 403, "provider_blocked"),
        ("Eminus1", 503, "unavailable"),
        ("E40125", 502, "upstream_auth"),
        ("E40013", 502, "upstream_auth"),
        ("E99999", 502, "upstream_failed"),
    ] {
        let (seen, problem) = service.wechat("wx1", code);
        assert_eq!((seen, problem["code"].as_str()), (status, Some(name)), "{code}");
        assert!(!problem.to_string().contains("scripted"), "WeChat's words are not sent");
    }
    assert_eq!(service.value("SELECT count(*) AS value FROM users"), "0");
}

#[test]
fn too_many_and_busy_say_when_to_come_again() {
    let service = Service::new();
    for (code, seconds) in [("E45011", "60"), ("Eminus1", "1")] {
        let out = service.send("POST", "/v1/auth/wechat", "", &json!({ "code": code }));
        assert_eq!(out.header("Retry-After"), Some(seconds));
    }
}

#[test]
fn a_wechat_that_is_silent_gone_or_talks_nonsense_is_504_or_502() {
    for (answer, status) in [
        (Err(SendError::Deadline), 504),
        (Err(SendError::Unreachable("no route".to_owned())), 502),
        (Ok((500, vec![], b"{}".to_vec())), 502),
        (Ok((200, vec![], b"<html>".to_vec())), 502),
        (Ok((200, vec![], b"{}".to_vec())), 502),
        (told(&json!({"openid": "", "session_key": "k"})), 502),
    ] {
        let service = Service::with(&[], move |_, _| answer.clone());
        assert_eq!(service.wechat("wx1", "oA").0, status);
        assert_eq!(service.value("SELECT count(*) AS value FROM users"), "0");
    }
}

#[test]
fn neither_the_session_key_nor_the_secret_nor_the_code_is_told_or_logged() {
    let service = Service::new();
    for code in ["oA", "E40125"] {
        let out = service.send("POST", "/v1/auth/wechat", "", &json!({ "code": code }));
        let reply = String::from_utf8(out.body.clone()).unwrap();
        for secret in ["top secret", "secret=s1", "js_code"] {
            assert!(!reply.contains(secret) && !out.line.contains(secret), "{secret}");
        }
    }
}

#[test]
fn a_suspended_person_is_403_in_every_app() {
    let service = Service::new();
    service.enter("wx1", "oAZuA");
    service.bench.execute("UPDATE users SET status = 'suspended'");
    for (app, code) in [("wx1", "oAZuA"), ("wx2", "oBZuA")] {
        let (status, problem) = service.wechat(app, code);
        assert_eq!((status, problem["code"].as_str()), (403, Some("suspended")));
    }
    assert_eq!(service.value("SELECT count(*) AS value FROM users"), "1");
}

#[test]
fn where_no_app_is_configured_there_is_nothing_here() {
    let service = Service::with(&[("WECHAT_APPS", "[]")], crate::service::jscode2session);
    assert_eq!(service.wechat("wx1", "oA").0, 404);
    let broken = Service::with(&[("WECHAT_APPS", "{")], crate::service::jscode2session);
    assert_eq!(broken.wechat("wx1", "oA").0, 503);
}

#[test]
fn a_known_person_costs_two_trips_to_the_database() {
    let service = Service::new();
    service.enter("wx1", "oA");
    let out = service.send("POST", "/v1/auth/wechat", "", &json!({"code": "oA"}));
    assert!(out.header("Server-Timing").unwrap().contains("desc=\"d1=2 object=1 upstream=1\""));
}
