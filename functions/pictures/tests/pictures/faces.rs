//! The faces of organisations: who changes them, what is kept, and what goes with the organisation.

use std::cell::Cell;
use std::rc::Rc;

use futures::FutureExt;
use futures::executor::block_on;
use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;

/// A GIF of 16 pixels a side.
const PICTURE: &str = "GIF89a\x10\0\x10\0\0\0\0,\0\0\0\0\x10\0\x10\0\0\x02\x01L\0;";
const ORGANISATION: &str = "org_00000000000000000000000001";

/// `usr_owner`, `usr_member` and `usr_other`, an organisation of the first two, and a service that makes what it is told to;
/// how often it was asked.
fn bench() -> (Bench, Rc<Cell<u32>>) {
    let bench = Bench::new(&pictures::TABLE, &[]);
    for user in ["usr_owner", "usr_member", "usr_other"] {
        bench.execute(&format!(
            "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{user}', '{user}@example.com', 1, 0)"
        ));
    }
    bench.execute(&format!(
        "INSERT INTO organisations (id, slug, name, created_at) VALUES ('{ORGANISATION}', 'acme', 'Acme', 0); \
INSERT INTO organisation_roles (organisation_id, name, permissions, changed_as) VALUES ('{ORGANISATION}', 'owner', '[]', 'x'), \
('{ORGANISATION}', 'member', '[]', 'x'); \
INSERT INTO role_grants (organisation_id, role, resource, action, own) VALUES ('{ORGANISATION}', 'owner', '*', '*', 0), \
('{ORGANISATION}', 'member', 'organisation', 'read', 0); \
INSERT INTO members VALUES ('{ORGANISATION}', 'usr_owner', 'owner', 0), ('{ORGANISATION}', 'usr_member', 'member', 0)"
    ));
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    bench.script(move |_, _, _| {
        count.set(count.get() + 1);
        Ok((200, Vec::new(), format!("made {}", count.get()).into_bytes()))
    });
    (bench, asked)
}

/// A call of the avatar's row by this user, with a picture.
fn call(bench: &Bench, user: &str, method: &str) -> Outgoing {
    bench.execute(&format!(
        "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ('ses_1', '{user}', 0, 9999999999999) \
ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id"
    ));
    let bearer = format!("Bearer {}", bench.token(user, &[]));
    let headers = [(HeaderName::Authorization, bearer.as_str())];
    let body = if method == "PUT" { PICTURE } else { "" };
    bench.request(method, &format!("/v1/organisations/{ORGANISATION}/avatar"), &headers, body)
}

fn told(out: &Outgoing) -> Value {
    assert_eq!(out.status, 200, "{}", String::from_utf8_lossy(&out.body));
    serde_json::from_slice(&out.body).unwrap()
}

fn value(bench: &Bench, sql: &'static str) -> Value {
    let row: Option<Value> = block_on(bench.platform().db().first(shared::sql!(sql))).unwrap();
    row.unwrap()["value"].clone()
}

#[test]
fn an_organisations_face_is_changed_by_who_may_change_it_and_read_by_anybody() {
    let (bench, asked) = bench();
    assert_eq!([call(&bench, "usr_member", "PUT").status, call(&bench, "usr_other", "PUT").status], [403, 404]);
    assert_eq!([call(&bench, "usr_member", "DELETE").status, call(&bench, "usr_other", "DELETE").status], [403, 404]);
    assert_eq!((asked.get(), value(&bench, "SELECT count(*) AS value FROM file_remains")), (0, json!(0)));
    let first = told(&call(&bench, "usr_owner", "PUT"));
    let url = first["avatar_ref"].as_str().unwrap();
    assert!(url.starts_with(&format!("http://test/v1/avatars/{ORGANISATION}/256?v=")), "{url}");
    assert_eq!(value(&bench, "SELECT avatar_ref AS value FROM organisations"), first["avatar_ref"]);
    assert_eq!(value(&bench, "SELECT count(*) AS value FROM file_remains"), 0, "what is recorded is not swept");
    let path = url.strip_prefix("http://test").unwrap();
    let read = bench.request("GET", path, &[], "");
    assert_eq!((read.status, read.body.as_slice()), (200, &b"made 3"[..]));
    told(&call(&bench, "usr_owner", "PUT"));
    assert_eq!(bench.request("GET", path, &[], "").body, b"made 7");
    assert_eq!(value(&bench, "SELECT count(*) AS value FROM file_remains"), 4, "what was there is swept");
    assert_eq!(call(&bench, "usr_owner", "DELETE").status, 204);
    assert_eq!(value(&bench, "SELECT avatar_ref AS value FROM organisations"), Value::Null);
    assert_eq!(bench.request("GET", path, &[], "").status, 404);
}

#[test]
fn a_face_goes_with_its_organisation() {
    let (bench, _) = bench();
    told(&call(&bench, "usr_owner", "PUT"));
    bench.execute("DELETE FROM organisations");
    assert_eq!(value(&bench, "SELECT count(*) AS value FROM organisation_avatars"), 0);
    let left = "SELECT count(*) AS value FROM file_remains WHERE object LIKE 'avatars/org_%' AND due_at = 0";
    assert_eq!(value(&bench, left), 4);
    let path = format!("/v1/avatars/{ORGANISATION}/64");
    assert_eq!(bench.request("GET", &path, &[], "").status, 404);
}

#[test]
fn who_lost_the_right_while_a_face_was_made_changes_nothing() {
    let (bench, _) = bench();
    let inner = bench.platform();
    bench.script(move |_, _, _| {
        let lost = shared::sql!("DELETE FROM role_grants WHERE resource = '*'");
        inner.db().run(lost).now_or_never().unwrap().unwrap();
        Ok((200, Vec::new(), b"made".to_vec()))
    });
    assert_eq!(call(&bench, "usr_owner", "PUT").status, 503);
    assert_eq!(value(&bench, "SELECT count(*) AS value FROM organisation_avatars"), 0);
    assert_eq!(value(&bench, "SELECT count(*) AS value FROM file_remains"), 4, "its bytes are swept");
}
