//! What is kept and what is refused; who sees it.

use serde_json::json;
use shared::head::HeaderName;

use crate::{bench, call, file, part, send, upload};

#[test]
fn a_file_is_kept_and_given_back_byte_for_byte_as_an_attachment() {
    let bench = bench();
    let text = "{\"a\":1}\r\n--xy-not\n";
    let (status, kept) = send(&bench, &[part("name=\"purpose\"", "batch"), file(text)]);
    assert_eq!((status, &kept["object"], &kept["bytes"]), (200, &json!("file"), &json!(text.len())));
    assert_eq!(
        (&kept["filename"], &kept["purpose"], &kept["status"]),
        (&json!("in.jsonl"), &json!("batch"), &json!("processed"))
    );
    let id = kept["id"].as_str().unwrap();
    assert_eq!(call(&bench, "usr_1", "GET", &format!("/v1/files/{id}")), (200, kept.clone()));
    let bearer = format!("Bearer {}", bench.token("usr_1", &[]));
    let out = bench.request("GET", &format!("/v1/files/{id}/content"), &[(HeaderName::Authorization, &bearer)], "");
    assert_eq!((out.status, out.body.as_slice()), (200, text.as_bytes()));
    assert_eq!(out.header("Content-Type"), Some("application/octet-stream"));
    assert!(out.header("Content-Disposition").unwrap().starts_with("attachment;"));
    assert_eq!(out.header("X-Content-Type-Options"), Some("nosniff"));
}

#[test]
fn forms_that_do_not_fit_are_refused_and_leave_nothing() {
    let bench = bench();
    let (good, purpose) = (file("x"), part("name=\"purpose\"", "batch"));
    let after = |anchor: &str, seconds: &str| {
        vec![
            good.clone(),
            purpose.clone(),
            part("name=\"expires_after[anchor]\"", anchor),
            part("name=\"expires_after[seconds]\"", seconds),
        ]
    };
    let cases = [
        (vec![good.clone()], "purpose"),
        (vec![purpose.clone()], "file"),
        (vec![good.clone(), part("name=\"purpose\"", "vision")], "purpose"),
        (vec![good.clone(), part("name=\"purpose\"", "batch_output")], "purpose"),
        (vec![good.clone(), good.clone(), purpose.clone()], "file"),
        (vec![good.clone(), purpose.clone(), purpose.clone()], "purpose"),
        (vec![file(""), purpose.clone()], "file"),
        (vec![part("name=\"file\"", "x"), purpose.clone()], "file"),
        (vec![part("name=\"file\"; filename=\"a/\"", "x"), purpose.clone()], "file"),
        (vec![good.clone(), purpose.clone(), part("name=\"more\"", "x")], "more"),
        (after("now", "3600"), "expires_after[anchor]"),
        (after("created_at", "3599"), "expires_after[seconds]"),
        (after("created_at", "soon"), "expires_after[seconds]"),
    ];
    for (parts, param) in cases {
        let (status, reply) = send(&bench, &parts);
        assert_eq!((status, reply["error"]["param"].as_str()), (422, Some(param)), "{parts:?}: {reply}");
    }
    assert!(bench.stored(|objects| objects.is_empty()));
    let (_, json) = bench.json("POST", "/v1/files", Some(&bench.token("usr_1", &[])), "{}");
    assert_eq!(json["error"]["code"], "unsupported_media_type");
    assert_eq!(send(&bench, &["torn".to_owned()]).0, 400);
}

#[test]
fn a_file_that_is_too_long_is_413() {
    let bench = bench();
    let long = "x".repeat(files::upload::LONGEST_FILE + 1);
    assert_eq!(send(&bench, &[file(&long), part("name=\"purpose\"", "evals")]).0, 413);
    let longest = "x".repeat(files::upload::LONGEST_FILE);
    assert_eq!(send(&bench, &[file(&longest), part("name=\"purpose\"", "evals")]).0, 200);
}

#[test]
fn anothers_file_is_404_and_in_no_list_of_mine() {
    let bench = bench();
    let id = upload(&bench, "x");
    for (method, rest) in [("GET", ""), ("DELETE", ""), ("GET", "/content")] {
        assert_eq!(call(&bench, "usr_2", method, &format!("/v1/files/{id}{rest}")).0, 404, "{method} {rest}");
    }
    assert_eq!(call(&bench, "usr_2", "GET", "/v1/files").1["data"], json!([]));
}

#[test]
fn lists_go_on_behind_a_file_in_either_order() {
    let bench = bench();
    let ids: Vec<String> = (0..3)
        .map(|_| {
            bench.pass(1_000);
            upload(&bench, "x")
        })
        .collect();
    let list = |query: &str| {
        let (_, list) = call(&bench, "usr_1", "GET", &format!("/v1/files?{query}"));
        let shown: Vec<String> =
            list["data"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap().to_owned()).collect();
        (shown, list["has_more"].as_bool().unwrap())
    };
    assert_eq!(list("limit=2"), (vec![ids[2].clone(), ids[1].clone()], true));
    assert_eq!(list(&format!("limit=2&after={}", ids[1])), (vec![ids[0].clone()], false));
    assert_eq!(list(&format!("order=asc&after={}", ids[0])), (vec![ids[1].clone(), ids[2].clone()], false));
    assert_eq!(list("purpose=evals"), (vec![], false));
    for bad in ["limit=0", "limit=10001", "purpose=x", "order=up", "more=1"] {
        assert_eq!(call(&bench, "usr_1", "GET", &format!("/v1/files?{bad}")).0, 422, "{bad}");
    }
}

#[test]
fn an_administrator_in_its_owners_place_sees_that_a_file_is_there_and_no_more() {
    let bench = bench();
    let id = upload(&bench, "x");
    let token = bench.stand_in_token("usr_1", "usr_9");
    let call = |method: &str, rest: &str| bench.json(method, &format!("/v1/files/{id}{rest}"), Some(&token), "").0;
    assert_eq!((call("GET", ""), call("GET", "/content"), call("DELETE", "")), (200, 403, 403));
}

#[test]
fn a_file_is_kept_for_as_long_as_its_organisation_keeps_files_unless_it_says_otherwise() {
    let bench = bench();
    bench.found("org_1", "usr_1");
    bench.execute("UPDATE organisations SET files_expire_after_days = 2");
    let life = |more: &[String]| {
        let (status, told) = send(&bench, &[&[file("x"), part("name=\"purpose\"", "user_data")], more].concat());
        assert_eq!(status, 200, "{told}");
        let (_, read) = call(&bench, "usr_1", "GET", &format!("/v1/files/{}", told["id"].as_str().unwrap()));
        assert_eq!(read["expires_at"], told["expires_at"], "what is told is what is kept");
        told["expires_at"].as_u64().map(|end| end - told["created_at"].as_u64().unwrap())
    };
    let theirs = part("name=\"organisation_id\"", "org_1");
    let hour = [part("name=\"expires_after[anchor]\"", "created_at"), part("name=\"expires_after[seconds]\"", "3600")];
    assert_eq!(life(std::slice::from_ref(&theirs)), Some(172_800));
    assert_eq!(life(&[std::slice::from_ref(&theirs), &hour].concat()), Some(3_600));
    assert_eq!(life(&[]), None, "a person's own");
    bench.execute("UPDATE organisations SET files_expire_after_days = NULL");
    assert_eq!(life(std::slice::from_ref(&theirs)), None);
    let ends = "UPDATE organisations SET files_expire_after_days = 1";
    let before = call(&bench, "usr_1", "GET", "/v1/files").1;
    bench.execute(ends);
    assert_eq!(call(&bench, "usr_1", "GET", "/v1/files").1, before, "files that are there stay as they are");
}
