//! API keys as callers: what opens, what is refused, and how long an isolate trusts what it knows.

use shared::auth::{KEY_TRUST_MS, Scope, api_key};
use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;
use shared::sql;

use crate::probe::{add_user, probe};

const ID: &str = "key_01KAHM9V8G0000000000000001";

/// A key of `usr_1` with these scopes, put where keys are kept.
fn add_key(bench: &Bench, scopes: &[Scope]) -> String {
    let text = api_key::text(ID, [1; 20]);
    let hash = shared::accounts::tokens::hash(&text);
    let scopes = serde_json::to_string(scopes).unwrap();
    let sql = "INSERT INTO api_keys (id, user_id, name, hash, ending, scopes, created_at) \
               VALUES (?1, 'usr_1', 'k', ?2, 'ABCD', ?3, 0)";
    futures::executor::block_on(bench.platform().db().run(sql!(sql, ID, hash, scopes))).unwrap();
    text
}

/// A probe with a user who has a key for models.
fn with_key(vars: &[(&str, &str)]) -> (Bench, String) {
    let bench = probe(vars);
    add_user(&bench);
    let key = add_key(&bench, &[Scope::UseAi]);
    (bench, key)
}

fn get(bench: &Bench, path: &str, key: &str) -> Outgoing {
    let bearer = format!("Bearer {key}");
    bench.request("GET", path, &[(HeaderName::Authorization, &bearer)], "")
}

fn trips(out: &Outgoing) -> Option<&str> {
    out.header("Server-Timing").and_then(|timing| timing.split('"').nth(1))
}

#[test]
fn a_key_opens_rows_that_name_a_scope_it_has() {
    let (bench, key) = with_key(&[]);
    assert_eq!(get(&bench, "/v1/ai", &key).status, 200);
    assert_eq!(bench.request("GET", "/v1/ai", &[(HeaderName::XApiKey, &key)], "").status, 200);
}

#[test]
fn a_key_opens_no_other_row() {
    let (bench, key) = with_key(&[]);
    for path in ["/v1/sum", "/v1/all", "/v1/never-keys", "/v1/fresh", "/v1/notes?from=1&to=2", "/v1/notes/1"] {
        let out = get(&bench, path, &key);
        assert_eq!(out.status, 403, "{path}");
        assert!(out.header("WWW-Authenticate").unwrap().starts_with("Bearer error=\"insufficient_scope\""), "{path}");
    }
    let plain = get(&bench, "/v1/notes/1", &key);
    assert_eq!(trips(&plain), None, "a row without a scope looks no key up");
}

#[test]
fn a_key_without_scopes_opens_public_rows_alone() {
    let bench = probe(&[]);
    add_user(&bench);
    let key = add_key(&bench, &[]);
    assert_eq!(get(&bench, "/v1/ai", &key).status, 403);
    let out = get(&bench, "/v1/page", &key);
    assert_eq!((out.status, trips(&out)), (200, None));
}

#[test]
fn a_scope_nobody_knows_opens_nothing() {
    let (bench, key) = with_key(&[]);
    bench.execute("UPDATE api_keys SET scopes = '[\"*:*\", \"use:\", \"USE:AI\"]'");
    assert_eq!(get(&bench, "/v1/ai", &key).status, 403);
}

/// The status after this SQL, of an isolate that has not seen the key.
fn after(sql: &str) -> u16 {
    let (bench, key) = with_key(&[]);
    bench.execute(sql);
    get(&bench, "/v1/ai", &key).status
}

#[test]
fn revoked_expired_and_deleted_keys_are_401_and_so_are_those_of_suspended_owners() {
    assert_eq!(after("UPDATE api_keys SET revoked_at = 1"), 401);
    assert_eq!(after("UPDATE api_keys SET expires_at = 1795170600000"), 401, "it ends at this very moment");
    assert_eq!(after("UPDATE api_keys SET expires_at = 1795170600001"), 200);
    assert_eq!(after("DELETE FROM api_keys"), 401);
    assert_eq!(after("DELETE FROM users"), 401);
    assert_eq!(after("UPDATE users SET status = 'suspended'"), 401);
    assert_eq!(after("UPDATE api_keys SET hash = 'another'"), 401);
}

#[test]
fn what_has_no_checksum_of_ours_is_refused_without_asking_anybody() {
    let (bench, key) = with_key(&[]);
    for bad in ["sk-", "sk-abc", &key.to_lowercase(), &format!("{key}0"), &key[..key.len() - 1]] {
        let out = get(&bench, "/v1/ai", bad);
        assert_eq!((out.status, trips(&out)), (401, None), "{bad}");
    }
}

#[test]
fn a_forger_who_computes_the_checksum_is_401() {
    let (bench, _) = with_key(&[]);
    let other_secret = api_key::text(ID, [2; 20]);
    let other_id = api_key::text("key_01KAHM9V8G0000000000000002", [1; 20]);
    for forged in [other_secret, other_id] {
        let out = get(&bench, "/v1/ai", &forged);
        assert_eq!((out.status, trips(&out)), (401, Some("d1=1")));
    }
}

#[test]
fn a_key_is_asked_for_once_in_ten_seconds() {
    let (bench, key) = with_key(&[]);
    assert_eq!(trips(&get(&bench, "/v1/ai", &key)), Some("d1=1"));
    assert_eq!(trips(&get(&bench, "/v1/ai", &key)), None);
    bench.pass(KEY_TRUST_MS - 1);
    assert_eq!(trips(&get(&bench, "/v1/ai", &key)), None);
    bench.pass(1);
    assert_eq!(trips(&get(&bench, "/v1/ai", &key)), Some("d1=1"));
}

#[test]
fn what_is_taken_from_a_key_is_noticed_within_ten_seconds() {
    for sql in ["UPDATE api_keys SET revoked_at = 1", "UPDATE users SET status = 'suspended'"] {
        let (bench, key) = with_key(&[]);
        assert_eq!(get(&bench, "/v1/ai", &key).status, 200);
        bench.execute(sql);
        assert_eq!(get(&bench, "/v1/ai", &key).status, 200);
        bench.pass(KEY_TRUST_MS);
        assert_eq!(get(&bench, "/v1/ai", &key).status, 401, "{sql}");
    }
}

#[test]
fn a_known_key_ends_to_the_millisecond() {
    let (bench, key) = with_key(&[]);
    bench.execute("UPDATE api_keys SET expires_at = 1795170600005");
    assert_eq!(get(&bench, "/v1/ai", &key).status, 200);
    bench.pass(5);
    assert_eq!(get(&bench, "/v1/ai", &key).status, 401);
}

#[test]
fn sensitive_rows_ask_every_time() {
    let bench = probe(&[]);
    add_user(&bench);
    let key = add_key(&bench, &[Scope::ReadUsage]);
    assert_eq!(get(&bench, "/v1/sum", &key).status, 200);
    bench.execute("UPDATE api_keys SET revoked_at = 1");
    assert_eq!(get(&bench, "/v1/sum", &key).status, 401);
}

#[test]
fn where_every_row_asks_a_revoked_key_is_refused_at_once() {
    let (bench, key) = with_key(&[("SESSION_CHECK", "every")]);
    assert_eq!(get(&bench, "/v1/ai", &key).status, 200);
    bench.execute("UPDATE api_keys SET revoked_at = 1");
    assert_eq!(get(&bench, "/v1/ai", &key).status, 401);
}

#[test]
fn a_refusal_is_not_remembered() {
    let (bench, key) = with_key(&[]);
    bench.execute("UPDATE users SET status = 'suspended'");
    assert_eq!(get(&bench, "/v1/ai", &key).status, 401);
    bench.execute("UPDATE users SET status = 'active'");
    assert_eq!(get(&bench, "/v1/ai", &key).status, 200);
}

#[test]
fn the_last_use_is_noted_once_a_minute_and_nobody_waits_for_it() {
    #[derive(serde::Deserialize)]
    struct Used {
        at: Option<u64>,
    }
    let (bench, key) = with_key(&[]);
    let used = || {
        let statement = sql!("SELECT last_used_at AS at FROM api_keys");
        let row: Option<Used> = futures::executor::block_on(bench.platform().db().first(statement)).unwrap();
        row.and_then(|row| row.at)
    };
    let begin = bench.now_ms();
    get(&bench, "/v1/ai", &key);
    assert_eq!(used(), None);
    bench.settle();
    assert_eq!(used(), Some(begin));
    bench.pass(59_999);
    get(&bench, "/v1/ai", &key);
    bench.settle();
    assert_eq!(used(), Some(begin));
    bench.pass(KEY_TRUST_MS);
    get(&bench, "/v1/ai", &key);
    bench.settle();
    assert_eq!(used(), Some(begin + 59_999 + KEY_TRUST_MS));
}

#[test]
fn an_unreachable_database_is_503_and_opens_nothing() {
    let (bench, key) = with_key(&[]);
    bench.execute("DROP TABLE api_keys");
    assert_eq!(get(&bench, "/v1/ai", &key).status, 503);
}

#[test]
fn a_key_gets_into_no_log_line() {
    let (bench, key) = with_key(&[]);
    for path in ["/v1/ai", "/v1/all"] {
        assert!(!get(&bench, path, &key).line.contains(&key));
    }
}
