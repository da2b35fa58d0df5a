//! On what a client makes an answer depend (RFC 9110 §13). Pure.

use shared::time::parse_http_date;

/// The headers that say so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions<'a> {
    /// §13.1.1.
    pub if_match: Option<&'a str>,
    /// §13.1.2.
    pub if_none_match: Option<&'a str>,
    /// §13.1.3.
    pub if_modified_since: Option<&'a str>,
    /// §13.1.4.
    pub if_unmodified_since: Option<&'a str>,
    /// §13.1.5.
    pub if_range: Option<&'a str>,
}

/// What they come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The file, or the ranges of it that were asked for.
    Send,
    /// The whole file: the ranges were of another one.
    SendWhole,
    /// 304.
    NotModified,
    /// 412.
    Failed,
}

impl Conditions<'_> {
    /// In the order of §13.2.2, for a file with this strong tag (quoted) that has not changed since `at` (milliseconds).
    pub fn verdict(&self, tag: &str, at: u64) -> Verdict {
        let seconds = at / 1_000;
        let holds = match (self.if_match, self.if_unmodified_since.and_then(date)) {
            (Some(tags), _) => names(tags, tag, false),
            (None, Some(since)) => seconds <= since,
            (None, None) => true,
        };
        if !holds {
            return Verdict::Failed;
        }
        let known = match (self.if_none_match, self.if_modified_since.and_then(date)) {
            (Some(tags), _) => names(tags, tag, true),
            (None, Some(since)) => seconds <= since,
            (None, None) => false,
        };
        if known {
            return Verdict::NotModified;
        }
        // A date is a strong validator only when it is exactly ours.
        let same = |range: &str| range == tag || date(range) == Some(seconds);
        if self.if_range.is_none_or(|range| same(range.trim())) { Verdict::Send } else { Verdict::SendWhole }
    }
}

/// Whether a list of tags names this one, or any. Weak tags are equal only where `weak` comparison is meant (§8.8.3.2).
fn names(tags: &str, tag: &str, weak: bool) -> bool {
    tags.split(',').map(str::trim).any(|one| one == "*" || one == tag || (weak && one.strip_prefix("W/") == Some(tag)))
}

/// Seconds since 1970 of an HTTP date.
fn date(text: &str) -> Option<u64> {
    parse_http_date(text).map(|ms| ms / 1_000)
}

#[cfg(test)]
mod tests {
    use super::{Conditions, Verdict};

    const TAG: &str = "\"aa\"";
    const AT: u64 = 784_111_777_900;
    const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";

    fn verdict(conditions: Conditions<'_>) -> Verdict {
        conditions.verdict(TAG, AT)
    }

    #[test]
    fn a_tag_wins_over_a_date_and_what_forbids_over_what_saves() {
        let of = Conditions::default();
        assert_eq!(verdict(of), Verdict::Send);
        assert_eq!(verdict(Conditions { if_match: Some("\"b\", \"aa\""), ..of }), Verdict::Send);
        assert_eq!(verdict(Conditions { if_match: Some("W/\"aa\""), ..of }), Verdict::Failed);
        assert_eq!(verdict(Conditions { if_match: Some("*"), if_none_match: Some("*"), ..of }), Verdict::NotModified);
        assert_eq!(verdict(Conditions { if_match: Some("\"b\""), if_none_match: Some(TAG), ..of }), Verdict::Failed);
        assert_eq!(verdict(Conditions { if_match: Some(TAG), if_unmodified_since: Some(BEFORE), ..of }), Verdict::Send);
        assert_eq!(verdict(Conditions { if_unmodified_since: Some(BEFORE), ..of }), Verdict::Failed);
        assert_eq!(verdict(Conditions { if_unmodified_since: Some(NOW), ..of }), Verdict::Send);
        assert_eq!(verdict(Conditions { if_none_match: Some("W/\"aa\""), ..of }), Verdict::NotModified);
        assert_eq!(
            verdict(Conditions { if_none_match: Some("\"b\""), if_modified_since: Some(NOW), ..of }),
            Verdict::Send
        );
        assert_eq!(verdict(Conditions { if_modified_since: Some(NOW), ..of }), Verdict::NotModified);
        assert_eq!(verdict(Conditions { if_modified_since: Some(BEFORE), ..of }), Verdict::Send);
        assert_eq!(verdict(Conditions { if_modified_since: Some("soon"), ..of }), Verdict::Send);
    }

    #[test]
    fn ranges_of_another_file_are_not_taken_of_this_one() {
        for (range, wanted) in [
            (TAG, Verdict::Send),
            (NOW, Verdict::Send),
            ("W/\"aa\"", Verdict::SendWhole),
            ("\"b\"", Verdict::SendWhole),
            (BEFORE, Verdict::SendWhole),
            ("*", Verdict::SendWhole),
        ] {
            assert_eq!(verdict(Conditions { if_range: Some(range), ..Conditions::default() }), wanted, "{range}");
        }
    }
}
