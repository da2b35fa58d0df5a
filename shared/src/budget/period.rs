//! The periods of budgets: which one holds a moment, and when it ends. All in UTC. Pure.

use super::Period;
use crate::time::{DAY_MS, month_start};

/// How many kinds of periods there are.
pub const KINDS: usize = Period::ALL.len();

/// The period of this kind that holds a moment, as its first day since 1970; 0 for all time.
#[must_use]
pub fn first_day(period: Period, at_ms: u64) -> u64 {
    let day = at_ms / DAY_MS;
    match period {
        Period::Day => day,
        // 1970 began on a Thursday; its first Monday was day 4.
        Period::Week => day.saturating_sub((day + 3) % 7),
        Period::Month => month_start(at_ms) / DAY_MS,
        Period::Total => 0,
    }
}

/// The periods that hold a moment, in the order of `Period::ALL`.
#[must_use]
pub fn first_days(at_ms: u64) -> [u64; KINDS] {
    Period::ALL.map(|period| first_day(period, at_ms))
}

/// When the period that began on this day is over, milliseconds since 1970. `None`: never.
#[must_use]
pub fn ends_ms(period: Period, first_day: u64) -> Option<u64> {
    match period {
        Period::Day => Some((first_day + 1) * DAY_MS),
        Period::Week => Some(first_day.saturating_sub((first_day + 3) % 7).saturating_add(7) * DAY_MS),
        Period::Month => Some(month_start((first_day + 31) * DAY_MS)),
        Period::Total => None,
    }
}

/// Where a kind stands among all.
#[must_use]
pub const fn place(period: Period) -> usize {
    match period {
        Period::Day => 0,
        Period::Week => 1,
        Period::Month => 2,
        Period::Total => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn began(period: Period, at: &str) -> String {
        crate::time::day(first_day(period, crate::time::parse(at).unwrap()) * DAY_MS)
    }

    fn ends(period: Period, at: &str) -> String {
        let begin = first_day(period, crate::time::parse(at).unwrap());
        ends_ms(period, begin).map_or_else(|| "never".to_owned(), crate::time::rfc3339)
    }

    #[test]
    fn a_period_begins_and_ends_where_the_calendar_says() {
        // 21 November 2026 is a Saturday.
        for (period, begin, end) in [
            (Period::Day, "2026-11-21", "2026-11-22T00:00:00.000Z"),
            (Period::Week, "2026-11-16", "2026-11-23T00:00:00.000Z"),
            (Period::Month, "2026-11-01", "2026-12-01T00:00:00.000Z"),
            (Period::Total, "1970-01-01", "never"),
        ] {
            assert_eq!(began(period, "2026-11-21T23:59:59.999Z"), begin);
            assert_eq!(ends(period, "2026-11-21T12:00:00Z"), end);
        }
        assert_eq!(began(Period::Week, "2026-11-23"), "2026-11-23");
        assert_eq!(began(Period::Week, "2026-11-22T23:59:59Z"), "2026-11-16");
        assert_eq!(ends(Period::Month, "2026-02-28"), "2026-03-01T00:00:00.000Z");
        assert_eq!(ends(Period::Month, "2026-12-31"), "2027-01-01T00:00:00.000Z");
    }

    #[test]
    fn each_kind_has_its_place() {
        for (i, period) in Period::ALL.into_iter().enumerate() {
            assert_eq!(place(period), i);
        }
    }
}
