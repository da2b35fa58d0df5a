//! Apps' requests: what is shown, what is told to the app, and what is sent nowhere.

use serde_json::json;

use crate::service::{App, BACK, Service, parameter};

/// Where a request is sent back to; `None` when it is told on a page.
fn sent(service: &Service, query: &str) -> Option<String> {
    let out = service.page(query);
    match out.status {
        303 => out.header("Location").map(str::to_owned),
        400 => {
            assert_eq!(out.header("Location"), None);
            None
        }
        status => panic!("{status} {}", String::from_utf8_lossy(&out.body)),
    }
}

#[test]
fn an_unknown_app_or_address_is_never_redirected_to() {
    let service = Service::new();
    let app = service.app(json!({}));
    let nobody = App { id: "cli_nobody".to_owned(), secret: None };
    assert_eq!(sent(&service, &service.query(&nobody, &[])), None);
    assert_eq!(sent(&service, &service.query(&app, &[("client_id", "")])), None);
    for uri in [
        "",
        "https://app.example/cb/",
        "https://app.example/CB",
        "https://app.example/cb?x=1",
        "https://app.example:443/cb",
        "https://app.example.evil.example/cb",
        "https://evil.example/cb",
        "http://app.example/cb",
        "https://app.example@evil.example/cb",
        "javascript:alert(1)",
        "//evil.example",
    ] {
        let query = service.query(&app, &[("redirect_uri", uri), ("response_type", "nonsense")]);
        assert_eq!(sent(&service, &query), None, "{uri}");
    }
    let twice = format!("{}&redirect_uri=https%3A%2F%2Fevil.example", service.query(&app, &[]));
    assert_eq!(sent(&service, &twice), None);
    let another = format!("{}&client_id=x", service.query(&app, &[]));
    assert_eq!(sent(&service, &another), None);
}

#[test]
fn what_is_wrong_with_a_request_is_told_to_the_app_with_its_state_and_our_name() {
    let service = Service::new();
    let app = service.app(json!({}));
    let check = |but: &[(&str, &str)], error: &str| {
        let url = sent(&service, &service.query(&app, but)).unwrap();
        assert!(url.starts_with(&format!("{BACK}?")), "{url}");
        assert_eq!(parameter(&url, "error"), error, "{but:?}");
        assert_eq!((parameter(&url, "state").as_str(), parameter(&url, "iss").as_str()), ("st/1", "http://test"));
        assert_eq!(parameter(&url, "code"), "");
    };
    check(&[("code_challenge", "")], "invalid_request");
    check(&[("code_challenge", "short")], "invalid_request");
    check(&[("code_challenge_method", "")], "invalid_request");
    check(&[("code_challenge_method", "plain")], "invalid_request");
    check(&[("response_type", "")], "unsupported_response_type");
    check(&[("response_type", "token")], "unsupported_response_type");
    check(&[("response_type", "code id_token")], "unsupported_response_type");
    check(&[("response_mode", "fragment")], "invalid_request");
    check(&[("scope", "openid use:ai")], "invalid_scope");
    check(&[("scope", "\"")], "invalid_scope");
    check(&[("request", "x.y.z")], "request_not_supported");
    check(&[("request_uri", "https://evil.example")], "request_uri_not_supported");
    check(&[("prompt", "none")], "login_required");
    check(&[("prompt", "none login")], "invalid_request");
    check(&[("max_age", "soon")], "invalid_request");
    check(&[("resource", "https://elsewhere.example")], "invalid_target");
    check(&[("nonce", &"x".repeat(3000))], "invalid_request");
    let twice = format!("{}&scope=openid", service.query(&app, &[]));
    assert_eq!(parameter(&sent(&service, &twice).unwrap(), "error"), "invalid_request");
}

#[test]
fn an_app_that_is_not_registered_for_codes_gets_none() {
    let service = Service::new();
    let app = service.app(json!({ "grant_types": ["client_credentials"] }));
    let url = sent(&service, &service.query(&app, &[])).unwrap();
    assert_eq!(parameter(&url, "error"), "unauthorized_client");
}

#[test]
fn the_page_shows_who_asks_for_what_and_is_framed_by_nobody() {
    let service = Service::new();
    let app = service.app(json!({ "client_name": "<b>\"It's\" & co</b>", "scope": "openid email things:<x>" }));
    let out = service.page(&service.query(&app, &[("scope", "openid email things:<x>"), ("state", "\"><script>")]));
    let page = String::from_utf8(out.body.clone()).unwrap();
    assert_eq!(out.status, 200);
    assert!(page.contains("&lt;b&gt;&quot;It&#39;s&quot; &amp; co&lt;/b&gt;") && !page.contains("<b>\"It"), "{page}");
    assert!(page.contains("see your e-mail address") && page.contains("things:&lt;x&gt;"));
    assert!(page.contains("<b>app.example</b>") && !page.contains("<script>") && !page.contains("unverified"));
    let policy = out.header("Content-Security-Policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"));
    assert_eq!((out.header("Cache-Control"), out.header("Referrer-Policy")), (Some("no-store"), Some("no-referrer")));
    assert_eq!(out.header("X-Frame-Options"), Some("DENY"));
}

#[test]
fn the_page_speaks_chinese_where_the_person_does() {
    let service = Service::new();
    let app = service.app(json!({}));
    let text = |but: &[(&str, &str)]| String::from_utf8(service.page(&service.query(&app, but)).body).unwrap();
    assert!(text(&[("ui_locales", "zh-CN")]).contains("<html lang=\"zh-CN\">"));
    assert!(text(&[("ui_locales", "zh")]).contains("想使用您的账号"));
    assert!(text(&[]).contains("<html lang=\"en\">"));
}

#[test]
fn a_request_may_be_a_form() {
    let service = Service::new();
    let app = service.app(json!({}));
    let query = service.query(&app, &[]);
    let fields = oidc::form::Fields::read(&query);
    let names =
        ["response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"];
    let form: Vec<(&str, &str)> = names.iter().map(|name| (*name, fields.get(name).unwrap())).collect();
    let out = service.send_form("/oauth/authorize", &form, "");
    assert_eq!(out.status, 200);
    let refused = service.bench.request("POST", "/oauth/authorize", &[], "{}");
    assert_eq!(refused.status, 415);
}

#[test]
fn a_native_apps_loopback_address_may_have_any_port_and_no_other_app_may() {
    let service = Service::new();
    let native = json!({ "application_type": "native", "token_endpoint_auth_method": "none",
        "redirect_uris": ["http://127.0.0.1/cb", "com.example.app:/cb"] });
    let app = service.app(native);
    for uri in ["http://127.0.0.1:51004/cb", "http://127.0.0.1/cb", "com.example.app:/cb"] {
        assert_eq!(service.page(&service.query(&app, &[("redirect_uri", uri)])).status, 200, "{uri}");
    }
    for uri in ["http://127.0.0.1:51004/other", "http://localhost:51004/cb", "com.example.app:/other"] {
        assert_eq!(sent(&service, &service.query(&app, &[("redirect_uri", uri)])), None, "{uri}");
    }
    let web = service.app(json!({ "redirect_uris": ["http://127.0.0.1:3000/cb"] }));
    assert_eq!(sent(&service, &service.query(&web, &[("redirect_uri", "http://127.0.0.1:51004/cb")])), None);
}
