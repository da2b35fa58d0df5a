//! Apps: registered by administrators, and by themselves where that is on.

use serde_json::{Value, json};

use crate::service::{BACK, Service};

const ADMIN: &[&str] = &["admin"];

#[test]
fn an_administrator_registers_changes_and_removes_apps() {
    let service = Service::new();
    let app = service.app(json!({}));
    let path = format!("/v1/oauth/clients/{}", app.id);
    let (_, read) = service.call_as(ADMIN, "GET", &path, &json!({}));
    assert_eq!(
        (&read["client_name"], &read["verified"], &read["client_secret"]),
        (&json!("App"), &json!(true), &Value::Null)
    );
    let (_, list) = service.call_as(ADMIN, "GET", "/v1/oauth/clients", &json!({}));
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    let wish = json!({ "client_name": "New", "redirect_uris": [BACK], "scope": "openid use:ai" });
    let (status, changed) = service.call_as(ADMIN, "PUT", &path, &wish);
    assert_eq!(
        (status, &changed["client"]["scope"], &changed["client_secret"]),
        (200, &json!("openid use:ai"), &Value::Null)
    );
    let tokens = service.tokens(&app, &[("scope", "openid")]);
    assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 200, "the secret stayed");
    assert_eq!(service.call_as(ADMIN, "DELETE", &path, &json!({})).0, 204);
    assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 401);
    for (method, body) in [("GET", json!({})), ("PUT", wish), ("DELETE", json!({}))] {
        assert_eq!(service.call_as(ADMIN, method, &path, &body).0, 404, "{method}");
    }
    let kinds = "SELECT group_concat(kind) AS value FROM (SELECT kind FROM security_events \
WHERE kind LIKE 'app_%' AND kind <> 'app_allowed' ORDER BY seq)";
    assert_eq!(service.value(kinds), "app_registered,app_changed,app_removed");
    assert_eq!(service.call("GET", "/v1/oauth/clients", &json!({})).0, 403);
}

#[test]
fn a_secret_is_kept_as_a_hash_and_another_takes_its_place_at_once() {
    let service = Service::new();
    let app = service.app(json!({ "grant_types": ["client_credentials"], "scope": "x" }));
    assert_eq!(service.value("SELECT length(secret_hash) AS value FROM oauth_clients"), "64");
    let (status, renewed) = service.call_as(ADMIN, "POST", &format!("/v1/oauth/clients/{}/secret", app.id), &json!({}));
    assert_eq!(status, 200);
    let grant = [("grant_type", "client_credentials")];
    assert_eq!(service.form(&app, "/oauth/token", &grant).0, 401);
    let secret = renewed["client_secret"].as_str().map(str::to_owned);
    assert_eq!(service.form(&crate::service::App { secret, ..app }, "/oauth/token", &grant).0, 200);
    let public = service.app(json!({ "token_endpoint_auth_method": "none" }));
    assert_eq!(service.call_as(ADMIN, "POST", &format!("/v1/oauth/clients/{}/secret", public.id), &json!({})).0, 422);
    assert_eq!(service.call_as(ADMIN, "POST", "/v1/oauth/clients/cli_x/secret", &json!({})).0, 404);
    let wish = json!({ "client_name": "P", "redirect_uris": [BACK] });
    let (_, kept) = service.call_as(ADMIN, "PUT", &format!("/v1/oauth/clients/{}", public.id), &wish);
    assert!(kept["client_secret"].is_string(), "it needs one now");
}

#[test]
fn what_cannot_be_registered_is_told_with_a_pointer() {
    let service = Service::new();
    for (wish, pointer) in [
        (json!({ "client_name": "A", "redirect_uris": ["http://evil.example/"] }), "/redirect_uris/0"),
        (json!({ "client_name": "A", "redirect_uris": [BACK], "unknown": 1 }), "/unknown"),
        (json!({ "redirect_uris": [BACK] }), "/client_name"),
    ] {
        let (status, problem) = service.call_as(ADMIN, "POST", "/v1/oauth/clients", &wish);
        assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!(pointer)));
    }
}

fn register(service: &Service, roles: Option<&[&str]>, wish: &Value) -> (u16, Value) {
    let token = roles.map(|roles| service.bench.token("usr_1", roles));
    service.bench.json("POST", "/oauth/register", token.as_deref(), &wish.to_string())
}

#[test]
fn apps_register_themselves_only_where_that_is_on() {
    let wish = json!({ "client_name": "A", "redirect_uris": [BACK], "software_id": "ignored" });
    assert_eq!(register(&Service::new(), Some(ADMIN), &wish).0, 404);
    assert_eq!(register(&Service::with(&[("OIDC_REGISTRATION", "yes")]), None, &wish).0, 404);
    let admin = Service::with(&[("OIDC_REGISTRATION", "admin")]);
    assert_eq!(register(&admin, None, &wish).0, 401);
    assert_eq!(register(&admin, Some(&[]), &wish).0, 403);
    assert_eq!(register(&admin, Some(ADMIN), &wish).0, 201);
    assert_eq!(register(&Service::with(&[("OIDC_REGISTRATION", "open")]), None, &wish).0, 201);
}

#[test]
fn an_app_that_registered_itself_works_and_people_are_warned_of_it() {
    let service = Service::with(&[("OIDC_REGISTRATION", "open")]);
    let wish = json!({ "client_name": "A", "redirect_uris": [BACK], "token_endpoint_auth_method": "none" });
    let (_, made) = register(&service, None, &wish);
    assert!(made["client_secret"].is_null() && made["client_secret_expires_at"].is_null());
    assert_eq!(made["grant_types"], json!(["authorization_code", "refresh_token"]));
    let app = crate::service::App { id: made["client_id"].as_str().unwrap().to_owned(), secret: None };
    let page = String::from_utf8(service.page(&service.query(&app, &[])).body).unwrap();
    assert!(page.contains("id=\"unverified\""));
    assert!(service.tokens(&app, &[])["id_token"].is_string());
    let (_, confidential) = register(&service, None, &json!({ "client_name": "A", "redirect_uris": [BACK] }));
    assert_eq!(confidential["client_secret_expires_at"], 0);
    for (wish, error) in [
        (json!({ "client_name": "A", "redirect_uris": ["http://evil.example"] }), "invalid_redirect_uri"),
        (json!({ "client_name": "A" }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": [BACK] }), "invalid_client_metadata"),
    ] {
        let refused = register(&service, None, &wish);
        assert_eq!((refused.0, &refused.1["error"]), (400, &json!(error)));
    }
}
