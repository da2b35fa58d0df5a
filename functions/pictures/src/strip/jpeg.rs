//! JPEG: segments that say what is seen are kept; of Exif only how the picture is turned.

use super::{array, part};
use crate::look::{Stop, bare, orientation};

/// Markers of segments (ITU-T T.81, table B.1).
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const EXIF: u8 = 0xe1;

pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Stop> {
    let mut out = part(bytes, 0, 2)?.to_vec();
    let (mut at, mut turned) = (2, false);
    loop {
        let [lead, marker] = array(bytes, at)?;
        match (lead, marker) {
            (0xff, 0xff) => {
                at += 1;
                continue;
            }
            // What stands behind the end is no part of the picture: previews, films, other files.
            (0xff, END) => {
                out.extend_from_slice(&[0xff, END]);
                return Ok(out);
            }
            (0xff, 0x01 | 0xd0..=0xd7) => {
                out.extend_from_slice(&[0xff, marker]);
                at += 2;
                continue;
            }
            (0xff, 0x02..) => {}
            _ => return Err(Stop::Malformed),
        }
        let length = usize::from(u16::from_be_bytes(array(bytes, at + 2)?));
        let data = part(bytes, at + 4, length.checked_sub(2).ok_or(Stop::Malformed)?)?;
        let whole = part(bytes, at, 2 + length)?;
        at += whole.len();
        if is_seen(marker, data) {
            out.extend_from_slice(whole);
        } else if let (EXIF, false, Some(exif)) = (marker, turned, data.strip_prefix(b"Exif\0\0")) {
            turned = true;
            push_orientation(&mut out, orientation(exif));
        }
        if marker == SCAN {
            let end = scan_end(bytes, at)?;
            out.extend_from_slice(part(bytes, at, end - at)?);
            at = end;
        }
    }
}

/// Whether a segment changes how the picture looks: all that are no notes of applications, and of those the three that say
/// how colours are meant.
fn is_seen(marker: u8, data: &[u8]) -> bool {
    match marker {
        0xe0 => data.starts_with(b"JFIF\0"),
        0xe2 => data.starts_with(b"ICC_PROFILE\0"),
        0xee => data.starts_with(b"Adobe"),
        0xe1 | 0xe3..=0xed | 0xef | 0xfe => false,
        _ => true,
    }
}

fn push_orientation(out: &mut Vec<u8>, orientation: u8) {
    if orientation != 1 {
        let exif = bare(orientation);
        out.extend_from_slice(&[0xff, EXIF, 0, 34]);
        out.extend_from_slice(b"Exif\0\0");
        out.extend_from_slice(&exif);
    }
}

/// Where coded data ends: at a marker that is none of its own.
fn scan_end(bytes: &[u8], from: usize) -> Result<usize, Stop> {
    let rest = bytes.get(from..).ok_or(Stop::Torn)?;
    let is_marker = |pair: &[u8]| matches!(pair, [0xff, 0x01..=0xcf | 0xd8..=0xfe]);
    rest.windows(2).position(is_marker).map(|at| from + at).ok_or(Stop::Torn)
}
