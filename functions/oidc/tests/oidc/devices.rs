//! Devices that wait for a person, and guesses at their codes.

use serde_json::{Value, json};

use crate::service::{App, Service};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn app(service: &Service) -> App {
    service.app(
        json!({ "grant_types": [DEVICE, "refresh_token"], "token_endpoint_auth_method": "none", "redirect_uris": [] }),
    )
}

fn begin(service: &Service, app: &App) -> (Value, String) {
    let (status, begun) = service.form(app, "/oauth/device", &[("scope", "openid offline_access")]);
    assert_eq!(status, 200, "{begun}");
    let code = begun["user_code"].as_str().unwrap().to_owned();
    (begun["device_code"].clone(), code)
}

fn poll(service: &Service, app: &App, code: &Value) -> (u16, Value) {
    service.bench.pass(5_000);
    service.form(app, "/oauth/token", &[("grant_type", DEVICE), ("device_code", code.as_str().unwrap())])
}

fn error(reply: &(u16, Value)) -> &str {
    reply.1["error"].as_str().unwrap_or_default()
}

fn decide(service: &Service, code: &str, choice: &str) -> (u16, Value) {
    service.call("POST", "/v1/oauth/device", &json!({ "user_code": code, "choice": choice }))
}

#[test]
fn a_device_gets_tokens_once_its_person_allows_it() {
    let service = Service::new();
    let app = app(&service);
    let (device, code) = begin(&service, &app);
    assert_eq!(error(&poll(&service, &app, &device)), "authorization_pending");
    let (status, asked) = decide(&service, &code.to_lowercase(), "ask");
    assert_eq!((status, &asked["client_name"], &asked["decided"]), (200, &json!("App"), &json!(false)));
    assert_eq!(asked["scopes"], json!(["openid", "offline_access"]));
    assert_eq!(decide(&service, &code, "allow").1["decided"], true);
    let (status, tokens) = poll(&service, &app, &device);
    assert_eq!(status, 200, "{tokens}");
    assert!(tokens["id_token"].is_string() && tokens["refresh_token"].is_string());
    assert_eq!(error(&poll(&service, &app, &device)), "invalid_grant", "once");
    assert_eq!(service.refresh(&app, &tokens["refresh_token"]).0, 200);
    assert_eq!(decide(&service, &code, "allow").0, 404);
    assert_eq!(service.value("SELECT count(*) AS value FROM oauth_device_codes WHERE user_code LIKE '____-____'"), "0");
}

#[test]
fn a_refused_or_expired_device_gets_nothing() {
    let service = Service::new();
    let app = app(&service);
    let (device, code) = begin(&service, &app);
    assert_eq!(decide(&service, &code, "deny").1["decided"], true);
    assert_eq!(error(&poll(&service, &app, &device)), "access_denied");
    assert_eq!(decide(&service, &code, "allow").0, 404, "a refusal stands");
    let (device, code) = begin(&service, &app);
    service.bench.pass(600_001);
    assert_eq!(error(&poll(&service, &app, &device)), "expired_token");
    assert_eq!(decide(&service, &code, "allow").0, 404);
    assert_eq!(service.value("SELECT count(*) AS value FROM oauth_grants"), "0");
}

#[test]
fn a_device_that_polls_too_fast_is_told_to_slow_down() {
    let service = Service::new();
    let app = app(&service);
    let (device, code) = begin(&service, &app);
    let at_once =
        || service.form(&app, "/oauth/token", &[("grant_type", DEVICE), ("device_code", device.as_str().unwrap())]);
    assert_eq!(error(&at_once()), "authorization_pending");
    assert_eq!(error(&at_once()), "slow_down");
    assert_eq!(error(&poll(&service, &app, &device)), "slow_down", "ten seconds by now");
    service.bench.pass(10_000);
    assert_eq!(error(&poll(&service, &app, &device)), "authorization_pending");
    decide(&service, &code, "allow");
    assert_eq!(error(&at_once()), "slow_down");
    service.bench.pass(20_000);
    assert_eq!(poll(&service, &app, &device).0, 200);
}

#[test]
fn a_device_code_is_bound_to_its_app() {
    let service = Service::new();
    let (one, other) = (app(&service), app(&service));
    let (device, code) = begin(&service, &one);
    decide(&service, &code, "allow");
    assert_eq!(error(&poll(&service, &other, &device)), "invalid_grant");
    assert_eq!(error(&poll(&service, &one, &json!("odc_x"))), "invalid_grant");
    assert_eq!(poll(&service, &one, &device).0, 200);
    let web = service.app(json!({}));
    assert_eq!(error(&service.form(&web, "/oauth/device", &[])), "unauthorized_client");
    assert_eq!(error(&service.form(&one, "/oauth/device", &[("scope", "use:ai")])), "invalid_scope");
}

#[test]
fn guessing_codes_is_slowed_down_and_a_code_of_ones_own_does_not_help() {
    let service = Service::new();
    let app = app(&service);
    let (_, own) = begin(&service, &app);
    for guess in 0..4 {
        assert_eq!(decide(&service, &format!("BBBB-BBB{guess}"), "ask").0, 404);
        assert_eq!(decide(&service, &own, "ask").0, 200);
    }
    assert_eq!(decide(&service, "BBBB-BBBB", "ask").0, 404);
    let (status, problem) = decide(&service, "BBBB-BBBC", "ask");
    assert_eq!((status, &problem["code"]), (429, &json!("rate_limited")));
    assert_eq!(decide(&service, &own, "ask").0, 429, "whatever the code is");
    service.bench.pass(15_000);
    assert_eq!(decide(&service, &own, "ask").0, 200);
    assert_eq!(decide(&service, "BBBB-BBBC", "ask").0, 404);
    service.bench.pass(15_000);
    assert_eq!(decide(&service, "BBBB-BBBC", "ask").0, 429, "each waits twice as long as the one before");
}

#[test]
fn the_page_of_devices_shows_a_code_to_nobody() {
    let service = Service::new();
    let app = app(&service);
    let (_, begun) = service.form(&app, "/oauth/device", &[]);
    let complete = begun["verification_uri_complete"].as_str().unwrap();
    assert_eq!(complete, format!("http://test/device#{}", begun["user_code"].as_str().unwrap()));
    let out = service.bench.request("GET", "/device", &[(shared::head::HeaderName::AcceptLanguage, "zh")], "");
    assert!(String::from_utf8(out.body.clone()).unwrap().contains("连接设备"));
    assert!(out.header("Content-Security-Policy").unwrap().contains("frame-ancestors 'none'"));
}
