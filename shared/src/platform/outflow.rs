//! What goes out of a bucket: pieces of objects, and lists of them. Not here: how (`wasm/outflow.rs`, `host/outflow.rs`).

/// A piece of an object on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What is sent before it.
    pub before: String,
    /// Where it begins.
    pub from: u64,
    /// Its length.
    pub length: u64,
}

/// An object as a bucket lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub object: String,
    /// Its length.
    pub bytes: u64,
    /// When it was written: milliseconds since 1970.
    pub at: u64,
}

/// Some of what lies in a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The objects, in the order of their names.
    pub objects: Vec<Listed>,
    /// Whether there are more behind them.
    pub more: bool,
}

impl Listing {
    /// Reads the lines of `outflow.js`.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "the host lists by itself"))]
    pub(crate) fn read(text: &str) -> Self {
        let objects = text.lines().filter_map(|line| {
            let mut parts = line.rsplitn(3, '\t');
            let (at, bytes) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            Some(Listed { object: parts.next()?.to_owned(), bytes, at })
        });
        Self { objects: objects.collect(), more: text.ends_with('\n') }
    }
}

#[cfg(test)]
mod tests {
    use super::{Listed, Listing};

    #[test]
    fn a_listing_is_read_as_it_was_written() {
        let one = Listed { object: "a\tb".to_owned(), bytes: 7, at: 9 };
        assert_eq!(Listing::read("a\tb\t7\t9"), Listing { objects: vec![one.clone()], more: false });
        assert_eq!(Listing::read("a\tb\t7\t9\n"), Listing { objects: vec![one], more: true });
        assert_eq!(Listing::read(""), Listing::default());
    }
}
