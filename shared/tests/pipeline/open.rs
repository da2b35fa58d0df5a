//! Rows that are open to anyone, and know who shows who they are.

use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::testing::Bench;

use crate::probe::{json as body_of, probe};
use crate::tokens::{SEED, claims, header, sign, with};

fn get(bench: &Bench, headers: &[(HeaderName, &str)]) -> (u16, Value) {
    let out = bench.request("GET", "/v1/open", headers, "");
    (out.status, body_of(&out))
}

fn token(permissions: &Value) -> String {
    format!("Bearer {}", sign(&header(), &with(claims(), "permissions", permissions.clone()), SEED))
}

#[test]
fn who_shows_nothing_is_nobody() {
    assert_eq!(get(&probe(&[]), &[]), (200, json!({ "id": null })));
}

#[test]
fn who_shows_a_token_is_known_by_it() {
    let token = token(&json!(["use:files"]));
    assert_eq!(get(&probe(&[]), &[(HeaderName::Authorization, &token)]), (200, json!({ "id": "usr_1" })));
}

#[test]
fn what_is_shown_and_does_not_open_is_refused() {
    let bench = probe(&[]);
    let forged = format!("Bearer {}", sign(&header(), &claims(), [8; 32]));
    for bad in ["", "Bearer", "Basic dTpw", "Bearer x", &forged] {
        let shown = [(HeaderName::Authorization, bad)];
        assert_eq!(get(&bench, &shown).0, if bad.is_empty() { 200 } else { 401 }, "{bad}");
    }
    assert_eq!(get(&bench, &[(HeaderName::XApiKey, "x")]).0, 401);
    let less = token(&json!(["read:usage"]));
    assert_eq!(get(&bench, &[(HeaderName::Authorization, &less)]).0, 403);
}
