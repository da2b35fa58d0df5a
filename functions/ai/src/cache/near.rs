//! Questions that mean the same: vectors of what was asked, and how alike two are.
//!
//! A vector is kept as one signed byte for each number, scaled to its largest: a thousand numbers in a kilobyte, and
//! cosines that are right to about a hundredth of what separates two questions.

use base64ct::{Base64, Encoding};

use crate::json::pointer;

/// A vector may have so many numbers.
const MOST_NUMBERS: usize = 4_096;

/// A question's vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector(Vec<i8>);

impl Vector {
    /// The vector in a reply of an embeddings route, as numbers or as base64 of 32-bit floats.
    #[must_use]
    pub fn of_reply(reply: &str) -> Option<Self> {
        let embedding = pointer::at(reply, "/data/0/embedding")?;
        match pointer::string(embedding) {
            Some(text) => {
                let bytes = Base64::decode_vec(&text).ok()?;
                Self::of(&bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect::<Vec<f32>>())
            }
            None => {
                let inner = embedding.get().strip_prefix('[')?.strip_suffix(']')?;
                Self::of(&inner.split(',').map(|number| decimal(number.trim())).collect::<Option<Vec<f32>>>()?)
            }
        }
    }

    /// The vector of these numbers; `None` for none, too many, and for what has no direction.
    #[must_use]
    pub fn of(numbers: &[f32]) -> Option<Self> {
        let largest = numbers.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
        if numbers.len() > MOST_NUMBERS || !largest.is_finite() || largest <= 0.0 {
            return None;
        }
        // A cast from a float saturates and makes NaN zero.
        #[allow(clippy::cast_possible_truncation, reason = "between -127 and 127 by the scale")]
        let byte = |number: &f32| (number / largest * 127.0).round() as i8;
        Some(Self(numbers.iter().map(byte).collect()))
    }

    /// As text, for storing.
    #[must_use]
    pub fn to_text(&self) -> String {
        Base64::encode_string(&self.0.iter().map(|number| number.to_le_bytes()[0]).collect::<Vec<u8>>())
    }

    /// A stored text.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let bytes = Base64::decode_vec(text).ok().filter(|bytes| bytes.len() <= MOST_NUMBERS)?;
        Some(Self(bytes.into_iter().map(|byte| i8::from_le_bytes([byte])).collect()))
    }

    /// How alike two are: the cosine of the angle between them in thousandths, rounded down; -1000 for vectors of
    /// different models.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> i32 {
        if self.0.len() != other.0.len() {
            return -1_000;
        }
        let product = |a: &[i8], b: &[i8]| -> i64 { a.iter().zip(b).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum() };
        let (dot, own, its) = (product(&self.0, &other.0), product(&self.0, &self.0), product(&other.0, &other.0));
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "sums of 4,096 products fit")]
        let thousandths = (dot as f64 * 1_000.0 / ((own as f64).sqrt() * (its as f64).sqrt())).floor() as i32;
        thousandths
    }
}

/// The nearest of these that is alike enough, in thousandths.
pub fn nearest<'k>(
    question: &Vector,
    threshold: u32,
    known: impl Iterator<Item = (&'k str, &'k Vector)>,
) -> Option<&'k str> {
    let threshold = i32::try_from(threshold).unwrap_or(i32::MAX);
    let alike = known.map(|(key, vector)| (question.likeness(vector), key));
    alike.filter(|(likeness, _)| *likeness >= threshold).max_by_key(|(likeness, _)| *likeness).map(|(_, key)| key)
}

/// A number of JSON. Written out, because the library's own reader of floats brings twelve kilobytes of tables.
pub(crate) fn decimal(text: &str) -> Option<f32> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok().filter(|exponent| (-99..=99).contains(exponent))?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (negative, whole) = whole.strip_prefix('-').map_or((false, whole), |rest| (true, rest));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (mut value, mut places) = (0.0_f64, 0);
    for (i, byte) in whole.bytes().chain(fraction.bytes()).enumerate().take(30) {
        value = value * 10.0 + f64::from(byte - b'0');
        places += i32::from(i >= whole.len());
    }
    let value = value * 10.0_f64.powi(exponent - places);
    #[allow(clippy::cast_possible_truncation, reason = "as precise as vectors are")]
    Some(if negative { -value as f32 } else { value as f32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_json_are_read() {
        for (text, number) in [
            ("0", 0.0),
            ("-0.5", -0.5),
            ("1.25e2", 125.0),
            ("-2E-3", -0.002),
            ("0.0123456789012345678901234567890123", 0.012_345_679),
        ] {
            assert!((decimal(text).unwrap() - number).abs() < 1e-6, "{text}");
        }
        for text in ["", "-", "x", "1.2.3", "1e", "null", "1e999"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn both_forms_of_a_reply_give_the_same_vector() {
        let floats: Vec<u8> = [0.5_f32, -1.0, 0.25].iter().flat_map(|number| number.to_le_bytes()).collect();
        let numbers = Vector::of_reply(r#"{"data":[{"embedding":[0.5, -1, 2.5e-1]}]}"#).unwrap();
        let base64 = Vector::of_reply(&format!(r#"{{"data":[{{"embedding":"{}"}}]}}"#, Base64::encode_string(&floats)));
        assert_eq!(Some(numbers.clone()), base64);
        assert_eq!(Vector::of_text(&numbers.to_text()), Some(numbers));
        for none in [
            "{}",
            r#"{"data":[{"embedding":[]}]}"#,
            r#"{"data":[{"embedding":[0,0]}]}"#,
            r#"{"data":[{"embedding":["a"]}]}"#,
        ] {
            assert_eq!(Vector::of_reply(none), None);
        }
    }

    #[test]
    fn likeness_is_the_cosine() {
        let of = |numbers: &[f32]| Vector::of(numbers).unwrap();
        let one = of(&[1.0, 0.0]);
        for (other, cosine) in [([2.0, 0.0], 1_000), ([0.0, 3.0], 0), ([-1.0, 0.0], -1_000), ([1.0, 1.0], 707)] {
            assert!((one.likeness(&of(&other)) - cosine).abs() <= 2, "{other:?}");
        }
        assert_eq!(one.likeness(&of(&[1.0, 0.0, 0.0])), -1_000);
    }

    #[test]
    fn the_nearest_counts_if_it_is_near_enough() {
        let of = |numbers: &[f32]| Vector::of(numbers).unwrap();
        let known = [("a", of(&[1.0, 1.0])), ("b", of(&[1.0, 0.2])), ("c", of(&[0.0, 1.0]))];
        let find = |threshold| nearest(&of(&[1.0, 0.1]), threshold, known.iter().map(|(key, vector)| (*key, vector)));
        assert_eq!(find(950), Some("b"));
        assert_eq!(find(999), None);
    }
}
