//! Signing requests of the tests, with a key of `usr_1` that opens `/v1/ai`. Not here: assertions, but that a request
//! is refused for its signature.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::platform::Outgoing;
use shared::platform::testing::Bench;
use shared::sql;

use crate::probe::{add_user, probe};

pub(crate) const ID: &str = "key_01KAHM9V8G0000000000000007";
pub(crate) const WISH: &str = r#"{"wish":"ok"}"#;

/// A request to be signed. What a test changes after signing it changes in `sent`.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) body: &'static str,
    pub(crate) components: Vec<&'static str>,
    pub(crate) params: String,
}

/// A signed request as it goes out.
pub(crate) struct Sent {
    pub(crate) request: Request,
    pub(crate) input: String,
    pub(crate) signature: String,
    pub(crate) digest: String,
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn bench() -> Bench {
    let bench = probe(&[]);
    add_user(&bench);
    add_key(&bench, "[\"use:ai\"]");
    bench
}

pub(crate) fn add_key(bench: &Bench, scopes: &str) {
    let public = Base64UrlUnpadded::encode_string(key(3).verifying_key().as_bytes());
    let sql = "INSERT INTO api_keys (id, user_id, name, hash, ending, public_key, scopes, created_at) \
               VALUES (?1, 'usr_1', 'k', '', 'ABCD', ?2, ?3, 0)";
    futures::executor::block_on(bench.platform().db().run(sql!(sql, ID, public, scopes))).unwrap();
}

pub(crate) fn params(bench: &Bench, nonce: &str) -> String {
    format!("created={};keyid=\"{ID}\";nonce=\"{nonce}\";alg=\"ed25519\"", bench.now_ms() / 1000)
}

/// `POST /v1/ai` with a body, everything covered.
pub(crate) fn post(bench: &Bench, nonce: &str) -> Request {
    let components = vec!["@method", "@target-uri", "content-digest"];
    Request { method: "POST", path: "/v1/ai", body: WISH, components, params: params(bench, nonce) }
}

pub(crate) fn get(bench: &Bench, nonce: &str) -> Request {
    let components = vec!["@method", "@authority", "@path"];
    Request { method: "GET", path: "/v1/ai", body: "", components, params: params(bench, nonce) }
}

/// Signs by a reading of the RFC that shares nothing with the one under test.
pub(crate) fn sign(request: &Request, by: &SigningKey) -> Sent {
    let digest = format!("sha-256=:{}:", Base64::encode_string(&Sha256::digest(request.body)));
    let names: Vec<String> = request.components.iter().map(|name| format!("\"{name}\"")).collect();
    let inner = format!("({});{}", names.join(" "), request.params);
    let mut base = String::new();
    for name in &request.components {
        let value = match *name {
            "@method" => request.method.to_owned(),
            "@target-uri" => format!("http://test{}", request.path),
            "@authority" => "test".to_owned(),
            "@path" => request.path.split('?').next().unwrap().to_owned(),
            "@query" => format!("?{}", request.path.split_once('?').map_or("", |(_, query)| query)),
            "content-digest" => digest.clone(),
            other => panic!("{other}"),
        };
        base += &format!("\"{name}\": {value}\n");
    }
    base += &format!("\"@signature-params\": {inner}");
    let signature = format!("sig1=:{}:", Base64::encode_string(&by.sign(base.as_bytes()).to_bytes()));
    Sent { request: request.clone(), input: format!("sig1={inner}"), signature, digest }
}

pub(crate) fn send(bench: &Bench, sent: &Sent) -> Outgoing {
    let further = [
        ("signature-input", sent.input.as_str()),
        ("signature", sent.signature.as_str()),
        ("content-digest", sent.digest.as_str()),
    ];
    bench.request_with(sent.request.method, sent.request.path, &[], &further, sent.request.body)
}

pub(crate) fn signed(bench: &Bench, request: &Request) -> Outgoing {
    send(bench, &sign(request, &key(3)))
}

/// Asserts that a request is refused for its signature.
pub(crate) fn refused(bench: &Bench, sent: &Sent, why: &str) {
    let out = send(bench, sent);
    let problem: Value = serde_json::from_slice(&out.body).unwrap();
    let code = problem.get("error").unwrap_or(&problem)["code"].as_str();
    assert_eq!((out.status, code), (401, Some("signature_refused")), "{why}: {problem}");
    assert!(out.header("Accept-Signature").is_some() && out.header("WWW-Authenticate").is_some());
}

pub(crate) fn trips(out: &Outgoing) -> Option<&str> {
    out.header("Server-Timing").and_then(|timing| timing.split('"').nth(1))
}
