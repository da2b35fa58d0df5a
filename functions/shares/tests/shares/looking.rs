//! What a scanner says, and what a look at the bucket finds.

use std::cell::RefCell;
use std::rc::Rc;

use futures::executor::block_on;
use serde_json::{Value, json};
use shared::platform::testing::Bench;

use crate::{bench, call, kept};

/// A bench with a scanner that answers by this status and text; what it was told.
fn scanned(answer: (u16, &'static str)) -> (Bench, Rc<RefCell<Vec<Value>>>) {
    let bench = bench();
    bench.set_var("SCAN_URL", "http://scanner/");
    bench.set_var("PUBLIC_URL", "http://test");
    bench.set_var("SCAN_SECRET", "secret");
    let told: Rc<RefCell<Vec<Value>>> = Rc::default();
    let heard = Rc::clone(&told);
    bench.script(move |_, _, body| {
        heard.borrow_mut().push(serde_json::from_slice(body).unwrap());
        Ok((answer.0, Vec::new(), answer.1.as_bytes().to_vec()))
    });
    (bench, told)
}

fn state(bench: &Bench, id: &str) -> Value {
    call(bench, "usr_1", "GET", &format!("/v1/files/{id}")).1["scan"].clone()
}

#[test]
fn a_new_file_is_announced_and_the_verdict_is_written_down() {
    for verdict in ["clean", "infected"] {
        let answer =
            if verdict == "clean" { r#"{"verdict":"clean"}"# } else { r#"{"verdict":"infected","name":"Eicar"}"# };
        let (bench, told) = scanned((200, answer));
        let id = kept(&bench, "x", "public");
        assert_eq!(state(&bench, &id), json!("pending"));
        block_on(shares::scan::run(&bench.platform()));
        assert_eq!(state(&bench, &id), json!(verdict));
        assert_eq!((told.borrow().len(), &told.borrow()[0]["file_id"]), (1, &json!(id)));
        block_on(shares::scan::run(&bench.platform()));
        assert_eq!(told.borrow().len(), 1, "it is asked once");
        let content = told.borrow()[0]["content_url"].as_str().unwrap().strip_prefix("http://test").unwrap().to_owned();
        assert_eq!(
            bench.request("GET", &content, &[], "").status,
            404,
            "what has its verdict the scanner reads no more"
        );
    }
}

#[test]
fn a_scanner_that_takes_its_time_reads_the_bytes_and_answers_later() {
    let (bench, told) = scanned((202, ""));
    let id = kept(&bench, "x", "public");
    block_on(shares::scan::run(&bench.platform()));
    let [content, verdict] = ["content_url", "verdict_url"]
        .map(|name| told.borrow()[0][name].as_str().unwrap().strip_prefix("http://test").unwrap().to_owned());
    assert_eq!(bench.request("GET", &content, &[], "").body, b"x");
    assert_eq!(bench.request("GET", &content.replace("scan=", "scan=1"), &[], "").status, 404);
    let say = |path: &str, body: &str| bench.request("POST", path, &[], body).status;
    assert_eq!(
        (say(&format!("{verdict}x"), r#"{"verdict":"clean"}"#), say(&verdict, r#"{"verdict":"fine"}"#)),
        (404, 422)
    );
    // What lets it read does not let it answer.
    let token = content.split_once("scan=").unwrap().1;
    assert_eq!(say(&format!("/v1/files/scans/{id}.{token}"), r#"{"verdict":"clean"}"#), 404);
    assert_eq!(say(&verdict, r#"{"verdict":"infected"}"#), 204);
    assert_eq!((state(&bench, &id), say(&verdict, r#"{"verdict":"clean"}"#)), (json!("infected"), 404));
}

#[test]
fn without_an_address_or_a_secret_to_go_by_nothing_is_announced() {
    for (name, value) in [("PUBLIC_URL", "http://test"), ("SCAN_SECRET", "secret")] {
        let (bench, told) = scanned((200, r#"{"verdict":"clean"}"#));
        let id = kept(&bench, "x", "public");
        bench.set_var(name, "");
        block_on(shares::scan::run(&bench.platform()));
        assert_eq!((told.borrow().len(), state(&bench, &id)), (0, json!("pending")), "{name}");
        bench.set_var(name, value);
        block_on(shares::scan::run(&bench.platform()));
        assert_eq!(state(&bench, &id), json!("clean"), "no try was counted");
    }
}

#[test]
fn a_scanner_that_fails_is_asked_again_later_each_time() {
    let (bench, told) = scanned((500, ""));
    let id = kept(&bench, "x", "public");
    block_on(shares::scan::run(&bench.platform()));
    for (wait, asked) in [(59_999, 1), (1, 2), (119_999, 2), (1, 3)] {
        bench.pass(wait);
        block_on(shares::scan::run(&bench.platform()));
        assert_eq!(told.borrow().len(), asked);
    }
    assert_eq!(state(&bench, &id), json!("pending"));
}

/// What an administrator is told.
fn check(bench: &Bench, apply: bool) -> Value {
    let token = bench.token("usr_1", &["admin"]);
    let (status, reply) = bench.json("POST", "/v1/files/check", Some(&token), &json!({"apply": apply}).to_string());
    assert_eq!(status, 200, "{reply}");
    reply
}

fn admin_bench() -> Bench {
    let bench = bench();
    bench.execute(
        "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ('ses_1', 'usr_1', 0, 9999999999999); \
         UPDATE users SET roles = '[\"admin\"]' WHERE id = 'usr_1'",
    );
    bench
}

#[test]
fn what_does_not_fit_is_found_told_and_mended() {
    let bench = admin_bench();
    let (good, lost, cut) =
        (kept(&bench, "good", "private"), kept(&bench, "lost", "private"), kept(&bench, "cut", "private"));
    bench.pass(3_600_000);
    let young = kept(&bench, "young", "private");
    bench.stored(|objects| {
        objects.remove(&format!("files/{lost}"));
        objects.insert(format!("files/{cut}"), b"c".to_vec());
        objects.insert("files/orphan".to_owned(), b"o".to_vec());
    });
    bench.execute("UPDATE file_room SET bytes = 7");
    let expected = |counters: Value| {
        json!({"objects": 4, "orphans": ["files/orphan"], "missing": [format!("files/{lost}")],
            "wrong_length": [format!("files/{cut}")], "counters": counters, "next_cursor": null})
    };
    assert_eq!(check(&bench, false), expected(json!(["usr_1"])));
    assert_eq!(check(&bench, true), expected(json!(["usr_1"])));
    block_on(files::sweep::run(&bench.platform()));
    let again = check(&bench, true);
    for name in ["orphans", "missing", "wrong_length", "counters"] {
        assert_eq!(again[name], json!([]), "{name}");
    }
    for (id, status) in [(&good, "processed"), (&young, "processed"), (&lost, "error"), (&cut, "error")] {
        assert_eq!(call(&bench, "usr_1", "GET", &format!("/v1/files/{id}")).1["status"], json!(status));
    }
}

#[test]
fn the_manifest_names_every_object_with_its_sum_page_by_page() {
    let bench = admin_bench();
    let mut ids: Vec<String> = (0..3).map(|_| kept(&bench, "x", "private")).collect();
    ids.sort();
    let token = bench.token("usr_1", &["admin"]);
    let bearer = format!("Bearer {token}");
    let read = |query: &str| {
        let headers = [(shared::head::HeaderName::Authorization, bearer.as_str())];
        bench.request("GET", &format!("/v1/files/manifest?limit=2{query}"), &headers, "")
    };
    let first = read("");
    assert_eq!(first.header("Content-Type"), Some("application/x-ndjson"));
    let second = read(&format!("&cursor={}", first.header("Selvage-Next-Cursor").unwrap()));
    assert_eq!(second.header("Selvage-Next-Cursor"), None);
    let text = String::from_utf8([first.body, second.body].concat()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| line["file_id"].as_str().unwrap()).collect::<Vec<_>>(), ids);
    assert_eq!(lines[0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(lines[0]["state"], json!("file"));
}

#[test]
fn every_table_that_names_objects_is_in_the_manifest() {
    let connection = shared::platform::testing::migrated();
    let sql = "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'object'";
    let mut statement = connection.prepare(sql).unwrap();
    let mut rows = statement.raw_query();
    let mut seen = 0;
    while let Some(row) = rows.next().unwrap() {
        let table: String = row.get(0).unwrap();
        // What waits for the sweep, and batches, whose input is a file's.
        if table != "file_remains" && table != "batches" {
            assert!(shares::manifest_store::ALL[0].contains(&format!("FROM {table} ")), "{table}");
            seen += 1;
        }
    }
    assert!(seen >= 5);
}
