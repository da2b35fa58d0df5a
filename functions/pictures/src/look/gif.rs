//! GIF (GIF89a): blocks, each in pieces of at most 255 bytes.

use super::pieces::{Pieces, Stop};
use super::{Facts, Kind};

/// Frames that are counted; who has more has too many.
const MOST_FRAMES: u32 = 4_096;
/// As far as frames are counted in a file.
const COUNTED_TO: u64 = 2 * 1024 * 1024;

pub(super) fn look(bytes: &Pieces) -> Result<Facts, Stop> {
    let (width, height) = (u32::from(bytes.le16(6)?), u32::from(bytes.le16(8)?));
    let mut at = 13 + table(bytes.byte(10)?);
    let mut frames = 0;
    // What ends early has as many frames as it has: the first one is there.
    while frames < MOST_FRAMES && at < COUNTED_TO {
        match block(bytes, at) {
            Ok(Some((next, is_frame))) => {
                frames += u32::from(is_frame);
                at = next;
            }
            Ok(None) => break,
            Err(Stop::Torn | Stop::Malformed) if frames > 0 => break,
            Err(stop) => return Err(stop),
        }
    }
    if frames == 0 {
        return Err(Stop::Malformed);
    }
    Ok(Facts { kind: Kind::Gif, width, height, orientation: 1, frames })
}

/// Where the block at this place ends and whether it is a frame; `None` at the trailer.
pub(crate) fn block(bytes: &Pieces, at: u64) -> Result<Option<(u64, bool)>, Stop> {
    match bytes.byte(at)? {
        0x2c => sub_blocks(bytes, at + 11 + table(bytes.byte(at + 9)?)).map(|next| Some((next, true))),
        0x21 => sub_blocks(bytes, at + 2).map(|next| Some((next, false))),
        0x3b => Ok(None),
        _ => Err(Stop::Malformed),
    }
}

/// Bytes of a table of colours, by the flags that announce it.
pub(crate) const fn table(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn sub_blocks(bytes: &Pieces, mut at: u64) -> Result<u64, Stop> {
    loop {
        let length = u64::from(bytes.byte(at)?);
        at += 1 + length;
        if length == 0 {
            return Ok(at);
        }
    }
}
