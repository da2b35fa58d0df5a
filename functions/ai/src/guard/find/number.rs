//! Numbers of payment cards and of Chinese identity cards, known by their check digits.

use super::{Looked, Place};

/// The groups in which card numbers are written.
const GROUPS: [&[usize]; 6] =
    [&[4, 4, 4, 4], &[4, 4, 4, 4, 1], &[4, 4, 4, 4, 2], &[4, 4, 4, 4, 3], &[4, 6, 5], &[4, 6, 4]];
const MOST_DIGITS: usize = 19;

/// The number of a payment card: 13 to 19 digits from 2 to 6 on with Luhn's check digit (ISO/IEC 7812-1), in one or in
/// its usual groups with spaces or hyphens between.
pub(crate) fn card(place: &Place<'_>) -> Looked {
    if !place.begins_number() || !matches!(place.digit(0)?, Some(2..=6)) {
        return Ok(None);
    }
    let first = place.digits(0, MOST_DIGITS + 1)?;
    if first != 4 {
        return Ok((13..=MOST_DIGITS).contains(&first).then_some(first).filter(|n| luhn(place, &[*n])));
    }
    let Some(between @ (b' ' | b'-')) = place.byte(4)? else { return Ok(None) };
    let (mut groups, mut end) = (vec![4], 4);
    let mut found = None;
    while groups.len() < 5 && place.byte(end)? == Some(between) {
        let group = place.digits(end + 1, 7)?;
        if group == 0 || group > 6 {
            break;
        }
        groups.push(group);
        end += 1 + group;
        if GROUPS.contains(&groups.as_slice()) && luhn(place, &groups) {
            found = Some(end);
        }
    }
    Ok(found)
}

/// Luhn's check over digits in these groups, with one byte between two groups.
fn luhn(place: &Place<'_>, groups: &[usize]) -> bool {
    let length: usize = groups.iter().sum::<usize>() + groups.len() - 1;
    let digits: Vec<u8> = place.rest.bytes().take(length).filter(u8::is_ascii_digit).collect();
    let value = |(i, byte): (usize, &u8)| match (u32::from(byte - b'0'), i % 2) {
        (digit, 0) => digit,
        (digit, _) => digit * 2 / 10 + digit * 2 % 10,
    };
    digits.iter().rev().enumerate().map(value).sum::<u32>() % 10 == 0
}

const ID_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const ID_CHECKS: [u8; 11] = *b"10X98765432";

/// The number of a Chinese identity card (GB 11643-1999): 17 digits with a possible date of birth, and the check
/// character. The 15 digits of cards before 1999 have no check and are not known.
pub(crate) fn identity(place: &Place<'_>) -> Looked {
    if !place.begins_number() || !matches!(place.digit(0)?, Some(1..=9)) {
        return Ok(None);
    }
    if place.digits(0, 17)? < 17 {
        return Ok(None);
    }
    let Some(check) = place.byte(17)? else { return Ok(None) };
    let digits = place.rest.bytes().take(17).map(|byte| u32::from(byte.wrapping_sub(b'0')));
    let sum: u32 = digits.zip(ID_WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let right = ID_CHECKS.get((sum % 11) as usize) == Some(&check.to_ascii_uppercase());
    if !right || !has_birthday(place.rest) {
        return Ok(None);
    }
    Ok(place.byte(18)?.is_none_or(|byte| !byte.is_ascii_alphanumeric()).then_some(18))
}

fn has_birthday(number: &str) -> bool {
    let part = |from: usize, to: usize| number.get(from..to).and_then(|digits| digits.parse::<u32>().ok());
    matches!(part(6, 10), Some(1850..=2099))
        && matches!(part(10, 12), Some(1..=12))
        && matches!(part(12, 14), Some(1..=31))
}

#[cfg(test)]
mod tests {
    use super::super::tests::whole;
    use super::*;

    #[test]
    fn cards_are_known_by_luhn_in_one_or_in_groups() {
        for (text, length) in [
            ("4111111111111111", Some(16)),
            ("4111 1111 1111 1111", Some(19)),
            ("5500-0000-0000-0004.", Some(19)),
            ("3400 000000 00009", Some(17)),
            ("6011000990139424 is", Some(16)),
            ("4222222222222", Some(13)),
            ("4111111111111112", None),
            ("4111-1111 1111 1111", None),
            ("41111 1111 1111 111", None),
            ("41111111111111111111", None),
            ("1732168800000", None),
            ("2024 10 11 12", None),
            ("4111 1111 1111 1111 99", Some(19)),
        ] {
            assert_eq!(whole(text, card), length, "{text}");
        }
    }

    #[test]
    fn the_middle_and_the_fraction_of_a_number_are_no_card() {
        for (before, found) in [(*b"x.", Some(16)), (*b"0.", None), (*b" 9", None), ([0xbc, 0x9a], Some(16))] {
            assert_eq!(card(&Place { rest: "4111111111111111", before, last: true }), Ok(found));
        }
    }

    #[test]
    fn identities_have_a_birthday_and_their_check_character() {
        for (text, length) in [
            ("11010519491231002X", Some(18)),
            ("11010519491231002x。", Some(18)),
            ("440524188001010014", Some(18)),
            ("110105194912310021", None),
            ("11010519491331002X", None),
            ("11010519491231002X7", None),
            ("1101051949123100", None),
        ] {
            assert_eq!(whole(text, identity), length, "{text}");
        }
    }
}
