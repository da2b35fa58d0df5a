//! Some pieces of a file. Reading what is not here says where to read on, so that a reader is plain code, run again when
//! another piece has come, and never sees more of a file than it needs.

/// Why a picture's facts are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The bytes from this place on are needed.
    Need(u64),
    /// The file ends before it should.
    Torn,
    /// It is no picture of a kind that is read here.
    Foreign,
    /// It says what cannot be.
    Malformed,
}

/// Pieces of a file of known length.
#[derive(Debug)]
pub struct Pieces {
    length: u64,
    held: Vec<(u64, Vec<u8>)>,
}

impl Pieces {
    /// None yet.
    pub const fn new(length: u64) -> Self {
        Self { length, held: Vec::new() }
    }

    /// Takes a piece that begins at `from`.
    pub fn add(&mut self, from: u64, bytes: Vec<u8>) {
        self.held.push((from, bytes));
    }

    /// How long the file is.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The bytes from `from` on, `length` of them.
    ///
    /// # Errors
    /// When they are not here, or behind the file's end.
    pub fn get(&self, from: u64, length: usize) -> Result<&[u8], Stop> {
        let end = from.checked_add(length as u64).ok_or(Stop::Malformed)?;
        if end > self.length {
            return Err(Stop::Torn);
        }
        let within =
            |(start, bytes): &'_ (u64, Vec<u8>)| *start <= from && end <= start.saturating_add(bytes.len() as u64);
        let Some((start, bytes)) = self.held.iter().find(|piece| within(piece)) else { return Err(Stop::Need(from)) };
        let at = usize::try_from(from - start).map_err(|_| Stop::Malformed)?;
        bytes.get(at..at + length).ok_or(Stop::Malformed)
    }

    /// The byte at this place.
    ///
    /// # Errors
    /// As `get`.
    pub fn byte(&self, at: u64) -> Result<u8, Stop> {
        self.array::<1>(at).map(|[byte]| byte)
    }

    /// So many bytes as an array.
    ///
    /// # Errors
    /// As `get`.
    pub fn array<const N: usize>(&self, at: u64) -> Result<[u8; N], Stop> {
        self.get(at, N)?.try_into().map_err(|_| Stop::Malformed)
    }

    /// A number of 16 bits, the high byte first.
    ///
    /// # Errors
    /// As `get`.
    pub fn be16(&self, at: u64) -> Result<u16, Stop> {
        self.array(at).map(u16::from_be_bytes)
    }

    /// A number of 32 bits, the high byte first.
    ///
    /// # Errors
    /// As `get`.
    pub fn be32(&self, at: u64) -> Result<u32, Stop> {
        self.array(at).map(u32::from_be_bytes)
    }

    /// A number of 16 bits, the low byte first.
    ///
    /// # Errors
    /// As `get`.
    pub fn le16(&self, at: u64) -> Result<u16, Stop> {
        self.array(at).map(u16::from_le_bytes)
    }

    /// A number of 32 bits, the low byte first.
    ///
    /// # Errors
    /// As `get`.
    pub fn le32(&self, at: u64) -> Result<u32, Stop> {
        self.array(at).map(u32::from_le_bytes)
    }
}
