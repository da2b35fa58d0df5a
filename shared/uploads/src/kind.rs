//! What bytes are: their first ones decide, never a name and never what the client says. And what of it may be shown by a
//! browser: a closed list. The table is our own, because what matters here no crate for types looks at: bytes that are two
//! things at once. Text and markup are in `kind/text.rs`, boxes and archives in `kind/boxes.rs`.

mod boxes;
mod text;

/// What cannot be told, and what must never be shown as what it is.
pub const UNKNOWN: &str = "application/octet-stream";

/// Bytes of a file's beginning that are enough to tell.
pub const HEAD: u32 = 4_096;

/// A beginning that says it all: where it stands, what it is, and the type.
const MAGIC: &[(usize, &[u8], &str)] = &[
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"\0\0\x01\0", "image/x-icon"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"MThd\0\0\0\x06", "audio/midi"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (0, b"wOFF", "font/woff"),
    (0, b"wOF2", "font/woff2"),
    (0, b"{\\rtf", "application/rtf"),
    (257, b"ustar", "application/x-tar"),
];

/// What a browser may show in its place: pictures, sound and video, which run nothing. A PDF is not among them, and no text.
const SHOWN: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/wav",
    "audio/flac",
];

/// The media type of a file that begins like this. What begins like something that is shown, and could be read as a page, a
/// script or a PDF as well, is of no type.
pub fn of(head: &[u8]) -> &'static str {
    let kind = by_magic(head).or_else(|| boxes::of(head)).or_else(|| sound(head));
    match kind {
        Some(kind) if shown(kind).is_some() && text::is_two_things(head) => UNKNOWN,
        Some(kind) => kind,
        // Readers take a PDF that begins within its first kilobyte.
        None if contains(head.get(..1_029).unwrap_or(head), b"%PDF-") => "application/pdf",
        None => text::of(head).unwrap_or(UNKNOWN),
    }
}

/// The type under which these bytes are shown in a browser; `None`: they are offered for download, as bytes of no type.
pub fn shown(media_type: &str) -> Option<&'static str> {
    SHOWN.iter().find(|known| **known == media_type).copied()
}

/// Whether it is a picture that models and the image service read.
pub fn is_picture(media_type: &str) -> bool {
    matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif")
}

fn by_magic(head: &[u8]) -> Option<&'static str> {
    let fits = |(at, magic, _): &&(usize, &[u8], &str)| head.get(*at..).is_some_and(|rest| rest.starts_with(magic));
    MAGIC.iter().find(fits).map(|(_, _, kind)| *kind)
}

/// A frame of MPEG sound without a tag before it (ISO 11172-3 §2.4.1.3), or of AAC.
fn sound(head: &[u8]) -> Option<&'static str> {
    let [0xff, second, third, ..] = *head else { return None };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    let (rate, frequency) = (third >> 4, third >> 2 & 3);
    match (second >> 5, layer) {
        (7, 1) if version != 1 && rate != 0 && rate != 15 && frequency != 3 => Some("audio/mpeg"),
        (7, 0) if second >> 4 == 15 => Some("audio/aac"),
        _ => None,
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests;
