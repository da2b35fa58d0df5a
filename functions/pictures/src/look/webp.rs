//! WebP (RFC 9649): chunks in a RIFF.

use super::pieces::{Pieces, Stop};
use super::{Facts, Kind, exif};

/// Chunks that are looked at at most.
const MOST_CHUNKS: usize = 4_096;
/// Flags of the extended head.
const MOVES: u8 = 0x02;
const HAS_EXIF: u8 = 0x08;

pub(super) fn look(bytes: &Pieces) -> Result<Facts, Stop> {
    let end = 8 + u64::from(bytes.le32(4)?);
    if end > bytes.length() + 1 {
        return Err(Stop::Torn);
    }
    let (width, height) = match &bytes.array(12)? {
        b"VP8 " => lossy(bytes)?,
        b"VP8L" => lossless(bytes)?,
        b"VP8X" => return extended(bytes, end),
        _ => return Err(Stop::Malformed),
    };
    Ok(Facts { kind: Kind::Webp, width, height, orientation: 1, frames: 1 })
}

/// RFC 6386 §9.1: a key frame's tag, its start code, and two sizes of 14 bits.
fn lossy(bytes: &Pieces) -> Result<(u32, u32), Stop> {
    if bytes.byte(20)? & 1 != 0 || bytes.array(23)? != [0x9d, 0x01, 0x2a] {
        return Err(Stop::Malformed);
    }
    Ok((u32::from(bytes.le16(26)? & 0x3fff), u32::from(bytes.le16(28)? & 0x3fff)))
}

/// RFC 9649 §3.4: a signature, and two sizes of 14 bits less one.
fn lossless(bytes: &Pieces) -> Result<(u32, u32), Stop> {
    if bytes.byte(20)? != 0x2f {
        return Err(Stop::Malformed);
    }
    let bits = bytes.le32(21)?;
    Ok(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}

/// RFC 9649 §2.7: flags and the canvas; frames and Exif stand in chunks behind.
fn extended(bytes: &Pieces, end: u64) -> Result<Facts, Stop> {
    let flags = bytes.byte(20)?;
    let [_, a, b, c] = bytes.array(23)?;
    let [_, d, e, f] = bytes.array(26)?;
    let size = |bytes: [u8; 3]| {
        let [a, b, c] = bytes;
        u32::from_le_bytes([a, b, c, 0]) + 1
    };
    let (width, height) = (size([a, b, c]), size([d, e, f]));
    let mut facts = Facts { kind: Kind::Webp, width, height, orientation: 1, frames: 1 };
    if flags & (MOVES | HAS_EXIF) == 0 {
        return Ok(facts);
    }
    let (mut at, mut frames) = (30, 0);
    for _ in 0..MOST_CHUNKS {
        if at + 8 > end {
            break;
        }
        let length = u64::from(bytes.le32(at + 4)?);
        match &bytes.array(at)? {
            b"ANMF" => frames += 1,
            b"EXIF" => facts.orientation = exif::orientation_at(bytes, at + 8, length)?,
            _ => {}
        }
        // Who does not move has no frames to count, and Exif is in one place.
        at += 8 + length + (length & 1);
    }
    facts.frames = if flags & MOVES == 0 { 1 } else { frames.max(1) };
    Ok(facts)
}
