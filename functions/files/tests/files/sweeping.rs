//! What goes: deleted files, files that are over, bytes that no record keeps.

use files::sweep;
use futures::executor::block_on;
use serde_json::json;

use crate::{bench, call, file, part, send, upload};

#[test]
fn a_deleted_file_is_gone_at_once_and_its_bytes_with_the_sweep() {
    let bench = bench();
    let (id, other) = (upload(&bench, "one"), upload(&bench, "two"));
    let (status, gone) = call(&bench, "usr_1", "DELETE", &format!("/v1/files/{id}?permanent=true"));
    assert_eq!((status, gone), (200, json!({"id": id, "object": "file", "deleted": true})));
    assert_eq!(call(&bench, "usr_1", "GET", &format!("/v1/files/{id}/content")).0, 404);
    assert_eq!(call(&bench, "usr_1", "DELETE", &format!("/v1/files/{id}")).0, 404);
    block_on(sweep::run(&bench.platform()));
    assert_eq!(bench.stored(|objects| objects.keys().cloned().collect::<Vec<_>>()), [format!("files/{other}")]);
}

#[test]
fn a_file_is_not_there_from_the_moment_it_is_over() {
    let bench = bench();
    let parts = [
        file("x"),
        part("name=\"purpose\"", "user_data"),
        part("name=\"expires_after[anchor]\"", "created_at"),
        part("name=\"expires_after[seconds]\"", "3600"),
    ];
    let id = send(&bench, &parts).1["id"].as_str().unwrap().to_owned();
    bench.pass(3_599_999);
    assert_eq!(call(&bench, "usr_1", "GET", &format!("/v1/files/{id}")).0, 200);
    bench.pass(1);
    assert_eq!(call(&bench, "usr_1", "GET", &format!("/v1/files/{id}")).0, 404);
    block_on(sweep::run(&bench.platform()));
    assert!(bench.stored(|objects| objects.is_empty()));
}

#[test]
fn bytes_that_never_got_a_record_are_swept_and_those_with_one_stay() {
    let bench = bench();
    let id = upload(&bench, "x");
    let platform = bench.platform();
    block_on(platform.db().run(uploads::store::announce("files/torn", bench.now_ms() + 1_000))).unwrap();
    block_on(platform.bucket(uploads::BUCKET).put_bytes("files/torn", b"x")).unwrap();
    block_on(sweep::run(&platform));
    assert_eq!(bench.stored(|objects| objects.len()), 2, "it may still get one");
    bench.pass(1_000);
    block_on(sweep::run(&bench.platform()));
    assert_eq!(bench.stored(|objects| objects.keys().cloned().collect::<Vec<_>>()), [format!("files/{id}")]);
}

#[test]
fn nothing_is_kept_where_bytes_cannot_be_written() {
    let bench = bench();
    bench.objects(|objects| objects.insert("closed".into(), String::new()));
    let (status, reply) = send(&bench, &[file("x"), part("name=\"purpose\"", "batch")]);
    assert_eq!((status, &reply["error"]["code"]), (503, &json!("unavailable")));
    assert_eq!(call(&bench, "usr_1", "GET", "/v1/files").1["data"], json!([]));
}

#[test]
fn the_bytes_of_a_deleted_account_go() {
    let bench = bench();
    upload(&bench, "x");
    bench.execute("DELETE FROM users WHERE id = 'usr_1'");
    block_on(sweep::run(&bench.platform()));
    assert!(bench.stored(|objects| objects.is_empty()));
}

#[test]
fn a_file_that_a_batch_reads_cannot_be_deleted() {
    let bench = bench();
    let id = upload(&bench, "x");
    bench.execute(&format!(
        "INSERT INTO batches (id, user_id, scopes, endpoint, input_file_id, object, bytes, status, created_at, expires_at, touched_at) \
         VALUES ('batch_1', 'usr_1', '[]', '/v1/responses', '{id}', 'files/{id}', 1, 'validating', 0, 0, 0)"
    ));
    let (status, reply) = call(&bench, "usr_1", "DELETE", &format!("/v1/files/{id}"));
    assert_eq!((status, &reply["error"]["code"]), (409, &json!("file_in_use")));
    bench.execute("UPDATE batches SET ended_at = 1");
    assert_eq!(call(&bench, "usr_1", "DELETE", &format!("/v1/files/{id}")).0, 200);
}
