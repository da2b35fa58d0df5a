//! WebP: chunks of the picture are kept; of Exif only how it is turned.

use super::{array, part};
use crate::look::{Stop, bare, orientation};

/// Flags of the extended head (RFC 9649 §2.7) that say what no longer follows.
const EXIF_AND_XMP: u8 = 0x0c;
const EXIF: u8 = 0x08;

pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Stop> {
    let said = usize::try_from(u32::from_le_bytes(array(bytes, 4)?)).map_err(|_| Stop::Malformed)?;
    // Some writers leave out the last byte of padding.
    let end = said.checked_add(8).ok_or(Stop::Malformed)?;
    let bytes = if end == bytes.len() + 1 { bytes } else { part(bytes, 0, end)? };
    let mut out = part(bytes, 0, 12)?.to_vec();
    let (mut at, mut turned) = (12, 1);
    while at + 8 <= bytes.len() {
        let name: [u8; 4] = array(bytes, at)?;
        let length = usize::try_from(u32::from_le_bytes(array(bytes, at + 4)?)).map_err(|_| Stop::Malformed)?;
        let data = part(bytes, at + 8, length)?;
        match &name {
            b"VP8 " | b"VP8L" | b"VP8X" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => chunk(&mut out, name, data)?,
            b"EXIF" => turned = orientation(data.strip_prefix(b"Exif\0\0").unwrap_or(data)),
            _ => {}
        }
        at += 8 + length + (length & 1);
    }
    // Only an extended picture has an Exif.
    let extended = part(&out, 12, 4)? == b"VP8X";
    if extended && turned != 1 {
        chunk(&mut out, *b"EXIF", &bare(turned))?;
    }
    if let Some(flags) = out.get_mut(20).filter(|_| extended) {
        *flags = *flags & !EXIF_AND_XMP | if turned == 1 { 0 } else { EXIF };
    }
    let size = u32::try_from(out.len() - 8).map_err(|_| Stop::Malformed)?;
    out.splice(4..8, size.to_le_bytes());
    Ok(out)
}

fn chunk(out: &mut Vec<u8>, name: [u8; 4], data: &[u8]) -> Result<(), Stop> {
    out.extend_from_slice(&name);
    out.extend_from_slice(&u32::try_from(data.len()).map_err(|_| Stop::Malformed)?.to_le_bytes());
    out.extend_from_slice(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
    Ok(())
}
