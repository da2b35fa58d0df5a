//! Whole numbers out of JSON numbers of any form, exactly and without floating point: its
//! conversion tables alone would be ten kilobytes of this module.

/// The least whole number that is not below the JSON number `text`; beyond 64 bits the largest or
/// least there is. `None` for what is not a number.
pub(crate) fn ceil(text: &str) -> Option<i64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (digits, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let beyond = if power.starts_with('-') { i64::from(i32::MIN) } else { i64::from(i32::MAX) };
    // How many digits stand before the point.
    let point = power.parse().unwrap_or(beyond).clamp(i64::from(i32::MIN), i64::from(i32::MAX));
    let point = point.saturating_add(i64::try_from(whole.len()).ok()?);
    let (mut value, mut rest, mut at) = (0_i64, false, 0_i64);
    for digit in whole.bytes().chain(fraction.bytes()) {
        let digit = i64::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
        if at < point {
            value = value.saturating_mul(10).saturating_add(digit);
        } else {
            rest |= digit > 0;
        }
        at += 1;
    }
    while at < point && value > 0 && value < i64::MAX {
        value = value.saturating_mul(10);
        at += 1;
    }
    // Towards zero is up for a negative number.
    Some(if negative { value.saturating_neg() } else { value.saturating_add(i64::from(rest)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert_eq, proptest};

    #[test]
    fn every_form_of_a_number_is_rounded_up() {
        for (text, whole) in [
            ("0", 0),
            ("-0", 0),
            ("12", 12),
            ("12.0", 12),
            ("12.2", 13),
            ("12.00000000000000000000001", 13),
            ("-12.9", -12),
            ("0.5", 1),
            ("-0.5", 0),
            ("1.5e1", 15),
            ("1.55E+1", 16),
            ("120e-1", 12),
            ("121e-1", 13),
            ("5e-400", 1),
            ("0e999999999999999999999", 0),
            ("0.0000001e7", 1),
        ] {
            assert_eq!(ceil(text), Some(whole), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_the_largest_or_least() {
        for text in ["9223372036854775808", "1e300", "1e99999999999999999999", "18446744073709551616.5"] {
            assert_eq!(ceil(text), Some(i64::MAX), "{text}");
            assert_eq!(ceil(&format!("-{text}")), Some(-i64::MAX), "{text}");
        }
        assert_eq!(ceil("1e-99999999999999999999"), Some(1));
        assert_eq!(ceil("0.0e2147483647"), Some(0));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", "null", "\"1\"", "[]", ".5", "+1", "1x", "1.x"] {
            assert_eq!(ceil(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_floating_point_where_that_is_exact(eighths in -(1_i64 << 40)..1_i64 << 40) {
            let number = eighths as f64 / 8.0;
            prop_assert_eq!(ceil(&format!("{number:?}")), Some(number.ceil() as i64));
            prop_assert_eq!(ceil(&format!("{number:e}")), Some(number.ceil() as i64));
        }
    }
}
