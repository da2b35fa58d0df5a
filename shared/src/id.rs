//! Prefixed, sortable ids (`usr_01J…`): a ULID behind the kind of thing it names
//! (github.com/ulid/spec: 48 bits of milliseconds, 80 random bits, Crockford's base 32).

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An id of this kind, made at this time from ten fresh random bytes.
pub fn new(prefix: &str, now_ms: u64, random: [u8; 10]) -> String {
    let mut value = u128::from(now_ms & 0xffff_ffff_ffff) << 80;
    for (i, byte) in random.iter().rev().enumerate() {
        value |= u128::from(*byte) << (8 * i);
    }
    let mut id = String::with_capacity(prefix.len() + 27);
    id.push_str(prefix);
    id.push('_');
    push_base32(&mut id, value, 26);
    id
}

/// Appends the lowest `digits` digits of a number in Crockford's base 32.
pub(crate) fn push_base32(text: &mut String, value: u128, digits: usize) {
    for i in (0..digits).rev() {
        let digit = usize::try_from((value >> (5 * i)) & 31).unwrap_or(0);
        text.push(DIGITS.get(digit).map_or('0', |d| char::from(*d)));
    }
}

/// Whether `id` is an id of this kind; a cheap refusal before a database is asked.
pub fn is(prefix: &str, id: &str) -> bool {
    id.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(|rest| rest.len() == 26 && rest.bytes().all(|b| DIGITS.contains(&b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_name_their_kind() {
        let (early, late) = (new("usr", 1, [255; 10]), new("usr", 2, [0; 10]));
        assert!(early < late);
        assert!(is("usr", &early));
        assert!(!is("ses", &early) && !is("usr", "usr_x") && !is("usr", "usr_01J"));
        assert_eq!(new("x", 0, [0; 10]), "x_00000000000000000000000000");
    }
}
