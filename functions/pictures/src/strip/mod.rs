//! A picture without what its maker's machine wrote beside it: Exif with places and names, XMP, IPTC, comments, previews, and
//! whatever hangs behind its end. Lossless: what is seen stays byte for byte, with profiles of colours and the way it is
//! turned. Not here: reading and writing the file (`strip_file`).

mod avif;
mod gif;
mod jpeg;
mod png;
mod webp;

use crate::look::{Kind, Stop};

/// The picture without them.
///
/// # Errors
/// `Torn` or `Malformed` where it is not what its head says.
pub fn strip(kind: Kind, bytes: &[u8]) -> Result<Vec<u8>, Stop> {
    match kind {
        Kind::Png => png::strip(bytes),
        Kind::Jpeg => jpeg::strip(bytes),
        Kind::Gif => gif::strip(bytes),
        Kind::Webp => webp::strip(bytes),
        Kind::Avif => avif::strip(bytes),
    }
}

/// So many bytes from a place on.
fn part(bytes: &[u8], from: usize, length: usize) -> Result<&[u8], Stop> {
    let end = from.checked_add(length).ok_or(Stop::Malformed)?;
    bytes.get(from..end).ok_or(Stop::Torn)
}

/// As `part`, as an array.
fn array<const N: usize>(bytes: &[u8], from: usize) -> Result<[u8; N], Stop> {
    part(bytes, from, N)?.try_into().map_err(|_| Stop::Malformed)
}
