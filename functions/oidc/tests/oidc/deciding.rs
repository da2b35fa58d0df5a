//! What a person decides about a request, and who cannot decide for them.

use serde_json::{Value, json};

use crate::service::{App, BACK, Service, parameter};

fn post(service: &Service, query: &str, ticket: &str, choice: &str) -> (u16, Value) {
    service.call("POST", "/v1/oauth/authorize", &json!({ "query": query, "ticket": ticket, "choice": choice }))
}

fn status(decided: &(u16, Value)) -> &str {
    decided.1["status"].as_str().unwrap_or_default()
}

#[test]
fn a_person_is_asked_once_and_the_app_gets_a_code() {
    let service = Service::new();
    let app = service.app(json!({}));
    let query = service.query(&app, &[]);
    let asked = service.decide(&query, "ask");
    assert_eq!((asked.0, status(&asked), &asked.1["redirect_to"]), (200, "consent_required", &Value::Null));
    assert_eq!(asked.1["account"], "n1@example.com");
    let allowed = service.decide(&query, "allow");
    let url = allowed.1["redirect_to"].as_str().unwrap();
    assert!(url.starts_with(&format!("{BACK}?code=oc%5F")), "{url}");
    assert_eq!((parameter(url, "state").as_str(), parameter(url, "iss").as_str()), ("st/1", "http://test"));
    assert_eq!(status(&service.decide(&query, "ask")), "done", "it was allowed before");
    assert_eq!(service.value("SELECT count(*) AS value FROM oauth_codes WHERE hash LIKE 'oc%'"), "0", "hashes alone");
}

#[test]
fn more_than_was_allowed_is_asked_for_again() {
    let service = Service::new();
    let app = service.app(json!({}));
    service.code(&app, &[("scope", "openid")]);
    assert_eq!(status(&service.decide(&service.query(&app, &[("scope", "openid email")]), "ask")), "consent_required");
    service.code(&app, &[("scope", "openid email")]);
    assert_eq!(status(&service.decide(&service.query(&app, &[("scope", "email")]), "ask")), "done");
    assert_eq!(status(&service.decide(&service.query(&app, &[("prompt", "consent")]), "ask")), "consent_required");
    let other = service.app(json!({}));
    assert_eq!(status(&service.decide(&service.query(&other, &[("scope", "openid")]), "ask")), "consent_required");
}

#[test]
fn an_app_that_anybody_can_play_is_asked_about_each_time() {
    let service = Service::new();
    let native = service.app(json!({ "application_type": "native", "token_endpoint_auth_method": "none",
        "redirect_uris": ["http://127.0.0.1/cb"] }));
    let but = [("redirect_uri", "http://127.0.0.1:4000/cb")];
    service.code(&native, &but);
    assert_eq!(status(&service.decide(&service.query(&native, &but), "ask")), "consent_required");
    let app = service.app(json!({}));
    service.code(&app, &[]);
    service.bench.execute("UPDATE oauth_clients SET verified = 0");
    assert_eq!(status(&service.decide(&service.query(&app, &[]), "ask")), "consent_required");
}

#[test]
fn a_refusal_is_told_to_the_app_and_nothing_is_kept() {
    let service = Service::new();
    let app = service.app(json!({}));
    let refused = service.decide(&service.query(&app, &[]), "deny");
    let url = refused.1["redirect_to"].as_str().unwrap();
    assert_eq!((parameter(url, "error").as_str(), parameter(url, "state").as_str()), ("access_denied", "st/1"));
    let kept = "SELECT (SELECT count(*) FROM oauth_grants) + (SELECT count(*) FROM oauth_consents) AS value";
    assert_eq!(service.value(kept), "0");
}

#[test]
fn a_decision_without_the_mark_of_that_very_page_is_refused() {
    let service = Service::new();
    let app = service.app(json!({}));
    let (query, other) = (service.query(&app, &[]), service.query(&app, &[("scope", "openid")]));
    let genuine = service.ticket(&query);
    let (at, tag) = genuine.split_once('.').unwrap();
    let later = at.parse::<u64>().unwrap() + 1;
    for ticket in
        ["", ".", "1", &format!("{later}.{tag}"), &format!("{at}."), &format!("{at}.{tag}x"), &service.ticket(&other)]
    {
        let (status, problem) = post(&service, &query, ticket, "allow");
        assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/ticket")), "{ticket}");
    }
    assert_eq!(post(&service, &query, &genuine, "ask").0, 200);
    service.bench.pass(31 * 60_000);
    service.bench.execute("UPDATE sessions SET expires_at = expires_at + 86400000");
    assert_eq!(post(&service, &query, &genuine, "allow").0, 422, "too old");
}

#[test]
fn a_request_that_was_refused_cannot_be_decided() {
    let service = Service::new();
    let app = service.app(json!({}));
    let query = service.query(&app, &[]);
    let genuine = service.ticket(&query);
    service.bench.execute("UPDATE oauth_clients SET redirect_uris = '[\"https://other.example\"]'");
    assert_eq!(post(&service, &query, &genuine, "allow").0, 422);
    assert_eq!(post(&service, &query, &genuine, "deny").0, 422, "nothing is sent to an address that is gone");
}

#[test]
fn nobody_decides_without_a_session_of_their_own() {
    let service = Service::new();
    let app = service.app(json!({}));
    let query = service.query(&app, &[]);
    let body = json!({ "query": query, "ticket": service.ticket(&query), "choice": "allow" }).to_string();
    assert_eq!(service.bench.json("POST", "/v1/oauth/authorize", None, &body).0, 401);
    let tokens = service.tokens(&app, &[]);
    let by_app = service.bench.json("POST", "/v1/oauth/authorize", tokens["access_token"].as_str(), &body);
    assert_eq!((by_app.0, &by_app.1["code"]), (403, &json!("forbidden")), "an app lets no other app in");
    service.bench.execute("UPDATE sessions SET ended_at = 1");
    assert_eq!(service.call("POST", "/v1/oauth/authorize", &serde_json::from_str(&body).unwrap()).0, 401);
}

fn asked(service: &Service, app: &App, but: &[(&str, &str)]) -> String {
    status(&service.decide(&service.query(app, but), "allow")).to_owned()
}

#[test]
fn an_app_may_want_a_newer_proof_than_the_session_has() {
    let service = Service::new();
    let app = service.app(json!({}));
    assert_eq!(asked(&service, &app, &[("max_age", "60")]), "done");
    service.bench.pass(61_000);
    assert_eq!(asked(&service, &app, &[("max_age", "60")]), "login_required");
    assert_eq!(asked(&service, &app, &[("max_age", "3600")]), "done");
    let query = service.query(&app, &[("prompt", "login")]);
    let ticket = service.ticket(&query);
    assert_eq!(status(&post(&service, &query, &ticket, "allow")), "login_required");
    service.bench.pass(1000);
    service.bench.execute(&format!("UPDATE sessions SET authenticated_at = {}", service.bench.now_ms()));
    assert_eq!(status(&post(&service, &query, &ticket, "allow")), "done");
}

#[test]
fn what_a_person_allows_is_listed_and_taken_back_and_belongs_to_nobody_else() {
    let service = Service::new();
    let app = service.app(json!({}));
    let tokens = service.tokens(&app, &[]);
    let (_, list) = service.call("GET", "/v1/oauth/consents", &json!({}));
    let consent = &list["data"][0];
    assert_eq!((&consent["client_name"], &consent["scopes"][0]), (&json!("App"), &json!("openid")));
    let path = format!("/v1/oauth/consents/{}", consent["id"].as_str().unwrap());
    service.bench.execute("UPDATE oauth_consents SET user_id = 'usr_2'");
    assert_eq!(service.call("DELETE", &path, &json!({})).0, 404);
    service.bench.execute("UPDATE oauth_consents SET user_id = 'usr_1'");
    assert_eq!(service.call("DELETE", &path, &json!({})).0, 204);
    assert_eq!(service.call("DELETE", &path, &json!({})).0, 404);
    assert_eq!(service.refresh(&app, &tokens["refresh_token"]).0, 400);
    assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 401);
    assert_eq!(status(&service.decide(&service.query(&app, &[]), "ask")), "consent_required");
    let kinds = "SELECT group_concat(kind) AS value FROM (SELECT kind FROM security_events WHERE user_id = 'usr_1' ORDER BY seq)";
    assert_eq!(service.value(kinds), "app_registered,app_allowed,app_ended");
}
