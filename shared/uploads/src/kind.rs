//! What bytes are: their first ones decide, never a name and never what the client says.

/// What cannot be told, and what must never be shown as what it is.
pub const UNKNOWN: &str = "application/octet-stream";

/// Bytes of a file's beginning that are enough to tell.
pub const HEAD: u32 = 4_096;

/// The media type of a file that begins like this.
pub fn of(head: &[u8]) -> &'static str {
    let at = |place: usize, magic: &[u8]| head.get(place..).is_some_and(|rest| rest.starts_with(magic));
    if at(0, b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if at(0, b"\xff\xd8\xff") {
        "image/jpeg"
    } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
        "image/gif"
    } else if at(0, b"RIFF") && at(8, b"WEBP") {
        "image/webp"
    } else if at(4, b"ftypavif") || at(4, b"ftypavis") {
        "image/avif"
    } else if at(0, b"%PDF-") {
        "application/pdf"
    } else {
        UNKNOWN
    }
}

/// Whether it is a picture that models and the image service read.
pub fn is_picture(media_type: &str) -> bool {
    matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif")
}

#[cfg(test)]
mod tests {
    use super::{UNKNOWN, is_picture, of};

    #[test]
    fn the_first_bytes_decide() {
        assert_eq!(of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png");
        assert_eq!(of(b"\xff\xd8\xff\xe0"), "image/jpeg");
        assert_eq!(of(b"RIFF\x10\0\0\0WEBPVP8 "), "image/webp");
        assert_eq!(of(b"\0\0\0\x1cftypavif"), "image/avif");
        for other in [&b""[..], b"<svg xmlns", b"<!doctype html>", b"RIFF", b"\x89PN", b"{}"] {
            assert_eq!(of(other), UNKNOWN);
            assert!(!is_picture(of(other)));
        }
    }
}
