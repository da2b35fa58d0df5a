//! Recovery codes: ten at a time, 120 random bits each, so that a plain hash is enough at rest and guessing is
//! hopeless (OWASP ASVS 5.0, V6.5.2). Pure.

use shared::accounts::tokens;

/// How many are made at a time.
pub const COUNT: usize = 10;
/// Random bytes of one code.
pub const BYTES: usize = 15;

/// Crockford's base 32: no letter is taken for another.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code as people read it: six groups of four.
pub fn write(random: [u8; BYTES]) -> String {
    let value = random.iter().fold(0_u128, |value, byte| (value << 8) | u128::from(*byte));
    let mut text = String::with_capacity(29);
    for i in (0..24).rev() {
        let digit = usize::try_from((value >> (5 * i)) & 31).unwrap_or(0);
        text.push(DIGITS.get(digit).map_or('0', |d| char::from(*d)));
        if i > 0 && i % 4 == 0 {
            text.push('-');
        }
    }
    text
}

/// What somebody typed, as it was written: case, spaces and dashes do not matter, nor do the letters that Crockford's
/// alphabet leaves out because they look like digits. `None` for what cannot be a recovery code.
pub fn read(typed: &str) -> Option<String> {
    let mut text = String::with_capacity(24);
    for letter in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        text.push(match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
    }
    let fits = text.len() == 24 && text.bytes().all(|byte| DIGITS.contains(&byte));
    fits.then_some(text)
}

/// What is stored of a code of this user: lower-hex SHA-256.
pub fn hash(user_id: &str, code: &str) -> String {
    let plain: String = code.chars().filter(|c| *c != '-').collect();
    tokens::hash(&format!("{user_id} {plain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_groups_of_four_and_reads_back() {
        let code = write([0xff; BYTES]);
        assert_eq!(code, "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        let code = write(*b"fifteen letters");
        assert_eq!((code.len(), read(&code)), (29, Some(code.replace('-', ""))));
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = "0123-4567-89AB-CDEF-GHJK-1010";
        for typed in ["0123-4567-89ab-cdef-ghjk-1010", " 0123 4567 89AB CDEF GHJK 1010", "O123456789ABCDEFGHJKIOLO"] {
            assert_eq!(read(typed), Some(code.replace('-', "")), "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for typed in
            ["", "123456", "0123-4567-89AB-CDEF-GHJK-101", "0123-4567-89AB-CDEF-GHJK-101U", "ééééééééééééééééééééééééé"]
        {
            assert_eq!(read(typed), None, "{typed}");
        }
    }

    #[test]
    fn one_code_has_another_hash_with_another_user() {
        assert_ne!(hash("usr_1", "A"), hash("usr_2", "A"));
    }
}
