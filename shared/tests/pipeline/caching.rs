//! `ETag` and 304 on public reads.

use shared::head::HeaderName;
use shared::platform::Outgoing;

use crate::probe::{call, probe};

fn check(if_none_match: &str) -> Outgoing {
    probe(&[]).request("GET", "/v1/page", &[(HeaderName::IfNoneMatch, if_none_match)], "")
}

#[test]
fn a_cached_row_names_its_version() {
    let (first, second) = (check(""), check(""));
    assert_eq!(first.status, 200);
    assert_eq!(first.header("ETag"), second.header("ETag"));
    assert!(first.header("ETag").unwrap().starts_with('"'));
}

#[test]
fn the_version_a_client_has_is_304_without_a_body() {
    let full = check("");
    let tag = full.header("ETag").unwrap();
    for sent in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let out = check(&sent);
        assert_eq!((out.status, out.body.len()), (304, 0), "{sent}");
        assert_eq!(out.header("ETag"), Some(tag), "{sent}");
        assert_eq!(out.header("Cache-Control"), full.header("Cache-Control"), "{sent}");
    }
}

#[test]
fn another_version_is_sent_whole() {
    let out = check("\"0123456789abcdef\"");
    assert_eq!(out.status, 200);
    assert!(!out.body.is_empty());
}

#[test]
fn a_row_that_is_not_cached_has_no_version() {
    let out = call(&probe(&[]), "GET", "/v1/notes?from=1&to=2", &[(HeaderName::IfNoneMatch, "*")], "");
    assert_eq!((out.status, out.header("ETag")), (200, None));
}
