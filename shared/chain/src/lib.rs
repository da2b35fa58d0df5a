//! The hash chain of security events. Here: which bytes are hashed and signed, and whether a list of events is
//! whole. Not here: reading, storing, signing; whoever seals and whoever verifies do those in their own way.
//!
//! Each event's hash covers the hash before it, so that nothing can be changed, put in, moved or taken out without
//! every later hash changing, and a signed head says which hash is the last. What is personal in an event (from
//! where, with what, particulars) is not hashed itself but as a commitment with a salt: when both are forgotten, the
//! chain still holds, and nobody can guess what was committed to.

mod verify;

pub use verify::{Entry, Fault, Told, Verifier};

use sha2::{Digest, Sha256};

/// SHA-256.
pub type Hash = [u8; 32];

/// What of an event stands in the chain for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its place in the chain: 1, 2, 3…
    pub sequence: u64,
    /// The number of its row in the database. Rows are numbered without gaps: a missing number was a row once.
    pub row: u64,
    /// `evt_…`.
    pub id: &'a str,
    /// RFC 3339.
    pub at: &'a str,
    /// What happened.
    pub kind: &'a str,
    /// Whose account.
    pub user_id: Option<&'a str>,
    /// Who did it, when it was somebody else.
    pub actor_id: Option<&'a str>,
}

/// What of an event is forgotten with the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Personal<'a> {
    /// 128 random bits, as lower-case hex: without them what was committed to cannot be guessed.
    pub salt: &'a str,
    /// From where.
    pub network: &'a str,
    /// With what.
    pub user_agent: &'a str,
    /// Particulars, as JSON text.
    pub detail: &'a str,
}

/// What the chain called `chain` begins with: an event of one deployment is none of another.
pub fn genesis(chain: &str) -> Hash {
    hash_of("selvage audit genesis 1", &[Some(chain)])
}

/// What stands in the chain for what is personal.
pub fn commitment(personal: &Personal<'_>) -> Hash {
    let Personal { salt, network, user_agent, detail } = *personal;
    hash_of("selvage audit personal 1", &[Some(salt), Some(network), Some(user_agent), Some(detail)])
}

/// The hash of an event behind the event with the hash `previous`.
pub fn link(previous: &Hash, event: &Event<'_>, commitment: &Hash) -> Hash {
    let (sequence, row) = (event.sequence.to_string(), event.row.to_string());
    let (previous, commitment) = (hex(previous), hex(commitment));
    let fields = [
        Some(previous.as_str()),
        Some(&sequence),
        Some(&row),
        Some(event.id),
        Some(event.at),
        Some(event.kind),
        event.user_id,
        event.actor_id,
        Some(&commitment),
    ];
    hash_of("selvage audit event 1", &fields)
}

/// The text that is signed to say that `hash` is the hash of the event `sequence`, the last one at that time.
pub fn head_text(chain: &str, sequence: u64, hash: &str, sealed_at: &str) -> String {
    format!("selvage audit head 1\n{chain}\n{sequence}\n{hash}\n{sealed_at}\n")
}

/// Each field stands behind its length, so that no two lists of fields are alike; a missing one is no empty one.
fn hash_of(purpose: &str, fields: &[Option<&str>]) -> Hash {
    let mut hasher = Sha256::new();
    for field in [Some(purpose)].iter().chain(fields) {
        let length = field.map_or(u64::MAX, |text| text.len() as u64);
        hasher.update(length.to_be_bytes());
        hasher.update(field.unwrap_or_default());
    }
    hasher.finalize().into()
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads a hash as `hex` writes it; `None` for every other text.
pub fn unhex(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    let lower = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    lower.then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: Event<'_> = Event {
        sequence: 1,
        row: 1,
        id: "evt_1",
        at: "2026-11-20T10:30:00.000Z",
        kind: "signed_in",
        user_id: Some("usr_1"),
        actor_id: None,
    };

    #[test]
    fn the_hash_depends_on_every_field() {
        let (zero, one) = ([0; 32], [1; 32]);
        let hashes = [
            link(&zero, &EVENT, &zero),
            link(&one, &EVENT, &zero),
            link(&zero, &EVENT, &one),
            link(&zero, &Event { sequence: 2, ..EVENT }, &zero),
            link(&zero, &Event { row: 2, ..EVENT }, &zero),
            link(&zero, &Event { id: "evt_2", ..EVENT }, &zero),
            link(&zero, &Event { at: "2026-11-20T10:30:00.001Z", ..EVENT }, &zero),
            link(&zero, &Event { kind: "signed_out", ..EVENT }, &zero),
            link(&zero, &Event { user_id: None, ..EVENT }, &zero),
            link(&zero, &Event { user_id: Some(""), ..EVENT }, &zero),
            link(&zero, &Event { user_id: None, actor_id: Some("usr_1"), ..EVENT }, &zero),
        ];
        let different: std::collections::BTreeSet<Hash> = hashes.into_iter().collect();
        assert_eq!(different.len(), hashes.len());
    }

    #[test]
    fn a_byte_that_moves_between_fields_changes_the_hash() {
        let personal = Personal { salt: "00", network: "ab", user_agent: "c", detail: "" };
        assert_ne!(commitment(&personal), commitment(&Personal { network: "a", user_agent: "bc", ..personal }));
        assert_ne!(genesis("a"), genesis("b"));
    }

    #[test]
    fn the_bytes_are_those_of_every_earlier_version() {
        // Whoever changes these breaks the chains that exist.
        assert_eq!(hex(&genesis("selvage")), "ca177ee5765b83a2b9e9586f293a5161d3513be39f27aec4f1dd1f8d7c05f92f");
        assert_eq!(
            hex(&link(&genesis("selvage"), &EVENT, &[0; 32])),
            "6f95461b1bb27285be43b49f83ec42c379775dfe39e86f6d1540ff760a61f67b"
        );
    }

    #[test]
    fn hex_reads_back_and_nothing_else_does() {
        let hash = genesis("selvage");
        assert_eq!(unhex(&hex(&hash)), Some(hash));
        for bad in ["", "00", &"0".repeat(63), &"G".repeat(64), &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
