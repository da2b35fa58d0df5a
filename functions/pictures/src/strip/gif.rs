//! GIF: frames, and the blocks that say how they follow each other; no comments, and no other applications' notes.

use super::{array, part};
use crate::look::Stop;

pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Stop> {
    let [flags] = array(bytes, 10)?;
    let head = 13 + table(flags);
    let mut out = part(bytes, 0, head)?.to_vec();
    let mut at = head;
    loop {
        let [kind] = array(bytes, at)?;
        let (data, is_seen) = match kind {
            0x2c => (at + 11 + table(array::<1>(bytes, at + 9)?[0]), true),
            0x21 => (at + 2, is_seen(bytes, at)?),
            // The trailer; what stands behind it is no part of the picture.
            0x3b => {
                out.push(0x3b);
                return Ok(out);
            }
            _ => return Err(Stop::Malformed),
        };
        let end = sub_blocks(bytes, data)?;
        if is_seen {
            out.extend_from_slice(part(bytes, at, end - at)?);
        }
        at = end;
    }
}

/// Graphic controls and texts, and of applications the one that says how often to repeat.
fn is_seen(bytes: &[u8], at: usize) -> Result<bool, Stop> {
    match array::<1>(bytes, at + 1)?[0] {
        0xf9 | 0x01 => Ok(true),
        0xff => Ok(matches!(part(bytes, at + 2, 12)?, b"\x0bNETSCAPE2.0" | b"\x0bANIMEXTS1.0")),
        _ => Ok(false),
    }
}

const fn table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn sub_blocks(bytes: &[u8], mut at: usize) -> Result<usize, Stop> {
    loop {
        let [length] = array(bytes, at)?;
        at += 1 + usize::from(length);
        if length == 0 {
            return Ok(at);
        }
    }
}
