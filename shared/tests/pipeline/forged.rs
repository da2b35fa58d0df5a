//! Forms of tokens that are signed by our own key and still open nothing, and keys that anybody can sign for. What is
//! wrong with a token's times, names and letters one by one is in `tokens`; the whole list, against the built Workers,
//! in `tests/blackbox/tokens.test.ts`.

use serde_json::{Value, json};

use crate::tokens::{NOW, SEED, base64, check, claims, header, send, sign, signed, with};

/// Asserts that a token of these texts, signed by our key, is refused.
fn refused(header: &str, claims: &str) {
    assert_eq!(check(&signed(header, claims, SEED)), 401, "{header} {claims}");
}

/// The members of an object with one of them once more, at the end.
fn twice(object: &Value, name: &str, value: &Value) -> String {
    let text = object.to_string();
    format!("{},\"{name}\":{value}}}", &text[..text.len() - 1])
}

#[test]
fn a_member_that_is_there_twice_is_refused_whichever_is_right() {
    for name in ["alg", "kid", "typ"] {
        refused(&twice(&header(), name, &header()[name]), &claims().to_string());
    }
    for (name, value) in claims().as_object().unwrap() {
        refused(&header().to_string(), &twice(&claims(), name, value));
        refused(&header().to_string(), &twice(&claims(), name, &Value::Null));
    }
}

#[test]
fn a_token_that_insists_on_an_extension_is_refused() {
    for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!("exp"), Value::Null] {
        let header = twice(&header(), "crit", &crit);
        refused(&header, &claims().to_string());
    }
}

#[test]
fn a_key_that_a_token_brings_along_is_not_used() {
    let stranger = [8; 32];
    let brought = [("jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"})), ("jku", json!("https://x.y/keys"))];
    for (name, value) in brought.into_iter().chain([("x5u", json!("https://x.y/c")), ("x5c", json!(["AA"]))]) {
        let header = with(header(), name, value);
        assert_eq!(check(&sign(&header, &claims(), stranger)), 401, "{name}");
    }
}

#[test]
fn times_are_whole_seconds_that_follow_each_other() {
    let strange = [json!(NOW as f64 + 0.5), json!(1e300), json!(-1), json!(NOW.to_string()), json!([NOW]), json!(true)];
    for name in ["iat", "exp", "nbf"] {
        for value in &strange {
            refused(&header().to_string(), &with(claims(), name, value.clone()).to_string());
        }
    }
    refused(&header().to_string(), &with(claims(), "iat", Value::Null).to_string());
    refused(&header().to_string(), &with(claims(), "iat", json!(NOW + 601)).to_string());
}

#[test]
fn a_token_from_the_future_is_refused_but_for_a_minute_of_clocks_that_differ() {
    let later = with(with(claims(), "exp", json!(NOW + 6000)), "iat", json!(NOW + 60));
    assert_eq!(check(&sign(&header(), &later, SEED)), 200);
    refused(&header().to_string(), &with(later, "iat", json!(NOW + 61)).to_string());
}

#[test]
fn what_is_no_json_object_is_refused() {
    for other in ["", "[]", "null", "1", "{", "{}x", "\u{0}{}"] {
        refused(other, &claims().to_string());
        refused(&header().to_string(), other);
        refused(&header().to_string(), &format!("{}{other}x", claims()));
    }
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    refused(&header().to_string(), &twice(&claims(), "x", &Value::Null).replace("null", &deep));
}

/// Encodings of the points of small order, as hexadecimal digits of their first and last bytes and what lies between.
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn a_key_of_small_order_is_no_key() {
    for hex in SMALL_ORDER {
        for sign in [0, 0x80] {
            let mut key: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
            key[31] |= sign;
            let jwks = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"{}"}}]}}"#, base64(&key));
            assert!(shared::auth::keys::VerifyingKeys::read(&jwks).is_empty(), "{hex}");
            // For the neutral element the neutral element and nought sign everything.
            let bench = crate::probe::probe(&[("AUTH_JWKS", &jwks)]);
            let nought = [&[1][..], &[0; 63]].concat();
            let text = format!(
                "{}.{}.{}",
                base64(header().to_string().as_bytes()),
                base64(claims().to_string().as_bytes()),
                base64(&nought)
            );
            assert_eq!(send(&bench, &format!("Bearer {text}")).status, 401, "{hex}");
        }
    }
}
