//! Parts in OpenAI's shape.

use serde_json::json;
use shared::platform::testing::Bench;

use crate::{begun, bench, call, count, send};

const FORM: &str = "multipart/form-data; boundary=xyz";

fn add(bench: &Bench, id: &str, data: &str) -> (u16, serde_json::Value) {
    let body = format!(
        "--xyz\r\nContent-Disposition: form-data; name=\"data\"; filename=\"blob\"\r\n\r\n{data}\r\n--xyz--\r\n"
    );
    let out = send(bench, "POST", &format!("/v1/uploads/{id}/parts"), FORM, &[], &body);
    (out.status, serde_json::from_slice(&out.body).unwrap())
}

fn part(bench: &Bench, id: &str, data: &str) -> String {
    let (status, part) = add(bench, id, data);
    assert_eq!((status, &part["object"]), (200, &json!("upload.part")), "{part}");
    part["id"].as_str().unwrap().to_owned()
}

fn complete(bench: &Bench, id: &str, parts: &[&str]) -> (u16, serde_json::Value) {
    call(bench, "usr_1", "POST", &format!("/v1/uploads/{id}/complete"), &json!({ "part_ids": parts }).to_string())
}

#[test]
fn parts_become_the_file_in_the_order_that_is_said() {
    let bench = bench();
    let id = begun(&bench, 6, "");
    let (b, left, a) = (part(&bench, &id, "def"), part(&bench, &id, "xyz"), part(&bench, &id, "abc"));
    assert_eq!(complete(&bench, &id, &[&a]).0, 422);
    assert_eq!(complete(&bench, &id, &[&a, &a]).0, 422);
    assert_eq!(complete(&bench, &id, &[&a, "part_none"]).0, 422);
    let (status, upload) = complete(&bench, &id, &[&a, &b]);
    assert_eq!(
        (status, &upload["status"], &upload["file"]["bytes"]),
        (200, &json!("completed"), &json!(6)),
        "{upload}"
    );
    assert!(bench.stored(|objects| objects.values().any(|bytes| bytes == b"abcdef")));
    assert_eq!(
        [count(&bench, "uploads"), count(&bench, "upload_pieces"), count(&bench, "file_remains")],
        [0, 0, 3],
        "{left}"
    );
    assert_eq!(complete(&bench, &id, &[&a, &b]).0, 409);
}

#[test]
fn more_bytes_than_twice_the_upload_are_no_parts_of_it() {
    let bench = bench();
    let id = begun(&bench, 3, "");
    part(&bench, &id, "abc");
    part(&bench, &id, "abc");
    assert_eq!(add(&bench, &id, "a").0, 413);
}

#[test]
fn forms_of_crumbs_or_of_other_fields_are_refused() {
    let bench = bench();
    let id = begun(&bench, 3, "");
    let path = format!("/v1/uploads/{id}/parts");
    let crumb = "--xyz\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\na\r\n";
    for (media, body, status) in [
        (FORM, crumb.repeat(10_000) + "--xyz--\r\n", 400),
        (FORM, crumb.repeat(2) + "--xyz--\r\n", 422),
        (FORM, crumb.replace("data", "file") + "--xyz--\r\n", 422),
        (FORM, "torn".to_owned(), 400),
        ("application/json", "{}".to_owned(), 415),
    ] {
        assert_eq!(send(&bench, "POST", &path, media, &[], &body).status, status);
    }
    assert_eq!(count(&bench, "upload_pieces"), 0);
}
