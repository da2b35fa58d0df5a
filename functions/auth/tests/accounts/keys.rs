//! The keys of access tokens: published, replaced, missing.

use serde_json::{Value, json};
use shared::auth::keys::SigningKeys;

use crate::service::{EMAIL, Service};

/// Two private keys, the newer first or the older first; and their public halves.
fn keys(first: &str) -> (String, String) {
    let newer = json!({"kid": "newer", "kty": "OKP", "crv": "Ed25519", "x": "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w", "d": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"});
    let older = json!({"kid": "older", "kty": "OKP", "crv": "Ed25519", "x": "gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5Q", "d": "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"});
    let private = if first == "newer" { json!([newer, older]) } else { json!([older, newer]) }.to_string();
    let public = serde_json::to_string(&SigningKeys::read(&private).public()).unwrap();
    (private, public)
}

fn check(first: &str) -> Service {
    let (private, public) = keys(first);
    Service::with(&[("AUTH_KEYS", &private), ("AUTH_JWKS", &public)])
}

fn key_id(token: &str) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let header = Base64UrlUnpadded::decode_vec(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!((header["alg"].as_str(), header["typ"].as_str()), (Some("EdDSA"), Some("at+jwt")));
    header["kid"].as_str().unwrap().to_owned()
}

#[test]
fn both_public_halves_are_published_and_nothing_private() {
    let service = check("newer");
    let out = service.send("GET", "/.well-known/jwks.json", "", &Value::Null);
    let set: Value = serde_json::from_slice(&out.body).unwrap();
    let keys = set["keys"].as_array().unwrap();
    assert_eq!((out.status, keys.len()), (200, 2));
    for (key, kid) in keys.iter().zip(["newer", "older"]) {
        assert_eq!(key["kid"], kid);
        assert_eq!(
            (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
            (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
        );
        assert_eq!(key["x"].as_str().unwrap().len(), 43);
        assert_eq!(key.as_object().unwrap().len(), 6, "no `d`: {key}");
    }
    assert!(!String::from_utf8_lossy(&out.body).contains("AQEBAQ"));
}

#[test]
fn the_key_set_can_be_cached() {
    let out = check("newer").send("GET", "/.well-known/jwks.json", "", &Value::Null);
    assert_eq!(out.header("Cache-Control"), Some("public, max-age=300"));
    assert!(out.header("ETag").is_some());
}

#[test]
fn the_first_key_signs() {
    assert_eq!(key_id(&check("newer").register(EMAIL).access), "newer");
    assert_eq!(key_id(&check("older").register(EMAIL).access), "older");
}

#[test]
fn a_token_of_the_older_key_is_good_after_the_keys_were_rotated() {
    let before = check("older").register(EMAIL);
    let after = check("newer");
    assert_eq!(after.get("/v1/auth/token", &before.access), 200);
}

#[test]
fn a_token_of_a_removed_key_is_401() {
    let before = check("older").register(EMAIL);
    let (private, public) = keys("newer");
    let mut set: Value = serde_json::from_str(&public).unwrap();
    set["keys"].as_array_mut().unwrap().pop();
    let service = Service::with(&[("AUTH_KEYS", &private), ("AUTH_JWKS", &set.to_string())]);
    assert_eq!(service.get("/v1/auth/token", &before.access), 401);
}

#[test]
fn without_signing_keys_or_refresh_key_nothing_is_given_out() {
    for (name, value) in
        [("AUTH_KEYS", ""), ("AUTH_KEYS", "[]"), ("REFRESH_KEY", ""), ("REFRESH_KEY", "c2hvcnQ"), ("REFRESH_KEY", "?")]
    {
        let service = Service::with(&[(name, value)]);
        let body = json!({"email": EMAIL, "password": "long enough"});
        for path in ["/v1/auth/register", "/v1/auth/login"] {
            assert_eq!(service.post(path, &body).0, 503, "{name}={value} {path}");
        }
        assert_eq!(service.refresh("rt_x").0, 503);
        assert_eq!(service.post("/v1/auth/claim", &json!({"token": "x", "password": "long enough"})).0, 503);
        assert_eq!(service.get("/.well-known/jwks.json", ""), 503);
        assert!(service.asked().is_empty(), "nothing is hashed in vain");
    }
}

#[test]
fn tokens_name_the_deployment_they_are_of() {
    let staging = Service::with(&[("JWT_ISSUER", "selvage-staging")]).register(EMAIL);
    // Its own isolate: verified tokens are remembered.
    let status = std::thread::spawn(move || Service::new().get("/v1/auth/token", &staging.access)).join().unwrap();
    assert_eq!(status, 401);
}
