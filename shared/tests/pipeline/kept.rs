//! What is stored for an idempotency key, and what is not.

use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::platform::testing::Bench;

use crate::idempotency::{OK, check, is_replay};
use crate::probe::{call, probe};

#[derive(Deserialize)]
struct Stored {
    fingerprint: String,
    body: String,
    location: Option<String>,
}

/// The only stored reply.
fn stored(bench: &Bench) -> Stored {
    let statement = shared::sql!("SELECT fingerprint, body, location FROM idempotency_keys");
    futures::executor::block_on(bench.platform().db().first(statement)).unwrap().unwrap()
}

#[test]
fn text_bytes_and_nothing_are_kept() {
    for wish in ["text", "bytes", "empty"] {
        let bench = probe(&[]);
        let body = json!({ "wish": wish }).to_string();
        let (one, two) = (check(&bench, "/v1/raw", "k-1", &body), check(&bench, "/v1/raw", "k-1", &body));
        assert_eq!((two.status, is_replay(&two), &two.body), (one.status, true, &one.body), "{wish}");
    }
}

#[test]
fn a_retry_is_told_where_to_find_what_the_first_request_made() {
    for (path, location) in [("/v1/once", "/v1/things/1"), ("/v1/raw", "/v1/things/2")] {
        let bench = probe(&[]);
        let placed = r#"{"wish":"placed"}"#;
        let (one, two) = (check(&bench, path, "k-1", placed), check(&bench, path, "k-1", placed));
        assert_eq!((one.header("Location"), is_replay(&one)), (Some(location), false));
        assert_eq!((two.header("Location"), is_replay(&two)), (Some(location), true));
        assert_eq!((two.status, &two.body), (one.status, &one.body));
        assert!(stored(&bench).location.is_some_and(|sealed| !sealed.contains("things")));
        assert_eq!(one.header("Server-Timing").map(trips), Some(2));
        assert_eq!(two.header("Server-Timing").map(trips), Some(1), "it takes no round trip of its own");
    }
}

/// How often the database was asked.
fn trips(timing: &str) -> u32 {
    let counted = timing.split("d1=").nth(1).unwrap_or_default();
    counted.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or_default()
}

#[test]
fn a_reply_that_was_kept_without_a_location_is_replayed_without_one() {
    let bench = probe(&[]);
    check(&bench, "/v1/once", "k-1", OK);
    assert_eq!(stored(&bench).location, None, "as rows are that were there before");
    let again = check(&bench, "/v1/once", "k-1", OK);
    assert_eq!((is_replay(&again), again.header("Location")), (true, None));
}

#[test]
fn what_is_too_long_or_no_text_is_not_kept() {
    for wish in ["large", "binary"] {
        let bench = probe(&[]);
        let body = json!({ "wish": wish }).to_string();
        check(&bench, "/v1/raw", "k-1", &body);
        assert!(!is_replay(&check(&bench, "/v1/raw", "k-1", &body)), "{wish}");
    }
}

#[test]
fn an_upstreams_refusal_passed_on_lets_the_key_go() {
    let bench = probe(&[]);
    let body = r#"{"wish":"refused"}"#;
    let (one, two) = (check(&bench, "/v1/raw", "k-1", body), check(&bench, "/v1/raw", "k-1", body));
    assert_eq!((one.status, two.status, is_replay(&two)), (400, 400, false));
}

#[test]
fn what_is_stored_gives_away_neither_body_nor_reply() {
    let bench = probe(&[]);
    let first = check(&bench, "/v1/once", "k-1", OK);
    let row = stored(&bench);
    let reply = String::from_utf8(first.body).unwrap();
    assert!(!row.body.contains(&reply) && !row.body.is_empty());
    let plain: String = Sha256::digest(OK).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_ne!(row.fingerprint, plain, "a digest without a secret lets passwords be guessed");
}

#[test]
fn a_stored_reply_opens_under_its_own_key_alone() {
    let bench = probe(&[]);
    check(&bench, "/v1/once", "k-1", OK);
    bench.execute("UPDATE idempotency_keys SET key = 'k-2'");
    let out = check(&bench, "/v1/once", "k-2", OK);
    assert_eq!((out.status, is_replay(&out)), (500, false));
}

#[test]
fn a_reply_that_was_kept_before_the_key_was_replaced_is_replayed() {
    let bench = probe(&[]);
    let first = check(&bench, "/v1/once", "k-1", OK);
    let (old, new) = (bench.platform().var("STORE_KEY").unwrap(), "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU");
    bench.set_var("STORE_KEY", &format!("{new},{old}"));
    let again = check(&bench, "/v1/once", "k-1", OK);
    assert_eq!((is_replay(&again), &again.body), (true, &first.body));
    bench.set_var("STORE_KEY", new);
    assert_eq!(check(&bench, "/v1/once", "k-1", OK).status, 422, "without the old one it is another body");
}

#[test]
fn without_a_store_key_only_requests_with_a_key_are_503() {
    for key in ["", "c2hvcnQ", "?"] {
        let bench = probe(&[("STORE_KEY", key)]);
        assert_eq!(check(&bench, "/v1/once", "k-1", OK).status, 503, "{key}");
        assert_eq!(call(&bench, "POST", "/v1/once", &[], OK).status, 201, "{key}");
    }
}

#[test]
fn a_reply_that_cannot_be_kept_is_given_all_the_same() {
    let bench = probe(&[]);
    bench.execute(
        "CREATE TRIGGER full BEFORE UPDATE ON idempotency_keys BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    );
    assert_eq!(check(&bench, "/v1/once", "k-1", OK).status, 201);
}
