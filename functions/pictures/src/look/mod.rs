//! What a picture is, read from its head: kind, size, how it is turned, whether it moves. Nothing is decoded here, so a
//! bomb is a number. Not here: whether that number is allowed (`bounds`), and where the bytes come from (`facts`).

pub(crate) mod avif;
mod exif;
mod gif;
mod jpeg;
mod pieces;
mod png;
mod webp;

pub use exif::{BARE_LENGTH, bare, orientation};
pub use pieces::{Pieces, Stop};

use serde::{Deserialize, Serialize};

/// A kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Kind {
    /// PNG, moving ones (APNG) included.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
    /// AVIF.
    Avif,
}

impl Kind {
    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Avif => "avif",
        }
    }

    /// The media type.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
        }
    }
}

/// What is known of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its kind.
    pub kind: Kind,
    /// Pixels of a row as stored.
    pub width: u32,
    /// Rows as stored.
    pub height: u32,
    /// How it is to be turned for showing: 1 to 8 (Exif 2.32 §4.6.4, tag 274).
    pub orientation: u8,
    /// How many pictures follow each other, as far as that was counted; 1 where it does not move.
    pub frames: u32,
}

impl Facts {
    /// Width and height as shown.
    pub const fn shown(self) -> (u32, u32) {
        if self.orientation >= 5 { (self.height, self.width) } else { (self.width, self.height) }
    }
}

/// The kind that a file begins as: by content, whatever it is called.
///
/// # Errors
/// `Foreign` for anything else; `Need` for its first bytes.
pub fn kind(bytes: &Pieces) -> Result<Kind, Stop> {
    // The shortest of them is a GIF of some thirty bytes.
    let head: [u8; 12] = bytes.array(0).map_err(|stop| if stop == Stop::Torn { Stop::Foreign } else { stop })?;
    match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Kind::Png),
        [0xff, 0xd8, 0xff, ..] => Ok(Kind::Jpeg),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Kind::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => Ok(Kind::Webp),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] if avif::is(bytes)? => Ok(Kind::Avif),
        _ => Err(Stop::Foreign),
    }
}

/// Reads a picture's facts.
///
/// # Errors
/// `Need` until enough of it is here; the others when there is no such picture.
pub fn look(bytes: &Pieces) -> Result<Facts, Stop> {
    let facts = match kind(bytes)? {
        Kind::Png => png::look(bytes),
        Kind::Jpeg => jpeg::look(bytes),
        Kind::Gif => gif::look(bytes),
        Kind::Webp => webp::look(bytes),
        Kind::Avif => avif::look(bytes),
    }?;
    if facts.width == 0 || facts.height == 0 { Err(Stop::Malformed) } else { Ok(facts) }
}

#[cfg(test)]
mod tests {
    use super::{Pieces, Stop, look};

    #[test]
    fn what_is_no_picture_is_foreign() {
        for text in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"", b"GIF", b"%PDF-1.7 and so on, long enough"]
        {
            let mut bytes = Pieces::new(text.len() as u64);
            bytes.add(0, text.to_vec());
            assert_eq!(look(&bytes), Err(Stop::Foreign));
        }
    }
}
