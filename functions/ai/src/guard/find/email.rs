//! Addresses of e-mail by their shape: `local@domain.name`, in ASCII.
//!
//! Local parts have up to 64 bytes (RFC 5321, section 4.5.3.1.1); of a longer run of such bytes the last 64 count.
//! Domains have up to 190 bytes here, so that what is held back has a bound; their last label begins with a letter.

use super::{Looked, More, Place};

const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 190;

/// What earlier looks at the same text showed, so that no run of bytes is looked at twice. Offsets in that text.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// All bytes from the last look to here belong to one run.
    run_to: usize,
    /// No address begins before this.
    none_before: usize,
}

const fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-')
}

/// Whether an address can begin with this byte.
pub(crate) const fn begins(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// An address at this place, which is at offset `at` of the text that `seen` belongs to.
pub(crate) fn look(place: &Place<'_>, at: usize, seen: &mut Seen) -> Looked {
    if at < seen.none_before || !place.rest.as_bytes().first().is_some_and(|byte| begins(*byte)) {
        return Ok(None);
    }
    let mut local = seen.run_to.saturating_sub(at);
    let ends_with = loop {
        if local > LONGEST_LOCAL {
            seen.run_to = at + local;
            return Ok(None);
        }
        match place.byte(local)? {
            Some(byte) if is_local(byte) => local += 1,
            other => break other,
        }
    };
    let found = if ends_with == Some(b'@') { domain(place, local + 1)? } else { None };
    if found.is_none() {
        seen.none_before = at + local;
    }
    Ok(found)
}

/// The end of the domain that begins at `from`: of the longest one there is.
fn domain(place: &Place<'_>, from: usize) -> Result<Option<usize>, More> {
    let (mut end, mut dots, mut label, mut by_letter) = (None, 0, 0, false);
    for at in from..from + LONGEST_DOMAIN {
        match place.byte(at)? {
            Some(byte) if byte.is_ascii_alphanumeric() => {
                by_letter = if label == 0 { byte.is_ascii_alphabetic() } else { by_letter };
                label += 1;
                if dots > 0 && by_letter && label > 1 {
                    end = Some(at + 1);
                }
            }
            Some(b'-') if label > 0 => label += 1,
            Some(b'.') if label > 0 => (dots, label) = (dots + 1, 0),
            _ => break,
        }
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::super::tests::whole;
    use super::*;

    fn found(text: &str) -> Option<&str> {
        whole(text, |place| look(place, 0, &mut Seen::default())).map(|end| &text[..end])
    }

    #[test]
    fn an_address_is_known_by_its_shape() {
        for (text, address) in [
            ("alice@example.com", "alice@example.com"),
            ("a.b+c_d%e-f@mail.example.co.uk, and", "a.b+c_d%e-f@mail.example.co.uk"),
            ("x@example.com.", "x@example.com"),
            ("x@example.com-", "x@example.com"),
            ("x@xn--fiqs8s.xn--p1ai。", "x@xn--fiqs8s.xn--p1ai"),
            ("1@2.io>", "1@2.io"),
        ] {
            assert_eq!(found(text), Some(address));
        }
    }

    #[test]
    fn what_only_resembles_one_is_none() {
        for text in
            ["alice", "alice@", "alice@example", "pkg@1.2.3", "a@.com", "a@-b.com", "@b.com", ".a@b.com", "a b@c.com"]
        {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn of_a_long_run_the_last_64_bytes_are_the_local_part() {
        let text = format!("{}@example.com", "a".repeat(64));
        assert_eq!(found(&text), Some(text.as_str()));
        assert_eq!(found(&format!("a{text}")), None);
    }

    #[test]
    fn a_domain_beyond_its_bound_ends_where_it_last_could() {
        let text = format!("a@b.cd.{}", "e".repeat(500));
        let end = whole(&text, |place| look(place, 0, &mut Seen::default()));
        assert_eq!(end, Some(2 + LONGEST_DOMAIN));
    }
}
