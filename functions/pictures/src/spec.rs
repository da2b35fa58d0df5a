//! What a variant is, as one word in its URL: `w640,h480,cover,webp`. Each variant has exactly one such word, so that nobody
//! can have the same picture made under many names. Not here: making it (`render`).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::look::Kind;

/// Sides a variant may have: steps that are small where pictures are small, so that what can be asked for is bounded.
pub const SIDES: [u16; 24] = [
    16, 32, 48, 64, 96, 128, 160, 192, 256, 320, 384, 480, 512, 640, 768, 800, 960, 1_080, 1_280, 1_600, 1_920, 2_560,
    3_200, 3_840,
];

/// How a picture is fitted into the sides that are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Fit {
    /// Whole, no larger than the sides and no larger than it is.
    #[default]
    ScaleDown,
    /// Whole, as large as the sides allow.
    Contain,
    /// Fills both sides; what stands over is cut off. Wants both.
    Cover,
}

/// What stays where something is cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Gravity {
    /// The middle.
    #[default]
    Center,
    /// The upper edge.
    Top,
    /// The lower edge.
    Bottom,
    /// The left edge.
    Left,
    /// The right edge.
    Right,
}

/// What a variant is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Format {
    /// What the client's `Accept` likes best: AVIF, WebP, or else JPEG, PNG where something may shine through.
    #[default]
    Auto,
    /// WebP.
    Webp,
    /// AVIF.
    Avif,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

impl Format {
    /// The kind of picture; of `auto` what `accept` (RFC 9110 §12.5.1) likes best of a picture of this kind.
    pub fn kind(self, accept: &str, of: Kind) -> Kind {
        match self {
            Self::Webp => Kind::Webp,
            Self::Avif => Kind::Avif,
            Self::Jpeg => Kind::Jpeg,
            Self::Png => Kind::Png,
            Self::Auto if takes(accept, "image/avif") => Kind::Avif,
            Self::Auto if takes(accept, "image/webp") => Kind::Webp,
            Self::Auto if of == Kind::Jpeg => Kind::Jpeg,
            Self::Auto => Kind::Png,
        }
    }

    /// The one that makes this kind.
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Webp => Self::Webp,
            Kind::Avif => Self::Avif,
            Kind::Jpeg => Self::Jpeg,
            Kind::Png | Kind::Gif => Self::Png,
        }
    }
}

/// Whether a media type is named, and not refused by `q=0`.
fn takes(accept: &str, media: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(media));
        named && !parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.bytes().all(|b| b == b'0' || b == b'.')))
    })
}

/// A variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Spec {
    /// Pixels of a row at most, one of the sides that are known.
    #[serde(default)]
    pub width: Option<u16>,
    /// Rows at most.
    #[serde(default)]
    pub height: Option<u16>,
    /// How it is fitted.
    #[serde(default)]
    pub fit: Fit,
    /// What stays where something is cut off; of `cover` alone.
    #[serde(default)]
    pub gravity: Gravity,
    /// What it is written as.
    #[serde(default)]
    pub format: Format,
    /// 50, 65, 80 or 95; 80 unless asked. Not of PNG.
    #[serde(default = "usual")]
    pub quality: u8,
}

const QUALITIES: [u8; 4] = [50, 65, 80, 95];

const fn usual() -> u8 {
    80
}

/// What is wrong with a variant: its field, and in words.
pub type Misfit = (&'static str, &'static str);

impl Spec {
    /// A square that is filled, as avatars are.
    pub const fn square(side: u16) -> Self {
        let (width, height) = (Some(side), Some(side));
        Self { width, height, fit: Fit::Cover, gravity: Gravity::Center, format: Format::Webp, quality: 80 }
    }

    /// A whole picture of this width at most.
    pub const fn wide(side: u16) -> Self {
        let fit = Fit::ScaleDown;
        Self { width: Some(side), height: None, fit, gravity: Gravity::Center, format: Format::Auto, quality: 80 }
    }

    /// The same, written as this kind.
    #[must_use]
    pub const fn as_kind(self, kind: Kind) -> Self {
        Self { format: Format::of(kind), ..self }
    }

    /// Whether it can be made: the one way to say it.
    ///
    /// # Errors
    /// For sides and qualities that are not known, and for what says nothing.
    pub fn check(self) -> Result<Self, Misfit> {
        let known = |side: Option<u16>| side.is_none_or(|side| SIDES.contains(&side));
        match self {
            _ if !known(self.width) => Err(("width", "must be one of the known sides")),
            _ if !known(self.height) => Err(("height", "must be one of the known sides")),
            Self { width: None, height: None, .. } => Err(("width", "is missing, and so is height")),
            Self { fit: Fit::Cover, width: None, .. } => Err(("width", "is missing: cover fills both sides")),
            Self { fit: Fit::Cover, height: None, .. } => Err(("height", "is missing: cover fills both sides")),
            _ if self.fit != Fit::Cover && self.gravity != Gravity::Center => {
                Err(("gravity", "says nothing where nothing is cut off"))
            }
            _ if !QUALITIES.contains(&self.quality) => Err(("quality", "must be 50, 65, 80 or 95")),
            Self { format: Format::Png, quality, .. } if quality != usual() => {
                Err(("quality", "says nothing of a format without loss"))
            }
            _ => Ok(self),
        }
    }

    /// Reads the word in a URL.
    ///
    /// # Errors
    /// As `check`; and for any other word of the same variant.
    pub fn read(word: &str) -> Result<Self, Misfit> {
        let mut spec = Self { fit: Fit::ScaleDown, format: Format::Auto, ..Self::wide(0) };
        spec.width = None;
        for part in word.split(',') {
            let number = |from: usize| part.get(from..).and_then(|digits| digits.parse().ok());
            match part {
                "cover" => spec.fit = Fit::Cover,
                "contain" => spec.fit = Fit::Contain,
                "top" => spec.gravity = Gravity::Top,
                "bottom" => spec.gravity = Gravity::Bottom,
                "left" => spec.gravity = Gravity::Left,
                "right" => spec.gravity = Gravity::Right,
                "webp" => spec.format = Format::Webp,
                "avif" => spec.format = Format::Avif,
                "jpeg" => spec.format = Format::Jpeg,
                "png" => spec.format = Format::Png,
                _ if part.starts_with('w') => spec.width = number(1),
                _ if part.starts_with('h') => spec.height = number(1),
                _ if part.starts_with('q') => spec.quality = number(1).and_then(|q| u8::try_from(q).ok()).unwrap_or(0),
                _ => return Err(("spec", "has a part that is not known")),
            }
        }
        let spec = spec.check()?;
        if spec.to_string() == word { Ok(spec) } else { Err(("spec", "is not written in the one way there is")) }
    }
}

impl fmt::Display for Spec {
    /// The word in URLs; what is usual is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides = [("w", self.width), ("h", self.height)];
        let mut between = "";
        for (name, side) in sides.into_iter().filter_map(|(name, side)| side.map(|side| (name, side))) {
            write!(f, "{between}{name}{side}")?;
            between = ",";
        }
        let fit = match self.fit {
            Fit::ScaleDown => "",
            Fit::Contain => ",contain",
            Fit::Cover => ",cover",
        };
        let gravity = match self.gravity {
            Gravity::Center => "",
            Gravity::Top => ",top",
            Gravity::Bottom => ",bottom",
            Gravity::Left => ",left",
            Gravity::Right => ",right",
        };
        let format = match self.format {
            Format::Auto => "",
            Format::Webp => ",webp",
            Format::Avif => ",avif",
            Format::Jpeg => ",jpeg",
            Format::Png => ",png",
        };
        write!(f, "{fit}{gravity}{format}")?;
        if self.quality == usual() { Ok(()) } else { write!(f, ",q{}", self.quality) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, Kind, Spec};

    #[test]
    fn a_word_is_read_and_written_in_one_way() {
        for word in ["w640", "h480,contain", "w64,h64,cover", "w64,h64,cover,top,webp", "w1280,jpeg,q95", "w3840,png"] {
            assert_eq!(Spec::read(word).unwrap().to_string(), word);
        }
        for word in [
            "",
            "w641",
            "h480,w640",
            "w640,",
            "w0640",
            "w+640",
            "w640,q80",
            "cover",
            "w64,cover",
            "w64,top",
            "w64,q51",
            "w64,png,q50",
            "w64,w64",
            "w99999",
            "w-1",
            "w64,scale-down",
            "w64,center",
            "W64",
            "w64,h",
            "w640,auto",
        ] {
            assert!(Spec::read(word).is_err(), "{word}");
        }
    }

    #[test]
    fn what_is_liked_best_follows_accept() {
        let liked = |accept: &str| Format::Auto.kind(accept, Kind::Jpeg);
        assert_eq!(liked("image/avif,image/webp,*/*;q=0.8"), Kind::Avif);
        assert_eq!(liked("image/webp,*/*"), Kind::Webp);
        assert_eq!(liked("image/avif;q=0, image/webp;q=0.0"), Kind::Jpeg);
        assert_eq!(liked(""), Kind::Jpeg);
        assert_eq!(Format::Auto.kind("*/*", Kind::Png), Kind::Png);
        assert_eq!(Format::Webp.kind("", Kind::Png), Kind::Webp);
    }
}
