//! What rules look for, recognised at one place of a text: an address, a number, a word.
//!
//! Architecture invariant: a look either needs nothing beyond what is there or says that it needs more. What
//! it says does therefore not depend on how a text came in pieces.

pub(crate) mod email;
pub(crate) mod number;
pub(crate) mod phone;
pub(crate) mod words;

use crate::guard::rule::Kind;

/// The longest text that may be undecided, in bytes: an e-mail address of 255 and what follows it. So much of
/// an answer is held back at most.
pub const LONGEST_HELD: usize = 260;

/// What decides is not here yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct More;

/// The length of what begins at the place, if something does.
pub(crate) type Looked = Result<Option<usize>, More>;

/// A place in a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'t> {
    /// The text from here on.
    pub(crate) rest: &'t str,
    /// The two bytes before it; 0 where there are none.
    pub(crate) before: [u8; 2],
    /// Nothing follows `rest`.
    pub(crate) last: bool,
}

impl Place<'_> {
    /// The byte at this offset; `None` behind the end.
    pub(crate) fn byte(&self, at: usize) -> Result<Option<u8>, More> {
        match self.rest.as_bytes().get(at) {
            Some(byte) => Ok(Some(*byte)),
            None if self.last => Ok(None),
            None => Err(More),
        }
    }

    /// The digit at this offset, as a number.
    pub(crate) fn digit(&self, at: usize) -> Result<Option<u8>, More> {
        Ok(self.byte(at)?.filter(u8::is_ascii_digit).map(|byte| byte - b'0'))
    }

    /// How many digits follow one another from this offset on, `most` at most.
    pub(crate) fn digits(&self, from: usize, most: usize) -> Result<usize, More> {
        let mut n = 0;
        while n < most && self.digit(from + n)?.is_some() {
            n += 1;
        }
        Ok(n)
    }

    /// The byte before it.
    pub(crate) const fn previous(&self) -> u8 {
        self.before[1]
    }

    /// A number may begin here: it is not the middle of one, nor the fraction of one.
    pub(crate) const fn begins_number(&self) -> bool {
        let [two, one] = self.before;
        !(one.is_ascii_digit() || one == b'.' && two.is_ascii_digit())
    }
}

/// Something of this kind at the place, which is at offset `at` of the text that `seen` belongs to.
pub(crate) fn look_for(kind: Kind, place: &Place<'_>, at: usize, seen: &mut email::Seen) -> Looked {
    match kind {
        Kind::Email => email::look(place, at, seen),
        Kind::Identity => number::identity(place),
        Kind::Card => number::card(place),
        Kind::Phone => phone::look(place),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What is found at the beginning of a whole text; and that no beginning of the text says otherwise.
    pub(crate) fn whole(text: &str, look: impl Fn(&Place<'_>) -> Looked) -> Option<usize> {
        let before = [0, 0];
        let found = look(&Place { rest: text, before, last: true }).expect("the end decides everything");
        for (cut, _) in text.char_indices().skip(1) {
            let early = look(&Place { rest: &text[..cut], before, last: false });
            assert!(early == Err(More) || early == Ok(found), "{text:?} cut at {cut}: {early:?} and {found:?}");
        }
        found
    }
}
