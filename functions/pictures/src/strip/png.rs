//! PNG: chunks that say what is seen are kept, the others are not.

use super::{array, part};
use crate::look::{BARE_LENGTH, Stop, bare, orientation};

/// Chunks that are no part of the picture and still change how it looks (W3C PNG §11.3).
const SEEN: [&[u8; 4]; 16] = [
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs", b"hIST",
    b"sPLT", b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Stop> {
    let mut out = part(bytes, 0, 8)?.to_vec();
    let mut at = 8;
    loop {
        let length = usize::try_from(u32::from_be_bytes(array(bytes, at)?)).map_err(|_| Stop::Malformed)?;
        let name: [u8; 4] = array(bytes, at + 4)?;
        let whole = part(bytes, at, length.checked_add(12).ok_or(Stop::Malformed)?)?;
        let is_critical = name.first().is_some_and(u8::is_ascii_uppercase);
        if is_critical || SEEN.contains(&&name) {
            out.extend_from_slice(whole);
        } else if &name == b"eXIf" {
            let turned = orientation(part(whole, 8, length)?);
            if turned != 1 {
                chunk(&mut out, *b"eXIf", &bare(turned));
            }
        }
        // Whatever stands behind the end is no part of the picture.
        if &name == b"IEND" {
            return Ok(out);
        }
        at += whole.len();
    }
}

fn chunk(out: &mut Vec<u8>, name: [u8; 4], data: &[u8; BARE_LENGTH]) {
    #[allow(clippy::cast_possible_truncation, reason = "26 bytes")]
    out.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let from = out.len();
    out.extend_from_slice(&name);
    out.extend_from_slice(data);
    let sum = crc(out.get(from..).unwrap_or_default());
    out.extend_from_slice(&sum.to_be_bytes());
}

/// CRC-32 of ISO 3309 (W3C PNG, annex D), without a table: it is for some thirty bytes.
pub(crate) fn crc(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}
