//! `Content-Disposition` for any name (RFC 6266 §4). Pure.

/// Whether a browser may show the bytes in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It may.
    Inline,
    /// They are for download.
    Attachment,
}

/// The header: the name for old readers without what they cannot read, and the whole one in UTF-8 (RFC 8187). What separates
/// folders, turns the direction of writing around or controls anything else is no part of either.
pub fn header(how: Disposition, name: &str) -> String {
    let safe: String = name.chars().map(|c| if is_unsafe(c) { '_' } else { c }).collect();
    // A name that is only dots leads elsewhere.
    let safe = if safe.chars().all(|c| c == '.' || c == ' ') { "file".to_owned() } else { safe };
    let plain: String =
        safe.chars().map(|c| if c.is_ascii_alphanumeric() || "._- ()".contains(c) { c } else { '_' }).collect();
    let mut whole = String::new();
    for byte in safe.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            whole.push('%');
            let hex = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase();
            whole.extend([hex(byte >> 4), hex(byte & 15)]);
        }
    }
    let word = if how == Disposition::Inline { "inline" } else { "attachment" };
    format!("{word}; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

/// Separators of folders and streams, controls, and marks of direction (Unicode UAX #9 §2), by which `gpj.exe` looks like
/// `exe.jpg`.
const fn is_unsafe(c: char) -> bool {
    matches!(
        c,
        '/' | '\\' | ':' | '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::{Disposition, header};

    fn attachment(name: &str) -> String {
        header(Disposition::Attachment, name)
    }

    #[test]
    fn a_name_breaks_out_of_no_header() {
        assert_eq!(attachment("a b.jsonl"), "attachment; filename=\"a b.jsonl\"; filename*=UTF-8''a%20b.jsonl");
        let bad = attachment("\"; filename=x\r\né");
        assert_eq!(bad, "attachment; filename=\"__ filename_x___\"; filename*=UTF-8''%22%3B%20filename%3Dx__%C3%A9");
        for name in ["日本.png", "a\u{0}b", "%0d%0a", "\u{1f600}", "\u{fffd}", "'; x=y", "a\"b\\c"] {
            let header = attachment(name);
            assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{header}");
            assert_eq!(header.matches('"').count(), 2, "{header}");
        }
    }

    #[test]
    fn a_name_leads_to_no_folder_and_does_not_turn_around() {
        for (name, plain) in [
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("..", "file"),
            ("C:\\x", "C__x"),
            ("a\u{202e}gpj.exe", "a_gpj.exe"),
        ] {
            let header = attachment(name);
            assert!(header.contains(&format!("filename=\"{plain}\"")), "{header}");
            assert!(!header.contains("%E2%80%AE") && !header.contains("%2F") && !header.contains("%5C"), "{header}");
        }
        assert!(header(Disposition::Inline, "x").starts_with("inline; "));
    }
}
