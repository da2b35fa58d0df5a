//! Codes and what they are exchanged for.

use serde_json::{Value, json};

use crate::service::{App, Service, claims};

fn error(reply: &(u16, Value)) -> (u16, &str) {
    (reply.0, reply.1["error"].as_str().unwrap_or_default())
}

#[test]
fn a_code_is_exchanged_for_tokens_that_say_who_and_for_whom() {
    let service = Service::new();
    let app = service.app(json!({}));
    let tokens = service.tokens(&app, &[]);
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(tokens["scope"], "openid profile email offline_access");
    let id = claims(&tokens["id_token"]);
    assert_eq!((&id["iss"], &id["sub"]), (&json!("http://test"), &json!("usr_1")));
    assert_eq!((&id["aud"], &id["nonce"]), (&json!(app.id), &json!("n-1")));
    assert_eq!((&id["acr"], &id["amr"]), (&json!("urn:selvage:acr:2"), &json!(["pwd", "otp", "mfa"])));
    assert_eq!(id["auth_time"], service.bench.now_ms() / 1000);
    assert!(id["at_hash"].is_string() && id["exp"].is_u64() && id["email"].is_null());
    let access = claims(&tokens["access_token"]);
    assert_eq!((&access["iss"], &access["aud"]), (&json!("http://test"), &json!("selvage/apps")));
    assert_eq!((&access["client_id"], &access["sub"]), (&json!(app.id), &json!("usr_1")));
    assert_eq!((&access["permissions"], &access["roles"], &access["email"]), (&json!([]), &json!([]), &json!("")));
}

#[test]
fn a_token_of_an_app_opens_no_row_of_a_person() {
    let service = Service::new();
    let app = service.app(json!({}));
    let tokens = service.tokens(&app, &[]);
    for token in ["access_token", "id_token", "refresh_token"] {
        for path in ["/v1/auth/me", "/v1/auth/token", "/v1/oauth/consents", "/v1/oauth/clients", "/v1/usage"] {
            let (status, problem) = service.get(path, &tokens[token]);
            assert!(matches!(status, 401 | 403), "{token} {path} {problem}");
            assert_eq!(status == 403, token == "access_token", "{token} {path}");
        }
    }
}

#[test]
fn a_scope_of_this_api_opens_its_rows_and_no_others_until_it_is_taken_back() {
    let service = Service::new();
    let app = service.app(json!({ "scope": "openid read:usage use:ai" }));
    let tokens = service.tokens(&app, &[("scope", "openid read:usage")]);
    assert_eq!(claims(&tokens["access_token"])["permissions"], json!(["read:usage"]));
    assert_eq!(service.get("/v1/usage", &tokens["access_token"]).0, 200);
    assert_eq!(service.get("/v1/auth/me", &tokens["access_token"]).0, 403);
    let other = service.tokens(&app, &[("scope", "openid use:ai")]);
    assert_eq!(service.get("/v1/usage", &other["access_token"]).0, 403);
}

#[test]
fn a_row_that_asks_for_the_session_asks_for_the_grant() {
    let service = Service::with(&[("SESSION_CHECK", "every")]);
    let app = service.app(json!({ "scope": "read:usage" }));
    let token = service.tokens(&app, &[("scope", "read:usage")])["access_token"].clone();
    assert_eq!(service.get("/v1/usage", &token).0, 200);
    service.bench.execute("UPDATE users SET status = 'suspended'");
    assert_eq!(service.get("/v1/usage", &token).0, 403);
    service.bench.execute("UPDATE users SET status = 'active'; UPDATE oauth_grants SET ended_at = 1");
    assert_eq!(service.get("/v1/usage", &token).0, 401);
}

#[test]
fn a_code_with_anything_wrong_about_it_gets_nothing_and_is_not_used_up() {
    let service = Service::new();
    let app = service.app(json!({ "redirect_uris": ["https://app.example/cb", "https://app.example/other"] }));
    let other = service.app(json!({}));
    let code = service.code(&app, &[]);
    let check = |app: &App, code: &str, but: &[(&str, &str)], wanted: &str| {
        let reply = service.exchange(app, code, but);
        assert_eq!(error(&reply).1, wanted, "{but:?} {}", reply.1);
    };
    check(&app, &code, &[("code_verifier", "x-BjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")], "invalid_grant");
    check(&app, &code, &[("code_verifier", "short")], "invalid_grant");
    check(&app, &code, &[("code_verifier", "")], "invalid_request");
    check(&app, &code, &[("redirect_uri", "https://app.example/other")], "invalid_grant");
    check(&app, &code, &[("redirect_uri", "")], "invalid_request");
    check(&other, &code, &[], "invalid_grant");
    check(&app, "oc_unknown", &[], "invalid_grant");
    check(&app, &code, &[("grant_type", "password")], "unsupported_grant_type");
    check(&app, &code, &[("grant_type", "implicit")], "unsupported_grant_type");
    check(&app, &code, &[("grant_type", "client_credentials")], "unauthorized_client");
    assert_eq!(service.exchange(&app, &code, &[]).0, 200);
}

#[test]
fn a_code_lives_a_minute() {
    let service = Service::new();
    let app = service.app(json!({}));
    let code = service.code(&app, &[]);
    service.bench.pass(60_001);
    assert_eq!(error(&service.exchange(&app, &code, &[])), (400, "invalid_grant"));
}

#[test]
fn a_code_that_is_used_again_ends_what_the_first_use_gave_and_its_owner_has_a_note() {
    let service = Service::new();
    let app = service.app(json!({}));
    let code = service.code(&app, &[]);
    let (_, tokens) = service.exchange(&app, &code, &[]);
    assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 200);
    assert_eq!(error(&service.exchange(&app, &code, &[("code_verifier", "wrong")])), (400, "invalid_grant"));
    assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 401);
    assert_eq!(error(&service.refresh(&app, &tokens["refresh_token"])), (400, "invalid_grant"));
    service.exchange(&app, &code, &[]);
    assert_eq!(service.value("SELECT count(*) AS value FROM security_events WHERE kind = 'app_replayed'"), "1");
}

#[test]
fn another_app_cannot_end_a_grant_with_its_code() {
    let service = Service::new();
    let (app, other) = (service.app(json!({})), service.app(json!({})));
    let code = service.code(&app, &[]);
    let (_, tokens) = service.exchange(&app, &code, &[]);
    assert_eq!(error(&service.exchange(&other, &code, &[])), (400, "invalid_grant"));
    assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 200);
}

#[test]
fn an_app_proves_who_it_is_in_the_way_it_was_registered_for() {
    let service = Service::new();
    let basic = service.app(json!({}));
    let post = service.app(json!({ "token_endpoint_auth_method": "client_secret_post" }));
    let public = service.app(json!({ "token_endpoint_auth_method": "none" }));
    let secret = |app: &App| app.secret.clone().unwrap();
    let grant = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "x"), ("code_verifier", "x")];
    let try_with = |id: &str, secret: Option<&str>| {
        let mut fields = grant.to_vec();
        fields.push(("client_id", id));
        fields.extend(secret.map(|secret| ("client_secret", secret)));
        service.send_form("/oauth/token", &fields, "").status
    };
    assert_eq!(try_with(&post.id, Some(&secret(&post))), 400, "who it is was believed, the code was not");
    assert_eq!(try_with(&public.id, None), 400);
    for (id, given) in [
        (&basic.id, Some(secret(&basic))),
        (&basic.id, None),
        (&post.id, None),
        (&post.id, Some("wrong".to_owned())),
        (&post.id, Some(secret(&basic))),
        (&public.id, Some("x".to_owned())),
        (&"cli_nobody".to_owned(), Some("x".to_owned())),
    ] {
        assert_eq!(try_with(id, given.as_deref()), 401, "{id} {given:?}");
    }
    let out = service.send_form("/oauth/token", &grant, "Basic !");
    assert_eq!((out.status, out.header("WWW-Authenticate")), (401, Some("Basic realm=\"oauth\"")));
    let twice = format!("client_id={}&client_id=x&grant_type=authorization_code", public.id);
    let headers = [(shared::head::HeaderName::ContentType, "application/x-www-form-urlencoded")];
    assert_eq!(service.bench.request("POST", "/oauth/token", &headers, &twice).status, 400);
    let json = service.bench.request("POST", "/oauth/token", &[], "{}");
    let body: Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!((json.status, &body["error"]), (415, &json!("invalid_request")));
}

#[test]
fn a_token_may_be_for_another_server_and_is_then_not_for_us() {
    let service = Service::with(&[("OIDC_RESOURCES", "https://mcp.example/mcp")]);
    let app = service.app(json!({ "scope": "openid read:usage things:read" }));
    let but = [("resource", "https://mcp.example/mcp"), ("scope", "openid read:usage things:read")];
    let code = service.code(&app, &but);
    let wrong = service.exchange(&app, &code, &[("resource", "http://test")]);
    assert_eq!(error(&wrong), (400, "invalid_target"));
    let tokens = service.tokens(&app, &but);
    let access = claims(&tokens["access_token"]);
    assert_eq!((&access["aud"], &access["permissions"]), (&json!("https://mcp.example/mcp"), &Value::Null));
    assert_eq!(service.get("/v1/usage", &tokens["access_token"]).0, 401);
    assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 401);
    let own = service.tokens(&app, &[("resource", "http://test/"), ("scope", "read:usage")]);
    assert_eq!(service.get("/v1/usage", &own["access_token"]).0, 200);
}

#[test]
fn an_app_in_its_own_name_has_what_is_nobodys() {
    let service = Service::new();
    let app = service
        .app(json!({ "grant_types": ["client_credentials"], "scope": "openid use:ai things:read things:write" }));
    let get =
        |scope: &str| service.form(&app, "/oauth/token", &[("grant_type", "client_credentials"), ("scope", scope)]);
    let (status, tokens) = get("");
    assert_eq!((status, &tokens["scope"]), (200, &json!("things:read things:write")));
    assert!(tokens["refresh_token"].is_null() && tokens["id_token"].is_null());
    let access = claims(&tokens["access_token"]);
    assert_eq!((&access["sub"], &access["client_id"]), (&json!(app.id), &json!(app.id)));
    assert_eq!(get("things:read").1["scope"], "things:read");
    for scope in ["openid", "use:ai", "things:other"] {
        assert_eq!(error(&get(scope)), (400, "invalid_scope"), "{scope}");
    }
    assert_eq!(service.get("/oauth/userinfo", &tokens["access_token"]).0, 401);
    assert_eq!(service.get("/v1/usage", &tokens["access_token"]).0, 403);
}
