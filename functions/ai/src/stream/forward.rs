//! What a client gets for one piece of a stream, copied only where it must be.
//!
//! Which blocks it gets is decided in `scan`.

pub use shared::stream::Forward;

/// What goes out for one piece: a prefix of the piece itself as long as that is all, a copy
/// from the first byte that differs.
pub(crate) struct Out<'p> {
    piece: &'p [u8],
    prefix: usize,
    copy: Option<Vec<u8>>,
}

impl<'p> Out<'p> {
    pub(crate) fn new(piece: &'p [u8]) -> Self {
        Self { piece, prefix: 0, copy: None }
    }

    /// `piece[from..to]` goes out, or is left out. Called in order, without gaps.
    pub(crate) fn take(&mut self, from: usize, to: usize, keep: bool) {
        let range = self.piece.get(from..to).unwrap_or_default();
        match (&mut self.copy, keep) {
            (Some(copy), true) => copy.extend_from_slice(range),
            (Some(_), false) => {}
            (None, true) => self.prefix = to,
            (None, false) if range.is_empty() => {}
            (None, false) => self.copy = Some(self.prefix_bytes()),
        }
    }

    /// The block held from earlier pieces, completed by `piece[..to]`, goes out first.
    pub(crate) fn begin_with(&mut self, block: Vec<u8>, to: usize) {
        self.copy = Some(block);
        self.prefix = to;
    }

    /// These bytes go out where the piece has come to, in place of what was left out.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            let prefix = self.prefix_bytes();
            self.copy.get_or_insert(prefix).extend_from_slice(bytes);
        }
    }

    fn prefix_bytes(&self) -> Vec<u8> {
        self.piece.get(..self.prefix).unwrap_or_default().to_vec()
    }

    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        self.copy.take().unwrap_or_else(|| self.prefix_bytes())
    }

    pub(crate) fn forward(self) -> Forward {
        if self.copy.is_none() && self.prefix == self.piece.len() && self.prefix > 0 {
            return Forward::Whole;
        }
        match self.into_bytes() {
            bytes if bytes.is_empty() => Forward::Nothing,
            bytes => Forward::Bytes(bytes),
        }
    }
}
