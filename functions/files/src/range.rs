//! Which bytes a client wants (RFC 9110 §14). Pure.

/// Ranges of a request at most; more are refused, before any is looked at twice.
pub const MOST_RANGES: usize = 32;
/// A longer header is refused unread.
const LONGEST: usize = 2_048;

/// Some bytes of a file: from the first to the last one, and one at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Where it begins.
    pub from: u64,
    /// How many there are.
    pub length: u64,
}

impl Span {
    const fn end(self) -> u64 {
        self.from + self.length
    }
}

/// What a `Range` header comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Everything: there is no such header, or none that is meant for us.
    Whole,
    /// These, at least one. No two of them overlap.
    Parts(Vec<Span>),
    /// Nothing that is there, or too much: 416.
    Nothing,
}

/// Reads `Range` for a file of so many bytes. Ranges that overlap or meet become one; those behind the end fall away.
pub fn read(header: Option<&str>, bytes: u64) -> Wanted {
    let Some(set) = header.and_then(|header| header.split_once('=')) else { return Wanted::Whole };
    let (unit, set) = set;
    // A unit that nobody knows is no range at all (§14.2).
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    if set.len() > LONGEST || set.split(',').count() > MOST_RANGES {
        return Wanted::Nothing;
    }
    let mut spans = Vec::new();
    for spec in set.split(',').map(|spec| spec.trim_matches([' ', '\t'])).filter(|spec| !spec.is_empty()) {
        match span(spec, bytes) {
            // One that is not of the grammar spoils all of them, and the header is as if it were not there.
            None => return Wanted::Whole,
            Some(None) => {}
            Some(Some(span)) => spans.push(span),
        }
    }
    if spans.is_empty() { Wanted::Nothing } else { Wanted::Parts(joined(spans)) }
}

/// One range: `None` when it is not of the grammar, `Some(None)` when nothing of it is there.
fn span(spec: &str, bytes: u64) -> Option<Option<Span>> {
    let (first, last) = spec.split_once('-')?;
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        // More digits than any length has.
        true => Some(text.parse::<u64>().unwrap_or(u64::MAX)),
        false => None,
    };
    if first.is_empty() {
        let length = number(last)?.min(bytes);
        return Some((length > 0).then(|| Span { from: bytes - length, length }));
    }
    let from = number(first)?;
    let to = if last.is_empty() { u64::MAX } else { number(last)? };
    if to < from {
        return None;
    }
    Some((from < bytes).then(|| Span { from, length: to.min(bytes - 1) - from + 1 }))
}

/// As they were asked for, where none overlaps or meets another; else in order, and joined.
fn joined(spans: Vec<Span>) -> Vec<Span> {
    let mut sorted = spans.clone();
    sorted.sort_unstable();
    let mut together: Vec<Span> = Vec::with_capacity(sorted.len());
    for span in sorted {
        match together.last_mut() {
            Some(last) if span.from <= last.end() => last.length = last.length.max(span.end() - last.from),
            _ => together.push(span),
        }
    }
    if together.len() == spans.len() { spans } else { together }
}

#[cfg(test)]
mod tests {
    use super::{MOST_RANGES, Span, Wanted, read};

    fn spans(header: &str) -> Vec<(u64, u64)> {
        match read(Some(header), 100) {
            Wanted::Parts(spans) => spans.iter().map(|Span { from, length }| (*from, from + length - 1)).collect(),
            other => panic!("{header}: {other:?}"),
        }
    }

    #[test]
    fn ranges_are_cut_to_what_is_there() {
        assert_eq!(spans("bytes=0-0"), [(0, 0)]);
        assert_eq!(spans("Bytes=90-"), [(90, 99)]);
        assert_eq!(spans("bytes=-5"), [(95, 99)]);
        assert_eq!(spans("bytes=-500"), [(0, 99)]);
        assert_eq!(spans("bytes=50-99999999999999999999999"), [(50, 99)]);
        assert_eq!(spans("bytes= 0-1 ,\t5-6,, 100-200"), [(0, 1), (5, 6)]);
    }

    #[test]
    fn those_that_overlap_or_meet_are_one_and_others_stay_in_their_order() {
        assert_eq!(spans("bytes=50-60,0-10"), [(50, 60), (0, 10)]);
        assert_eq!(spans("bytes=50-60,0-10,5-20"), [(0, 20), (50, 60)]);
        assert_eq!(spans("bytes=0-9,10-19"), [(0, 19)]);
        assert_eq!(spans("bytes=0-99,-1,5-"), [(0, 99)]);
    }

    #[test]
    fn what_is_not_of_the_grammar_is_as_if_it_were_not_there() {
        for header in [
            "bytes",
            "bytes=x",
            "bytes=5-3",
            "bytes=0-1,x",
            "bytes=-",
            "bytes=0--1",
            "bytes=+1-2",
            "lines=0-1",
            "bytes=1 - 2",
        ] {
            assert_eq!(read(Some(header), 100), Wanted::Whole, "{header}");
        }
        assert_eq!(read(None, 100), Wanted::Whole);
    }

    #[test]
    fn what_is_behind_the_end_or_too_much_is_not_satisfied() {
        for header in ["bytes=100-", "bytes=-0", "bytes=100-200,300-", "bytes=", "bytes=,"] {
            assert_eq!(read(Some(header), 100), Wanted::Nothing, "{header}");
        }
        assert_eq!(read(Some("bytes=0-0"), 0), Wanted::Nothing);
        let tiny =
            |n: usize| format!("bytes={}", (0..n).map(|i| format!("{0}-{0}", i * 3)).collect::<Vec<_>>().join(","));
        assert!(matches!(read(Some(&tiny(MOST_RANGES)), 1_000), Wanted::Parts(parts) if parts.len() == MOST_RANGES));
        assert_eq!(read(Some(&tiny(MOST_RANGES + 1)), 1_000), Wanted::Nothing);
        assert_eq!(read(Some(&tiny(10_000)), 100_000), Wanted::Nothing);
    }
}
