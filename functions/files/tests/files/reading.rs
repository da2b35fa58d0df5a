//! Bytes on their way out: who gets them, under which headers, and which of them.

use serde_json::json;
use shared::head::HeaderName;
use shared::platform::testing::Bench;

use crate::{bench, call, part, send};

const PNG: &str = "\u{0}\u{0}";

/// A file with these bytes and this visibility; its id.
pub(crate) fn kept(bench: &Bench, text: &str, visibility: &str) -> String {
    let parts = [
        part("name=\"file\"; filename=\"a.html\"", text),
        part("name=\"purpose\"", "user_data"),
        part("name=\"visibility\"", visibility),
    ];
    let (status, file) = send(bench, &parts);
    assert_eq!(status, 200, "{file}");
    file["id"].as_str().unwrap().to_owned()
}

/// `GET` of the bytes: status, headers and body.
fn get(bench: &Bench, user: Option<&str>, path: &str, further: &[(&str, &str)]) -> shared::platform::Outgoing {
    let bearer = user.map(|user| format!("Bearer {}", bench.token(user, &[])));
    let headers: Vec<_> = bearer.iter().map(|bearer| (HeaderName::Authorization, bearer.as_str())).collect();
    bench.request_with("GET", path, &headers, further, "")
}

#[test]
fn what_is_public_anybody_reads_and_nothing_else() {
    let bench = bench();
    let (open, shut) = (kept(&bench, "x", "public"), kept(&bench, "x", "private"));
    for user in [None, Some("usr_1"), Some("usr_2")] {
        assert_eq!(get(&bench, user, &format!("/v1/files/{open}/content"), &[]).status, 200, "{user:?}");
        let status = if user == Some("usr_1") { 200 } else { 404 };
        assert_eq!(get(&bench, user, &format!("/v1/files/{shut}/content"), &[]).status, status, "{user:?}");
    }
    bench.execute("UPDATE users SET status = 'suspended' WHERE id = 'usr_1'");
    assert_eq!(get(&bench, None, &format!("/v1/files/{open}/content"), &[]).status, 404);
    let bad =
        bench.request("GET", &format!("/v1/files/{open}/content"), &[(HeaderName::Authorization, "Bearer x")], "");
    assert_eq!(bad.status, 401, "who shows something is let in with it, or not at all");
}

#[test]
fn a_page_is_never_shown_and_a_picture_is() {
    let bench = bench();
    let page = kept(&bench, "<!doctype html><script>alert(1)</script>", "public");
    let out = get(&bench, None, &format!("/v1/files/{page}/content"), &[]);
    assert_eq!(out.header("Content-Type"), Some("application/octet-stream"));
    assert!(out.header("Content-Disposition").unwrap().starts_with("attachment; "));
    assert!(out.header("Content-Security-Policy").unwrap().contains("sandbox"));
    assert_eq!(out.header("Cache-Control"), Some("private, no-cache"));
    let picture = kept(&bench, &format!("GIF89a{PNG}"), "public");
    let out = get(&bench, None, &format!("/v1/files/{picture}/content"), &[]);
    assert_eq!(out.header("Content-Type"), Some("image/gif"));
    assert!(out.header("Content-Disposition").unwrap().starts_with("inline; "));
    assert_eq!(out.header("Cache-Control"), Some("public, max-age=604800"));
    let out = get(&bench, None, &format!("/v1/files/{picture}/content?download=1"), &[]);
    assert!(out.header("Content-Disposition").unwrap().starts_with("attachment; "));
    let private = kept(&bench, "GIF89a", "private");
    let out = get(&bench, Some("usr_1"), &format!("/v1/files/{private}/content"), &[]);
    assert_eq!(out.header("Cache-Control"), Some("no-store"));
}

#[test]
fn ranges_and_conditions_are_answered_as_they_ask() {
    let bench = bench();
    let id = kept(&bench, "0123456789", "public");
    let path = format!("/v1/files/{id}/content");
    let whole = get(&bench, None, &path, &[]);
    let tag = whole.header("ETag").unwrap().to_owned();
    assert_eq!((whole.header("Accept-Ranges"), whole.header("Content-Length")), (Some("bytes"), Some("10")));
    let part = get(&bench, None, &path, &[("range", "bytes=2-4")]);
    assert_eq!((part.status, part.body.as_slice()), (206, &b"234"[..]));
    assert_eq!((part.header("Content-Range"), part.header("Content-Length")), (Some("bytes 2-4/10"), Some("3")));
    let several = get(&bench, None, &path, &[("range", "bytes=8-,0-1")]);
    assert_eq!(several.status, 206);
    let boundary = several.header("Content-Type").unwrap().strip_prefix("multipart/byteranges; boundary=").unwrap();
    let expected = format!(
        "\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes 8-9/10\r\n\r\n89\
\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n--{boundary}--\r\n"
    );
    assert_eq!(String::from_utf8(several.body.clone()).unwrap(), expected);
    assert_eq!(several.header("Content-Length"), Some(expected.len().to_string().as_str()));
    let none = get(&bench, None, &path, &[("range", "bytes=10-")]);
    assert_eq!((none.status, none.header("Content-Range")), (416, Some("bytes */10")));
    for (name, value, status) in [
        ("if-none-match", tag.as_str(), 304),
        ("if-none-match", "\"x\"", 200),
        ("if-match", "\"x\"", 412),
        ("if-match", &tag, 200),
        ("if-range", "\"x\"", 200),
        ("if-range", &tag, 206),
    ] {
        let out = get(
            &bench,
            None,
            &path,
            &[(name, value), if name == "if-range" { ("range", "bytes=0-0") } else { ("x", "") }],
        );
        assert_eq!(out.status, status, "{name}: {value}");
        assert_eq!(out.header("ETag").is_some(), status != 412, "{name}");
    }
    let head = bench.request_with("HEAD", &path, &[], &[("range", "bytes=0-0")], "");
    assert_eq!((head.status, head.header("Content-Length"), head.body.len()), (200, Some("10"), 0));
}

#[test]
fn a_range_is_a_slice_whatever_is_asked_for() {
    let bench = bench();
    let text: String = (0..500).map(|n| char::from(b'a' + (n % 26) as u8)).collect();
    let id = kept(&bench, &text, "public");
    let path = format!("/v1/files/{id}/content");
    let mut state = 1_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..300 {
        let (from, to) = (next(600), next(600));
        let out = get(&bench, None, &path, &[("range", &format!("bytes={from}-{to}"))]);
        let expected = match (from <= to, from < 500) {
            (false, _) => (200, text.clone()),
            (true, false) => (416, String::new()),
            (true, true) => (206, text[from as usize..(to as usize + 1).min(500)].to_owned()),
        };
        assert_eq!(out.status, expected.0, "{from}-{to}");
        if out.status != 416 {
            assert_eq!(String::from_utf8(out.body).unwrap(), expected.1, "{from}-{to}");
        }
    }
}

#[test]
fn an_infected_file_is_read_by_nobody_and_one_that_waits_by_its_owner() {
    let bench = bench();
    let id = kept(&bench, "x", "public");
    let path = format!("/v1/files/{id}/content");
    for (scan, owner, other) in [("pending", 200, 404), ("infected", 403, 404), ("clean", 200, 200)] {
        bench.execute(&format!("UPDATE files SET scan = '{scan}'"));
        assert_eq!(get(&bench, Some("usr_1"), &path, &[]).status, owner, "{scan}");
        assert_eq!(get(&bench, Some("usr_2"), &path, &[]).status, other, "{scan}");
        assert_eq!(get(&bench, None, &path, &[]).status, other, "{scan}");
        let (_, record) = call(&bench, "usr_1", "GET", &format!("/v1/files/{id}"));
        assert_eq!(record["scan"], json!(scan));
    }
}
