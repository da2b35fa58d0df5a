//! What is told of people, of tokens, and of ourselves.

use serde_json::{Value, json};

use crate::service::Service;

#[test]
fn an_app_is_told_of_a_person_what_its_scopes_say() {
    let service = Service::new();
    let app = service.app(json!({}));
    let told =
        |scope: &str| service.get("/oauth/userinfo", &service.tokens(&app, &[("scope", scope)])["access_token"]).1;
    assert_eq!(told("openid"), json!({ "sub": "usr_1" }));
    assert_eq!(told("openid profile"), json!({ "sub": "usr_1", "name": "Ada", "locale": "en" }));
    assert_eq!(told("openid email"), json!({ "sub": "usr_1", "email": "n1@example.com", "email_verified": false }));
    service
        .bench
        .execute("UPDATE users SET email = id || '@no-address.invalid', avatar_ref = 'https://a.example/p.png'");
    let all = told("openid profile email");
    assert_eq!((&all["email"], &all["picture"]), (&Value::Null, &json!("https://a.example/p.png")));
}

#[test]
fn who_has_no_token_of_an_app_is_told_nothing() {
    let service = Service::new();
    let app = service.app(json!({}));
    let tokens = service.tokens(&app, &[]);
    let mut tampered = tokens["access_token"].as_str().unwrap().to_owned();
    tampered.pop();
    let own = json!(service.bench.token("usr_1", &[]));
    for token in [&tokens["id_token"], &tokens["refresh_token"], &own, &json!(tampered), &json!("x")] {
        let (status, body) = service.get("/oauth/userinfo", token);
        assert_eq!((status, &body["error"]), (401, &json!("invalid_token")), "{token}");
    }
    let out = service.bench.request("GET", "/oauth/userinfo", &[], "");
    assert!(out.header("WWW-Authenticate").unwrap().starts_with("Bearer"));
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let headers = [(shared::head::HeaderName::Authorization, bearer.as_str())];
    assert_eq!(service.bench.request("POST", "/oauth/userinfo", &headers, "").status, 200);
    service.bench.pass(600_000);
    assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 401, "expired");
}

#[test]
fn an_app_learns_of_its_own_tokens_alone() {
    let service = Service::new();
    let (app, other) = (service.app(json!({})), service.app(json!({})));
    let tokens = service.tokens(&app, &[]);
    let ask = |by, token: &Value| service.form(by, "/oauth/introspect", &[("token", token.as_str().unwrap())]);
    let (status, known) = ask(&app, &tokens["access_token"]);
    assert_eq!((status, &known["active"], &known["sub"]), (200, &json!(true), &json!("usr_1")));
    assert_eq!((&known["client_id"], &known["token_type"]), (&json!(app.id), &json!("Bearer")));
    assert_eq!(ask(&app, &tokens["refresh_token"]).1["active"], true);
    for token in [&tokens["access_token"], &tokens["refresh_token"]] {
        assert_eq!(ask(&other, token), (200, json!({ "active": false })));
    }
    for token in [&tokens["id_token"], &json!("x"), &json!(service.bench.token("usr_1", &[]))] {
        assert_eq!(ask(&app, token), (200, json!({ "active": false })));
    }
    let public = service.app(json!({ "token_endpoint_auth_method": "none" }));
    let refused = ask(&public, &tokens["access_token"]);
    assert_eq!((refused.0, &refused.1["error"]), (401, &json!("invalid_client")));
    service.refresh(&app, &tokens["refresh_token"]);
    assert_eq!(ask(&app, &tokens["refresh_token"]), (200, json!({ "active": false })), "used");
}

#[test]
fn an_app_ends_what_it_was_allowed_and_nothing_else() {
    let service = Service::new();
    let (app, other) = (service.app(json!({})), service.app(json!({})));
    let end = |by, token: &Value| service.form(by, "/oauth/revoke", &[("token", token.as_str().unwrap())]);
    for kind in ["access_token", "refresh_token"] {
        let tokens = service.tokens(&app, &[]);
        assert_eq!(end(&other, &tokens[kind]).0, 200);
        assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 200, "not another's to end");
        assert_eq!(end(&app, &tokens[kind]).0, 200);
        assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 401);
        assert_eq!(service.refresh(&app, &tokens["refresh_token"]).0, 400);
    }
    assert_eq!(end(&app, &json!("unknown")).0, 200);
    assert_eq!(service.value("SELECT count(*) AS value FROM security_events WHERE kind = 'app_ended'"), "2");
}

#[test]
fn discovery_names_what_there_is() {
    let service = Service::new();
    let (_, openid) = service.bench.json("GET", "/.well-known/openid-configuration", None, "");
    let (_, oauth) = service.bench.json("GET", "/.well-known/oauth-authorization-server", None, "");
    assert_eq!(openid, oauth);
    assert_eq!(openid["issuer"], "http://test");
    assert!(openid["registration_endpoint"].is_null());
    for (name, at) in openid.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_endpoint")) {
        let path = at.as_str().unwrap().strip_prefix("http://test").unwrap();
        assert!(oidc::TABLE.rows.iter().any(|row| row.path == path), "{name}");
    }
    let (_, keys) = service.bench.json("GET", "/oauth/jwks", None, "");
    assert_eq!((&keys["keys"][0]["alg"], &keys["keys"][0]["d"]), (&json!("EdDSA"), &Value::Null));
    let (_, resource) = service.bench.json("GET", "/.well-known/oauth-protected-resource", None, "");
    assert_eq!(resource["authorization_servers"], json!(["http://test"]));
    let open = Service::with(&[("OIDC_REGISTRATION", "open")]);
    let (_, openid) = open.bench.json("GET", "/.well-known/openid-configuration", None, "");
    assert_eq!(openid["registration_endpoint"], "http://test/oauth/register");
}

#[test]
fn elsewhere_than_locally_the_address_is_the_configured_one() {
    let service = Service::with(&[("ENVIRONMENT", "production"), ("PUBLIC_URL", "https://api.example/")]);
    let (_, openid) = service.bench.json("GET", "/.well-known/openid-configuration", None, "");
    assert_eq!(openid["issuer"], "https://api.example");
    for url in ["", "http://api.example"] {
        let service = Service::with(&[("ENVIRONMENT", "production"), ("PUBLIC_URL", url)]);
        assert_eq!(service.bench.json("GET", "/.well-known/openid-configuration", None, "").0, 503, "{url}");
    }
}
