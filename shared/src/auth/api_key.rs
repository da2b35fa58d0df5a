//! The text of an API key: `sk-slv1-`, the letters of its id, 160 random bits, a checksum. The prefix and
//! the checksum let scanners of leaked secrets recognise one without asking us, and let us refuse what was
//! never a key without asking the database. Not here: whose key it is (`key`).

use crate::id;

/// What every key begins with.
pub const PREFIX: &str = "sk-slv1-";
/// How a bearer token is told to be meant for a key: access tokens never begin like this.
pub(super) const FAMILY: &str = "sk-";

const ID_LENGTH: usize = 26;
const SECRET_LENGTH: usize = 32;
const CHECKSUM_LENGTH: usize = 7;
const LENGTH: usize = PREFIX.len() + ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;

/// The text of a new key with this id (`key_…`), from fresh random bytes. Shown once; only its hash is kept.
pub fn text(id: &str, random: [u8; 20]) -> String {
    let mut text = String::with_capacity(LENGTH);
    text.push_str(PREFIX);
    text.push_str(id.strip_prefix("key_").unwrap_or_default());
    for five in random.chunks(5) {
        let value = five.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
        id::push_base32(&mut text, u128::from(value), 8);
    }
    let checksum = crc32(text.as_bytes());
    id::push_base32(&mut text, u128::from(checksum), CHECKSUM_LENGTH);
    text
}

/// The id in a text that has the form and the checksum of a key. Whether there is such a key only the
/// database knows.
pub(super) fn id_of(text: &str) -> Option<String> {
    if text.len() != LENGTH {
        return None;
    }
    let (body, checksum) = text.split_at_checked(LENGTH - CHECKSUM_LENGTH)?;
    let mut expected = String::with_capacity(CHECKSUM_LENGTH);
    id::push_base32(&mut expected, u128::from(crc32(body.as_bytes())), CHECKSUM_LENGTH);
    let (id, _) = body.strip_prefix(PREFIX)?.split_at_checked(ID_LENGTH)?;
    let id = format!("key_{id}");
    (checksum == expected && id::is("key", &id)).then_some(id)
}

/// The last letters, by which people tell their keys apart in a list. They are of the checksum: 20 bits, of
/// a secret that has 160.
pub fn ending(text: &str) -> &str {
    text.get(text.len().saturating_sub(4)..).unwrap_or_default()
}

/// CRC-32 (ISO 3309), bit by bit: keys are short, and a table would weigh more than it saves.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::{LENGTH, crc32, ending, id_of, text};

    const ID: &str = "key_01KAHM9V8GZZZZZZZZZZZZZZZZ";

    #[test]
    fn a_key_names_its_id_and_has_its_length() {
        let key = text(ID, [7; 20]);
        assert_eq!(key.len(), LENGTH);
        assert_eq!(id_of(&key).as_deref(), Some(ID));
        assert!(key.starts_with("sk-slv1-01KAHM9V8G") && key.ends_with(ending(&key)));
        assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "one word to a double click");
    }

    #[test]
    fn any_changed_letter_breaks_the_checksum() {
        let key = text(ID, [7; 20]);
        for at in 0..key.len() {
            let mut bytes = key.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(id_of(&String::from_utf8(bytes).unwrap()), None, "letter {at}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_a_panic() {
        let key = text(ID, [7; 20]);
        let wide = format!("sk-slv1-{}", "é".repeat(33));
        for bad in ["", "sk-", "sk-slv1-", &key[1..], &format!("{key}0"), &key.to_lowercase(), &wide, &"é".repeat(36)]
        {
            assert_eq!(id_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_checksum_is_the_one_everybody_computes() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
