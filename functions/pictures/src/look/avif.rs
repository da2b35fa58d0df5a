//! AVIF: boxes (ISO/IEC 14496-12), an item and its properties (ISO/IEC 23008-12). Which item is shown, how large it is, how it
//! is turned.

use super::pieces::{Pieces, Stop};
use super::{Facts, Kind};

/// Boxes of one folder that are looked at at most.
const MOST_BOXES: usize = 1_024;

/// A box: its name, and where its content begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) name: [u8; 4],
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// The box at this place, in a folder that ends at `end`.
pub(crate) fn box_at(bytes: &Pieces, at: u64, end: u64) -> Result<Place, Stop> {
    let short = bytes.be32(at)?;
    let name = bytes.array(at + 4)?;
    let (from, to) = match short {
        0 => (at + 8, end),
        1 => {
            let long = u64::from(bytes.be32(at + 8)?) << 32 | u64::from(bytes.be32(at + 12)?);
            (at + 16, at.checked_add(long).ok_or(Stop::Malformed)?)
        }
        size => (at + 8, at + u64::from(size)),
    };
    match (from <= to, to <= end) {
        (true, true) => Ok(Place { name, from, to }),
        (true, false) if end == bytes.length() => Err(Stop::Torn),
        _ => Err(Stop::Malformed),
    }
}

/// The first box of this name between two places.
pub(crate) fn find(bytes: &Pieces, name: [u8; 4], mut at: u64, end: u64) -> Result<Option<Place>, Stop> {
    for _ in 0..MOST_BOXES {
        if at + 8 > end {
            return Ok(None);
        }
        let place = box_at(bytes, at, end)?;
        if place.name == name {
            return Ok(Some(place));
        }
        at = place.to;
    }
    Err(Stop::Malformed)
}

/// Whether a file says that it is an AVIF: by its brand or one that it also fits.
pub(super) fn is(bytes: &Pieces) -> Result<bool, Stop> {
    Ok(has_brand(bytes, b"avif")? || has_brand(bytes, b"avis")?)
}

fn has_brand(bytes: &Pieces, wanted: &[u8; 4]) -> Result<bool, Stop> {
    let end = u64::from(bytes.be32(0)?);
    if !(16..=512).contains(&end) || end > bytes.length() {
        return Ok(false);
    }
    let head = bytes.get(0, usize::try_from(end).map_err(|_| Stop::Malformed)?)?;
    let (_, rest) = head.split_at_checked(8).ok_or(Stop::Malformed)?;
    Ok(rest.chunks_exact(4).enumerate().any(|(index, brand)| index != 1 && brand == wanted))
}

pub(super) fn look(bytes: &Pieces) -> Result<Facts, Stop> {
    let moves = has_brand(bytes, b"avis")?;
    let meta = meta(bytes)?;
    let shown = shown_item(bytes, meta)?;
    let properties = find(bytes, *b"iprp", meta.from, meta.to)?.ok_or(Stop::Malformed)?;
    let kept = find(bytes, *b"ipco", properties.from, properties.to)?.ok_or(Stop::Malformed)?;
    let names = find(bytes, *b"ipma", properties.from, properties.to)?.ok_or(Stop::Malformed)?;
    let wanted = indices(bytes, names, shown)?;
    let (mut size, mut turned, mut mirrored) = (None, 0, None);
    let mut at = kept.from;
    for index in 1..=MOST_BOXES {
        if at + 8 > kept.to {
            break;
        }
        let place = box_at(bytes, at, kept.to)?;
        if wanted.contains(&index) {
            match &place.name {
                b"ispe" => size = Some((bytes.be32(place.from + 4)?, bytes.be32(place.from + 8)?)),
                b"irot" => turned = bytes.byte(place.from)? & 3,
                b"imir" => mirrored = Some(bytes.byte(place.from)? & 1),
                _ => {}
            }
        }
        at = place.to;
    }
    let (width, height) = size.ok_or(Stop::Malformed)?;
    // A sequence has two frames or more; they are not counted.
    let frames = if moves { 2 } else { 1 };
    Ok(Facts { kind: Kind::Avif, width, height, orientation: orientation(turned, mirrored), frames })
}

/// The folder of all that is said of items, behind version and flags.
pub(crate) fn meta(bytes: &Pieces) -> Result<Place, Stop> {
    let meta = find(bytes, *b"meta", 0, bytes.length())?.ok_or(Stop::Malformed)?;
    Ok(Place { from: meta.from + 4, ..meta })
}

fn shown_item(bytes: &Pieces, meta: Place) -> Result<u32, Stop> {
    let place = find(bytes, *b"pitm", meta.from, meta.to)?.ok_or(Stop::Malformed)?;
    if bytes.byte(place.from)? == 0 { bytes.be16(place.from + 4).map(u32::from) } else { bytes.be32(place.from + 4) }
}

/// The numbers of an item's properties, counted from 1 (ISO/IEC 23008-12 §9.3.1).
fn indices(bytes: &Pieces, place: Place, item: u32) -> Result<Vec<usize>, Stop> {
    let (version, flags) = (bytes.byte(place.from)?, bytes.byte(place.from + 3)?);
    let entries = bytes.be32(place.from + 4)?;
    let mut at = place.from + 8;
    for _ in 0..entries.min(65_536) {
        let id = if version == 0 { u32::from(bytes.be16(at)?) } else { bytes.be32(at)? };
        at += if version == 0 { 2 } else { 4 };
        let count = bytes.byte(at)?;
        at += 1;
        let size = if flags & 1 == 0 { 1 } else { 2 };
        if id == item {
            let one = |index: u64| {
                let number = if size == 1 {
                    u16::from(bytes.byte(at + index)? & 0x7f)
                } else {
                    bytes.be16(at + 2 * index)? & 0x7fff
                };
                Ok(usize::from(number))
            };
            return (0..u64::from(count)).map(one).collect();
        }
        at += u64::from(count) * size;
    }
    Err(Stop::Malformed)
}

/// Quarters of a turn against the clock, then a mirror, as one number of Exif's (ISO/IEC 23008-12 §6.5.10, §6.5.12).
const fn orientation(turned: u8, mirrored: Option<u8>) -> u8 {
    match (turned, mirrored) {
        (0, None) => 1,
        (1, None) => 8,
        (2, None) => 3,
        (_, None) => 6,
        // Axis 1: left and right change places.
        (0, Some(1)) | (2, Some(0)) => 2,
        (0, Some(_)) | (2, Some(_)) => 4,
        (1, Some(1)) | (3, Some(0)) => 7,
        (_, Some(_)) => 5,
    }
}
