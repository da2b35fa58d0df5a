//! The keys that verify tokens, as a deployment may give them.

use shared::auth::keys::{SigningKeys, VerifyingKeys};

use crate::probe::{call, probe};

const GOOD: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"6kpsY-KcUgq-9VB7EyKWPzYLk1i3kKV1vqVY7nLrk8k"}"#;

/// Which of `k1` and `bad` a set with these keys knows.
fn check(bad: &str) -> (bool, bool) {
    let keys = VerifyingKeys::read(&format!("{{\"keys\":[{bad},{}]}}", good()));
    (keys.get("k1").is_some(), keys.get("bad").is_some())
}

/// The public half of a key of the test's own.
fn good() -> String {
    let private = format!("[{}]", GOOD.replace('}', r#","d":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"}"#));
    serde_json::to_string(&SigningKeys::read(&private).public().keys[0]).unwrap()
}

#[test]
fn a_key_that_cannot_be_used_is_left_out_and_the_others_stay() {
    for x in ["", "AA", "????", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let bad = format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"bad","x":"{x}"}}"#);
        assert_eq!(check(&bad), (true, false), "{x}");
    }
    assert_eq!(check(&GOOD.replace("k1", "bad").replace("Ed25519", "X25519")), (true, false));
}

#[test]
fn a_key_of_another_kind_is_left_out_and_the_others_stay() {
    assert_eq!(check(r#"{"kty":"RSA","kid":"bad","n":"AQAB","e":"AQAB"}"#), (true, false));
}

#[test]
fn what_is_no_key_set_holds_no_keys() {
    for text in ["", "[]", "{}", "null", "{\"keys\":{}}"] {
        assert!(VerifyingKeys::read(text).is_empty(), "{text}");
    }
    for text in ["", "{}", "[{}]", r#"[{"kid":"k1","d":"AA"}]"#] {
        assert!(SigningKeys::read(text).current().is_none(), "{text}");
    }
}

#[test]
fn without_keys_no_token_opens_anything_and_the_function_is_not_ready() {
    let bench = probe(&[("AUTH_JWKS", "")]);
    assert_eq!(call(&bench, "GET", "/v1/notes?from=1&to=2", &[], "").status, 401);
    assert_eq!(bench.request("GET", "/readyz", &[], "").status, 503);
    assert_eq!(bench.request("GET", "/healthz", &[], "").status, 200);
}
