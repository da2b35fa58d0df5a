//! Who may do what with a file.

use files::{change_store, store};
use futures::executor::block_on;
use serde_json::{Value, json};
use shared::platform::testing::{Bench, check_sql, migrated};

use crate::reading::kept;
use crate::{bench, call, part, send};

/// As `call`, with a body.
fn put(bench: &Bench, user: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    bench.json(method, path, Some(&bench.token(user, &[])), &body.to_string())
}

/// An organisation with an owner, an administrator, a member and somebody who only reads.
fn organisation(bench: &Bench) {
    for (id, role) in
        [("usr_1", "member"), ("usr_2", "member"), ("usr_3", "admin"), ("usr_4", "reader"), ("usr_5", "owner")]
    {
        bench.execute(&format!(
            "INSERT OR IGNORE INTO users (id, email, email_verified_at, created_at) VALUES ('{id}', '{id}@example.com', 1, 0); \
             INSERT OR IGNORE INTO organisations (id, name, slug, created_at) VALUES ('org_1', 'One', 'one', 0); \
             INSERT OR IGNORE INTO organisation_roles (organisation_id, name, permissions, changed_as) VALUES ('org_1', '{role}', '[]', 'x'); \
             INSERT INTO members (organisation_id, user_id, role, joined_at) VALUES ('org_1', '{id}', '{role}', 0);"
        ));
    }
    bench.execute(
        "INSERT INTO role_grants (organisation_id, role, resource, action, own) VALUES ('org_1', 'owner', '*', '*', 0), \
         ('org_1', 'admin', 'file', '*', 0), ('org_1', 'member', 'file', 'read', 0), ('org_1', 'member', 'file', 'create', 0), \
         ('org_1', 'reader', 'file', 'read', 0);",
    );
}

/// A file of `usr_1` for the organisation.
fn theirs(bench: &Bench, visibility: &str) -> String {
    let parts = [
        part("name=\"file\"; filename=\"a.txt\"", "x"),
        part("name=\"purpose\"", "user_data"),
        part("name=\"organisation_id\"", "org_1"),
        part("name=\"visibility\"", visibility),
        part("name=\"tags[]\"", "blue"),
    ];
    let (status, file) = send(bench, &parts);
    assert_eq!(status, 200, "{file}");
    file["id"].as_str().unwrap().to_owned()
}

#[test]
fn every_statement_prepares() {
    for all in [store::ALL, store::LISTS, change_store::ALL] {
        check_sql(all);
    }
}

#[test]
fn every_list_goes_by_an_index_and_sorts_nothing() {
    let connection = migrated();
    for sql in store::LISTS {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut plan: Vec<String> = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            plan.push(row.get(3).unwrap());
        }
        let plan = plan.join("\n");
        assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN f") && !plan.contains("SCAN s") && !plan.contains("SCAN a"), "{sql}\n{plan}");
    }
}

#[test]
fn what_is_the_organisations_its_members_do_as_their_roles_say() {
    let bench = bench();
    organisation(&bench);
    let id = theirs(&bench, "organisation");
    let path = format!("/v1/files/{id}");
    // Read, change, delete.
    for (user, may) in [("usr_2", [200, 403, 403]), ("usr_4", [200, 403, 403]), ("usr_3", [200; 3])] {
        assert_eq!(call(&bench, user, "GET", &path).0, may[0], "{user}");
        assert_eq!(put(&bench, user, "PATCH", &path, &json!({"filename": "b"})).0, may[1], "{user}");
        assert_eq!(call(&bench, user, "DELETE", &path).0, may[2], "{user}");
    }
    assert_eq!(call(&bench, "usr_1", "GET", &path).0, 404, "it is in the trash");
    assert_eq!(call(&bench, "usr_2", "POST", &format!("{path}/restore")).0, 403);
    assert_eq!(call(&bench, "usr_3", "POST", &format!("{path}/restore")).0, 200);
    let shown = |user: &str, query: &str| {
        call(&bench, user, "GET", &format!("/v1/files?{query}")).1["data"].as_array().unwrap().len()
    };
    assert_eq!((shown("usr_2", "organisation_id=org_1"), shown("usr_2", "tag=blue&organisation_id=org_1")), (1, 1));
    assert_eq!((shown("usr_1", "tag=blue"), shown("usr_2", "tag=blue"), shown("usr_2", "")), (1, 0, 0));
    assert_eq!(put(&bench, "usr_1", "PATCH", &path, &json!({"visibility": "private"})).0, 200);
    assert_eq!((call(&bench, "usr_3", "GET", &path).0, shown("usr_2", "organisation_id=org_1")), (404, 0));
    bench.execute("INSERT INTO users (id, email, created_at) VALUES ('usr_9', 'nine@example.com', 0)");
    assert_eq!(call(&bench, "usr_9", "GET", "/v1/files?organisation_id=org_1").0, 404);
}

#[test]
fn only_who_may_make_files_for_an_organisation_does() {
    let bench = bench();
    organisation(&bench);
    theirs(&bench, "private");
    bench.execute("DELETE FROM role_grants WHERE role = 'member' AND action = 'create'");
    let form = |organisation: &str| {
        let parts =
            [crate::file("x"), part("name=\"purpose\"", "user_data"), part("name=\"organisation_id\"", organisation)];
        send(&bench, &parts).0
    };
    assert_eq!((form("org_1"), form("org_2")), (403, 404));
    let parts = [crate::file("x"), part("name=\"purpose\"", "user_data"), part("name=\"visibility\"", "organisation")];
    assert_eq!(send(&bench, &parts).0, 422);
}

#[test]
fn what_is_kept_is_not_deleted_before_its_time_and_only_kept_longer() {
    let bench = bench();
    let id = kept(&bench, "x", "private");
    let path = format!("/v1/files/{id}");
    let until = |ms: u64| json!({"retain_until": shared::time::rfc3339(bench.now_ms() + ms)});
    assert_eq!(put(&bench, "usr_1", "PATCH", &path, &until(2_000)).0, 200);
    for wish in [until(1_000), json!({"expires_at": shared::time::rfc3339(bench.now_ms() + 1_000)})] {
        let (status, reply) = put(&bench, "usr_1", "PATCH", &path, &wish);
        assert_eq!((status, &reply["error"]["code"]), (409, &json!("file_retained")));
    }
    for query in ["", "?permanent=true"] {
        let (status, reply) = call(&bench, "usr_1", "DELETE", &format!("{path}{query}"));
        assert_eq!((status, &reply["error"]["code"]), (409, &json!("file_retained")));
    }
    bench.pass(2_000);
    assert_eq!(call(&bench, "usr_1", "DELETE", &path).0, 200);
}

#[test]
fn what_an_organisation_has_to_keep_outlives_its_makers_account() {
    let bench = bench();
    organisation(&bench);
    let (kept, other) = (theirs(&bench, "organisation"), theirs(&bench, "organisation"));
    bench.execute(&format!("UPDATE files SET retain_until = unixepoch() * 1000 + 1000000 WHERE id = '{kept}'"));
    bench.execute("DELETE FROM users WHERE id = 'usr_1'");
    assert_eq!(call(&bench, "usr_5", "GET", &format!("/v1/files/{kept}")).1["owner_id"], json!("usr_5"));
    assert_eq!(call(&bench, "usr_5", "GET", &format!("/v1/files/{other}")).0, 404);
}

#[test]
fn the_trash_is_emptied_after_its_days_and_what_is_in_it_can_be_brought_back() {
    let bench = bench();
    let id = kept(&bench, "x", "public");
    let path = format!("/v1/files/{id}");
    assert_eq!(call(&bench, "usr_1", "DELETE", &path).0, 200);
    assert_eq!((call(&bench, "usr_1", "GET", &path).0, call(&bench, "usr_1", "DELETE", &path).0), (404, 404));
    assert_eq!(call(&bench, "usr_1", "GET", "/v1/files?trash=true").1["data"][0]["id"], json!(id));
    assert_eq!(call(&bench, "usr_2", "POST", &format!("{path}/restore")).0, 404);
    assert_eq!(call(&bench, "usr_1", "POST", &format!("{path}/restore")).1["deleted_at"], Value::Null);
    assert_eq!(call(&bench, "usr_1", "DELETE", &path).0, 200);
    bench.pass(30 * 86_400_000 - 1);
    block_on(files::sweep::run(&bench.platform()));
    assert_eq!(bench.stored(|objects| objects.len()), 1);
    bench.pass(1);
    block_on(files::sweep::run(&bench.platform()));
    assert!(bench.stored(|objects| objects.is_empty()));
    assert_eq!(call(&bench, "usr_1", "POST", &format!("{path}/restore")).0, 404);
}

#[test]
fn changes_that_do_not_fit_are_refused() {
    let bench = bench();
    let path = format!("/v1/files/{}", kept(&bench, "x", "private"));
    let many: Vec<String> = (0..17).map(|n| n.to_string()).collect();
    for wish in [
        json!({"visibility": "organisation"}),
        json!({"visibility": "all"}),
        json!({"filename": "/"}),
        json!({"filename": "a\nb"}),
        json!({"tags": [""]}),
        json!({"tags": many}),
        json!({"expires_at": "2001-01-01T00:00:00Z"}),
        json!({"retain_until": "soon"}),
        json!({"size": 1}),
    ] {
        assert_eq!(put(&bench, "usr_1", "PATCH", &path, &wish).0, 422, "{wish}");
    }
    let (_, file) = put(
        &bench,
        "usr_1",
        "PATCH",
        &path,
        &json!({"tags": ["b", "a", "a"], "filename": "../ü.txt", "expires_at": null}),
    );
    assert_eq!((&file["tags"], &file["filename"]), (&json!(["a", "b"]), &json!("ü.txt")));
    assert_eq!(put(&bench, "usr_1", "PATCH", &path, &json!({"tags": ["c"]})).1["tags"], json!(["c"]));
    assert_eq!(put(&bench, "usr_2", "PATCH", &path, &json!({})).0, 404);
}
