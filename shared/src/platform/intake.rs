//! What taking in a body comes to. Not here: the taking, which each side of the door does in its own way.

/// Where a body stood when a piece of it was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// There is more, or there may be.
    More,
    /// It ended as it should.
    Done,
    /// The client broke off, or sent nothing for too long.
    Broken,
}

/// A piece that was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Its bytes.
    pub bytes: u64,
    /// Where the body stands.
    pub end: End,
}

/// Why a body was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakeError {
    /// It ended before it was as long as was said.
    Short,
    /// It is longer than was said.
    Long,
    /// The client broke off.
    Broken,
    /// The bucket failed, in its own words.
    Bucket(String),
}

/// Digests of an object, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// SHA-256.
    pub sha256: String,
    /// MD5, which the bucket makes of itself; empty where it does not tell.
    pub md5: String,
}

impl TakeError {
    /// By the word that the other side of the door says.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "the host makes no words of them"))]
    pub(super) fn of(word: String) -> Self {
        match word.as_str() {
            "short" => Self::Short,
            "long" => Self::Long,
            "broken" => Self::Broken,
            _ => Self::Bucket(word),
        }
    }
}
