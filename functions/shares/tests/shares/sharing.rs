//! Sharing files with people, and by links.

use serde_json::{Value, json};
use shared::platform::testing::check_sql;
use shares::{manifest_store, scan_store, share_store};

use crate::{bench, call, kept, put};

#[test]
fn every_statement_prepares() {
    for all in [share_store::ALL, scan_store::ALL, manifest_store::ALL] {
        check_sql(all);
    }
}

#[test]
fn a_file_is_open_to_whom_it_was_opened_and_nobody_learns_of_accounts() {
    let bench = bench();
    let id = kept(&bench, "x", "private");
    let path = format!("/v1/files/{id}");
    let share = |with: &str| put(&bench, "usr_1", "PUT", &format!("{path}/shares/{with}"), &json!({})).0;
    assert_eq!((share("usr_2"), share("Later@Example.com"), share("usr_0"), share("nobody")), (200, 200, 404, 422));
    assert_eq!(
        (call(&bench, "usr_2", "GET", &path).0, call(&bench, "usr_2", "GET", &format!("{path}/shares")).0),
        (200, 403)
    );
    let (_, list) = call(&bench, "usr_2", "GET", "/v1/files?shared=with-me");
    assert_eq!(list["data"][0]["id"], json!(id));
    bench.execute("INSERT INTO users (id, email, created_at) VALUES ('usr_7', 'later@example.com', 0)");
    assert_eq!(call(&bench, "usr_7", "GET", &path).0, 404, "nobody has proven the address");
    bench.execute("UPDATE users SET email_verified_at = 1 WHERE id = 'usr_7'");
    assert_eq!(call(&bench, "usr_7", "GET", &path).0, 200);
    assert_eq!(call(&bench, "usr_7", "GET", "/v1/files?shared=with-me").1["data"].as_array().unwrap().len(), 1);
    let (_, shares) = call(&bench, "usr_1", "GET", &format!("{path}/shares"));
    assert_eq!(
        shares["data"].as_array().unwrap().iter().map(|one| &one["with"]).collect::<Vec<_>>(),
        [&json!("later@example.com"), &json!("usr_2")]
    );
    for with in ["usr_2", "later@example.com"] {
        assert_eq!(call(&bench, "usr_1", "DELETE", &format!("{path}/shares/{with}")).0, 204);
        assert_eq!(call(&bench, "usr_1", "DELETE", &format!("{path}/shares/{with}")).0, 404);
    }
    assert_eq!((call(&bench, "usr_2", "GET", &path).0, call(&bench, "usr_7", "GET", &path).0), (404, 404));
}

#[test]
fn what_a_suspended_person_shared_is_closed_for_as_long() {
    let bench = bench();
    let id = kept(&bench, "x", "private");
    let share = format!("/v1/files/{id}/shares/usr_2");
    assert_eq!(put(&bench, "usr_1", "PUT", &share, &json!({})).0, 200);
    let seen = || {
        let (_, list) = call(&bench, "usr_2", "GET", "/v1/files?shared=with-me");
        (call(&bench, "usr_2", "GET", &format!("/v1/files/{id}")).0, list["data"].as_array().unwrap().len())
    };
    for (status, expected) in [("active", (200, 1)), ("suspended", (404, 0)), ("active", (200, 1))] {
        bench.execute(&format!("UPDATE users SET status = '{status}' WHERE id = 'usr_1'"));
        assert_eq!(seen(), expected, "{status}");
    }
}

#[test]
fn a_link_opens_its_file_until_it_is_over_or_taken_back() {
    let bench = bench();
    let (id, other) = (kept(&bench, "x", "private"), kept(&bench, "y", "private"));
    let make = |wish: Value| put(&bench, "usr_1", "POST", &format!("/v1/files/{id}/links"), &wish);
    let (status, link) = make(json!({"expires_in": 60}));
    assert_eq!(status, 201, "{link}");
    let url = link["url"].as_str().unwrap().strip_prefix("http://test").unwrap().to_owned();
    let open = |path: &str| bench.request("GET", path, &[], "").status;
    assert_eq!(open(&url), 200);
    assert_eq!(open(&url.replace(&id, &other)), 404);
    let (front, _) = url.split_at(url.len() - 1);
    for end in ["A", "Q", "g", "w", "", "AA"] {
        let forged = format!("{front}{end}");
        assert_eq!(open(&forged), if forged == url { 200 } else { 404 }, "{forged}");
    }
    let (_, picture) = make(json!({"expires_in": 60, "scope": "picture"}));
    assert_eq!(open(&format!("/v1/files/{id}/content?link={}", picture["url"].as_str().unwrap())), 404);
    assert_eq!(call(&bench, "usr_1", "GET", &format!("/v1/files/{id}/links")).1["data"].as_array().unwrap().len(), 2);
    bench.execute("UPDATE users SET status = 'suspended' WHERE id = 'usr_1'");
    assert_eq!(open(&url), 404);
    bench.execute("UPDATE users SET status = 'active' WHERE id = 'usr_1'");
    let links = format!("/v1/files/{id}/links/{}", link["id"].as_str().unwrap());
    assert_eq!((call(&bench, "usr_2", "DELETE", &links).0, call(&bench, "usr_1", "DELETE", &links).0), (404, 204));
    assert_eq!(open(&url), 404);
    let (_, link) = make(json!({"expires_in": 60}));
    let url = link["url"].as_str().unwrap().strip_prefix("http://test").unwrap().to_owned();
    bench.pass(59_999);
    assert_eq!(open(&url), 200);
    bench.pass(1);
    assert_eq!(open(&url), 404);
    assert_eq!((make(json!({"expires_in": 59})).0, make(json!({"expires_in": 2_592_001})).0), (422, 422));
}
