//! The grammar of `text/event-stream` (WHATWG HTML, section 9.2.5), as far as a forwarder
//! needs it: where a block of lines ends, and what its `data` says.
//!
//! A block is everything up to and including its blank line: an event, a comment that
//! keeps the connection alive, or a lone blank line. What an event means is not known here.

use std::borrow::Cow;

use memchr::memchr2;

const CR: u8 = b'\r';
const LF: u8 = b'\n';

/// Finds the ends of blocks in a byte stream that arrives in pieces.
///
/// It keeps two bits between pieces, so no byte is looked at twice. A line ends with LF,
/// CR or CRLF; a CRLF may be torn between two pieces.
#[derive(Debug, Clone)]
pub struct Framer {
    at_line_start: bool,
    after_cr: bool,
}

/// Where a block ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockEnd {
    /// The index after the block's last byte.
    pub end: usize,
    /// The same, not counting the LF of a closing CRLF. Independent of how the stream was
    /// torn, so sizes are compared with this one.
    pub size_end: usize,
}

impl Default for Framer {
    fn default() -> Self {
        Self { at_line_start: true, after_cr: false }
    }
}

impl Framer {
    /// The end of the block that `bytes` (from index `from`) continues; `None` when it
    /// goes on in the next piece.
    pub fn next_block_end(&mut self, bytes: &[u8], from: usize) -> Option<BlockEnd> {
        let mut from = from;
        if self.after_cr && from < bytes.len() {
            from += self.finish_crlf(bytes, from);
        }
        loop {
            let Some(offset) = bytes.get(from..).and_then(|rest| memchr2(LF, CR, rest)) else {
                self.at_line_start &= from >= bytes.len();
                return None;
            };
            let blank = self.at_line_start && offset == 0;
            let size_end = from + offset + 1;
            self.after_cr = bytes.get(from + offset) == Some(&CR);
            self.at_line_start = true;
            from = size_end;
            if self.after_cr && from < bytes.len() {
                from += self.finish_crlf(bytes, from);
            }
            if blank {
                return Some(BlockEnd { end: from, size_end });
            }
        }
    }

    /// If the last piece ended a block with CR and this one begins with the LF of that same
    /// line end: 1, the number of bytes that still belong to that block. Otherwise 0.
    pub fn finish_crlf(&mut self, bytes: &[u8], from: usize) -> usize {
        let torn = self.after_cr && bytes.get(from) == Some(&LF);
        self.after_cr &= from >= bytes.len();
        usize::from(torn)
    }
}

/// The value of a block's `data` fields, joined by LF; `None` when it has none.
///
/// `first` says that this block begins the stream, where a byte order mark may stand.
pub fn data(block: &[u8], first: bool) -> Option<Cow<'_, [u8]>> {
    let mut rest = block;
    if first {
        rest = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest);
    }
    let mut found: Option<Cow<'_, [u8]>> = None;
    while !rest.is_empty() {
        let end = memchr2(LF, CR, rest).unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default();
        // A CRLF gives an empty line in between, which has no field and does no harm.
        rest = rest.get(end + 1..).unwrap_or_default();
        let Some(value) = data_field(line) else {
            continue;
        };
        found = Some(match found {
            None => Cow::Borrowed(value),
            Some(before) => {
                let mut joined = before.into_owned();
                joined.push(LF);
                joined.extend_from_slice(value);
                Cow::Owned(joined)
            }
        });
    }
    found
}

/// The value of a line `data: value`, less one leading space.
fn data_field(line: &[u8]) -> Option<&[u8]> {
    let after = line.strip_prefix(b"data")?;
    if after.is_empty() {
        return Some(after);
    }
    let value = after.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

/// The value of a block's last `event` field; `None` when it has none.
pub fn name(block: &[u8], first: bool) -> Option<Cow<'_, str>> {
    let block = if first { block.strip_prefix(b"\xef\xbb\xbf").unwrap_or(block) } else { block };
    let lines = block.split(|byte| matches!(*byte, CR | LF));
    let value = lines.filter_map(|line| line.strip_prefix(b"event:")).next_back()?;
    Some(String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value)))
}

/// Adds `block` to `out` with other data in place of its own: JSON, whose line ends mean nothing.
pub fn with_data(block: &[u8], data: &str, out: &mut Vec<u8>) {
    let mut rest = block;
    let mut told = false;
    while !rest.is_empty() {
        let end = memchr2(LF, CR, rest).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        let bare = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let is_data = data_field(bare).is_some();
        if !is_data {
            out.extend_from_slice(line);
        } else if !told {
            out.extend_from_slice(b"data: ");
            out.extend(data.bytes().map(|byte| if matches!(byte, CR | LF) { b' ' } else { byte }));
        }
        let width = if after.starts_with(b"\r\n") { 2 } else { after.len().min(1) };
        let (line_end, after) = after.split_at(width);
        if !(is_data && told) {
            out.extend_from_slice(line_end);
        }
        told |= is_data;
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(bytes: &[u8]) -> Vec<usize> {
        let mut framer = Framer::default();
        let mut from = 0;
        let mut found = Vec::new();
        while let Some(end) = framer.next_block_end(bytes, from) {
            found.push(end.end);
            from = end.end;
        }
        found
    }

    #[test]
    fn every_mixture_of_line_ends_closes_a_block() {
        assert_eq!(ends(b"a\n\nb\n\n"), [3, 6]);
        assert_eq!(ends(b"a\r\n\r\nb\r\n\r\n"), [5, 10]);
        assert_eq!(ends(b"a\r\rb\r\r"), [3, 6]);
        assert_eq!(ends(b"a\n\r\nb"), [4]);
        assert_eq!(ends(b"a\r\n\nb"), [4]);
        assert_eq!(ends(b"a\r\r\nb"), [4]);
        assert_eq!(ends(b"a\r\nb\n"), [] as [usize; 0]);
    }

    #[test]
    fn a_lone_blank_line_is_a_block_of_its_own() {
        assert_eq!(ends(b"\n\na\n\n"), [1, 2, 5]);
    }

    #[test]
    fn a_crlf_torn_between_pieces_is_one_line_end() {
        let mut framer = Framer::default();
        assert_eq!(framer.next_block_end(b"a\r", 0), None);
        assert_eq!(framer.next_block_end(b"\nb\r", 0), None);
        let end = framer.next_block_end(b"\n\r", 0).unwrap();
        assert_eq!((end.end, end.size_end), (2, 2));
        assert_eq!(framer.finish_crlf(b"\nc", 0), 1);
        assert_eq!(framer.finish_crlf(b"\nc", 1), 0);
    }

    fn said(block: &str) -> Option<String> {
        data(block.as_bytes(), true).map(|value| String::from_utf8(value.into_owned()).unwrap())
    }

    #[test]
    fn data_loses_one_space_and_joins_its_lines() {
        assert_eq!(said("data: x\n\n").as_deref(), Some("x"));
        assert_eq!(said("data:x\r\n\r\n").as_deref(), Some("x"));
        assert_eq!(said("data:  x\r\r").as_deref(), Some(" x"));
        assert_eq!(said("event: e\ndata: a\nid: 1\ndata: b\n\n").as_deref(), Some("a\nb"));
        assert_eq!(said("data\n\n").as_deref(), Some(""));
        assert_eq!(said("\u{feff}data: x\n\n").as_deref(), Some("x"));
    }

    #[test]
    fn a_block_keeps_all_but_its_data() {
        let rewritten = |block: &str| {
            let mut out = Vec::new();
            with_data(block.as_bytes(), "{\n}", &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(rewritten("event: e\r\ndata: a\r\n\r\n"), "event: e\r\ndata: { }\r\n\r\n");
        assert_eq!(rewritten("data:a\nid: 1\ndata: b\n\n"), "data: { }\nid: 1\n\n");
        assert_eq!(name(b"event: a\ndata: x\nevent:b\n\n", true).as_deref(), Some("b"));
        assert_eq!(name(b"data: x\n\n", true), None);
    }

    #[test]
    fn comments_and_other_fields_are_no_data() {
        assert_eq!(said(": data: x\n\n"), None);
        assert_eq!(said("database: x\n\n"), None);
        assert_eq!(said("\n"), None);
        assert_eq!(said(""), None);
        assert_eq!(data(b"\xef\xbb\xbfdata: x\n\n", false), None);
    }
}
