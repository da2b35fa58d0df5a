//! Hashes that other systems made: bcrypt (`$2b$10$…`) and scrypt (`$scrypt$ln=14,r=8,p=1$salt$hash`).
//! They are checked, never made: a password that fits gets a hash of today's standard. What is read
//! from a database is bounded before it costs anything.

use base64ct::{Base64Bcrypt, Base64Unpadded, Encoding};
use scrypt::Params;

/// Four times the work of bcrypt's usual cost of 10.
const LARGEST_COST: u32 = 12;
/// bcrypt reads no more of a password than this, the zero at its end included.
const BCRYPT_READS: usize = 72;
/// The most memory of scrypt, `128 · N · r` bytes: 64 MiB.
const LARGEST_MEMORY: u64 = 64 << 20;
/// The most work of scrypt, `N · r · p`.
const LARGEST_WORK: u64 = 1 << 20;

/// A hash of another system, taken apart.
#[derive(Clone, Debug)]
pub(crate) enum Older {
    /// bcrypt, revisions 2a, 2b and 2y.
    Bcrypt { cost: u32, salt: [u8; 16], hash: [u8; 23] },
    /// scrypt (RFC 7914).
    Scrypt { params: Params, salt: Vec<u8>, hash: Vec<u8> },
}

impl Older {
    /// Reads a stored hash within the bounds; `None` for every other.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("$scrypt$") {
            return scrypt_of(rest);
        }
        let revisions = ["$2a$", "$2b$", "$2y$"];
        bcrypt_of(revisions.iter().find_map(|revision| text.strip_prefix(revision))?)
    }

    /// Whether this is the hash of the password; compared in constant time.
    pub(crate) fn fits(&self, password: &str) -> bool {
        // bcrypt ends at a zero, and to the HMAC within scrypt zeros at the end are none at all.
        if password.contains('\0') {
            return false;
        }
        match self {
            Self::Bcrypt { cost, salt, hash } => bcrypt_fits(*cost, *salt, hash, password),
            Self::Scrypt { params, salt, hash } => {
                let mut computed = vec![0; hash.len()];
                scrypt::scrypt(password.as_bytes(), salt, params, &mut computed).is_ok()
                    && shared::secret::same(&computed, hash)
            }
        }
    }
}

fn bcrypt_fits(cost: u32, salt: [u8; 16], hash: &[u8], password: &str) -> bool {
    let mut read = password.as_bytes().to_vec();
    read.push(0);
    read.truncate(BCRYPT_READS);
    let computed = bcrypt::bcrypt(cost, salt, &read);
    computed.get(..hash.len()).is_some_and(|computed| shared::secret::same(computed, hash))
}

/// `10$` and 53 characters: 22 of salt, 31 of hash.
fn bcrypt_of(text: &str) -> Option<Older> {
    let (cost, both) = text.split_once('$')?;
    let cost = cost.parse().ok().filter(|cost| cost_fits(*cost))?;
    let (salt, hash) = both.split_at_checked(22)?;
    let salt = Base64Bcrypt::decode_vec(salt).ok()?.try_into().ok()?;
    let hash = Base64Bcrypt::decode_vec(hash).ok()?.try_into().ok()?;
    Some(Older::Bcrypt { cost, salt, hash })
}

fn cost_fits(cost: u32) -> bool {
    (4..=LARGEST_COST).contains(&cost)
}

/// `ln=14,r=8,p=1$salt$hash`.
fn scrypt_of(text: &str) -> Option<Older> {
    let mut parts = text.split('$');
    let (params, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let (mut log_n, mut r, mut p) = (0_u8, 0_u32, 0_u32);
    for param in params.split(',') {
        match param.split_once('=')? {
            ("ln", value) => log_n = value.parse().ok()?,
            ("r", value) => r = value.parse().ok()?,
            ("p", value) => p = value.parse().ok()?,
            _ => return None,
        }
    }
    let (salt, hash) = (Base64Unpadded::decode_vec(salt).ok()?, Base64Unpadded::decode_vec(hash).ok()?);
    let n = 1_u64.checked_shl(u32::from(log_n)).filter(|n| (2..=LARGEST_WORK).contains(n))?;
    let (blocks, lanes) = (u64::from(r), u64::from(p));
    let memory = n.checked_mul(blocks)?.checked_mul(128)?;
    let work = n.checked_mul(blocks)?.checked_mul(lanes)?;
    let bounded = (1..=LARGEST_MEMORY).contains(&memory)
        && (1..=LARGEST_WORK).contains(&work)
        && (8..=64).contains(&salt.len())
        && (16..=64).contains(&hash.len());
    let params = Params::new(log_n, r, p, hash.len()).ok().filter(|_| bounded && parts.next().is_none())?;
    Some(Older::Scrypt { params, salt, hash })
}
