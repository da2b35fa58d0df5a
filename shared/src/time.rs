//! Times: milliseconds since 1970 inside, RFC 3339 in UTC on the wire.
//! No clock is read here; times are injected.

use chrono::{DateTime, SecondsFormat, Utc};

/// Milliseconds of one day.
pub const DAY_MS: u64 = 86_400_000;

/// `2026-11-20T10:30:00.000Z`. Times beyond the calendar read as 1970.
pub fn rfc3339(ms: u64) -> String {
    utc(ms).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// `2026-11-20`, the day in UTC.
pub fn day(ms: u64) -> String {
    utc(ms).format("%Y-%m-%d").to_string()
}

/// `Fri, 20 Nov 2026 10:30:00 GMT`, as headers say it (RFC 9110 §5.6.7).
pub fn http_date(ms: u64) -> String {
    utc(ms).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The first moment of the month that holds `ms`.
pub fn month_start(ms: u64) -> u64 {
    use chrono::Datelike;
    let days_in = u64::from(utc(ms).day0());
    (ms - ms % DAY_MS).saturating_sub(days_in * DAY_MS)
}

/// Reads RFC 3339, or a plain day as its first moment in UTC. Times before 1970 read as 1970.
pub fn parse(text: &str) -> Option<u64> {
    let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    u64::try_from(DateTime::parse_from_rfc3339(&full).ok()?.timestamp_millis().max(0)).ok()
}

/// The time as chrono has it.
pub fn utc(ms: u64) -> DateTime<Utc> {
    i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back_as_written() {
        let ms = parse("2026-11-20T10:30:00.125Z").unwrap();
        assert_eq!(rfc3339(ms), "2026-11-20T10:30:00.125Z");
        assert_eq!(day(ms), "2026-11-20");
        assert_eq!(http_date(ms), "Fri, 20 Nov 2026 10:30:00 GMT");
        assert_eq!(rfc3339(month_start(ms)), "2026-11-01T00:00:00.000Z");
        assert_eq!(parse("2026-11-20"), parse("2026-11-20T00:00:00+00:00"));
        assert_eq!(parse("yesterday"), None);
        assert_eq!(parse("1969-12-31"), Some(0));
    }
}
