//! Names of files, as their owners call them.

/// Bytes of a name at most.
const LONGEST: usize = 255;

/// What a name must be, for people.
pub const RULE: &str = "must have a name of 1 to 255 bytes, without control characters";

/// The name without the folders that some clients send along; `None` for one that is none, or that shows itself as another:
/// with control characters, or with marks that turn the direction of writing.
pub fn of(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let sound = (1..=LONGEST).contains(&last.len()) && !matches!(last, "." | "..") && !last.chars().any(hides);
    sound.then(|| last.to_owned())
}

/// Whether a character is not seen, or makes others be read in another order (Unicode UAX #9 §2).
fn hides(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_name_is_its_last_part_alone() {
        assert_eq!(of("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(of("C:\\pictures\\a b.png").as_deref(), Some("a b.png"));
        assert_eq!(of(" \u{e0} la carte.tar.gz ").as_deref(), Some("\u{e0} la carte.tar.gz"));
    }

    #[test]
    fn names_that_are_none_or_hide_what_they_are_are_refused() {
        for bad in
            ["", " ", "a/", "..", "a/..", "a\nb", "a\0.png", "invoice\u{202e}gnp.exe", "\u{7f}", &"x".repeat(256)]
        {
            assert_eq!(of(bad), None, "{bad:?}");
        }
    }
}
