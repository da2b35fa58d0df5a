//! Whether JSON that arrives in pieces is whole: its brackets are counted, strings left out.

/// How far a text has come that stands, escaped once more, in a JSON string.
#[derive(Debug, Default, Clone)]
pub(crate) struct Shape {
    depth: u32,
    in_string: bool,
    /// The next character means itself.
    escaped: bool,
    /// A backslash of the outer string came.
    outer: bool,
    /// Characters of an outer `\uXXXX` still to come.
    skip: u8,
    /// Brackets were opened, and all are closed.
    pub(crate) whole: bool,
}

impl Shape {
    /// Takes the next piece.
    pub(crate) fn feed(&mut self, inner: &str) {
        for byte in inner.bytes() {
            if self.skip > 0 {
                self.skip -= 1;
            } else if self.outer {
                self.outer = false;
                match byte {
                    b'u' => {
                        self.skip = 4;
                        self.next(b'x');
                    }
                    b'"' | b'\\' => self.next(byte),
                    _ => self.next(b' '),
                }
            } else if byte == b'\\' {
                self.outer = true;
            } else {
                self.next(byte);
            }
        }
    }

    fn next(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.whole = self.depth == 0;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_whole_when_its_last_bracket_is_closed() {
        let text = r#"{\"a\":{\"b\":\"}\\\"\"},\"c\":[1,\"\u4f60\"]}"#;
        let mut shape = Shape::default();
        for (i, _) in text.char_indices() {
            assert!(!shape.whole, "{i}");
            shape.feed(&text[i..=i]);
        }
        assert!(shape.whole);
    }
}
