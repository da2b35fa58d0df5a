//! Requests that are signed with an API key's private half: what is let in.

use base64ct::{Base64, Encoding};
use ed25519_dalek::Signer;
use sha2::{Digest, Sha512};
use shared::head::HeaderName;

use crate::probe::{add_user, probe};
use crate::signing::{Request, WISH, add_key, bench, get, key, params, post, refused, send, sign, signed, trips};

#[test]
fn a_signed_request_is_let_in_where_its_key_has_the_scope() {
    let bench = bench();
    let out = signed(&bench, &get(&bench, "nonce-01"));
    assert_eq!((out.status, trips(&out)), (200, Some("d1=2")), "{}", out.line);
    let out = signed(&bench, &post(&bench, "nonce-02"));
    assert_eq!((out.status, trips(&out)), (201, Some("d1=1")), "the public key is known now");
    assert!(out.line.contains("usr_1"));
    bench.settle();
}

#[test]
fn a_signed_request_opens_no_row_without_its_scope() {
    let bench = bench();
    for (path, nonce) in [("/v1/sum", "nonce-01"), ("/v1/fresh", "nonce-02"), ("/v1/never-keys", "nonce-03")] {
        let out = signed(&bench, &Request { path, ..get(&bench, nonce) });
        assert_eq!(out.status, 403, "{path}");
    }
}

#[test]
fn the_window_is_a_setting() {
    let bench = probe(&[("SIGNATURE_WINDOW_SECONDS", "10")]);
    add_user(&bench);
    add_key(&bench, "[\"use:ai\"]");
    let (sent, late) = (sign(&get(&bench, "nonce-01"), &key(3)), sign(&get(&bench, "nonce-02"), &key(3)));
    bench.pass(10_000);
    assert_eq!(send(&bench, &sent).status, 200);
    bench.pass(1_000);
    refused(&bench, &late, "stale");
}

#[test]
fn a_token_that_was_sent_is_the_callers_word() {
    let bench = bench();
    let sent = sign(&get(&bench, "nonce-01"), &key(3));
    let further = [("signature-input", sent.input.as_str()), ("signature", sent.signature.as_str())];
    let headers = [(HeaderName::Authorization, "Bearer nonsense")];
    let out = bench.request_with("GET", "/v1/ai", &headers, &further, "");
    assert_eq!(out.status, 401);
    assert!(String::from_utf8_lossy(&out.body).contains("unauthenticated"));
}

#[test]
fn a_body_of_the_size_its_row_reads_is_compared_and_a_larger_one_is_413() {
    let bench = bench();
    let large: &'static str = format!(r#"{{"wish":"{}"}}"#, "x".repeat(200_000)).leak();
    let slow = Request { path: "/v1/ai-slow", body: large, ..post(&bench, "nonce-01") };
    let brief = Request { body: large, ..post(&bench, "nonce-02") };
    assert_eq!(signed(&bench, &slow).status, 413, "the handler of this row reads 64 KiB: after the digest was right");
    assert_eq!(signed(&bench, &brief).status, 413);
    let mut sent = sign(&Request { params: params(&bench, "nonce-03"), ..slow }, &key(3));
    sent.request.body = format!("{large} ").leak();
    assert_eq!(send(&bench, &sent).status, 401, "read in full before anything is done");
}

#[test]
fn sha_512_is_taken_and_every_known_digest_must_fit() {
    let bench = bench();
    let both = |good: bool| {
        let sha512 = Base64::encode_string(&Sha512::digest(if good { WISH } else { "" }));
        format!("sha-512=:{sha512}:, unixsum=:AAAA:")
    };
    for (good, status) in [(true, 201), (false, 401)] {
        let mut request = post(&bench, if good { "nonce-01" } else { "nonce-02" });
        request.components = vec!["@method", "@target-uri"];
        let mut sent = sign(&request, &key(3));
        sent.digest = both(good);
        let inner = format!("(\"@method\" \"@target-uri\" \"content-digest\");{}", request.params);
        let base = format!(
            "\"@method\": POST\n\"@target-uri\": http://test/v1/ai\n\"content-digest\": {}\n\"@signature-params\": {inner}",
            sent.digest
        );
        sent.input = format!("sig1={inner}");
        sent.signature = format!("sig1=:{}:", Base64::encode_string(&key(3).sign(base.as_bytes()).to_bytes()));
        assert_eq!(send(&bench, &sent).status, status);
    }
}
