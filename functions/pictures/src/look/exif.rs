//! How a picture is turned, by its Exif (a TIFF of some tags); and the least of an Exif that says nothing else.

use super::pieces::{Pieces, Stop};

/// The tag (Exif 2.32 §4.6.4).
const ORIENTATION: u16 = 274;
/// Tags of a directory that are looked at at most.
const MOST_TAGS: u64 = 512;
/// Bytes of what `bare` makes.
pub const BARE_LENGTH: usize = 26;

/// The orientation that an Exif of so many bytes at this place says; 1 where it says none or nonsense, which is how every
/// reader of pictures takes it.
pub(super) fn orientation_at(bytes: &Pieces, at: u64, length: u64) -> Result<u8, Stop> {
    // Some writers put the mark of JPEG before it in other kinds, too.
    let marked = length >= 6 && bytes.array(at)? == *b"Exif\0\0";
    let (at, length) = if marked { (at + 6, length - 6) } else { (at, length) };
    match read(bytes, at, length) {
        Err(Stop::Need(from)) => Err(Stop::Need(from)),
        found => Ok(found.ok().flatten().unwrap_or(1)),
    }
}

/// The same of bytes that are all here.
pub fn orientation(exif: &[u8]) -> u8 {
    let mut pieces = Pieces::new(exif.len() as u64);
    pieces.add(0, exif.to_vec());
    orientation_at(&pieces, 0, exif.len() as u64).unwrap_or(1)
}

fn read(bytes: &Pieces, at: u64, length: u64) -> Result<Option<u8>, Stop> {
    let within = |offset: u64, size: u64| {
        let fits = offset.checked_add(size).is_some_and(|end| end <= length);
        if fits { Ok(at + offset) } else { Err(Stop::Malformed) }
    };
    let little = match bytes.array::<4>(within(0, 8)?)? {
        [b'I', b'I', 42, 0] => true,
        [b'M', b'M', 0, 42] => false,
        _ => return Err(Stop::Malformed),
    };
    let short = |at: u64| if little { bytes.le16(at) } else { bytes.be16(at) };
    let first = u64::from(if little { bytes.le32(at + 4)? } else { bytes.be32(at + 4)? });
    let count = u64::from(short(within(first, 2)?)?).min(MOST_TAGS);
    for index in 0..count {
        let entry = within(first + 2 + index * 12, 12)?;
        // A number of 16 bits stands at the beginning of its place.
        if short(entry)? == ORIENTATION && short(entry + 2)? == 3 {
            let value = short(entry + 8)?;
            return Ok(u8::try_from(value).ok().filter(|value| (1..=8).contains(value)));
        }
    }
    Ok(None)
}

/// An Exif that says how a picture is turned and nothing else.
pub const fn bare(orientation: u8) -> [u8; BARE_LENGTH] {
    [
        b'M',
        b'M',
        0,
        42,
        0,
        0,
        0,
        8, // the head; the directory follows
        0,
        1, // one tag
        1,
        18,
        0,
        3,
        0,
        0,
        0,
        1,
        0,
        orientation,
        0,
        0, // 274, one number of 16 bits
        0,
        0,
        0,
        0, // no other directory
    ]
}

#[cfg(test)]
mod tests {
    use super::{bare, orientation};

    #[test]
    fn a_bare_one_says_what_it_was_made_with() {
        for value in 1..=8 {
            assert_eq!(orientation(&bare(value)), value);
        }
    }

    #[test]
    fn nonsense_is_upright() {
        for exif in [&b""[..], b"II*\0", b"MM\0*\xff\xff\xff\xff\0\x01", &bare(9), &bare(0)] {
            assert_eq!(orientation(exif), 1, "{exif:?}");
        }
    }
}
