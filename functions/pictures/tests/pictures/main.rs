//! Pictures on the host: their heads, their bytes without notes, and the rows over a scripted service.

#![cfg(test)]

mod faces;
mod looking;
mod rows;
mod stripping;

use pictures::look::{Kind, Pieces};

/// A picture: its kind, its sides as stored, its orientation, its frames, its bytes.
pub(crate) type Sample = (Kind, u32, u32, u8, u32, &'static [u8]);

/// Pictures that another program made.
pub(crate) const SAMPLES: [Sample; 10] = [
    (Kind::Jpeg, 40, 24, 6, 1, include_bytes!("../samples/turned.jpg")),
    (Kind::Jpeg, 40, 24, 1, 1, include_bytes!("../samples/progressive.jpg")),
    (Kind::Png, 40, 24, 6, 1, include_bytes!("../samples/turned.png")),
    (Kind::Webp, 40, 24, 6, 1, include_bytes!("../samples/turned.webp")),
    (Kind::Webp, 40, 24, 1, 1, include_bytes!("../samples/lossy.webp")),
    (Kind::Webp, 40, 24, 1, 1, include_bytes!("../samples/lossless.webp")),
    (Kind::Webp, 12, 8, 1, 3, include_bytes!("../samples/moving.webp")),
    (Kind::Gif, 12, 8, 1, 3, include_bytes!("../samples/moving.gif")),
    (Kind::Gif, 40, 24, 1, 1, include_bytes!("../samples/still.gif")),
    (Kind::Avif, 40, 24, 1, 1, include_bytes!("../samples/noted.avif")),
];

/// A file that is all here.
pub(crate) fn whole(bytes: &[u8]) -> Pieces {
    let mut pieces = Pieces::new(bytes.len() as u64);
    pieces.add(0, bytes.to_vec());
    pieces
}
