//! JPEG (ITU-T T.81, annex B): segments behind markers, up to the one with the frame's size.

use super::pieces::{Pieces, Stop};
use super::{Facts, Kind, exif};

/// Segments before the frame at most: large profiles and previews come in some hundred.
const MOST_SEGMENTS: usize = 1_024;

pub(super) fn look(bytes: &Pieces) -> Result<Facts, Stop> {
    let mut orientation = None;
    let mut at = 2;
    for _ in 0..MOST_SEGMENTS {
        if bytes.byte(at)? != 0xff {
            return Err(Stop::Malformed);
        }
        let marker = bytes.byte(at + 1)?;
        match marker {
            // Fill bytes may stand before any marker.
            0xff => {
                at += 1;
                continue;
            }
            // Markers that stand alone.
            0x01 | 0xd0..=0xd7 => {
                at += 2;
                continue;
            }
            // The frame of every way of coding; 0xc4, 0xc8 and 0xcc are tables.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let (height, width) = (bytes.be16(at + 5)?, bytes.be16(at + 7)?);
                let (width, height) = (u32::from(width), u32::from(height));
                let orientation = orientation.unwrap_or(1);
                return Ok(Facts { kind: Kind::Jpeg, width, height, orientation, frames: 1 });
            }
            // Data or an end before a frame, or what is no marker.
            0x00 | 0xd8 | 0xd9 | 0xda => return Err(Stop::Malformed),
            _ => {}
        }
        let length = u64::from(bytes.be16(at + 2)?);
        if length < 2 {
            return Err(Stop::Malformed);
        }
        // The first Exif segment counts.
        if marker == 0xe1 && orientation.is_none() && length >= 8 && bytes.array(at + 4)? == *b"Exif\0\0" {
            orientation = Some(exif::orientation_at(bytes, at + 10, length - 8)?);
        }
        at += 2 + length;
    }
    Err(Stop::Malformed)
}
