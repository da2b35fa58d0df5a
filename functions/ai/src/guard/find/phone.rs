//! Telephone numbers of China, and international ones by ITU-T E.164.
//!
//! Local numbers of other countries are not known: without a country they are any number.

use super::{Looked, More, Place};

/// Digits of an international number, country included (E.164, section 6.2.1).
const LEAST: usize = 8;
const MOST: usize = 15;

/// A telephone number at this place.
pub(crate) fn look(place: &Place<'_>) -> Looked {
    match place.byte(0)? {
        Some(b'+') if !place.previous().is_ascii_alphanumeric() => international(place),
        Some(b'0' | b'1' | b'8') if place.begins_number() => domestic(place),
        _ => Ok(None),
    }
}

/// Whether a number can begin with this byte.
pub(crate) const fn begins(byte: u8) -> bool {
    matches!(byte, b'+' | b'0' | b'1' | b'8')
}

/// `+` and 8 to 15 digits, in groups with up to two of `-. ()` between; no group of one digit but the country's.
fn international(place: &Place<'_>) -> Looked {
    if !matches!(place.digit(1)?, Some(1..=9)) {
        return Ok(None);
    }
    let (mut at, mut digits, mut found) = (1, 0, None);
    loop {
        let group = place.digits(at, MOST + 1)?;
        digits += group;
        if digits > MOST || (group == 1 && digits > 1) {
            return Ok(found);
        }
        at += group;
        if digits >= LEAST {
            found = Some(at);
        }
        match between(place, at)? {
            0 => return Ok(found),
            gap => at += gap,
        }
    }
}

/// The length of what stands between two groups; 0 when no digit follows.
fn between(place: &Place<'_>, at: usize) -> Result<usize, More> {
    let mut gap = 0;
    while gap < 3 {
        match place.byte(at + gap)? {
            Some(b' ' | b'-' | b'.' | b'(' | b')') => gap += 1,
            Some(byte) if byte.is_ascii_digit() => return Ok(gap),
            _ => return Ok(0),
        }
    }
    Ok(0)
}

/// A mobile number with or without the country, or a landline with its area.
fn domestic(place: &Place<'_>) -> Looked {
    match (place.digit(0)?, place.digit(1)?) {
        (Some(1), Some(3..=9)) => mobile(place, 0),
        (Some(8), Some(6)) => with_country(place, 2),
        (Some(0), Some(0)) if place.digit(2)? == Some(8) && place.digit(3)? == Some(6) => with_country(place, 4),
        (Some(0), Some(1..=9)) => landline(place),
        _ => Ok(None),
    }
}

fn with_country(place: &Place<'_>, length: usize) -> Looked {
    let gap = usize::from(matches!(place.byte(length)?, Some(b' ' | b'-')));
    let from = length + gap;
    if place.digit(from)? == Some(1) && matches!(place.digit(from + 1)?, Some(3..=9)) {
        return mobile(place, from);
    }
    Ok(None)
}

/// Eleven digits, in one or as 3, 4 and 4.
fn mobile(place: &Place<'_>, from: usize) -> Looked {
    match place.digits(from, 12)? {
        11 => Ok(Some(from + 11)),
        3 => {
            let Some(sign @ (b' ' | b'-')) = place.byte(from + 3)? else { return Ok(None) };
            let grouped = place.digits(from + 4, 5)? == 4
                && place.byte(from + 8)? == Some(sign)
                && place.digits(from + 9, 5)? == 4;
            Ok(grouped.then_some(from + 13))
        }
        _ => Ok(None),
    }
}

/// `010-12345678`: an area of three or four digits, and seven or eight more.
fn landline(place: &Place<'_>) -> Looked {
    let area = place.digits(0, 5)?;
    if !(3..=4).contains(&area) || !matches!(place.byte(area)?, Some(b' ' | b'-')) {
        return Ok(None);
    }
    if !matches!(place.digit(area + 1)?, Some(2..=8)) {
        return Ok(None);
    }
    let own = place.digits(area + 1, 9)?;
    Ok((7..=8).contains(&own).then_some(area + 1 + own))
}

#[cfg(test)]
mod tests {
    use super::super::tests::whole;
    use super::*;

    #[test]
    fn numbers_of_china_are_known_in_their_usual_forms() {
        for (text, length) in [
            ("13800138000", Some(11)),
            ("138 0013 8000", Some(13)),
            ("138-0013-8000,", Some(13)),
            ("8613800138000", Some(13)),
            ("86-138-0013-8000", Some(16)),
            ("0086 13800138000", Some(16)),
            ("010-12345678", None),
            ("010-62345678", Some(12)),
            ("0755 2345678", Some(12)),
            ("12800138000", None),
            ("138001380001", None),
            ("138-0013 8000", None),
            ("1732168800000", None),
            ("0.138", None),
            ("86400", None),
        ] {
            assert_eq!(whole(text, look), length, "{text}");
        }
    }

    #[test]
    fn international_numbers_begin_with_a_plus() {
        for (text, length) in [
            ("+14155552671", Some(12)),
            ("+1 (415) 555-2671", Some(17)),
            ("+44 20 7946 0958.", Some(16)),
            ("+86 138 0013 8000", Some(17)),
            ("+1 415 555 2671 2024 12", Some(20)),
            ("+1234567", None),
            ("+0123456789", None),
            ("+1234567890123456", None),
            ("+1 2 3 4 5 6 7 8 9", None),
            ("+", None),
        ] {
            assert_eq!(whole(text, look), length, "{text}");
        }
    }

    #[test]
    fn a_sum_is_no_number() {
        assert_eq!(look(&Place { rest: "+14155552671", before: *b"x1", last: true }), Ok(None));
        assert_eq!(look(&Place { rest: "13800138000", before: *b"0.", last: true }), Ok(None));
    }
}
