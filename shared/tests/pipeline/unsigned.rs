//! Requests that are not signed as they must be.

use shared::head::HeaderName;
use shared::sql;

use crate::probe::{add_user, probe};
use crate::signing::{ID, Request, Sent, bench, get, key, post, refused, send, sign, signed};

#[test]
fn a_nonce_is_taken_once_and_belongs_to_its_key() {
    let bench = bench();
    let sent = sign(&get(&bench, "nonce-01"), &key(3));
    assert_eq!(send(&bench, &sent).status, 200);
    refused(&bench, &sent, "sent again");
    refused(&bench, &sign(&post(&bench, "nonce-01"), &key(3)), "the nonce in another request");
    let kept = "SELECT nonce AS value FROM signature_nonces";
    #[derive(serde::Deserialize)]
    struct Row {
        value: String,
    }
    let rows: Vec<Row> = futures::executor::block_on(bench.platform().db().all(sql!(kept))).unwrap();
    assert!(rows.len() == 1 && rows[0].value.len() == 64, "only its hash is kept");
}

#[test]
fn whatever_is_altered_after_signing_is_refused() {
    let bench = bench();
    let altered = |change: fn(&mut Sent), why: &str| {
        let mut sent = sign(&post(&bench, why), &key(3));
        change(&mut sent);
        refused(&bench, &sent, why);
    };
    altered(|sent| sent.request.path = "/v1/ai-slow", "another path");
    altered(|sent| sent.request.path = "/v1/ai?x=1", "another query");
    altered(|sent| sent.request.body = r#"{"wish":"more"}"#, "another body");
    altered(|sent| sent.request.body = "", "the body is gone");
    altered(|sent| sent.digest = sent.digest.replace("sha-256", "sha-512"), "another digest");
    altered(|sent| sent.digest = String::new(), "no digest");
    altered(|sent| sent.digest = "md5=:AAAA:".to_owned(), "no digest that is known");
    altered(|sent| sent.input = sent.input.replace("nonce=\"", "nonce=\"x"), "another nonce");
    altered(|sent| sent.input = sent.input.replace("created=1", "created=2"), "another time");
    altered(|sent| sent.input = sent.input.replace(" \"content-digest\"", ""), "less is covered");
    altered(|sent| sent.input = sent.input.replace("\"@method\" ", ""), "the method is not covered");
    altered(|sent| sent.input = sent.input.replace("0000007", "0000008"), "another key");
    altered(|sent| sent.input = sent.input.replace("ed25519", "hmac-sha256"), "another algorithm");
    altered(|sent| sent.input = sent.input.replace("sig1=", "sig2="), "another label");
    altered(|sent| sent.input = format!("{0}, {0}", sent.input), "two labels alike");
    altered(|sent| sent.input = format!("{0}, {1}", sent.input, sent.input.replace("sig1", "sig2")), "two labels");
    altered(|sent| sent.signature = "sig1=:AAAA:".to_owned(), "a short signature");
    altered(|sent| sent.signature = String::new(), "no signature");
    altered(|sent| sent.signature = sent.signature.replace("sig1=:", "sig1=:AAAA"), "a longer signature");
    let mut sent = sign(&get(&bench, "nonce-ok"), &key(3));
    sent.request.method = "HEAD";
    assert_eq!(send(&bench, &sent).status, 401, "another method");
    assert_eq!(signed(&bench, &get(&bench, "nonce-ok")).status, 200, "what was refused used no nonce up");
}

#[test]
fn what_is_not_covered_is_refused_though_it_is_signed() {
    let bench = bench();
    let with =
        |components: &[&'static str], nonce: &str| Request { components: components.to_vec(), ..post(&bench, nonce) };
    for (components, nonce) in [
        (&["@target-uri", "content-digest"][..], "nonce-01"),
        (&["@method", "content-digest"], "nonce-02"),
        (&["@method", "@path", "content-digest"], "nonce-03"),
        (&["@method", "@authority", "content-digest"], "nonce-04"),
        (&["@method", "@target-uri"], "nonce-05"),
    ] {
        refused(&bench, &sign(&with(components, nonce), &key(3)), &format!("{components:?}"));
    }
    let asked = Request { path: "/v1/ai?x=1", ..get(&bench, "nonce-06") };
    refused(&bench, &sign(&asked, &key(3)), "the query is not covered");
    let covered = Request { components: vec!["@method", "@authority", "@path", "@query"], ..asked };
    assert_eq!(signed(&bench, &covered).status, 200);
}

#[test]
fn a_signature_is_good_for_five_minutes() {
    let bench = bench();
    let sent = sign(&get(&bench, "nonce-01"), &key(3));
    let late = sign(&get(&bench, "nonce-02"), &key(3));
    bench.pass(300_000);
    assert_eq!(send(&bench, &sent).status, 200);
    bench.pass(1_000);
    refused(&bench, &late, "stale");
    let now = bench.now_ms() / 1000;
    let params = |created: u64, more: &str| format!("created={created};keyid=\"{ID}\";nonce=\"nonce-03\"{more}");
    let with = |params: String| sign(&Request { params, ..get(&bench, "") }, &key(3));
    refused(&bench, &with(params(now + 301, "")), "of the future");
    refused(&bench, &with(params(now - 10, &format!(";expires={now}"))), "expired");
    assert_eq!(send(&bench, &with(params(now + 300, ""))).status, 200, "a clock that is ahead");
}

#[test]
fn a_nonce_is_remembered_for_as_long_as_its_signature_is_good() {
    let bench = bench();
    let params = format!("created={};keyid=\"{ID}\";nonce=\"nonce-01\"", bench.now_ms() / 1000 + 300);
    let sent = sign(&Request { params, ..get(&bench, "") }, &key(3));
    assert_eq!(send(&bench, &sent).status, 200);
    bench.pass(600_000);
    refused(&bench, &sent, "the last moment at which it is not stale");
    let sql = "SELECT 1 AS one FROM signature_nonces WHERE expires_at > ?1";
    let rows: Vec<shared::db::One> =
        futures::executor::block_on(bench.platform().db().all(sql!(sql, bench.now_ms()))).unwrap();
    assert_eq!(rows.len(), 1);
}

#[test]
fn a_key_that_is_gone_is_refused_at_once() {
    for sql in [
        "UPDATE api_keys SET revoked_at = 1",
        "UPDATE api_keys SET expires_at = 1795170600000",
        "DELETE FROM api_keys",
        "UPDATE users SET status = 'suspended'",
        "DELETE FROM users",
    ] {
        let bench = bench();
        assert_eq!(signed(&bench, &get(&bench, "nonce-01")).status, 200);
        bench.execute(sql);
        refused(&bench, &sign(&get(&bench, "nonce-02"), &key(3)), sql);
    }
}

#[test]
fn another_key_than_the_named_one_is_refused_and_so_is_one_that_is_no_key() {
    let bench = bench();
    refused(&bench, &sign(&get(&bench, "nonce-01"), &key(4)), "another private key");
    for id in ["usr_1", "key_", "key_01KAHM9V8G0000000000000099", "../../etc/passwd", ""] {
        let params = format!("created={};keyid=\"{id}\";nonce=\"nonce-02\"", bench.now_ms() / 1000);
        refused(&bench, &sign(&Request { params, ..get(&bench, "") }, &key(3)), id);
    }
}

#[test]
fn a_key_with_a_text_signs_nothing_and_one_that_signs_has_no_text() {
    let bench = bench();
    let text = shared::auth::api_key::text(ID, [1; 20]);
    let bearer = format!("Bearer {text}");
    assert_eq!(bench.request("GET", "/v1/ai", &[(HeaderName::Authorization, &bearer)], "").status, 401);
    let bench = probe(&[]);
    add_user(&bench);
    bench.execute(&format!(
        "INSERT INTO api_keys (id, user_id, name, hash, ending, scopes, created_at) \
         VALUES ('{ID}', 'usr_1', 'k', 'hash', 'ABCD', '[\"use:ai\"]', 0)"
    ));
    refused(&bench, &sign(&get(&bench, "nonce-01"), &key(3)), "a key that is sent");
}
