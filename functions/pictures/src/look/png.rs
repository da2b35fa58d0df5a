//! PNG (W3C PNG, third edition): chunks of length, name, data and checksum.

use super::pieces::{Pieces, Stop};
use super::{Facts, Kind, exif};

/// Chunks before the picture's data at most.
const MOST_CHUNKS: usize = 256;
/// Bytes of a signature; of a chunk around its data.
const SIGNATURE: u64 = 8;
const AROUND: u64 = 12;

pub(super) fn look(bytes: &Pieces) -> Result<Facts, Stop> {
    if bytes.array(SIGNATURE + 4)? != *b"IHDR" || bytes.be32(SIGNATURE)? != 13 {
        return Err(Stop::Malformed);
    }
    let (width, height) = (bytes.be32(SIGNATURE + 8)?, bytes.be32(SIGNATURE + 12)?);
    let mut facts = Facts { kind: Kind::Png, width, height, orientation: 1, frames: 1 };
    let mut at = SIGNATURE + AROUND + 13;
    for _ in 0..MOST_CHUNKS {
        let length = bytes.be32(at)?;
        match &bytes.array(at + 4)? {
            b"acTL" => facts.frames = bytes.be32(at + 8)?.max(1),
            b"eXIf" => facts.orientation = exif::orientation_at(bytes, at + 8, u64::from(length))?,
            b"IDAT" | b"IEND" => return Ok(facts),
            _ => {}
        }
        at += AROUND + u64::from(length);
    }
    Err(Stop::Malformed)
}
