//! Refresh tokens of apps, and what ends them.

use serde_json::{Value, json};

use crate::service::Service;

fn error(reply: &(u16, Value)) -> (u16, &str) {
    (reply.0, reply.1["error"].as_str().unwrap_or_default())
}

const REFUSED: (u16, &str) = (400, "invalid_grant");

#[test]
fn a_retry_gets_the_same_successor_and_a_later_use_ends_all() {
    let service = Service::new();
    let app = service.app(json!({}));
    let first = service.tokens(&app, &[])["refresh_token"].clone();
    let (status, second) = service.refresh(&app, &first);
    assert_eq!(status, 200, "{second}");
    assert!(second["id_token"].is_string());
    service.bench.pass(9_000);
    assert_eq!(service.refresh(&app, &first).1["refresh_token"], second["refresh_token"]);
    let (_, third) = service.refresh(&app, &second["refresh_token"]);
    service.bench.pass(2_000);
    assert_eq!(error(&service.refresh(&app, &first)), REFUSED);
    assert_eq!(error(&service.refresh(&app, &third["refresh_token"])), REFUSED, "the thief's and the owner's alike");
    assert_eq!(service.get("/oauth/userinfo", &third["access_token"]).0, 401);
    assert_eq!(service.value("SELECT count(*) AS value FROM security_events WHERE kind = 'app_replayed'"), "1");
}

#[test]
fn a_refresh_token_is_bound_to_its_app() {
    let service = Service::new();
    let (app, other) = (service.app(json!({})), service.app(json!({})));
    let token = service.tokens(&app, &[])["refresh_token"].clone();
    assert_eq!(error(&service.refresh(&other, &token)), REFUSED);
    let (status, next) = service.refresh(&app, &token);
    assert_eq!(status, 200, "another's try used nothing up");
    service.bench.pass(11_000);
    assert_eq!(error(&service.refresh(&other, &token)), REFUSED);
    assert_eq!(service.refresh(&app, &next["refresh_token"]).0, 200, "and ended nothing");
}

#[test]
fn a_refresh_token_is_no_session_and_a_session_is_no_grant() {
    let service = Service::new();
    let app = service.app(json!({}));
    let token = service.tokens(&app, &[])["refresh_token"].clone();
    let body = json!({ "refresh_token": token }).to_string();
    assert_eq!(service.bench.json("POST", "/v1/auth/refresh", None, &body).0, 401);
    assert_eq!(error(&service.refresh(&app, &json!("rt_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"))), REFUSED);
}

#[test]
fn scopes_are_narrowed_for_one_token_and_never_widened() {
    let service = Service::new();
    let app = service.app(json!({}));
    let token = service.tokens(&app, &[("scope", "openid email offline_access")])["refresh_token"].clone();
    let fields = |token: &'static str, scope: &'static str| {
        [("grant_type", "refresh_token"), ("scope", scope), ("refresh_token", token)]
    };
    let text: &'static str = token.as_str().unwrap().to_owned().leak();
    assert_eq!(error(&service.form(&app, "/oauth/token", &fields(text, "openid profile"))), (400, "invalid_scope"));
    let (status, narrow) = service.form(&app, "/oauth/token", &fields(text, "email"));
    assert_eq!((status, &narrow["scope"], &narrow["id_token"]), (200, &json!("email"), &Value::Null));
    assert_eq!(service.get("/oauth/userinfo", &narrow["access_token"]).0, 403);
    let (_, wide) = service.refresh(&app, &narrow["refresh_token"]);
    assert_eq!(wide["scope"], "openid email offline_access");
}

#[test]
fn without_offline_access_there_is_none_and_the_session_takes_the_grant_with_it() {
    let service = Service::new();
    let app = service.app(json!({}));
    let offline = service.tokens(&app, &[]);
    let online = service.tokens(&app, &[("scope", "openid")]);
    assert!(online["refresh_token"].is_null());
    assert_eq!(service.call("POST", "/v1/auth/logout", &json!({})).0, 204);
    assert_eq!(service.get("/oauth/userinfo", &online["access_token"]).0, 401);
    assert_eq!(service.get("/oauth/userinfo", &offline["access_token"]).0, 200);
    assert_eq!(service.refresh(&app, &offline["refresh_token"]).0, 200);
}

#[test]
fn signing_out_everywhere_ends_every_grant() {
    let service = Service::new();
    let app = service.app(json!({}));
    let tokens = service.tokens(&app, &[]);
    assert_eq!(service.call("POST", "/v1/auth/logout", &json!({ "all": true })).0, 204);
    assert_eq!(error(&service.refresh(&app, &tokens["refresh_token"])), REFUSED);
    assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 401);
}

#[test]
fn a_suspended_person_has_no_apps_and_a_deleted_one_no_grants() {
    let service = Service::new();
    let app = service.app(json!({}));
    let tokens = service.tokens(&app, &[]);
    service.bench.execute("UPDATE users SET status = 'suspended'");
    assert_eq!(error(&service.refresh(&app, &tokens["refresh_token"])), REFUSED);
    assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 401);
    service.bench.execute("DELETE FROM users WHERE id = 'usr_1'");
    assert_eq!(service.value("SELECT count(*) AS value FROM oauth_grants"), "0");
    assert_eq!(service.value("SELECT count(*) AS value FROM oauth_refresh_tokens"), "0");
}

#[test]
fn what_has_expired_is_swept_and_what_is_in_use_is_not() {
    let service = Service::new();
    let app = service.app(json!({}));
    let token = service.tokens(&app, &[])["refresh_token"].clone();
    service.tokens(&app, &[("scope", "openid")]);
    let sweep = |service: &Service| {
        for sql in auth::sweep::ALL {
            service.bench.execute(&sql.replace("?1", &(service.bench.now_ms() - 86_400_000).to_string()));
        }
    };
    service.bench.pass(20 * 86_400_000);
    sweep(&service);
    assert_eq!(service.value("SELECT count(*) AS value FROM oauth_grants"), "1");
    let (status, next) = service.refresh(&app, &token);
    assert_eq!(status, 200, "{next}");
    service.bench.pass(32 * 86_400_000);
    assert_eq!(error(&service.refresh(&app, &next["refresh_token"])), REFUSED);
    sweep(&service);
    assert_eq!(service.value("SELECT count(*) AS value FROM oauth_refresh_tokens"), "0");
}
