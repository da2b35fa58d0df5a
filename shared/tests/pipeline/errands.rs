//! Tokens of errand: what they open, what they never open, and what nobody can make of one.

use base64ct::{Base64UrlUnpadded, Encoding};
use futures::executor::block_on;
use shared::auth::errand::{Errand, LONGEST_LIFE_MS, Living, Maker, PREFIX};
use shared::auth::{Scope, api_key};
use shared::head::HeaderName;
use shared::platform::testing::Bench;
use shared::sql;

use crate::probe::{add_user, probe};

const KEY: &str = "key_01KAHM9V8G0000000000000001";
const ERRAND: Errand<'_> = Errand { audience: "probe", purpose: "batch", job: "batch_1", life_ms: 60_000 };

fn person() -> Maker {
    Maker { user_id: "usr_1".into(), key_id: None, scopes: vec![Scope::UseAi] }
}

/// A token, if its maker lives.
fn mint(bench: &Bench, maker: &Maker, errand: &Errand<'_>) -> Option<String> {
    let platform = bench.platform();
    let living: Option<Living> = block_on(platform.db().first(maker.statement())).unwrap();
    maker.mint(&platform, living, errand).unwrap()
}

fn status(bench: &Bench, path: &str, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    bench.request("GET", path, &[(HeaderName::Authorization, &bearer)], "").status
}

fn with_user() -> (Bench, String) {
    let bench = probe(&[]);
    add_user(&bench);
    let token = mint(&bench, &person(), &ERRAND).unwrap();
    (bench, token)
}

/// A key of `usr_1` and what it may do.
fn with_key(bench: &Bench, scopes: &str) -> Maker {
    let hash = shared::accounts::tokens::hash(&api_key::text(KEY, [1; 20]));
    let sql = "INSERT INTO api_keys (id, user_id, name, hash, ending, scopes, models, created_at) \
               VALUES (?1, 'usr_1', 'k', ?2, 'ABCD', ?3, '[\"m\"]', 0)";
    block_on(bench.platform().db().run(sql!(sql, KEY, hash, scopes))).unwrap();
    Maker { key_id: Some(KEY.into()), ..person() }
}

#[test]
fn an_errand_opens_a_row_that_asks_for_it_and_no_other() {
    let (bench, token) = with_user();
    assert_eq!(status(&bench, "/v1/errand", &token), 200);
    for path in ["/v1/ai", "/v1/notes?from=1&to=2", "/v1/notes/1", "/v1/all", "/v1/sum", "/v1/fresh", "/v1/never-keys"]
    {
        assert_eq!(status(&bench, path, &token), 401, "{path}");
    }
}

#[test]
fn an_errand_takes_nothing_of_what_its_maker_may_call() {
    let (bench, token) = with_user();
    let bearer = format!("Bearer {token}");
    let out = bench.request("GET", "/v1/errand", &[(HeaderName::Authorization, &bearer)], "");
    assert_eq!((out.status, out.header("RateLimit-Policy")), (200, None), "not counted");
}

#[test]
fn any_changed_letter_breaks_an_errand() {
    let (bench, token) = with_user();
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(status(&bench, "/v1/errand", &String::from_utf8(bytes).unwrap()), 401, "letter {at}");
    }
    for bad in [PREFIX.to_owned(), format!("{PREFIX}."), format!("{token}A"), format!("{PREFIX}{}", "A".repeat(9_000))]
    {
        assert_eq!(status(&bench, "/v1/errand", &bad), 401, "{bad}");
    }
}

#[test]
fn what_is_made_under_another_key_or_of_another_domain_opens_nothing() {
    let (bench, token) = with_user();
    let (said, _) = token.strip_prefix(PREFIX).unwrap().split_once('.').unwrap();
    let bytes = Base64UrlUnpadded::decode_vec(said).unwrap();
    let platform = bench.platform();
    for domain in [b"errands".as_slice(), b"cursor", b"seal", b""] {
        let mac = shared::vault::keys_on(&platform, &[domain, &bytes]).unwrap()[0];
        let forged = format!("{PREFIX}{said}.{}", Base64UrlUnpadded::encode_string(&mac));
        assert_eq!(status(&bench, "/v1/errand", &forged), 401, "{domain:?}");
    }
    bench.set_var("STORE_KEY", &Base64UrlUnpadded::encode_string(&[8; 32]));
    assert_eq!(status(&bench, "/v1/errand", &token), 401, "another key");
}

#[test]
fn an_errand_outlives_the_replacement_of_the_key_that_made_it() {
    let (bench, token) = with_user();
    let [new, old] = [[8; 32], [9; 32]].map(|key| Base64UrlUnpadded::encode_string(&key));
    bench.set_var("STORE_KEY", &format!("{new},{old}"));
    assert_eq!(status(&bench, "/v1/errand", &token), 200);
}

#[test]
fn an_errand_lives_as_long_as_it_says_and_five_minutes_at_most() {
    let (bench, token) = with_user();
    let long = mint(&bench, &person(), &Errand { life_ms: u64::MAX, ..ERRAND }).unwrap();
    bench.pass(59_999);
    assert_eq!(status(&bench, "/v1/errand", &token), 200);
    bench.pass(1);
    assert_eq!((status(&bench, "/v1/errand", &token), status(&bench, "/v1/errand", &long)), (401, 200));
    bench.pass(LONGEST_LIFE_MS);
    assert_eq!(status(&bench, "/v1/errand", &long), 401);
}

#[test]
fn an_errand_for_another_function_or_deployment_is_refused() {
    let (bench, _) = with_user();
    let other = mint(&bench, &person(), &Errand { audience: "ai", ..ERRAND }).unwrap();
    assert_eq!(status(&bench, "/v1/errand", &other), 401);
    let token = mint(&bench, &person(), &ERRAND).unwrap();
    bench.set_var("JWT_ISSUER", "elsewhere");
    assert_eq!(status(&bench, "/v1/errand", &token), 401);
}

#[test]
fn without_the_scope_an_errand_is_403() {
    let (bench, _) = with_user();
    let other = Maker { scopes: vec![Scope::ReadUsage], ..person() };
    assert_eq!(status(&bench, "/v1/errand", &mint(&bench, &other, &ERRAND).unwrap()), 403);
}

#[test]
fn nobody_gets_an_errand_who_may_not_call() {
    let (bench, _) = with_user();
    let keyed = with_key(&bench, "[\"use:ai\"]");
    assert_eq!(status(&bench, "/v1/errand", &mint(&bench, &keyed, &ERRAND).unwrap()), 200);
    let stranger = Maker { user_id: "usr_2".into(), ..keyed.clone() };
    assert_eq!(mint(&bench, &stranger, &ERRAND), None, "another's key");
    bench.execute("UPDATE api_keys SET scopes = '[\"read:usage\"]'");
    assert_eq!(mint(&bench, &keyed, &ERRAND), None, "the scope was taken away");
    bench.execute(&format!("UPDATE api_keys SET scopes = '[\"use:ai\"]', expires_at = {}", bench.now_ms()));
    assert_eq!(mint(&bench, &keyed, &ERRAND), None, "expired");
    bench.execute("UPDATE api_keys SET expires_at = NULL, revoked_at = 1");
    assert_eq!(mint(&bench, &keyed, &ERRAND), None, "revoked");
    let app = Maker { key_id: Some("grt_1".into()), ..person() };
    assert_eq!(mint(&bench, &app, &ERRAND), None, "an app that nobody let in");
    bench.execute("UPDATE users SET status = 'suspended'");
    assert_eq!(mint(&bench, &person(), &ERRAND), None, "suspended");
    bench.execute("DELETE FROM users");
    assert_eq!(mint(&bench, &person(), &ERRAND), None, "deleted");
}
