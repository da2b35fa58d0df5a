//! What files are, by their beginnings.

use super::{SHOWN, UNKNOWN, is_picture, of, shown};

#[test]
fn the_first_bytes_decide() {
    let cases: &[(&[u8], &str)] = &[
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a\x01\0\x01\0", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "image/avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "image/avif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "image/heic"),
        (b"\0\0\0\x18ftypisom\0\0\x02\0isom", "video/mp4"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0", "audio/mp4"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "video/x-matroska"),
        (b"OggS\0\x02\0\0OpusHead", "audio/ogg"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        (b"ID3\x04\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64\0", "audio/mpeg"),
        (b"\xff\xf1\x50\x80\0", "audio/aac"),
        (b"\xff\xfe<\0s\0c\0r\0", UNKNOWN),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04\x14\0rest", "application/zip"),
        (
            b"PK\x03\x04\x14\0\x06\0[Content_Types].xml....word/document.xml",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0mimetypeapplication/epub+zipPK",
            "application/epub+zip",
        ),
        (b"\x1f\x8b\x08\0", "application/gzip"),
        (b"MZ\x90\0\x03", UNKNOWN),
        (b"\x7fELF\x02", UNKNOWN),
        (b"", UNKNOWN),
        (b"\0\x01\x02", UNKNOWN),
        (b"\x89PN", UNKNOWN),
    ];
    for (bytes, kind) in cases {
        assert_eq!(of(bytes), *kind, "{}", bytes.escape_ascii());
    }
}

#[test]
fn markup_is_known_behind_whatever_stands_before_it() {
    for (text, kind) in [
        ("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/svg+xml"),
        ("\u{feff}  \r\n<!-- a --><?xml version=\"1.0\"?>\n<!DOCTYPE svg PUBLIC \"x\" \"y\">\n<SVG>", "image/svg+xml"),
        ("<!DOCTYPE svg [ <!ENTITY a \"b>\"> ]><svg>", "image/svg+xml"),
        ("<?xml version=\"1.0\"?><s:svg xmlns:s=\"http://www.w3.org/2000/svg\"/>", "image/svg+xml"),
        ("<!doctype html><title>x", "text/html"),
        ("\n\t<HTML>", "text/html"),
        ("<!-- > --> <script>alert(1)</script>", "text/html"),
        ("<b>x</b>", "text/html"),
        ("<x><script>alert(1)</script>", "text/html"),
        ("<?xml version=\"1.0\"?><feed/>", "application/xml"),
        ("hello, <world>", "text/plain"),
        ("grüße", "text/plain"),
        ("{\"a\": 1}", "application/json"),
        ("[]", "application/json"),
        ("{\"a\": \"}\\\"{", "application/json"),
        ("{\"a\":1}\n{\"a\":2}\n", "application/jsonl"),
        ("[section]\nkey=1", "text/plain"),
        ("{\\rtf1", "application/rtf"),
    ] {
        assert_eq!(of(text.as_bytes()), kind, "{text}");
        assert_eq!(shown(kind), None);
    }
}

#[test]
fn a_letter_that_the_beginning_cuts_through_makes_no_text_unknown() {
    let text = "aé".as_bytes();
    assert_eq!(of(&text[..2]), "text/plain");
    assert_eq!(of(b"a\xc3("), UNKNOWN);
}

#[test]
fn what_is_two_things_is_none_of_them() {
    for (begin, _) in
        [(&b"GIF89a"[..], 0), (b"\xff\xd8\xff\xe1", 0), (b"\x89PNG\r\n\x1a\n", 0), (b"RIFF\x10\0\0\0WEBP", 0)]
    {
        for other in
            [&b"/*<ScRiPt>alert(1)</script>*/"[..], b"<!DOCTYPE html>", b"..<svg onload=", b"%PDF-1.4", b"<?php "]
        {
            let both = [begin, &[0; 500], other].concat();
            assert_eq!(of(&both), UNKNOWN, "{}", both.escape_ascii());
        }
    }
    assert_eq!(of(&[&[b'x'; 1_000][..], b"%PDF-1.4"].concat()), "application/pdf");
    assert_eq!(of(&[&[b'x'; 1_025][..], b"%PDF-1.4"].concat()), "text/plain");
    // What cameras write is one thing.
    assert_eq!(
        of(b"\xff\xd8\xff\xe1\0\x20http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'>"),
        "image/jpeg"
    );
}

#[test]
fn nothing_that_runs_is_shown() {
    for kind in ["text/html", "image/svg+xml", "application/xml", "application/pdf", "text/plain", UNKNOWN, ""] {
        assert_eq!(shown(kind), None);
        assert!(!is_picture(kind));
    }
    assert!(SHOWN.iter().all(|kind| shown(kind) == Some(kind)));
}

#[test]
fn whatever_the_bytes_there_is_an_answer() {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let starts: [&[u8]; 8] = [b"", b"\0\0\0\x08ftyp", b"<", b"<!doctype x [", b"{", b"PK\x03\x04", b"OggS", b"\xff"];
    for round in 0..2_000_usize {
        let mut bytes = starts[round % starts.len()].to_vec();
        bytes.extend((0..round % 64).map(|_| next()));
        assert!(!of(&bytes).is_empty());
    }
}
