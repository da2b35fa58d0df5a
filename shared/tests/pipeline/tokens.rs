//! Access tokens that open a row, and all those that do not.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;

use crate::probe::{json as body_of, probe};

/// The key of the probe's tokens.
pub(crate) const SEED: [u8; 32] = [7; 32];
/// Half an hour past ten on 2026-11-20, in seconds: when the probe's time stands.
pub(crate) const NOW: u64 = 1_795_170_600;

pub(crate) fn base64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

pub(crate) fn header() -> Value {
    json!({"alg": "EdDSA", "kid": "k1", "typ": "at+jwt"})
}

pub(crate) fn claims() -> Value {
    json!({
        "iss": "selvage", "aud": "selvage", "sub": "usr_1", "email": "someone@example.com", "roles": [],
        "permissions": [], "jti": "tok_1", "sid": "ses_1", "epoch": 0, "iat": NOW, "exp": NOW + 600,
    })
}

/// `base` with one member replaced; `null` removes it.
pub(crate) fn with(mut base: Value, name: &str, value: Value) -> Value {
    let members = base.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name)
    } else {
        members.insert(name.to_owned(), value)
    };
    base
}

fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()))
}

pub(crate) fn sign(header: &Value, claims: &Value, seed: [u8; 32]) -> String {
    signed(&header.to_string(), &claims.to_string(), seed)
}

/// A token of these texts, whatever they are.
pub(crate) fn signed(header: &str, claims: &str, seed: [u8; 32]) -> String {
    let input = format!("{}.{}", base64(header.as_bytes()), base64(claims.as_bytes()));
    let signature = SigningKey::from_bytes(&seed).sign(input.as_bytes());
    format!("{input}.{}", base64(&signature.to_bytes()))
}

fn good() -> String {
    sign(&header(), &claims(), SEED)
}

pub(crate) fn send(bench: &Bench, authorization: &str) -> Outgoing {
    bench.request("GET", "/v1/notes?from=1&to=2", &[(HeaderName::Authorization, authorization)], "")
}

/// The status of a row for users with this token.
pub(crate) fn check(token: &str) -> u16 {
    send(&probe(&[]), &format!("Bearer {token}")).status
}

#[test]
fn a_good_token_opens_the_row() {
    assert_eq!(check(&good()), 200);
    let bench = probe(&[]);
    assert_eq!(send(&bench, &format!("bearer  {} ", good())).status, 200, "the scheme's case does not matter");
    let out = bench.request("GET", "/v1/notes?from=1&to=2", &[(HeaderName::XApiKey, &good())], "");
    assert_eq!(out.status, 200, "Anthropic's clients send it elsewhere");
}

#[test]
fn a_refused_token_is_401_with_a_challenge() {
    let bench = probe(&[]);
    let out = send(&bench, "Bearer junk");
    assert_eq!((out.status, body_of(&out)["code"].as_str()), (401, Some("unauthenticated")));
    assert_eq!(out.header("WWW-Authenticate"), Some("Bearer error=\"invalid_token\""));
    for nothing in ["", "Basic dTpw", "Bearer", "Bearer ", &good()] {
        let out = send(&bench, nothing);
        assert_eq!(out.header("WWW-Authenticate"), Some("Bearer error=\"invalid_request\""), "{nothing}");
    }
}

#[test]
fn a_token_ends_at_its_second() {
    assert_eq!(check(&sign(&header(), &with(claims(), "exp", json!(NOW + 1)), SEED)), 200);
    assert_eq!(check(&sign(&header(), &with(claims(), "exp", json!(NOW)), SEED)), 401);
    assert_eq!(check(&sign(&header(), &with(claims(), "exp", json!(NOW - 1)), SEED)), 401);
}

#[test]
fn a_token_seen_before_ends_as_well() {
    let bench = probe(&[]);
    let bearer = format!("Bearer {}", good());
    assert_eq!(send(&bench, &bearer).status, 200);
    bench.pass(599_999);
    assert_eq!(send(&bench, &bearer).status, 200);
    bench.pass(1);
    assert_eq!(send(&bench, &bearer).status, 401);
}

#[test]
fn a_token_with_an_unusable_end_is_401() {
    for exp in [Value::Null, json!("1795171200"), json!(-1), json!(true), json!([NOW + 600]), json!(u64::MAX)] {
        assert_eq!(check(&sign(&header(), &with(claims(), "exp", exp.clone()), SEED)), 401, "{exp}");
    }
}

#[test]
fn a_token_is_not_good_before_its_time() {
    assert_eq!(check(&sign(&header(), &with(claims(), "nbf", json!(NOW + 1)), SEED)), 401);
    assert_eq!(check(&sign(&header(), &with(claims(), "nbf", json!(NOW)), SEED)), 200);
}

#[test]
fn a_token_of_another_key_is_401() {
    assert_eq!(check(&sign(&header(), &claims(), [8; 32])), 401);
    for kid in [json!("k2"), Value::Null, json!(""), json!(1)] {
        assert_eq!(check(&sign(&with(header(), "kid", kid.clone()), &claims(), SEED)), 401, "{kid}");
    }
}

#[test]
fn a_token_of_another_type_is_401() {
    for typ in [json!("JWT"), json!("rt+jwt"), json!("application/at+jwt"), Value::Null] {
        assert_eq!(check(&sign(&with(header(), "typ", typ.clone()), &claims(), SEED)), 401, "{typ}");
    }
}

#[test]
fn the_algorithm_is_never_read_from_the_token() {
    for alg in ["none", "None", "HS256", "ES256", "Ed25519", ""] {
        let named = with(header(), "alg", json!(alg));
        assert_eq!(check(&sign(&named, &claims(), SEED)), 401, "{alg}");
        assert_eq!(check(&format!("{}.", unsigned(&named, &claims()))), 401, "{alg} without a signature");
    }
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let public = SigningKey::from_bytes(&SEED).verifying_key().to_bytes();
    let input = unsigned(&with(header(), "alg", json!("HS256")), &claims());
    for key in [public.to_vec(), base64(&public).into_bytes()] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(input.as_bytes());
        assert_eq!(check(&format!("{input}.{}", base64(&mac.finalize().into_bytes()))), 401);
    }
}

#[test]
fn a_token_of_or_for_another_deployment_is_401() {
    for name in ["iss", "aud"] {
        for value in [json!("selvage-staging"), Value::Null, json!(["selvage"]), json!("")] {
            assert_eq!(check(&sign(&header(), &with(claims(), name, value.clone()), SEED)), 401, "{name} {value}");
        }
    }
    let staging = probe(&[("JWT_ISSUER", "selvage-staging")]);
    assert_eq!(send(&staging, &format!("Bearer {}", good())).status, 401);
}

#[test]
fn a_token_without_one_of_our_claims_is_401() {
    for name in ["sub", "email", "roles", "permissions", "jti", "sid", "epoch"] {
        assert_eq!(check(&sign(&header(), &with(claims(), name, Value::Null), SEED)), 401, "{name}");
    }
}

#[test]
fn a_changed_token_is_401() {
    let token = good();
    let parts: Vec<&str> = token.split('.').collect();
    let other = base64(with(claims(), "sub", json!("usr_2")).to_string().as_bytes());
    for changed in [
        format!("{token}."),
        format!("{token}AAAA"),
        format!("{token}="),
        format!("{token}.AAAA"),
        token[..token.len() - 1].to_owned(),
        format!("{}.{other}.{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], parts[1], base64(&[0; 64])),
    ] {
        assert_eq!(check(&changed), 401, "{changed}");
    }
}

#[test]
fn the_last_character_has_one_spelling() {
    let token = good();
    let last = token.chars().last().unwrap();
    let spellings = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars();
    let opens = spellings.filter(|c| check(&format!("{}{c}", &token[..token.len() - 1])) == 200);
    assert_eq!(opens.collect::<Vec<_>>(), [last]);
}

#[test]
fn what_is_no_token_is_401() {
    for text in [".", "..", "...", "a.b.c", "密码", "{}", "null", "eyJ9.eyJ9.eyJ9"] {
        assert_eq!(check(text), 401, "{text}");
    }
}

#[test]
fn a_token_longer_than_ours_can_be_is_401() {
    let long = sign(&header(), &with(claims(), "email", json!("x".repeat(4096))), SEED);
    assert_eq!(check(&long), 401);
}
