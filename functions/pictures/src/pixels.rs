//! The pixels of a small PNG that the service made: those a BlurHash is made of. Bounded: what is larger is not read.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

/// Pixels of a side at most.
const LONGEST: usize = 64;

/// Pixels without what shines through, row by row.
#[derive(Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green, blue of each.
    pub colours: Vec<[u8; 3]>,
}

/// How pixels are written (W3C PNG §11.2.1).
#[derive(Clone, Copy)]
struct Form {
    width: usize,
    height: usize,
    /// Grey, grey with alpha, three colours, or those with alpha; or the number of a colour.
    channels: usize,
    is_numbered: bool,
    /// Bytes of a channel.
    depth: usize,
}

/// Reads a PNG of 8 or 16 bits a channel; `None` for any other, or one that is broken.
pub fn read(png: &[u8]) -> Option<Pixels> {
    let (mut form, mut palette, mut data) = (None, Vec::new(), Vec::new());
    let mut rest = png.get(8..)?;
    while let Some((head, behind)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, name @ ..] = *head;
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        let content = behind.get(..length)?;
        match &name {
            b"IHDR" => form = Some(Form::read(content)?),
            b"PLTE" => palette = content.chunks_exact(3).filter_map(|chunk| <[u8; 3]>::try_from(chunk).ok()).collect(),
            b"IDAT" => data.extend_from_slice(content),
            _ => {}
        }
        rest = behind.get(length.checked_add(4)?..)?;
    }
    let form: Form = form?;
    let bytes = decompress_to_vec_zlib_with_limit(&data, (form.row() + 1) * form.height).ok()?;
    let mut colours = Vec::with_capacity(form.width * form.height);
    let mut above = vec![0; form.row()];
    for line in bytes.chunks_exact(form.row() + 1) {
        let (filter, line) = line.split_first()?;
        above = unfiltered(*filter, line, &above, form.pixel())?;
        colours.extend(above.chunks_exact(form.pixel()).map(|pixel| form.colour(pixel, &palette)));
    }
    let whole = colours.len() == form.width * form.height;
    whole.then_some(Pixels { width: form.width, height: form.height, colours })
}

impl Form {
    /// Not interlaced: nobody writes small pictures so.
    fn read(head: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, bits, kind, 0, 0, 0] = *head.first_chunk::<13>()? else { return None };
        let side = |bytes| usize::try_from(u32::from_be_bytes(bytes)).ok().filter(|side| (1..=LONGEST).contains(side));
        let (width, height) = (side([a, b, c, d])?, side([e, f, g, h])?);
        let channels = match kind {
            0 | 3 => 1,
            4 => 2,
            2 => 3,
            6 => 4,
            _ => return None,
        };
        let is_numbered = kind == 3;
        let depth = match bits {
            8 => 1,
            16 if !is_numbered => 2,
            _ => return None,
        };
        Some(Self { width, height, channels, is_numbered, depth })
    }

    const fn pixel(self) -> usize {
        self.channels * self.depth
    }

    const fn row(self) -> usize {
        self.width * self.pixel()
    }

    /// Over white, as pages are.
    fn colour(self, pixel: &[u8], palette: &[[u8; 3]]) -> [u8; 3] {
        // Of 16 bits the high ones say enough.
        let channel = |index: usize| pixel.get(index * self.depth).copied().unwrap_or(0);
        let over = |value: u8, alpha: u8| {
            let sum = u16::from(value) * u16::from(alpha) + 255 * (255 - u16::from(alpha));
            u8::try_from(sum / 255).unwrap_or(u8::MAX)
        };
        match self.channels {
            1 if self.is_numbered => palette.get(usize::from(channel(0))).copied().unwrap_or_default(),
            1 => [channel(0); 3],
            2 => [over(channel(0), channel(1)); 3],
            3 => [channel(0), channel(1), channel(2)],
            _ => [0, 1, 2].map(|index| over(channel(index), channel(3))),
        }
    }
}

/// A row as it was before it was written as a difference (W3C PNG §9.2).
fn unfiltered(filter: u8, line: &[u8], above: &[u8], pixel: usize) -> Option<Vec<u8>> {
    let mut row: Vec<u8> = Vec::with_capacity(line.len());
    for (index, (byte, up)) in line.iter().zip(above).enumerate() {
        let before = index.checked_sub(pixel);
        let left = before.and_then(|at| row.get(at)).copied().unwrap_or(0);
        let corner = before.and_then(|at| above.get(at)).copied().unwrap_or(0);
        let guess = match filter {
            0 => 0,
            1 => left,
            2 => *up,
            3 => u8::midpoint(left, *up),
            4 => nearest(left, *up, corner),
            _ => return None,
        };
        row.push(byte.wrapping_add(guess));
    }
    Some(row)
}

/// The one of three that is nearest to where they point (W3C PNG §9.4).
fn nearest(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let away = |value: u8| (guess - i16::from(value)).abs();
    if away(left) <= away(up) && away(left) <= away(corner) {
        left
    } else if away(up) <= away(corner) {
        up
    } else {
        corner
    }
}
