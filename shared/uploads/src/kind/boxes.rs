//! Files that are containers of something: RIFF, ISO boxes, Ogg, Matroska, ZIP.

use super::contains;

/// The type of a container that begins like this.
pub(super) fn of(head: &[u8]) -> Option<&'static str> {
    riff(head).or_else(|| iso(head)).or_else(|| streams(head)).or_else(|| zip(head))
}

fn riff(head: &[u8]) -> Option<&'static str> {
    let kind = head.strip_prefix(b"RIFF")?.get(4..8)?;
    match kind {
        b"WEBP" => Some("image/webp"),
        b"WAVE" => Some("audio/wav"),
        b"AVI " => Some("video/x-msvideo"),
        _ => None,
    }
}

/// By the brand and those it is compatible with (ISO/IEC 14496-12 §4.3).
fn iso(head: &[u8]) -> Option<&'static str> {
    let length = u32::from_be_bytes(*head.first_chunk::<4>()?) as usize;
    let brands = head.get(4..)?.strip_prefix(b"ftyp")?;
    let brands = brands.get(..length.saturating_sub(8)).unwrap_or(brands);
    let major = brands.first_chunk::<4>()?;
    let named = |wanted: &[u8]| {
        let others = brands.get(8..).unwrap_or_default();
        major == wanted || others.chunks_exact(4).any(|brand| brand == wanted)
    };
    match major {
        b"avif" | b"avis" => Some("image/avif"),
        b"mif1" | b"msf1" | b"miaf" if named(b"avif") || named(b"avis") => Some("image/avif"),
        b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1" => Some("image/heic"),
        b"M4A " | b"M4B " | b"F4A " => Some("audio/mp4"),
        b"qt  " => Some("video/quicktime"),
        [b'3', b'g', ..] => Some("video/3gpp"),
        b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"dash" | b"MSNV" | b"M4V "
        | b"M4VH" | b"M4VP" | b"f4v " => Some("video/mp4"),
        _ => None,
    }
}

fn streams(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"OggS") {
        let video = contains(head, b"theora");
        let audio = [&b"OpusHead"[..], b"\x01vorbis", b"\x7fFLAC", b"Speex   "].iter().any(|mark| contains(head, mark));
        return if video { Some("video/ogg") } else { audio.then_some("audio/ogg") };
    }
    head.strip_prefix(b"\x1a\x45\xdf\xa3").map(|rest| {
        let webm = contains(rest.get(..64).unwrap_or(rest), b"webm");
        if webm { "video/webm" } else { "video/x-matroska" }
    })
}

/// Archives of documents name themselves in their first entries.
fn zip(head: &[u8]) -> Option<&'static str> {
    let empty = head.starts_with(b"PK\x05\x06");
    if !empty && !head.starts_with(b"PK\x03\x04") {
        return None;
    }
    const OPEN: &[(&[u8], &str)] = &[
        (b"mimetypeapplication/epub+zip", "application/epub+zip"),
        (b"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
        (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
        (b"mimetypeapplication/vnd.oasis.opendocument.presentation", "application/vnd.oasis.opendocument.presentation"),
    ];
    if let Some((_, kind)) = OPEN.iter().find(|(mark, _)| head.get(30..).is_some_and(|rest| rest.starts_with(mark))) {
        return Some(kind);
    }
    let office = contains(head, b"[Content_Types].xml") || contains(head, b"_rels/.rels");
    Some(match office {
        true if contains(head, b"word/") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        true if contains(head, b"xl/") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        true if contains(head, b"ppt/") => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        _ => "application/zip",
    })
}
