//! AVIF: notes are items beside the picture. Taking one out would move what stands behind it, to which others point by place;
//! so its bytes are written over where they stand.

use super::part;
use crate::look::avif::{Place, box_at, find, meta};
use crate::look::{Pieces, Stop};

/// Items, and extents of one, at most.
const MOST: u32 = 4_096;

pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Stop> {
    let mut pieces = Pieces::new(bytes.len() as u64);
    pieces.add(0, bytes.to_vec());
    let meta = meta(&pieces)?;
    let notes = notes(&pieces, meta)?;
    let mut out = part(bytes, 0, whole(&pieces)?)?.to_vec();
    if notes.is_empty() {
        return Ok(out);
    }
    let places = find(&pieces, *b"iloc", meta.from, meta.to)?.ok_or(Stop::Malformed)?;
    let data = find(&pieces, *b"idat", meta.from, meta.to)?.map_or(0, |data| data.from);
    for (from, length) in extents(&pieces, places, &notes, data)? {
        let from = usize::try_from(from).map_err(|_| Stop::Malformed)?;
        let length = usize::try_from(length).map_err(|_| Stop::Malformed)?;
        let end = from.checked_add(length).ok_or(Stop::Malformed)?;
        out.get_mut(from..end).ok_or(Stop::Torn)?.fill(0);
    }
    Ok(out)
}

/// Where the last box ends that is whole: what hangs behind is no part of the picture.
fn whole(bytes: &Pieces) -> Result<usize, Stop> {
    let mut at = 0;
    while at + 8 <= bytes.length() {
        if !bytes.array::<4>(at + 4)?.iter().all(u8::is_ascii_alphanumeric) {
            break;
        }
        at = box_at(bytes, at, bytes.length())?.to;
    }
    usize::try_from(at).map_err(|_| Stop::Malformed)
}

/// The numbers of the items that are Exif or XMP (ISO/IEC 23008-12, annex A).
fn notes(bytes: &Pieces, meta: Place) -> Result<Vec<u32>, Stop> {
    let Some(infos) = find(bytes, *b"iinf", meta.from, meta.to)? else { return Ok(Vec::new()) };
    let mut at = infos.from + if bytes.byte(infos.from)? == 0 { 6 } else { 8 };
    let mut notes = Vec::new();
    for _ in 0..MOST {
        if at + 8 > infos.to {
            break;
        }
        let place = box_at(bytes, at, infos.to)?;
        let (id, name) = match bytes.byte(place.from)? {
            2 => (u32::from(bytes.be16(place.from + 4)?), place.from + 8),
            3 => (bytes.be32(place.from + 4)?, place.from + 10),
            // Older ones know no kinds of items.
            _ => return Err(Stop::Malformed),
        };
        if matches!(&bytes.array(name)?, b"Exif" | b"mime") {
            notes.push(id);
        }
        at = place.to;
    }
    Ok(notes)
}

/// Where these items stand in the file (ISO/IEC 14496-12 §8.11.3).
fn extents(bytes: &Pieces, places: Place, wanted: &[u32], data: u64) -> Result<Vec<(u64, u64)>, Stop> {
    let version = bytes.byte(places.from)?;
    let sizes = bytes.be16(places.from + 4)?;
    let size = |shift: u16| u64::from(sizes >> shift & 15);
    let (offset_size, length_size, base_size) = (size(12), size(8), size(4));
    let index_size = if version == 0 { 0 } else { size(0) };
    let mut at = places.from + 6;
    let mut take = |size: u64| {
        let from = at;
        at += size;
        (from..from + size).try_fold(0_u64, |sum, at| Ok(sum << 8 | u64::from(bytes.byte(at)?)))
    };
    let wide = if version < 2 { 2 } else { 4 };
    let mut found = Vec::new();
    for _ in 0..take(wide)?.min(u64::from(MOST)) {
        let id = take(wide)?;
        let method = if version == 0 { 0 } else { take(2)? & 15 };
        let _ = take(2)?;
        let base = take(base_size)?;
        for _ in 0..take(2)?.min(u64::from(MOST)) {
            let _ = take(index_size)?;
            let (offset, length) = (take(offset_size)?, take(length_size)?);
            if wanted.iter().any(|one| u64::from(*one) == id) {
                let from = if method == 1 { data } else { 0 };
                found.push((from.wrapping_add(base).wrapping_add(offset), length));
            }
        }
    }
    Ok(found)
}
