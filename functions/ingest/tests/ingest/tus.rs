//! tus, request by request.

use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;

use crate::{bench, count, send};

const BYTES: &str = "application/offset+octet-stream";
const V1: (&str, &str) = ("tus-resumable", "1.0.0");

fn create(bench: &Bench, headers: &[(&str, &str)]) -> Outgoing {
    send(bench, "POST", "/v1/tus", "", &[&[V1], headers].concat(), "")
}

fn made(bench: &Bench, length: usize) -> String {
    let length = length.to_string();
    let out = create(bench, &[("upload-length", &length), ("upload-metadata", "filename YS50eHQ=,tags YSxi")]);
    assert_eq!(out.status, 201);
    assert_eq!(out.header("Tus-Resumable"), Some("1.0.0"));
    assert!(out.header("Upload-Expires").unwrap().ends_with(" GMT"));
    out.header("Location").unwrap().to_owned()
}

fn patch(bench: &Bench, path: &str, offset: u64, more: &[(&str, &str)], body: &str) -> Outgoing {
    let offset = offset.to_string();
    send(bench, "PATCH", path, BYTES, &[&[V1, ("upload-offset", offset.as_str())], more].concat(), body)
}

fn offset(bench: &Bench, path: &str) -> Option<String> {
    send(bench, "HEAD", path, "", &[V1], "").header("Upload-Offset").map(str::to_owned)
}

#[test]
fn an_upload_goes_on_where_it_stands_and_becomes_the_file() {
    let bench = bench();
    let path = made(&bench, 6);
    let first = patch(&bench, &path, 0, &[], "abc");
    assert_eq!((first.status, first.header("Upload-Offset")), (204, Some("3")));
    assert_eq!(offset(&bench, &path).as_deref(), Some("3"));
    for (at, status) in [(0, 409), (4, 409)] {
        assert_eq!(patch(&bench, &path, at, &[], "d").status, status);
    }
    assert_eq!(patch(&bench, &path, 3, &[], "").header("Upload-Offset"), Some("3"));
    assert_eq!(patch(&bench, &path, 3, &[], "defg").status, 413);
    let last = patch(&bench, &path, 3, &[], "def");
    assert_eq!((last.status, last.header("Upload-Offset")), (204, Some("6")));
    assert_eq!([count(&bench, "files"), count(&bench, "uploads"), count(&bench, "upload_pieces")], [1, 0, 0]);
    assert_eq!(count(&bench, "file_tags"), 2);
    // Of one that is whole all is there, and nothing more is taken.
    assert_eq!(offset(&bench, &path).as_deref(), Some("6"));
    assert_eq!(patch(&bench, &path, 6, &[], "x").status, 409);
    let kept: Vec<String> = bench.stored(|objects| {
        objects
            .values()
            .filter(|bytes| bytes.as_slice() == b"abcdef")
            .map(|b| String::from_utf8(b.clone()).unwrap())
            .collect()
    });
    assert_eq!(kept.len(), 1);
}

#[test]
fn a_checksum_that_does_not_fit_keeps_nothing_of_the_body() {
    let bench = bench();
    let path = made(&bench, 6);
    // The bench digests by SHA-256 alone.
    let right = ("upload-checksum", "sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    let wrong = ("upload-checksum", "sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    assert_eq!(patch(&bench, &path, 0, &[wrong], "abc").status, 460);
    assert_eq!(offset(&bench, &path).as_deref(), Some("0"));
    assert_eq!(patch(&bench, &path, 0, &[("upload-checksum", "crc32 AAAA")], "abc").status, 400);
    assert_eq!(patch(&bench, &path, 0, &[right], "abc").status, 204);
    assert_eq!(patch(&bench, &path, 3, &[wrong], "abc").status, 460);
    assert_eq!(patch(&bench, &path, 3, &[right], "abc").status, 204);
    assert_eq!(count(&bench, "files"), 1);
}

#[test]
fn bytes_that_come_with_the_creation_count() {
    let bench = bench();
    let headers = [V1, ("upload-length", "6")];
    let out = send(&bench, "POST", "/v1/tus", BYTES, &headers, "abc");
    assert_eq!((out.status, out.header("Upload-Offset")), (201, Some("3")));
    let whole = send(&bench, "POST", "/v1/tus", BYTES, &headers, "abcdef");
    assert_eq!((whole.status, whole.header("Upload-Offset")), (201, Some("6")));
    assert_eq!(count(&bench, "files"), 1);
}

#[test]
fn what_is_not_tus_is_told_so() {
    let bench = bench();
    assert_eq!(send(&bench, "POST", "/v1/tus", "", &[("upload-length", "1")], "").status, 412);
    let other = send(&bench, "POST", "/v1/tus", "", &[("tus-resumable", "0.2.2")], "");
    assert_eq!((other.status, other.header("Tus-Version")), (412, Some("1.0.0")));
    for headers in [
        &[][..],
        &[("upload-length", "-1")],
        &[("upload-defer-length", "1")],
        &[("upload-length", "1"), ("upload-metadata", "a ?")],
    ] {
        assert_eq!(create(&bench, headers).status, 400, "{headers:?}");
    }
    assert_eq!(create(&bench, &[("upload-length", "0")]).status, 422);
    assert_eq!(create(&bench, &[("upload-length", "9999999999")]).status, 413);
    assert_eq!(create(&bench, &[("upload-length", "1001")]).status, 403);
    let path = made(&bench, 3);
    assert_eq!(send(&bench, "PATCH", &path, "text/plain", &[V1, ("upload-offset", "0")], "abc").status, 415);
    assert_eq!(send(&bench, "PATCH", &path, BYTES, &[V1], "abc").status, 400);
    assert_eq!(patch(&bench, "/v1/tus/file_none", 0, &[], "abc").status, 404);
}

#[test]
fn an_upload_that_is_given_up_is_gone() {
    let bench = bench();
    let path = made(&bench, 6);
    assert_eq!(patch(&bench, &path, 0, &[], "abc").status, 204);
    assert_eq!(send(&bench, "DELETE", &path, "", &[V1], "").status, 204);
    assert_eq!(send(&bench, "HEAD", &path, "", &[V1], "").status, 404);
    assert_eq!([count(&bench, "uploads"), count(&bench, "upload_pieces")], [0, 0]);
    bench.pass(25 * 60 * 60_000);
    let late = made(&bench, 6);
    bench.pass(25 * 60 * 60_000);
    assert_eq!(send(&bench, "HEAD", &late, "", &[V1], "").status, 404);
}

#[test]
fn options_say_what_is_spoken() {
    let bench = bench();
    let out = bench.request("OPTIONS", "/v1/tus", &[(HeaderName::Origin, "https://app.example")], "");
    assert_eq!(
        (out.status, out.header("Tus-Version"), out.header("Tus-Resumable")),
        (204, Some("1.0.0"), Some("1.0.0"))
    );
    assert!(out.header("Tus-Extension").unwrap().contains("checksum"));
    assert_eq!(out.header("Tus-Max-Size"), Some("5000000000"));
}
