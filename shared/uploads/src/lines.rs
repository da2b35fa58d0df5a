//! Reading a file line by line (JSONL) without holding it whole: parts of R2, and lines that are cut at their borders.

use shared::platform::Platform;
use shared::problem::Problem;

use crate::BUCKET;
use crate::bytes::failed;

/// Bytes read at once.
const STEP: u32 = 1024 * 1024;

/// A line and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1, empty lines included.
    pub number: u64,
    /// Where it begins.
    pub from: u64,
    /// Where the next one begins.
    pub to: u64,
    /// Without its end.
    pub text: Vec<u8>,
}

/// Cuts bytes into lines, as they come.
#[derive(Debug)]
pub struct Cutter {
    longest: usize,
    number: u64,
    from: u64,
    rest: Vec<u8>,
}

/// A line is longer than it may be: its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong(pub u64);

impl Cutter {
    /// From this place and line on; a line has at most `longest` bytes.
    pub const fn new(from: u64, first_line: u64, longest: usize) -> Self {
        Self { longest, number: first_line, from, rest: Vec::new() }
    }

    /// Takes more bytes; gives the lines that are whole.
    ///
    /// # Errors
    /// For a line that is too long.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Line>, TooLong> {
        let mut lines = Vec::new();
        let mut pieces = bytes.split(|byte| *byte == b'\n');
        let last = pieces.next_back().unwrap_or_default();
        for piece in pieces {
            self.rest.extend_from_slice(piece);
            lines.push(self.cut(1)?);
        }
        self.rest.extend_from_slice(last);
        if self.rest.len() > self.longest { Err(TooLong(self.number)) } else { Ok(lines) }
    }

    /// The last line, where it had no end.
    ///
    /// # Errors
    /// For a line that is too long.
    pub fn end(mut self) -> Result<Option<Line>, TooLong> {
        if self.rest.is_empty() { Ok(None) } else { self.cut(0).map(Some) }
    }

    fn cut(&mut self, end: u64) -> Result<Line, TooLong> {
        let mut text = std::mem::take(&mut self.rest);
        let to = self.from + text.len() as u64 + end;
        if text.len() > self.longest {
            return Err(TooLong(self.number));
        }
        if text.last() == Some(&b'\r') {
            text.pop();
        }
        let line = Line { number: self.number, from: self.from, to, text };
        self.number += 1;
        self.from = to;
        Ok(line)
    }
}

/// Some bytes of a file, in steps.
pub struct Reader<'a> {
    platform: &'a Platform,
    object: &'a str,
    at: u64,
    end: u64,
}

impl<'a> Reader<'a> {
    /// The bytes from `from` to `end`.
    pub const fn new(platform: &'a Platform, object: &'a str, from: u64, end: u64) -> Self {
        Self { platform, object, at: from, end }
    }

    /// The next bytes, a mebibyte at most; `None` at the end.
    ///
    /// # Errors
    /// 503 when the bucket fails or the object is gone.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let left = self.end.saturating_sub(self.at);
        if left == 0 {
            return Ok(None);
        }
        let length = u32::try_from(left).unwrap_or(STEP).min(STEP);
        let part = self.platform.bucket(BUCKET).range(self.object, self.at, length).await;
        let part = part.map_err(|cause| failed(&cause))?.ok_or_else(|| failed("the object is gone"))?;
        self.at += part.len() as u64;
        Ok(Some(part))
    }
}

#[cfg(test)]
mod tests {
    use super::{Cutter, Line, TooLong};

    fn cut(steps: &[&str]) -> Result<Vec<Line>, TooLong> {
        let mut cutter = Cutter::new(0, 1, 8);
        let mut lines = Vec::new();
        for step in steps {
            lines.extend(cutter.push(step.as_bytes())?);
        }
        lines.extend(cutter.end()?);
        Ok(lines)
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_come() {
        let text = "one\r\n\nthree\nfour";
        let whole = cut(&[text]).unwrap();
        let texts: Vec<&str> = whole.iter().map(|line| std::str::from_utf8(&line.text).unwrap()).collect();
        assert_eq!(texts, ["one", "", "three", "four"]);
        assert_eq!(
            whole.iter().map(|line| (line.from, line.to)).collect::<Vec<_>>(),
            [(0, 5), (5, 6), (6, 12), (12, 16)]
        );
        for at in 0..=text.len() {
            assert_eq!(cut(&[&text[..at], &text[at..]]).unwrap(), whole, "{at}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_named_before_it_is_whole() {
        assert_eq!(cut(&["12345678\n"]).unwrap().len(), 1);
        assert_eq!(cut(&["a\n123456", "789"]), Err(TooLong(2)));
        assert_eq!(cut(&["a\n123456789\n"]), Err(TooLong(2)));
    }
}
