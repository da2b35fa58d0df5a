//! Uploads made, put whole, given up; what does not fit leaves nothing.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{begun, bench, call, count, send};

const BINARY: &str = "application/octet-stream";

fn sum(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_body_put_whole_becomes_the_file_with_the_uploads_id() {
    let bench = bench();
    let id = begun(&bench, 8, &format!(r#","tags":["b","a","b"],"sha256":"{}""#, sum("%PDF-1.7").to_uppercase()));
    let out = send(&bench, "PUT", &format!("/v1/files/{id}/content"), BINARY, &[], "%PDF-1.7");
    let file: serde_json::Value = serde_json::from_slice(&out.body).unwrap();
    assert_eq!((out.status, &file["id"], &file["bytes"]), (200, &json!(id), &json!(8)), "{file}");
    assert_eq!((&file["media_type"], &file["sha256"]), (&json!("application/pdf"), &json!(sum("%PDF-1.7"))));
    assert_eq!([count(&bench, "files"), count(&bench, "uploads"), count(&bench, "file_tags")], [1, 0, 2]);
    assert_eq!(count(&bench, "file_remains"), 0);
    let (status, upload) = call(&bench, "usr_1", "GET", &format!("/v1/uploads/{id}"), "");
    assert_eq!((status, &upload["status"], &upload["file"]["id"]), (200, &json!("completed"), &json!(id)));
    let again = send(&bench, "PUT", &format!("/v1/files/{id}/content"), BINARY, &[], "%PDF-1.7");
    assert_eq!(again.status, 409);
}

#[test]
fn bodies_that_are_not_what_was_said_leave_nothing() {
    let bench = bench();
    let id = begun(&bench, 3, "");
    let path = format!("/v1/files/{id}/content");
    let wrong = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";
    for (headers, body, status) in [
        (&[][..], "ab", 422),
        (&[], "abcd", 422),
        (&[("content-digest", wrong)], "abc", 422),
        (&[("repr-digest", "sha-256=AAAA")], "abc", 422),
        (&[("content-range", "bytes 0-2/3")], "abc", 400),
    ] {
        assert_eq!(send(&bench, "PUT", &path, BINARY, headers, body).status, status, "{headers:?} {body}");
    }
    assert_eq!([count(&bench, "files"), count(&bench, "uploads")], [0, 1]);
    let right = "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:, crc=:AA==:";
    assert_eq!(send(&bench, "PUT", &path, BINARY, &[("content-digest", right)], "abc").status, 200);
}

#[test]
fn bytes_of_another_sum_than_the_uploads_end_it() {
    let bench = bench();
    let id = begun(&bench, 3, &format!(r#","sha256":"{}""#, sum("xyz")));
    let out = send(&bench, "PUT", &format!("/v1/files/{id}/content"), BINARY, &[], "abc");
    assert_eq!(out.status, 422);
    assert_eq!([count(&bench, "files"), count(&bench, "uploads")], [0, 0]);
    assert_eq!(call(&bench, "usr_1", "GET", &format!("/v1/uploads/{id}"), "").0, 404);
}

#[test]
fn wishes_that_do_not_fit_are_refused() {
    let bench = bench();
    let with = |more: &str| format!(r#"{{"filename":"a","purpose":"user_data","bytes":1{more}}}"#);
    let long = "x".repeat(65);
    for (body, param) in [
        (r#"{"filename":"a","purpose":"user_data","bytes":0}"#.to_owned(), "bytes"),
        (r#"{"filename":"..","purpose":"user_data","bytes":1}"#.to_owned(), "filename"),
        (r#"{"filename":"a\u0000b","purpose":"user_data","bytes":1}"#.to_owned(), "filename"),
        (r#"{"filename":"a","purpose":"batch_output","bytes":1}"#.to_owned(), "purpose"),
        (with(r#","sha256":"abc""#), "sha256"),
        (with(r#","visibility":"organisation""#), "visibility"),
        (with(r#","organisation_id":"org_1""#), "organisation_id"),
        (with(&format!(r#","tags":["{long}"]"#)), "tags"),
        (with(r#","expires_after":{"anchor":"created_at","seconds":1}"#), "expires_after/seconds"),
        (with(r#","colour":"red""#), "colour"),
    ] {
        let (status, reply) = call(&bench, "usr_1", "POST", "/v1/uploads", &body);
        assert_eq!((status, reply["error"]["param"].as_str()), (422, Some(param)), "{body}: {reply}");
    }
    assert_eq!(count(&bench, "uploads"), 0);
}

#[test]
fn room_is_reserved_from_the_beginning_and_given_back() {
    let bench = bench();
    let first = begun(&bench, 900, "");
    let body = r#"{"filename":"b","purpose":"user_data","bytes":101}"#;
    let (status, reply) = call(&bench, "usr_1", "POST", "/v1/uploads", body);
    assert_eq!((status, &reply["error"]["code"]), (403, &json!("quota_exceeded")), "{reply}");
    let (_, quota) = call(&bench, "usr_1", "GET", "/v1/files/quota", "");
    assert_eq!((&quota["files"], &quota["bytes"], &quota["most_bytes"]), (&json!(1), &json!(900), &json!(1000)));
    assert_eq!(call(&bench, "usr_2", "POST", &format!("/v1/uploads/{first}/cancel"), "").0, 404);
    let (_, ended) = call(&bench, "usr_1", "POST", &format!("/v1/uploads/{first}/cancel"), "");
    assert_eq!(ended["status"], "cancelled");
    assert_eq!(call(&bench, "usr_1", "POST", "/v1/uploads", body).0, 200);
}

#[test]
fn what_an_administrator_allowed_an_owner_holds_in_the_place_of_what_all_may_have() {
    let bench = bench();
    let id = "usr_1";
    bench.execute(&format!("INSERT INTO file_limits (owner, files, bytes) VALUES ('{id}', 1, 10)"));
    let (_, quota) = call(&bench, id, "GET", "/v1/files/quota", "");
    assert_eq!((&quota["most_files"], &quota["most_bytes"]), (&json!(1), &json!(10)));
    begun(&bench, 10, "");
    let body = r#"{"filename":"b","purpose":"user_data","bytes":1}"#;
    assert_eq!(call(&bench, id, "POST", "/v1/uploads", body).0, 403);
}

#[test]
fn uploads_that_are_over_end_and_give_their_room_back() {
    let bench = bench();
    begun(&bench, 10, "");
    bench.pass(25 * 60 * 60_000);
    futures::executor::block_on(ingest::sweep::run(&bench.platform()));
    assert_eq!(count(&bench, "uploads"), 0);
    let (_, quota) = call(&bench, "usr_1", "GET", "/v1/files/quota", "");
    assert_eq!(quota["bytes"], 0);
}

#[test]
fn an_upload_is_kept_for_as_long_as_its_organisation_keeps_files_unless_it_says_otherwise() {
    let bench = bench();
    bench.found("org_1", "usr_1");
    bench.execute("UPDATE organisations SET files_expire_after_days = 2");
    let life = |more: &str| {
        let id = begun(&bench, 3, more);
        // What is decided is decided: a change is for uploads to come.
        bench.execute("UPDATE organisations SET files_expire_after_days = 9");
        let out = send(&bench, "PUT", &format!("/v1/files/{id}/content"), BINARY, &[], "abc");
        bench.execute("UPDATE organisations SET files_expire_after_days = 2");
        let file: serde_json::Value = serde_json::from_slice(&out.body).unwrap();
        file["expires_at"].as_u64().map(|end| end - file["created_at"].as_u64().unwrap())
    };
    assert_eq!(life(r#","organisation_id":"org_1""#), Some(172_800));
    let own = r#","organisation_id":"org_1","expires_after":{"anchor":"created_at","seconds":3600}"#;
    assert_eq!(life(own), Some(3_600));
    assert_eq!(life(""), None, "a person's own");
}
