//! A set of passwords in a file that is read in one small part: a Bloom filter in blocks. SHA-1 of a password says
//! which block it is in, and which bits there; what is not in the set is found in it once in some ten thousand times.
//! Pure, and built by `cargo xtask passwords` from this very file. Not here: where the file lies (`leaked`).

/// Bytes before the first block.
pub const HEADER: u32 = 16;
/// Bytes of a block: one read answers for a password.
pub const BLOCK: u32 = 4096;
const BITS: u32 = BLOCK * 8;
const MAGIC: &[u8; 8] = b"slvg-pw1";

/// How large a filter is, and how it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Blocks.
    pub blocks: u32,
    /// Bits that stand for a password.
    pub probes: u32,
}

impl Shape {
    /// For so many passwords, with this many bits for each: 20 are usual, and more find fewer by mistake.
    pub fn of(passwords: u64, bits_each: u32) -> Self {
        let blocks = passwords.saturating_mul(u64::from(bits_each)).div_ceil(u64::from(BITS)).max(1);
        // The best number of bits is their share times the logarithm of two.
        let probes = bits_each.saturating_mul(7) / 10;
        Self { blocks: u32::try_from(blocks).unwrap_or(u32::MAX), probes: probes.clamp(1, 24) }
    }

    /// Reads the beginning of a file; `None` for another.
    pub fn read(header: &[u8]) -> Option<Self> {
        let (magic, rest) = header.split_at_checked(MAGIC.len())?;
        let (blocks, rest) = rest.split_at_checked(4)?;
        let (probes, _) = rest.split_at_checked(4)?;
        let [blocks, probes] =
            [blocks, probes].map(|bytes| bytes.iter().fold(0, |n, byte| (n << 8) | u32::from(*byte)));
        let fits = magic == MAGIC && blocks > 0 && (1..=24).contains(&probes);
        fits.then_some(Self { blocks, probes })
    }

    /// The beginning of a file.
    #[allow(dead_code, reason = "for who builds one")]
    pub fn write(&self) -> Vec<u8> {
        [MAGIC.as_slice(), &self.blocks.to_be_bytes(), &self.probes.to_be_bytes()].concat()
    }

    /// Where in the file the block of this digest begins.
    pub fn place(&self, sha1: &[u8; 20]) -> u64 {
        let [a, b, c, d, ..] = *sha1;
        let block = (u64::from(u32::from_be_bytes([a, b, c, d])) * u64::from(self.blocks)) >> 32;
        u64::from(HEADER) + block * u64::from(BLOCK)
    }

    /// The bits of this digest in its block.
    fn bits(&self, sha1: &[u8; 20]) -> impl Iterator<Item = u32> {
        let word = |from: usize| sha1.iter().skip(from).take(4).fold(0_u32, |n, byte| (n << 8) | u32::from(*byte));
        let (mut place, mut step, grows) = (word(4), word(8), word(12));
        (0..self.probes).map(move |_| {
            let bit = place % BITS;
            place = place.wrapping_add(step);
            step = step.wrapping_add(grows);
            bit
        })
    }

    /// Whether this block has the digest.
    pub fn has(&self, block: &[u8], sha1: &[u8; 20]) -> bool {
        self.bits(sha1).all(|bit| {
            let byte = usize::try_from(bit / 8).ok().and_then(|at| block.get(at));
            byte.is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
        })
    }

    /// Adds the digest to its block.
    #[allow(dead_code, reason = "for who builds one")]
    pub fn add(&self, block: &mut [u8], sha1: &[u8; 20]) {
        for bit in self.bits(sha1) {
            if let Some(byte) = usize::try_from(bit / 8).ok().and_then(|at| block.get_mut(at)) {
                *byte |= 1 << (bit % 8);
            }
        }
    }
}

/// Whether a whole filter in memory has the digest.
pub fn whole_has(filter: &[u8], sha1: &[u8; 20]) -> bool {
    let Some(shape) = Shape::read(filter) else { return false };
    let block = usize::try_from(shape.place(sha1)).ok().and_then(|from| filter.get(from..));
    block.is_some_and(|block| shape.has(block, sha1))
}
