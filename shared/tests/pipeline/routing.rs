//! From a method and a path to a row.

use shared::head::HeaderName;
use shared::table::Found;

use crate::probe::{TABLE, add_user, call, json, probe};

/// Status, `Allow`, and the log line's action.
fn check(method: &str, path: &str) -> (u16, Option<String>, String) {
    let bench = probe(&[]);
    add_user(&bench);
    let out = call(&bench, method, path, &[], "");
    let line: serde_json::Value = serde_json::from_str(&out.line).unwrap();
    (out.status, out.header("Allow").map(str::to_owned), line["action"].as_str().unwrap().to_owned())
}

#[test]
fn every_row_of_the_table_can_be_reached() {
    assert!(TABLE.is_sound());
}

#[test]
fn a_path_that_nobody_has_is_404() {
    assert_eq!(check("GET", "/v1/nothing"), (404, None, "none".to_owned()));
    assert_eq!(check("GET", "/v1/notes/"), (404, None, "none".to_owned()));
    assert_eq!(check("OPTIONS", "/v1/nothing"), (404, None, "none".to_owned()));
}

#[test]
fn a_wrong_method_is_405_and_names_the_right_ones() {
    let (status, allow, _) = check("DELETE", "/v1/notes");
    assert_eq!((status, allow.as_deref()), (405, Some("GET, HEAD, POST, OPTIONS")));
    let (status, allow, _) = check("POST", "/v1/notes/1");
    assert_eq!((status, allow.as_deref()), (405, Some("GET, HEAD, PUT, PATCH, DELETE, OPTIONS")));
    let (status, allow, _) = check("HEAD", "/v1/once");
    assert_eq!((status, allow.as_deref()), (405, Some("POST, OPTIONS")));
    assert_eq!(check("BREW", "/healthz").0, 405);
}

#[test]
fn options_on_a_path_that_exists_is_204_and_names_its_methods() {
    let (status, allow, _) = check("OPTIONS", "/v1/notes");
    assert_eq!((status, allow.as_deref()), (204, Some("GET, HEAD, POST, OPTIONS")));
}

#[test]
fn every_method_finds_its_own_row() {
    for (method, status) in [("GET", 200), ("PUT", 200), ("PATCH", 200), ("DELETE", 204)] {
        assert_eq!(check(method, "/v1/notes/1").0, status, "{method}");
    }
}

#[test]
fn head_is_answered_by_the_get_row_without_a_body() {
    let bench = probe(&[]);
    let (get, head) = (bench.request("GET", "/v1/page", &[], ""), bench.request("HEAD", "/v1/page", &[], ""));
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert!(!get.body.is_empty());
    for name in ["Content-Type", "ETag", "Cache-Control"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}

#[test]
fn a_path_parameter_is_percent_decoded() {
    let bench = probe(&[]);
    add_user(&bench);
    assert_eq!(json(&call(&bench, "GET", "/v1/notes/a%20%E5%AF%86?x=1", &[], ""))["id"], "a 密");
    assert_eq!(call(&bench, "GET", "/v1/notes/%ff", &[], "").status, 404, "no text has these bytes");
}

#[test]
fn a_row_that_is_public_has_no_caller_to_give() {
    let bench = probe(&[]);
    let out = bench.request("GET", "/v1/public/1", &[(HeaderName::Authorization, "Bearer junk")], "");
    assert_eq!((out.status, json(&out)["code"].as_str()), (401, Some("unauthenticated")));
}

#[test]
fn a_table_with_conflicting_paths_is_not_sound() {
    static CLASH: shared::table::Table = shared::table::Table::new("clash", clash::ROWS);
    assert!(!CLASH.is_sound());
    assert!(matches!(CLASH.find("GET", "/a/1"), Found::Row(..)));
}

/// Two paths that differ in the name of their parameter alone.
mod clash {
    use shared::route::{Dialect, Limit, Marks, Method, Row, Who};
    use shared::schema::{Output, Shape};

    const fn row(path: &'static str) -> Row {
        Row {
            method: Method::Get,
            path,
            who: Who::Public,
            scope: None,
            programs: None,
            errands: None,
            door: None,
            limit: Limit::None,
            dialect: Dialect::Problem,
            marks: Marks::NONE,
            status: 200,
            handler: path,
            call: |_| Box::pin(async { Ok(shared::reply::Reply::empty(204)) }),
            shape: |_| Shape { inputs: Vec::new(), reply: Output::Empty },
        }
    }

    pub(super) const ROWS: &[Row] = &[row("/a/{id}"), row("/a/{name}")];
}
