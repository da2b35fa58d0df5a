//! Times: milliseconds since 1970 inside, RFC 3339 in UTC on the wire.
//! No clock is read here; times are injected.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

/// Milliseconds of one day.
pub const DAY_MS: u64 = 86_400_000;

/// `2026-11-20T10:30:00.000Z`. Times beyond the calendar read as 1970.
pub fn rfc3339(ms: u64) -> String {
    utc(ms).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// `2026-11-20`, the day in UTC.
pub fn day(ms: u64) -> String {
    let mut text = rfc3339(ms);
    text.truncate(10);
    text
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Fri, 20 Nov 2026 10:30:00 GMT`, as headers say it (RFC 9110 §5.6.7).
pub fn http_date(ms: u64) -> String {
    let at = utc(ms);
    let name = |names: &[&'static str], place: u32| names.get(place as usize).copied().unwrap_or_default();
    let (day, month) = (name(&DAYS, at.weekday().num_days_from_monday()), name(&MONTHS, at.month0()));
    // chrono's own formatter of patterns is 6 kB of every Worker that has it.
    let clock = rfc3339(ms);
    let clock = clock.get(11..19).unwrap_or_default();
    format!("{day}, {:02} {month} {:04} {clock} GMT", at.day(), at.year())
}

/// Reads an HTTP date in the form that is written today, in milliseconds since 1970; what else there is, is no date.
pub fn parse_http_date(text: &str) -> Option<u64> {
    let rest = text.get(3..)?.strip_prefix(", ")?;
    let mut words = rest.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (clock, zone) = (words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let sound = DAYS.contains(&text.get(..3)?) && zone == "GMT" && words.next().is_none() && day.len() == 2;
    if sound && clock.len() == 8 { parse(&format!("{year}-{month:02}-{day}T{clock}Z")) } else { None }
}

/// The first moment of the month that holds `ms`.
pub fn month_start(ms: u64) -> u64 {
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

    #[test]
    fn a_date_of_headers_reads_back_as_written() {
        const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(http_date(784_111_777_900), NOW);
        assert_eq!(parse_http_date(NOW), Some(784_111_777_000));
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        for bad in [
            "",
            "Sun",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "é, 06 Nov 1994 08:49:37 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(bad), None, "{bad}");
        }
    }
}
