//! The statements, and the rows over a scripted service: who asks it when, what is kept, and what stays when it fails.

use std::cell::Cell;
use std::rc::Rc;

use futures::executor::block_on;
use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::testing::{Bench, check_sql};
use uploads::bytes::{NewFile, keep};
use uploads::{Owner, Purpose, Visibility};

use crate::SAMPLES;

#[test]
fn every_statement_is_understood_by_the_database() {
    check_sql(pictures::store::ALL);
    check_sql(pictures::avatar_store::ALL);
    check_sql(pictures::organisation_avatar_store::ALL);
}

const USER: &str = "usr_00000000000000000000000001";

/// A service that makes `made` of everything, and how often it was asked for more than a pixel.
fn bench() -> (Bench, Rc<Cell<u32>>) {
    let bench = Bench::new(&pictures::TABLE, &[]);
    bench.execute(&format!(
        "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{USER}', 'a@example.com', 1, 0); \
INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ('ses_1', '{USER}', 0, 9999999999999)"
    ));
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    bench.script(move |_, wish, _| {
        count.set(count.get() + u32::from(!wish.starts_with(r#"{"width":1}"#)));
        Ok((200, Vec::new(), b"made".to_vec()))
    });
    (bench, asked)
}

/// Keeps bytes as a file of the user's; its id.
fn file(bench: &Bench, bytes: &[u8]) -> String {
    let platform = bench.platform();
    let owner = Owner { user_id: USER, organisation_id: None };
    let id = shared::id::new("file", bench.now_ms(), platform.random());
    let new = NewFile {
        id,
        filename: "a.png",
        purpose: Purpose::UserData,
        visibility: Visibility::Private,
        room: None,
        expires_at: None,
        now: bench.now_ms(),
    };
    block_on(keep(&platform, owner, new, bytes)).unwrap().id
}

fn call(bench: &Bench, method: &str, path: &str, body: &str) -> (u16, Value) {
    bench.json(method, path, Some(&bench.token(USER, &[])), body)
}

/// A signed address of a variant, without its origin.
fn signed(bench: &Bench, id: &str) -> String {
    let wish = r#"{"variant":{"width":64,"format":"webp"}}"#;
    let (status, told) = call(bench, "POST", &format!("/v1/files/{id}/variants"), wish);
    assert_eq!(status, 200, "{told}");
    told["url"].as_str().unwrap().strip_prefix("http://test").unwrap().to_owned()
}

fn get(bench: &Bench, path: &str) -> (u16, Vec<u8>) {
    let out = bench.request("GET", path, &[], "");
    (out.status, out.body)
}

#[test]
fn a_variant_is_made_once_and_goes_with_its_file() {
    let (bench, asked) = bench();
    let id = file(&bench, SAMPLES[0].5);
    let url = signed(&bench, &id);
    assert_eq!(asked.get(), 0, "nothing is made for an address");
    for _ in 0..3 {
        assert_eq!(get(&bench, &url), (200, b"made".to_vec()));
    }
    assert_eq!((asked.get(), bench.stored(|objects| objects.len())), (1, 2));
    bench.execute("DELETE FROM files");
    assert_eq!(get(&bench, &url).0, 403);
    let mut names = bench.stored(|objects| objects.keys().cloned().collect::<Vec<_>>());
    names.sort();
    for name in names {
        bench.execute(&format!("UPDATE file_remains SET taken_at = 1 WHERE object = '{name}' AND due_at = 0"));
        let taken = block_on(bench.platform().db().first::<Value>(shared::sql!(
            "SELECT object FROM file_remains WHERE object = ?1 AND taken_at = 1",
            name.as_str()
        )));
        assert!(taken.unwrap().is_some(), "{name} is left to the sweep");
    }
}

#[test]
fn an_address_ends_with_its_time_and_with_the_visibility_it_was_made_for() {
    let (bench, _) = bench();
    let id = file(&bench, SAMPLES[0].5);
    let url = signed(&bench, &id);
    bench.pass(3_599_999);
    assert_eq!(get(&bench, &url).0, 200);
    bench.pass(1);
    assert_eq!(get(&bench, &url).0, 403);
    bench.execute("UPDATE files SET visibility = 'public'");
    let url = signed(&bench, &id);
    bench.pass(1_000_000_000);
    assert_eq!(get(&bench, &url).0, 200);
    bench.execute("UPDATE files SET visibility = 'organisation'");
    assert_eq!(get(&bench, &url).0, 403);
}

#[test]
fn without_the_service_the_file_and_what_was_made_are_there() {
    let (bench, _) = bench();
    let id = file(&bench, SAMPLES[0].5);
    let (kept, new) = (signed(&bench, &id), signed(&bench, &id).replace("w64", "w96"));
    assert_eq!(get(&bench, &new).0, 403, "another variant is another signature");
    assert_eq!(get(&bench, &kept).0, 200);
    for failing in [503_u16, 500] {
        bench.script(move |_, _, _| Ok((failing, Vec::new(), Vec::new())));
        let out = bench.request("GET", &signed_wide(&bench, &id), &[], "");
        assert_eq!((out.status, out.header("Retry-After")), (503, Some("5")));
    }
    bench.script(|name, _, _| Err(shared::platform::SendError::Unreachable(name.to_owned())));
    assert_eq!(get(&bench, &signed_wide(&bench, &id)).0, 503);
    assert_eq!(get(&bench, &kept).0, 200, "what was made is there");
    let (status, facts) = call(&bench, "GET", &format!("/v1/files/{id}/picture"), "");
    assert_eq!((status, &facts["width"], &facts["blurhash"]), (200, &json!(24), &Value::Null));
}

/// An address of a variant that was not made yet.
fn signed_wide(bench: &Bench, id: &str) -> String {
    let wish = r#"{"variant":{"width":3840,"format":"avif"}}"#;
    let (_, told) = call(bench, "POST", &format!("/v1/files/{id}/variants"), wish);
    told["url"].as_str().unwrap().strip_prefix("http://test").unwrap().to_owned()
}

#[test]
fn a_picture_that_cannot_be_decoded_is_remembered() {
    let (bench, asked) = bench();
    let id = file(&bench, SAMPLES[0].5);
    let url = signed(&bench, &id);
    let count = Rc::clone(&asked);
    bench.script(move |_, wish, _| {
        count.set(count.get() + 1);
        Ok((if wish.starts_with(r#"{"width":1}"#) { 200 } else { 400 }, Vec::new(), b"x".to_vec()))
    });
    for _ in 0..3 {
        let out = bench.request("GET", &url, &[], "");
        assert_eq!(out.status, 422, "{}", String::from_utf8_lossy(&out.body));
    }
    assert_eq!(asked.get(), 2, "the picture and the pixel, once");
}

#[test]
fn who_makes_a_variant_and_dies_holds_it_up_for_a_while() {
    let (bench, asked) = bench();
    let id = file(&bench, SAMPLES[0].5);
    let url = signed(&bench, &id);
    let until = bench.now_ms() + 45_000;
    bench.execute(&format!(
        "INSERT INTO picture_variants (file_id, spec, source, busy_until, created_at) \
SELECT id, 'w64,webp', object, {until}, 0 FROM files"
    ));
    let out = bench.request("GET", &url, &[], "");
    assert_eq!((out.status, out.header("Retry-After"), asked.get()), (503, Some("2"), 0));
    bench.pass(45_000);
    assert_eq!((get(&bench, &url).0, asked.get()), (200, 1));
}

#[test]
fn the_oldest_variants_go_for_new_ones() {
    let (bench, _) = bench();
    let id = file(&bench, SAMPLES[0].5);
    for number in 0..64 {
        bench.execute(&format!(
            "INSERT INTO picture_variants (file_id, spec, source, object, bytes, sha256, busy_until, created_at) \
SELECT id, 'old{number}', object, 'pictures/old{number}', 1, '', 0, {number} FROM files"
        ));
    }
    assert_eq!(get(&bench, &signed(&bench, &id)).0, 200);
    let count = |sql: &'static str| {
        let row: Option<Value> = block_on(bench.platform().db().first(shared::sql!(sql))).unwrap();
        row.unwrap()["n"].as_u64().unwrap()
    };
    assert_eq!(count("SELECT count(*) AS n FROM picture_variants"), 64);
    assert_eq!(count("SELECT count(*) AS n FROM picture_variants WHERE spec = 'old0'"), 0);
    assert_eq!(count("SELECT count(*) AS n FROM file_remains WHERE object = 'pictures/old0'"), 1);
}

#[test]
fn a_file_that_must_stay_as_it_is_is_not_stripped() {
    let (bench, _) = bench();
    let id = file(&bench, SAMPLES[0].5);
    bench.execute(&format!("UPDATE files SET retain_until = {}", bench.now_ms() + 1));
    let (status, told) = call(&bench, "POST", &format!("/v1/files/{id}/strip"), "");
    assert_eq!((status, &told["code"]), (409, &json!("file_in_use")));
    bench.pass(1);
    let (status, told) = call(&bench, "POST", &format!("/v1/files/{id}/strip"), "");
    assert!(status == 200 && told["removed_bytes"].as_u64().unwrap() > 0, "{told}");
    let again = call(&bench, "POST", &format!("/v1/files/{id}/strip"), "").1;
    assert_eq!((&again["removed_bytes"], &again["sha256"]), (&json!(0), &told["sha256"]));
}

#[test]
fn wishes_that_cannot_be_are_named() {
    let (bench, _) = bench();
    let id = file(&bench, SAMPLES[0].5);
    for (variant, pointer) in [
        ("{}", "variant/width"),
        (r#"{"width":65}"#, "variant/width"),
        (r#"{"width":64,"fit":"cover"}"#, "variant/height"),
        (r#"{"width":64,"gravity":"top"}"#, "variant/gravity"),
        (r#"{"width":64,"quality":81}"#, "variant/quality"),
        (r#"{"width":64,"angle":9}"#, "variant/angle"),
        (r#"{"width":64,"format":"svg"}"#, "variant/format"),
    ] {
        let wish = format!(r#"{{"variant":{variant}}}"#);
        let (status, told) = call(&bench, "POST", &format!("/v1/files/{id}/variants"), &wish);
        let named = told["errors"][0]["pointer"].as_str().unwrap_or_default();
        assert_eq!((status, named.trim_start_matches('/')), (422, pointer), "{told}");
    }
}

#[test]
fn an_administrator_in_somebodys_place_changes_no_picture_and_sees_only_what_is_public() {
    let (bench, _) = bench();
    let id = file(&bench, SAMPLES[0].5);
    let bearer = format!("Bearer {}", bench.stand_in_token(USER, "usr_admin"));
    let headers = [(HeaderName::Authorization, bearer.as_str())];
    for (method, path) in [
        ("POST", format!("/v1/files/{id}/strip")),
        ("PUT", "/v1/users/me/avatar".to_owned()),
        ("DELETE", "/v1/users/me/avatar".to_owned()),
        ("PUT", "/v1/organisations/org_1/avatar".to_owned()),
        ("DELETE", "/v1/organisations/org_1/avatar".to_owned()),
    ] {
        assert_eq!(bench.request(method, &path, &headers, "").status, 403, "{path}");
    }
    let picture = format!("/v1/files/{id}/picture");
    assert_eq!(bench.request("GET", &picture, &headers, "").status, 403);
    bench.execute("UPDATE files SET visibility = 'public'");
    assert_eq!(bench.request("GET", &picture, &headers, "").status, 200);
}
