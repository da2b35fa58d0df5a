//! A scripted issuer whose tokens are signed with Ed25519, and a browser that goes there and comes back. RS256
//! and ES256 are the runtime's, and tried in the black-box tests.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::head::HeaderName;
use shared::platform::testing::Bench;
use shared::platform::{Outgoing, Scripted};
use social::TABLE;

use crate::service::{REFRESH_KEY, told};

pub(crate) const ISSUER: &str = "https://id.example";
const PAGE: &str = "http://localhost:5173/in";
const KEY: [u8; 32] = [3; 32];

fn base64(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

/// Signs claims with a key.
pub(crate) fn token(header: &Value, claims: &Value, key: [u8; 32]) -> String {
    let input = format!("{}.{}", base64(header.to_string()), base64(claims.to_string()));
    let signature = SigningKey::from_bytes(&key).sign(input.as_bytes()).to_bytes();
    format!("{input}.{}", base64(signature))
}

/// A browser at the issuer: what it was sent with, and what the client keeps.
pub(crate) struct Begun {
    pub(crate) query: HashMap<String, String>,
    pub(crate) binding: String,
}

pub(crate) struct Flow {
    pub(crate) bench: Bench,
    /// What the next token says, over what is right.
    claims: Rc<RefCell<Value>>,
    nonce: Rc<RefCell<String>>,
    asked: Rc<Cell<u32>>,
}

impl Flow {
    pub(crate) fn new(vars: &[(&str, &str)]) -> Self {
        let provider = r#"[{"id":"own","issuer":"https://id.example","client_id":"us","client_secret":"s","verifies_email":true},
            {"id":"doubted","issuer":"https://id.example","client_id":"us","client_secret":"s"}]"#;
        let mut all =
            vec![("REFRESH_KEY", REFRESH_KEY), ("OAUTH_PROVIDERS", provider), ("EMAIL_VERIFICATION", "required")];
        all.extend_from_slice(vars);
        let bench = Bench::new(&TABLE, &all);
        let flow = Self { bench, claims: Rc::default(), nonce: Rc::default(), asked: Rc::default() };
        let (claims, nonce, asked) = (Rc::clone(&flow.claims), Rc::clone(&flow.nonce), Rc::clone(&flow.asked));
        flow.bench.script(move |_, url, body| {
            asked.set(asked.get() + 1);
            answer(url, body, &nonce.borrow(), &claims.borrow())
        });
        flow
    }

    /// How often the issuer was asked since the last time.
    pub(crate) fn asked(&self) -> u32 {
        self.asked.take()
    }

    pub(crate) fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> Outgoing {
        // Each call is in a minute of its own, from its network: limits are not what is tested.
        self.bench.pass(3_000);
        let bearer = format!("Bearer {token}");
        let network = format!("192.0.2.{}", self.bench.now_ms() / 3_000 % 250);
        let mut headers = vec![(HeaderName::CfConnectingIp, network.as_str())];
        if !token.is_empty() {
            headers.push((HeaderName::Authorization, bearer.as_str()));
        }
        self.bench.request(method, path, &headers, &body.to_string())
    }

    /// Begins a sign-in, or, with a token, the linking of an identity.
    pub(crate) fn begin(&self, provider: &str, token: &str) -> Begun {
        let out = if token.is_empty() {
            self.send("POST", &format!("/v1/auth/oauth/{provider}"), "", &json!({ "redirect_to": PAGE }))
        } else {
            let body = json!({ "provider": provider, "redirect_to": PAGE });
            self.send("POST", "/v1/auth/identities", token, &body)
        };
        let reply: Value = serde_json::from_slice(&out.body).unwrap();
        assert_eq!(out.status, 200, "{reply}");
        let url = reply["authorization_url"].as_str().unwrap();
        let (at, query) = url.split_once('?').unwrap();
        assert_eq!(at, "https://id.example/authorize");
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap();
            let value = percent_encoding::percent_decode_str(value).decode_utf8().unwrap();
            (name.replace("%5F", "_"), value.into_owned())
        };
        let query: HashMap<String, String> = query.split('&').map(pair).collect();
        Begun { query, binding: reply["binding"].as_str().unwrap().to_owned() }
    }

    /// The body that completes what has begun. The code carries the PKCE challenge, so that the issuer can check it.
    pub(crate) fn answer(&self, begun: &Begun) -> Value {
        begun.query["nonce"].clone_into(&mut self.nonce.borrow_mut());
        let code = begun.query["code_challenge"].clone();
        json!({ "state": begun.query["state"], "code": code, "binding": begun.binding, "iss": ISSUER })
    }

    /// What the issuer says from now on.
    pub(crate) fn says(&self, claims: Value) {
        *self.claims.borrow_mut() = claims;
    }

    /// Signs in at a provider as whom the claims say; status and reply.
    pub(crate) fn sign_in(&self, provider: &str, claims: Value) -> (u16, Value) {
        let begun = self.begin(provider, "");
        self.says(claims);
        let out = self.send("POST", "/v1/auth/oauth/complete", "", &self.answer(&begun));
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// Links an identity; the status.
    pub(crate) fn link(&self, provider: &str, token: &str, claims: Value) -> u16 {
        let begun = self.begin(provider, token);
        self.says(claims);
        self.send("POST", "/v1/auth/identities/complete", token, &self.answer(&begun)).status
    }

    /// The only value of a query, as text.
    pub(crate) fn value(&self, sql: &'static str) -> String {
        #[derive(serde::Deserialize)]
        struct Row {
            value: Value,
        }
        let db = self.bench.platform().db();
        let row: Option<Row> = crate::service::at_once(db.first(shared::sql!(sql))).unwrap();
        row.map_or_else(String::new, |row| row.value.as_str().map_or_else(|| row.value.to_string(), str::to_owned))
    }

    /// Seconds now.
    pub(crate) fn now_s(&self) -> u64 {
        self.bench.now_ms() / 1000
    }
}

/// The claims of a right token.
pub(crate) fn right(nonce: &str, now_s: u64) -> Value {
    json!({"iss": ISSUER, "sub": "s1", "aud": "us", "iat": now_s, "exp": now_s + 300, "nonce": nonce})
}

fn answer(url: &str, body: &[u8], nonce: &str, claims: &Value) -> Scripted {
    match url.strip_prefix(ISSUER).unwrap() {
        "/.well-known/openid-configuration" => told(&json!({
            "issuer": ISSUER, "authorization_endpoint": "https://id.example/authorize",
            "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/jwks",
            "authorization_response_iss_parameter_supported": true,
        })),
        "/jwks" => {
            let public = base64(SigningKey::from_bytes(&KEY).verifying_key().as_bytes());
            told(&json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": public, "use": "sig"}]}))
        }
        "/token" => {
            let form = String::from_utf8(body.to_vec()).unwrap();
            let field = |name: &str| {
                let found = form.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
                let text = percent_encoding::percent_decode_str(found.unwrap_or_default());
                text.decode_utf8().unwrap().into_owned()
            };
            if base64(Sha256::digest(field("code%5Fverifier"))) != field("code") {
                return Ok((400, vec![], br#"{"error":"invalid_grant"}"#.to_vec()));
            }
            let mut all = right(nonce, 1_795_170_600);
            for (name, value) in claims.as_object().into_iter().flatten() {
                all[name] = value.clone();
            }
            let header = json!({"alg": "EdDSA", "kid": "k"});
            told(&json!({"id_token": token(&header, &all, KEY), "access_token": "a"}))
        }
        other => panic!("{other}"),
    }
}
