//! Words and phrases of deny lists, found without regard to case.
//!
//! A word that begins or ends with an ASCII letter or digit is found as a whole word only; others, such as Chinese,
//! anywhere. Fullwidth letters count as their ASCII twins, any one white space as a space.

use catalogue::guard::LONGEST_WORD;

use super::{More, Place};

/// Words in the order of their letters, each with what belongs to it.
#[derive(Debug, Default)]
pub(crate) struct Words {
    sorted: Vec<(Vec<char>, usize)>,
}

/// A character as words are compared.
fn fold(c: char) -> char {
    let c = match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        c if c.is_whitespace() => ' ',
        c => c,
    };
    lower(c)
}

/// Capital letters beyond ASCII, in order: the first and the last of a run, the step from one to the next, and how far
/// the lower ones are from them.
static RUNS: &[(u32, u32, u32, i32)] = &include!(concat!(env!("OUT_DIR"), "/lower.rs"));

/// The first character of `char::to_lowercase`, whose table is eight times as large.
fn lower(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let code = u32::from(c);
    let at = RUNS.partition_point(|(_, last, _, _)| *last < code);
    match RUNS.get(at) {
        Some((first, _, step, by)) if code >= *first && (code - first).is_multiple_of(*step) => {
            code.checked_add_signed(*by).and_then(char::from_u32).unwrap_or(c)
        }
        _ => c,
    }
}

impl Words {
    /// Adds a word; of equal ones the first counts.
    pub(crate) fn add(&mut self, word: &str, owner: usize) {
        let folded: Vec<char> = word.chars().map(fold).collect();
        let at = self.sorted.partition_point(|(known, _)| *known < folded);
        if self.sorted.get(at).is_none_or(|(known, _)| *known != folded) {
            self.sorted.insert(at, (folded, owner));
        }
    }

    /// There are none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The bytes of UTF-8 with which a word can begin.
    pub(crate) fn begins(&self, byte: u8) -> bool {
        // Above ASCII the characters are looked at: fullwidth ones begin ASCII words.
        !self.is_empty()
            && (byte >= 0x80 || self.sorted.iter().any(|(word, _)| word.first() == Some(&fold(char::from(byte)))))
    }

    /// The longest word at this place: its length and what belongs to it.
    pub(crate) fn look(&self, place: &Place<'_>) -> Result<Option<(usize, usize)>, More> {
        let mut range = self.sorted.as_slice();
        let mut found = None;
        let mut chars = place.rest.char_indices();
        for depth in 0..=LONGEST_WORD {
            if range.is_empty() {
                return Ok(found);
            }
            let here = match chars.next() {
                Some(here) => Some(here),
                None if place.last => None,
                None => return Err(More),
            };
            let (end, next) = here.map_or((place.rest.len(), None), |(end, c)| (end, Some(c)));
            // Sorted: the word that ends here comes before those it begins.
            if let Some((word, owner)) = range.first().filter(|(word, _)| word.len() == depth) {
                if is_whole(word, place.previous(), next) {
                    found = Some((end, *owner));
                }
                range = range.get(1..).unwrap_or_default();
            }
            let Some(next) = next.map(fold) else { return Ok(found) };
            let at = |word: &[char]| word.get(depth).copied();
            let from = range.partition_point(|(word, _)| at(word) < Some(next));
            let to = range.partition_point(|(word, _)| at(word) <= Some(next));
            range = range.get(from..to).unwrap_or_default();
        }
        Ok(found)
    }
}

/// Whether a word stands by itself where it has to.
fn is_whole(word: &[char], before: u8, after: Option<char>) -> bool {
    let joins = |end: Option<&char>, beside: bool| beside && end.is_some_and(char::is_ascii_alphanumeric);
    !joins(word.first(), before.is_ascii_alphanumeric())
        && !joins(word.last(), after.is_some_and(|c| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::whole;
    use super::*;

    fn found(list: &[&str], text: &'static str) -> Option<&'static str> {
        let mut words = Words::default();
        for (i, word) in list.iter().enumerate() {
            words.add(word, i);
        }
        whole(text, |place| Ok(words.look(place)?.map(|(end, _)| end))).map(|end| &text[..end])
    }

    #[test]
    fn every_letter_is_lowered_as_the_standard_library_does() {
        for letter in '\0'..=char::MAX {
            assert_eq!(Some(lower(letter)), letter.to_lowercase().next(), "{letter:?}");
        }
    }

    #[test]
    fn words_are_found_in_any_case_and_as_whole_words() {
        let list = ["Falcon", "project falcon", "ass"];
        assert_eq!(found(&list, "FALCON."), Some("FALCON"));
        assert_eq!(found(&list, "falcons"), None);
        assert_eq!(found(&list, "Project\nFalcon"), Some("Project\nFalcon"));
        assert_eq!(found(&list, "assess"), None);
        assert_eq!(found(&list, "ｆａｌｃｏｎ!"), Some("ｆａｌｃｏｎ"));
    }

    #[test]
    fn chinese_words_are_found_anywhere_and_the_longest_one_counts() {
        let list = ["机密", "机密文件"];
        assert_eq!(found(&list, "机密文件夹"), Some("机密文件"));
        assert_eq!(found(&list, "机密x"), Some("机密"));
        assert_eq!(found(&list, "机"), None);
    }

    #[test]
    fn a_word_within_another_is_none() {
        let mut words = Words::default();
        words.add("art", 0);
        assert_eq!(words.look(&Place { rest: "art ", before: *b"st", last: false }), Ok(None));
        assert_eq!(words.look(&Place { rest: "art ", before: *b"a ", last: false }), Ok(Some((3, 0))));
    }

    #[test]
    fn of_equal_words_the_first_counts() {
        let mut words = Words::default();
        words.add("x y", 0);
        words.add("X Y", 1);
        assert_eq!(words.look(&Place { rest: "x y", before: [0; 2], last: true }), Ok(Some((3, 0))));
    }
}
